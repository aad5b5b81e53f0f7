/// What one side holds of a key, summed up so that the other can tell whether it holds the same.
///
/// Subjects are an entry's id or `batch/P/LABEL`. They fall into 256 parts by the first byte of H(subject), so that what differs is found in
/// two steps and not by sending everything.
/// - SeeAlso: Protocol/README.md, "Comparison".
public struct KeyComparison: Sendable, Equatable {
    /// What a pull asks to be compared.
    public struct Request: Sendable, Equatable {
        public var key: FeedKey
        /// `nil` for the whole key.
        public var part: UInt8?

        public init(key: FeedKey, part: UInt8? = nil) {
            self.key = key
            self.part = part
        }
    }

    public var request: Request
    /// Entries and batches that have a head.
    public private(set) var subjects: Int64 = 0
    /// The comparison digest of all of them.
    public private(set) var digest = Digest.zero
    /// Of a whole key by part, as two hexadecimal digits; of a part by subject. Empty when they would be too many for a message.
    public private(set) var sums: [String: Digest] = [:]

    /// Sums are left out above so many.
    public static let limit = 8000

    public init(_ request: Request) {
        self.request = request
    }

    /// Whether a subject is among those that are summed by name.
    public func asks(for subject: String) -> Bool {
        request.part.map { $0 == Self.part(of: subject) } ?? true
    }

    /// Adds a subject's comparison digest; one without heads counts for nothing, nor does one that is not asked for.
    public mutating func add(_ subject: String, _ state: EntryState) {
        let part = Self.part(of: subject)
        guard request.part == nil || request.part == part else { return }
        let digest = state.comparisonDigest(subject: subject)
        guard digest != .zero else { return }
        subjects += 1
        self.digest = self.digest &+ digest
        guard subjects <= Self.limit || request.part == nil else {
            sums = [:]
            return
        }
        let name = request.part == nil ? Self.name(of: part) : subject
        sums[name] = (sums[name] ?? .zero) &+ digest
    }

    /// Names among the sums under which the two sides differ, sorted.
    public func differences(from other: KeyComparison) -> [String] {
        Set(sums.keys).union(other.sums.keys).filter { sums[$0] != other.sums[$0] }.sorted()
    }

    private static func part(of subject: String) -> UInt8 {
        var hash = Hash("")
        hash.add(subject)
        return UInt8(truncatingIfNeeded: hash.digest.words.0 >> 56)
    }

    private static func name(of part: UInt8) -> String { Hex.encode([part]) }
}

extension KeyComparison.Request {
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        write(membersTo: &writer)
        writer.endObject()
    }

    fileprivate func write(membersTo writer: inout JSONWriter) {
        writer.name("key")
        writer.string(key.description)
        writer.name("part")
        if let part { writer.string(Hex.encode([part])) } else { writer.null() }
    }

    init(_ reader: inout JSONReader) throws(JSONError) {
        var parts = RequestParts()
        try reader.beginObject()
        while let name = try reader.nextName() {
            if try !parts.read(name, &reader) { try reader.skip() }
        }
        self = try parts.request(&reader)
    }

    fileprivate struct RequestParts {
        private var key: FeedKey?
        private var part: UInt8?

        mutating func read(_ name: JSONName, _ reader: inout JSONReader) throws(JSONError) -> Bool {
            if name == "key" {
                key = try reader.parsed("key") { FeedKey($0) }
            } else if name == "part" {
                if try !reader.isNull() {
                    part = try reader.parsed("part") { text in Hex.decode(text).flatMap { $0.count == 1 ? $0[0] : nil } }
                }
            } else {
                return false
            }
            return true
        }

        func request(_ reader: inout JSONReader) throws(JSONError) -> KeyComparison.Request {
            guard let key else { throw reader.unexpected("key") }
            return KeyComparison.Request(key: key, part: part)
        }
    }
}

extension KeyComparison {
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        request.write(membersTo: &writer)
        writer.name("subjects")
        writer.integer(subjects)
        writer.name("digest")
        writer.digest(digest)
        writer.name("sums")
        writer.beginObject()
        for (name, sum) in sums.sorted(by: { $0.key < $1.key }) {
            writer.name(name)
            writer.digest(sum)
        }
        writer.endObject()
        writer.endObject()
    }

    init(_ reader: inout JSONReader) throws(JSONError) {
        var parts = Request.RequestParts()
        var subjects: Int64?
        var digest: Digest?
        var sums: [String: Digest] = [:]
        try reader.beginObject()
        while let name = try reader.nextName() {
            if name == "subjects" {
                subjects = try reader.integer()
            } else if name == "digest" {
                digest = try reader.digest("digest")
            } else if name == "sums" {
                try reader.beginObject()
                while let name = try reader.nextName() {
                    let subject = name.string
                    guard sums.count < Self.limit else { throw JSONError(.tooLong, at: 0, name: "sums") }
                    sums[subject] = try reader.digest("sums")
                }
            } else if try !parts.read(name, &reader) {
                try reader.skip()
            }
        }
        guard let subjects, subjects >= 0, let digest else { throw reader.unexpected("comparison") }
        self.init(try parts.request(&reader))
        self.subjects = subjects
        self.digest = digest
        self.sums = sums
    }
}

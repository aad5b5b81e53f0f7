/// The first line of a change: who did what to which entry, when, by whose clock. Holds no personal data, because it outlives erasure.
public struct ChangeHeader: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        case set, void, restore, verify
        /// By staff only.
        case erase, reject, document
    }

    /// What the change is about.
    public enum Subject: Hashable, Sendable {
        case entry(UniqueID)
        /// The label within the promotion.
        case batch(String)
        /// A promotion's document, or a `reject`, which names its target instead.
        case promotion
    }

    /// The replica id under which staff and server actions make changes.
    public static let central = "central"

    /// A station's id, or `central`.
    public var station: String
    /// The operator's opaque id; never a name.
    public var operatorID: String
    /// The maker's clock, milliseconds since 1970 UTC.
    public var stamp: Int64
    /// The maker's clock minus the centre's in milliseconds; `nil` when unknown, which orders as 0.
    public var skew: Int64?
    public var kind: Kind
    /// The promotion and the version of its form that the change was made by.
    public var form: Versioned
    public var subject: Subject
    /// Of a `reject`: the change that is taken out of the log.
    public var target: Digest?

    public init(
        station: String, operatorID: String, stamp: Int64, skew: Int64?, kind: Kind, form: Versioned, subject: Subject,
        target: Digest? = nil
    ) {
        self.station = station
        self.operatorID = operatorID
        self.stamp = stamp
        self.skew = skew
        self.kind = kind
        self.form = form
        self.subject = subject
        self.target = target
    }

    /// The time that orders concurrent values: the stamp less the skew.
    public var orderingTime: Int64 { stamp &- (skew ?? 0) }
    public var promotion: String { form.id }
    public var isByCentre: Bool { station == Self.central }
}

extension ChangeHeader {
    /// The version of the change format that this code writes and reads.
    public static let version: Int64 = 1

    /// The line's bytes, without LF.
    public var line: [UInt8] {
        var writer = JSONWriter(capacity: 320)
        writer.beginObject()
        writer.name("v")
        writer.integer(Self.version)
        writer.name("station")
        writer.string(station)
        writer.name("operator")
        writer.string(operatorID)
        writer.name("stamp")
        writer.integer(stamp)
        writer.name("skew")
        if let skew { writer.integer(skew) } else { writer.null() }
        writer.name("kind")
        writer.string(kind.rawValue)
        writer.name("form")
        writer.string(form.description)
        switch subject {
        case .entry(let id):
            writer.name("entry")
            writer.string(id.description)
        case .batch(let label):
            writer.name("batch")
            writer.string(label)
        case .promotion: break
        }
        if let target {
            writer.name("target")
            writer.digest(target)
        }
        writer.endObject()
        return writer.bytes
    }

    /// Reads a header line.
    /// - Throws: `JSONError`: not strict JSON, a name missing or outside its form, `v` not 1, or a subject that does not fit the kind.
    public init(line: [UInt8]) throws(JSONError) {
        var parts = HeaderParts()
        try JSONReader.read(line, limits: .line) { reader throws(JSONError) in try parts.read(&reader) }
        self = try parts.header()
    }
}

extension ChangeHeader {
    /// The name in the header under which something stands that does not fit the kind; `nil` when all does.
    fileprivate var misfit: String? {
        if (kind == .reject) != (target != nil) { return "target" }
        switch (kind, subject) {
        // A reject may aim at a line of which nothing more could be read than its digest.
        case (.reject, _): return nil
        case (.document, .promotion): return nil
        case (.document, _): return "kind"
        case (.erase, .batch), (_, .promotion): return "entry"
        default: return nil
        }
    }

    /// The name in the header under which something stands that a reader refuses; `nil` when there is none.
    var nameOutOfForm: String? {
        guard isByCentre || UniqueID(station) != nil else { return "station" }
        guard Identifier.isValid(operatorID) else { return "operator" }
        guard safeIntegers.contains(stamp) else { return "stamp" }
        if let skew, !safeIntegers.contains(skew) { return "skew" }
        guard form.isValid else { return "form" }
        if case .batch(let label) = subject, !Identifier.isBatchLabel(label) { return "batch" }
        return misfit
    }
}

/// The names of a header as they turn up, before what must be there is known to be.
private struct HeaderParts {
    var version: Int64?
    var station: String?
    var operatorID: String?
    var stamp: Int64?
    var skew: Int64??
    var kind: ChangeHeader.Kind?
    var form: Versioned?
    var entry: UniqueID?
    var batch: String?
    var target: Digest?

    mutating func read(_ reader: inout JSONReader) throws(JSONError) {
        try reader.beginObject()
        while let name = try reader.nextName() {
            if name == "v" {
                version = try reader.integer()
            } else if name == "station" {
                station = try reader.parsedBytes("station") { bytes in
                    let name = JSONName(text: bytes)
                    return name == "central" || UniqueID(characters: bytes) != nil ? name.string : nil
                }
            } else if name == "operator" {
                operatorID = try reader.parsedBytes("operator") { Identifier.isValid($0) ? JSONName(text: $0).string : nil }
            } else if name == "stamp" {
                stamp = try reader.integer()
            } else if name == "skew" {
                skew = .some(try reader.isNull() ? nil : try reader.integer())
            } else if name == "kind" {
                kind = try reader.parsed("kind") { ChangeHeader.Kind(rawValue: $0) }
            } else if name == "form" {
                form = try reader.parsedBytes("form") { Versioned(bytes: $0) }
            } else if name == "entry" {
                entry = try reader.parsedBytes("entry") { UniqueID(characters: $0) }
            } else if name == "batch" {
                batch = try reader.parsed("batch") { Identifier.isBatchLabel($0) ? $0 : nil }
            } else if name == "target" {
                target = try reader.digest("target")
            } else {
                try reader.skip()
            }
        }
    }

    func header() throws(JSONError) -> ChangeHeader {
        func missing(_ name: String) -> JSONError { JSONError(.unexpected, at: 0, name: name) }
        guard version == ChangeHeader.version else { throw missing("v") }
        guard let station else { throw missing("station") }
        guard let operatorID else { throw missing("operator") }
        guard let stamp else { throw missing("stamp") }
        guard let skew else { throw missing("skew") }
        guard let kind else { throw missing("kind") }
        guard let form else { throw missing("form") }
        let subject: ChangeHeader.Subject
        switch (entry, batch) {
        case (let entry?, nil): subject = .entry(entry)
        case (nil, let batch?): subject = .batch(batch)
        case (nil, nil): subject = .promotion
        default: throw missing("batch")
        }
        let header = ChangeHeader(
            station: station, operatorID: operatorID, stamp: stamp, skew: skew, kind: kind, form: form, subject: subject, target: target)
        if let name = header.misfit { throw missing(name) }
        return header
    }
}

extension JSONReader {
    /// Reads a string and gives it a form.
    /// - Throws: `.unexpected` at the string when `parse` returns `nil`.
    mutating func parsed<Value>(_ name: String, _ parse: (String) -> Value?) throws(JSONError) -> Value {
        let start = offset
        guard try peek() == .string, let value = parse(try string()) else { throw JSONError(.unexpected, at: start, name: name) }
        return value
    }

    /// As `parsed`, but lends the bytes where the string stands in the line without escapes, as nearly all do.
    mutating func parsedBytes<Value>(_ name: String, _ parse: (UnsafeBufferPointer<UInt8>) -> Value?) throws(JSONError) -> Value {
        let start = offset
        guard try peek() == .string else { throw JSONError(.unexpected, at: start, name: name) }
        let text = try scanName().text
        guard let value = parse(text) else { throw JSONError(.unexpected, at: start, name: name) }
        return value
    }

    /// Reads 64 hexadecimal digits.
    mutating func digest(_ name: String) throws(JSONError) -> Digest {
        skipSpace()
        let start = offset
        if start + 66 <= bytes.count, bytes[start] == UInt8(ascii: "\""), bytes[start + 65] == UInt8(ascii: "\""),
            let digest = Digest(hexDigits: UnsafeBufferPointer(rebasing: bytes[(start + 1)..<(start + 65)]))
        {
            offset = start + 66
            return digest
        }
        // Somebody else's writer may use escapes where ours does not; what it means is the same.
        return try parsed(name) { Digest(hex: $0) }
    }
}

/// The second line of a change: the values, and which earlier values they replace. All personal data of a change is here.
public struct ChangeBody: Sendable, Equatable {
    /// One changed-from: fields whose value in that earlier change is replaced by this one.
    public struct Base: Sendable, Equatable {
        public var change: Digest
        public var fields: [String]

        public init(change: Digest, fields: [String]) {
            self.change = change
            self.fields = fields
        }
    }

    /// What a second keying of a field found.
    public struct Verification: Sendable, Equatable {
        public var field: String
        /// The heads that were confirmed or doubted; it counts only while exactly these stand.
        public var heads: [Digest]
        public var agrees: Bool
        /// Whether the person looked at the first keying before the second was made.
        public var peeked: Bool
        /// Whether the keyings differed and the person decided.
        public var differed: Bool

        public init(field: String, heads: [Digest], agrees: Bool, peeked: Bool = false, differed: Bool = false) {
            self.field = field
            self.heads = heads
            self.agrees = agrees
            self.peeked = peeked
            self.differed = differed
        }
    }

    /// 16 random bytes, so that a body cannot be guessed from its digest once it is erased.
    public var salt: [UInt8]
    /// In the form's order at capture; each field at most once.
    public var set: [Assignment]
    public var base: [Base]
    /// Of a `void`: the ids of all heads of the entry that it saw, at most 256.
    public var seen: [Digest]
    public var verify: [Verification]
    /// Of a change that closes a batch: what its maker had counted, a `BatchCount`.
    public var counted: Digest?
    /// Of a `document` change: the promotion's document.
    public var document: JSONValue?
    /// A code that says why.
    public var reason: String?

    public init(
        salt: [UInt8], set: [Assignment] = [], base: [Base] = [], seen: [Digest] = [], verify: [Verification] = [],
        counted: Digest? = nil, document: JSONValue? = nil, reason: String? = nil
    ) {
        self.salt = salt
        self.set = set
        self.base = base
        self.seen = seen
        self.verify = verify
        self.counted = counted
        self.document = document
        self.reason = reason
    }

    /// The assignment of one field, or `nil` when this change does not set it.
    public func assignment(of field: String) -> Assignment? {
        set.first { $0.field == field }
    }

    public static func == (left: ChangeBody, right: ChangeBody) -> Bool {
        left.salt == right.salt && left.set == right.set && left.base == right.base && left.seen == right.seen
            && left.verify == right.verify && left.counted == right.counted && left.reason == right.reason
            && left.document?.line == right.document?.line
    }
}

extension ChangeBody {
    /// Bounds of what one body may name. Source: Protocol/README.md, "Limits".
    public enum Limits {
        public static let baseIDs = 64
        public static let seenIDs = 256
        public static let headsPerField = 16
    }

    /// The line's bytes, without LF.
    public var line: [UInt8] { written.bytes }

    /// The line's bytes, when every reader will take them.
    /// - Throws: `JSONError`: a value or name outside its form, or a limit passed.
    func line(limits: LineLimits) throws(JSONError) -> [UInt8] {
        if let name = nameOutOfForm { throw JSONError(.unexpected, at: 0, name: name) }
        guard base.count <= Limits.baseIDs else { throw JSONError(.tooLong, at: 0, name: "base") }
        guard seen.count <= Limits.seenIDs else { throw JSONError(.tooLong, at: 0, name: "seen") }
        guard verify.allSatisfy({ $0.heads.count <= Limits.headsPerField }) else { throw JSONError(.tooLong, at: 0, name: "heads") }
        let writer = written
        if let fault = writer.fault { throw JSONError(fault, at: 0) }
        guard writer.bytes.count <= limits.bytes else { throw JSONError(.tooLong, at: limits.bytes) }
        // How deep a document is that came as a tree is known only once it is a line.
        if document != nil { _ = try JSONValue(line: writer.bytes, limits: limits) }
        return writer.bytes
    }

    /// The name in the body under which something stands that a reader refuses; `nil` when there is none.
    private var nameOutOfForm: String? {
        guard salt.count == 16 else { return "salt" }
        for assignment in set {
            guard Identifier.isField(assignment.field) else { return "set" }
            if let flag = assignment.flag, !Identifier.isValid(flag) { return "flag" }
            if let wording = assignment.wording, !wording.isValid { return "wording" }
        }
        guard !setsTwice else { return "set" }
        for base in base where !base.fields.allSatisfy({ Identifier.isField($0) }) { return "base" }
        guard !Self.hasRepeats(base.count, { base[$0].change == base[$1].change }, { base[$0].change }) else { return "base" }
        for verification in verify where !Identifier.isField(verification.field) { return "verify" }
        guard !Self.hasRepeats(verify.count, { verify[$0].field == verify[$1].field }, { verify[$0].field }) else { return "verify" }
        if let document, case .object = document {} else if document != nil { return "document" }
        if let reason, !Identifier.isValid(reason) { return "reason" }
        return nil
    }

    /// Whether a list names one thing twice: compared one by one while short, which is faster than hashing.
    private static func hasRepeats<Key: Hashable>(_ count: Int, _ isEqual: (Int, Int) -> Bool, _ key: (Int) -> Key) -> Bool {
        guard count <= 32 else { return Set((0..<count).map(key)).count < count }
        for index in 1..<max(count, 1) {
            for earlier in 0..<index where isEqual(earlier, index) { return true }
        }
        return false
    }

    /// As `hasRepeats` for the fields that are set. Their first bytes and lengths nearly always tell them apart.
    private var setsTwice: Bool {
        guard set.count <= 32 else { return Self.hasRepeats(set.count, { _, _ in false }, { set[$0].field }) }
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: set.count) { marks in
            for index in set.indices {
                var field = set[index].field
                let mark = field.withUTF8 { bytes in
                    bytes.count < 8 ? bytes.reduce(0) { $0 << 8 | UInt64($1) } : ByteMarks.word(bytes, at: 0) &+ UInt64(bytes.count)
                }
                for earlier in 0..<index where marks[earlier] == mark && set[earlier].field == set[index].field { return true }
                marks[index] = mark
            }
            return false
        }
    }

    private var written: JSONWriter {
        var writer = JSONWriter(capacity: 256 + set.count * 64)
        writer.beginObject()
        writer.name("salt")
        writer.hex(salt)
        if !set.isEmpty {
            writer.name("set")
            writer.beginObject()
            for assignment in set { assignment.write(to: &writer) }
            writer.endObject()
        }
        if !base.isEmpty { writeBase(to: &writer) }
        if !seen.isEmpty {
            writer.name("seen")
            writer.digests(seen)
        }
        if !verify.isEmpty { writeVerify(to: &writer) }
        if let counted {
            writer.name("counted")
            writer.digest(counted)
        }
        if let document {
            writer.name("document")
            document.write(to: &writer)
        }
        if let reason {
            writer.name("reason")
            writer.string(reason)
        }
        writer.endObject()
        return writer
    }

    private func writeBase(to writer: inout JSONWriter) {
        writer.name("base")
        writer.beginObject()
        for base in base {
            writer.name(base.change.hex)
            writer.beginArray()
            for field in base.fields { writer.string(field) }
            writer.endArray()
        }
        writer.endObject()
    }

    private func writeVerify(to writer: inout JSONWriter) {
        writer.name("verify")
        writer.beginObject()
        for verification in verify {
            writer.name(verification.field)
            writer.beginObject()
            writer.name("heads")
            writer.digests(verification.heads)
            writer.name("agrees")
            writer.bool(verification.agrees)
            if verification.peeked {
                writer.name("peeked")
                writer.bool(true)
            }
            if verification.differed {
                writer.name("differed")
                writer.bool(true)
            }
            writer.endObject()
        }
        writer.endObject()
    }
}

extension Assignment {
    func write(to writer: inout JSONWriter) {
        writer.name(field)
        guard keyed != nil || flag != nil || wording != nil else { return value.write(to: &writer) }
        writer.beginObject()
        writer.name("value")
        value.write(to: &writer)
        if let keyed {
            writer.name("keyed")
            writer.string(keyed)
        }
        if let flag {
            writer.name("flag")
            writer.string(flag)
        }
        if let wording {
            writer.name("wording")
            writer.string(wording.description)
        }
        writer.endObject()
    }
}

extension JSONWriter {
    mutating func digests(_ list: [Digest]) {
        beginArray()
        for digest in list { self.digest(digest) }
        endArray()
    }

    mutating func hex(_ bytes: [UInt8]) {
        string(Hex.encode(bytes))
    }
}

extension ChangeBody {
    /// Reads a body line.
    ///
    /// - Parameters:
    ///   - line: The line's bytes without LF. A body that is gone is not read here: see `Change`.
    ///   - limits: `.document` for a `document` change, else `.line`.
    /// - Throws: `JSONError`: not strict JSON, a name outside its form, or a limit of `Limits` passed (`.tooLong`).
    public init(line: [UInt8], limits: LineLimits) throws(JSONError) {
        self = try JSONReader.read(line, limits: limits) { reader throws(JSONError) in try ChangeBody(&reader) }
    }

    private init(_ reader: inout JSONReader) throws(JSONError) {
        self.init(salt: [])
        try reader.beginObject()
        while let name = try reader.nextName() {
            if name == "salt" {
                salt = try reader.parsedBytes("salt") { $0.count == 32 ? Hex.decode($0) : nil }
            } else if name == "set" {
                try readSet(&reader)
            } else if name == "base" {
                try readBase(&reader)
            } else if name == "seen" {
                seen = try reader.digests("seen", limit: Limits.seenIDs)
            } else if name == "verify" {
                try readVerify(&reader)
            } else if name == "counted" {
                counted = try reader.digest("counted")
            } else if name == "document" {
                guard try reader.peek() == .object else { throw reader.unexpected("document") }
                document = try JSONValue.read(&reader)
            } else if name == "reason" {
                reason = try reader.parsed("reason") { Identifier.isValid($0) ? $0 : nil }
            } else {
                try reader.skip()
            }
        }
        guard !salt.isEmpty else { throw JSONError(.unexpected, at: 0, name: "salt") }
    }

    private mutating func readSet(_ reader: inout JSONReader) throws(JSONError) {
        try reader.beginObject()
        set.reserveCapacity(20)
        while let name = try reader.nextName() {
            let field = try reader.field(name)
            set.append(
                try reader.peek() == .object
                    ? try Assignment(field: field, &reader) : Assignment(field: field, value: try Scalar.read(&reader)))
        }
    }

    private mutating func readBase(_ reader: inout JSONReader) throws(JSONError) {
        try reader.beginObject()
        while let name = try reader.nextName() {
            guard let change = Digest(hex: name.string) else { throw reader.unexpected("base") }
            guard base.count < Limits.baseIDs else { throw JSONError(.tooLong, at: reader.offset, name: "base") }
            try reader.beginArray()
            var fields: [String] = []
            while try reader.nextElement() { fields.append(try reader.parsed("base") { Identifier.isField($0) ? $0 : nil }) }
            base.append(Base(change: change, fields: fields))
        }
    }

    private mutating func readVerify(_ reader: inout JSONReader) throws(JSONError) {
        try reader.beginObject()
        while let name = try reader.nextName() {
            let field = try reader.field(name)
            var heads: [Digest]?
            var agrees: Bool?
            var (peeked, differed) = (false, false)
            try reader.beginObject()
            while let part = try reader.nextName() {
                if part == "heads" {
                    heads = try reader.digests("heads", limit: Limits.headsPerField)
                } else if part == "agrees" {
                    agrees = try reader.bool()
                } else if part == "peeked" {
                    peeked = try reader.bool()
                } else if part == "differed" {
                    differed = try reader.bool()
                } else {
                    try reader.skip()
                }
            }
            guard let heads, let agrees else { throw reader.unexpected("verify") }
            verify.append(Verification(field: field, heads: heads, agrees: agrees, peeked: peeked, differed: differed))
        }
    }
}

extension Assignment {
    /// Reads the long form, {`value`, `keyed`, `flag`, `wording`}.
    fileprivate init(field: String, _ reader: inout JSONReader) throws(JSONError) {
        var value: Scalar?
        var keyed: String?
        var flag: String?
        var wording: Versioned?
        try reader.beginObject()
        while let name = try reader.nextName() {
            if name == "value" {
                value = try Scalar.read(&reader)
            } else if name == "keyed" {
                keyed = try reader.string()
            } else if name == "flag" {
                flag = try reader.parsed("flag") { Identifier.isValid($0) ? $0 : nil }
            } else if name == "wording" {
                wording = try reader.parsedBytes("wording") { Versioned(bytes: $0) }
            } else {
                try reader.skip()
            }
        }
        guard let value else { throw reader.unexpected("value") }
        self.init(field: field, value: value, keyed: keyed, flag: flag, wording: wording)
    }
}

extension JSONReader {
    fileprivate func field(_ name: JSONName) throws(JSONError) -> String {
        guard Identifier.isField(name.text) else { throw unexpected("field") }
        return name.string
    }

    mutating func digests(_ name: String, limit: Int) throws(JSONError) -> [Digest] {
        try beginArray()
        var list: [Digest] = []
        while try nextElement() {
            guard list.count < limit else { throw JSONError(.tooLong, at: offset, name: name) }
            list.append(try digest(name))
        }
        return list
    }
}

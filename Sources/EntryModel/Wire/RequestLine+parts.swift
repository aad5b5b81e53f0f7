extension RequestLine.ChainPosition {
    init(_ reader: inout JSONReader) throws(JSONError) {
        var sequence: Int64?
        var chain: Digest?
        try reader.beginObject()
        while let name = try reader.nextName() {
            if name == "sequence" {
                sequence = try reader.integer()
            } else if name == "chain" {
                chain = try reader.digest("chain")
            } else {
                try reader.skip()
            }
        }
        guard let sequence, let chain else { throw reader.unexpected("head") }
        self.init(sequence: sequence, chain: chain)
    }
}

extension RequestLine.Cursor {
    /// More are ignored by no one: a request that carries them is refused.
    static let checkpointLimit = 8

    init(_ reader: inout JSONReader) throws(JSONError) {
        var checkpoints: [Checkpoint] = []
        let at = try Checkpoint(&reader, in: "cursors") { name, reader throws(JSONError) in
            guard name == "checkpoints" else { return try reader.skip() }
            try reader.beginArray()
            while try reader.nextElement() {
                guard checkpoints.count < Self.checkpointLimit else { throw JSONError(.tooLong, at: 0, name: "checkpoints") }
                checkpoints.append(try Checkpoint(&reader, in: "checkpoints") { _, reader throws(JSONError) in try reader.skip() })
            }
        }
        self.init(at: at, checkpoints: checkpoints)
    }
}

extension RequestLine.Cursor.Checkpoint {
    /// Reads an object that has a `position` and a `digest`.
    ///
    /// - Parameters:
    ///   - list: The list that it is in, for an error.
    ///   - other: Reads or skips the value of any other name.
    init(
        _ reader: inout JSONReader, in list: String, other: (JSONName, inout JSONReader) throws(JSONError) -> Void
    ) throws(JSONError) {
        var position: Int64?
        var digest: Digest?
        try reader.beginObject()
        while let name = try reader.nextName() {
            if name == "position" {
                position = try reader.integer()
            } else if name == "digest" {
                digest = try reader.digest("digest")
            } else {
                try other(name, &reader)
            }
        }
        guard let position, position >= 0, let digest else { throw reader.unexpected(list) }
        self.init(position: position, digest: digest)
    }

    func write(to writer: inout JSONWriter) {
        writer.name("position")
        writer.integer(position)
        writer.name("digest")
        writer.digest(digest)
    }
}

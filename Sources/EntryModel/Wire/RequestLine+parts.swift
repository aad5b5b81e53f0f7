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
        var position: Int64?
        var digest: Digest?
        var checkpoints: [Checkpoint] = []
        try reader.beginObject()
        while let name = try reader.nextName() {
            if name == "position" {
                position = try reader.integer()
            } else if name == "digest" {
                digest = try reader.digest("digest")
            } else if name == "checkpoints" {
                try reader.beginArray()
                while try reader.nextElement() {
                    guard checkpoints.count < Self.checkpointLimit else { throw JSONError(.tooLong, at: 0, name: "checkpoints") }
                    checkpoints.append(try Checkpoint(&reader))
                }
            } else {
                try reader.skip()
            }
        }
        guard let position, position >= 0, let digest else { throw reader.unexpected("cursors") }
        self.init(at: Checkpoint(position: position, digest: digest), checkpoints: checkpoints)
    }
}

extension RequestLine.Cursor.Checkpoint {
    init(_ reader: inout JSONReader) throws(JSONError) {
        var position: Int64?
        var digest: Digest?
        try reader.beginObject()
        while let name = try reader.nextName() {
            if name == "position" {
                position = try reader.integer()
            } else if name == "digest" {
                digest = try reader.digest("digest")
            } else {
                try reader.skip()
            }
        }
        guard let position, position >= 0, let digest else { throw reader.unexpected("checkpoints") }
        self.init(position: position, digest: digest)
    }

    func write(to writer: inout JSONWriter) {
        writer.name("position")
        writer.integer(position)
        writer.name("digest")
        writer.digest(digest)
    }
}

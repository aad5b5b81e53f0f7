/// Lines that a station had pulled and that the centre lost when it was restored from a backup, on their way back.
///
/// Lines of the message: the first as a pull's without cursors, where `count` says how many changes follow; then per change a line with the
/// centre's own MAC, the header and the body.
/// - SeeAlso: Protocol/README.md, "Restored centre".
public struct HandbackRequest: Sendable, Equatable {
    /// One change that comes back.
    public struct Item: Sendable, Equatable {
        /// The centre's MAC over vault ‖ id, as it came with the line.
        public var mac: [UInt8]
        public var headerLine: [UInt8]
        public var bodyLine: [UInt8]

        public init(mac: [UInt8], headerLine: [UInt8], bodyLine: [UInt8]) {
            self.mac = mac
            self.headerLine = headerLine
            self.bodyLine = bodyLine
        }

        /// Bytes that its three lines take in a message, LFs included.
        public var messageBytes: Int { 75 + headerLine.count + 1 + bodyLine.count + 1 }
    }

    /// Its `count` is that of `items`.
    public var request: RequestLine
    public var items: [Item]

    /// - Parameters:
    ///   - request: Of kind `handback`; its `count` is set here.
    ///   - items: At most 500, and no more than fit into a message.
    public init(request: RequestLine, items: [Item]) {
        self.request = request
        self.items = items
        self.request.count = items.count
    }
}

extension HandbackRequest {
    /// The message's lines, each without LF, ready for `Envelope.seal(kind:lines:key:)`.
    public var lines: [[UInt8]] {
        [request.line] + items.flatMap { [$0.macLine, $0.headerLine, $0.bodyLine] }
    }

    /// Reads the lines of a handback. Changes are only taken apart here, not parsed.
    ///
    /// - Throws: `JSONError`; `.unexpected` with the name `count` when the lines do not fit the count.
    public init(lines: [[UInt8]]) throws(JSONError) {
        guard let first = lines.first else { throw JSONError(.endOfInput, at: 0) }
        let request = try RequestLine(line: first, kind: .handback)
        guard lines.count == 1 + 3 * request.count else { throw JSONError(.unexpected, at: 0, name: "count") }
        var items: [Item] = []
        items.reserveCapacity(request.count)
        for index in stride(from: 1, to: lines.count, by: 3) {
            items.append(
                Item(mac: try Item.mac(line: lines[index]), headerLine: lines[index + 1], bodyLine: lines[index + 2]))
        }
        self.init(request: request, items: items)
    }
}

extension HandbackRequest.Item {
    fileprivate var macLine: [UInt8] {
        var writer = JSONWriter(capacity: 80)
        writer.beginObject()
        writer.name("mac")
        writer.hex(mac)
        writer.endObject()
        return writer.bytes
    }

    fileprivate static func mac(line: [UInt8]) throws(JSONError) -> [UInt8] {
        var mac: [UInt8]?
        try JSONReader.read(line, limits: .line) { reader throws(JSONError) in
            try reader.beginObject()
            while let name = try reader.nextName() {
                if name == "mac" {
                    mac = try reader.parsedBytes("mac") { $0.count == 64 ? Hex.decode($0) : nil }
                } else {
                    try reader.skip()
                }
            }
        }
        guard let mac else { throw JSONError(.unexpected, at: 0, name: "mac") }
        return mac
    }
}

/// The centre's answer to a handback.
///
/// An id of the request that is in neither list could not be taken yet, because the document of its promotion is missing: it is handed back
/// again later.
/// - SeeAlso: Protocol/README.md, "Restored centre".
public struct HandbackAnswer: Sendable, Equatable {
    public var answer: AnswerLine
    /// Changes of the request that the centre's log has now, whether or not it had them before; in the request's order.
    public var taken: [Digest]
    /// Changes that the centre never takes from this handback: the MAC is not its own for that id, or the body is gone that it would need.
    public var refused: [Digest]

    public init(answer: AnswerLine, taken: [Digest], refused: [Digest]) {
        self.answer = answer
        self.taken = taken
        self.refused = refused
    }
}

extension HandbackAnswer {
    /// The message's only line.
    public var line: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        answer.write(kind: .handbackAnswer, to: &writer)
        writer.name("taken")
        writer.digests(taken)
        writer.name("refused")
        writer.digests(refused)
        writer.endObject()
        return writer.bytes
    }

    /// Reads the answer's line.
    /// - Throws: `JSONError`.
    public init(line: [UInt8]) throws(JSONError) {
        self = try JSONReader.read(line, limits: .answer) { reader throws(JSONError) in
            var parts = AnswerParts()
            var taken: [Digest]?
            var refused: [Digest]?
            try reader.beginObject()
            while let name = try reader.nextName() {
                if name == "taken" {
                    taken = try Self.digests(&reader, "taken")
                } else if name == "refused" {
                    refused = try Self.digests(&reader, "refused")
                } else if try !parts.read(name, &reader) {
                    try reader.skip()
                }
            }
            guard let taken else { throw JSONError(.unexpected, at: 0, name: "taken") }
            guard let refused else { throw JSONError(.unexpected, at: 0, name: "refused") }
            return HandbackAnswer(answer: try parts.answer(kind: .handbackAnswer), taken: taken, refused: refused)
        }
    }

    private static func digests(_ reader: inout JSONReader, _ name: String) throws(JSONError) -> [Digest] {
        var list: [Digest] = []
        try reader.beginArray()
        while try reader.nextElement() {
            guard list.count < Envelope.Limits.rows else { throw JSONError(.tooLong, at: 0, name: name) }
            list.append(try reader.digest(name))
        }
        return list
    }
}

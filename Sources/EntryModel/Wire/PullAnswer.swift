/// The centre's answer to a pull: the keys granted now, and a page of rows for some of them.
///
/// Lines after the first: per page one `KeyPage` line, then per row one `FeedRow` line, which for a change is followed by its two lines.
/// - SeeAlso: Protocol/README.md, "Feed and pull".
public struct PullAnswer: Sendable {
    /// A part of one key's feed: the rows with positions in (`from`, `to`].
    public struct KeyPage: Sendable {
        public var key: FeedKey
        /// Where the page starts. Lower than the station's cursor only when the digests differed: the centre was restored from a backup.
        public var from: Int64
        /// Where the cursor moves; at or above the last row's position.
        public var to: Int64
        /// The vault's feed digest at `to`.
        public var digest: Digest
        /// Rows beyond `to` are waiting.
        public var more: Bool
        public var rows: [FeedRow]

        public init(key: FeedKey, from: Int64, to: Int64, digest: Digest, more: Bool, rows: [FeedRow]) {
            self.key = key
            self.from = from
            self.to = to
            self.digest = digest
            self.more = more
            self.rows = rows
        }
    }

    public var answer: AnswerLine
    /// Every key the station may read now; what is missing here was withdrawn.
    public var keys: [FeedKey]
    public var pages: [KeyPage]
    /// What the request asked to be compared; `nil` when it asked for nothing, or for a key that is not granted.
    public var comparison: KeyComparison?

    public init(answer: AnswerLine, keys: [FeedKey], pages: [KeyPage], comparison: KeyComparison? = nil) {
        self.answer = answer
        self.keys = keys
        self.pages = pages
        self.comparison = comparison
    }
}

/// One row of the feed as a station gets it.
public struct FeedRow: Sendable {
    public enum Content: Sendable {
        /// The change's two lines, and the centre's MAC over vault ‖ id, which lets the line come back after a restore.
        case change(id: Digest, mac: [UInt8], headerLine: [UInt8], bodyLine: [UInt8])
        /// The entry is no longer in this key.
        case leave(entry: UniqueID)
    }

    public var position: Int64
    public var content: Content

    public init(position: Int64, content: Content) {
        self.position = position
        self.content = content
    }
}

extension PullAnswer {
    /// The message's lines, each with its LF, ready for `Envelope.seal(kind:bytes:key:)`.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4096 + pages.reduce(0) { $0 + $1.rows.count } * 1500)
        bytes.append(contentsOf: firstLine)
        bytes.append(Envelope.lineFeed)
        for page in pages { page.append(to: &bytes) }
        return bytes
    }

    private var firstLine: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        answer.write(kind: .pullAnswer, to: &writer)
        writer.name("keys")
        writer.beginArray()
        for key in keys { writer.string(key.description) }
        writer.endArray()
        if let comparison {
            writer.name("comparison")
            comparison.write(to: &writer)
        }
        writer.endObject()
        return writer.bytes
    }

    /// Reads the lines of a pull answer. Changes are only taken apart here, not parsed: whoever applies them does that.
    ///
    /// - Throws: `JSONError`; `.unexpected` with the name `rows` when lines are missing or left over.
    public init(lines: [[UInt8]]) throws(JSONError) {
        guard let first = lines.first else { throw JSONError(.endOfInput, at: 0) }
        (answer, keys, comparison) = try JSONReader.read(first, limits: .answer) { reader throws(JSONError) in
            var parts = AnswerParts()
            var keys: [FeedKey] = []
            var comparison: KeyComparison?
            try reader.beginObject()
            while let name = try reader.nextName() {
                if name == "keys" {
                    try reader.beginArray()
                    while try reader.nextElement() { keys.append(try reader.parsed("keys") { FeedKey($0) }) }
                } else if name == "comparison" {
                    comparison = try KeyComparison(&reader)
                } else if try !parts.read(name, &reader) {
                    try reader.skip()
                }
            }
            return (try parts.answer(kind: .pullAnswer), keys, comparison)
        }
        pages = []
        var index = 1
        while index < lines.count { pages.append(try KeyPage(lines, &index)) }
    }
}

extension PullAnswer.KeyPage {
    fileprivate func append(to bytes: inout [UInt8]) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("key")
        writer.string(key.description)
        writer.name("from")
        writer.integer(from)
        writer.name("to")
        writer.integer(to)
        writer.name("digest")
        writer.digest(digest)
        writer.name("more")
        writer.bool(more)
        writer.name("rows")
        writer.integer(Int64(rows.count))
        writer.endObject()
        bytes.append(contentsOf: writer.bytes)
        bytes.append(Envelope.lineFeed)
        for row in rows { row.append(to: &bytes) }
    }

    fileprivate init(_ lines: [[UInt8]], _ index: inout Int) throws(JSONError) {
        var key: FeedKey?
        var from: Int64?
        var to: Int64?
        var digest: Digest?
        var more: Bool?
        var count: Int64?
        try JSONReader.read(lines[index], limits: .line) { reader throws(JSONError) in
            try reader.beginObject()
            while let name = try reader.nextName() {
                if name == "key" {
                    key = try reader.parsed("key") { FeedKey($0) }
                } else if name == "from" {
                    from = try reader.integer()
                } else if name == "to" {
                    to = try reader.integer()
                } else if name == "digest" {
                    digest = try reader.digest("digest")
                } else if name == "more" {
                    more = try reader.bool()
                } else if name == "rows" {
                    count = try reader.integer()
                } else {
                    try reader.skip()
                }
            }
        }
        guard let key, let from, let to, let digest, let more, let count, from >= 0, to >= from, count >= 0
        else { throw JSONError(.unexpected, at: 0, name: "key") }
        index += 1
        var rows: [FeedRow] = []
        var last = from
        for _ in 0..<count {
            let row = try FeedRow(lines, &index)
            // A row out of order or of another page would be passed over by the cursor, or come twice.
            guard row.position > last, row.position <= to else { throw JSONError(.unexpected, at: 0, name: "position") }
            last = row.position
            rows.append(row)
        }
        self.init(key: key, from: from, to: to, digest: digest, more: more, rows: rows)
    }
}

extension FeedRow {
    fileprivate func append(to bytes: inout [UInt8]) {
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.name("position")
        writer.integer(position)
        writer.name("row")
        switch content {
        case .change(let id, let mac, let headerLine, let bodyLine):
            writer.string(FeedRowKind.change.rawValue)
            writer.name("id")
            writer.digest(id)
            writer.name("mac")
            writer.hex(mac)
            writer.endObject()
            bytes.append(contentsOf: writer.bytes)
            bytes.append(Envelope.lineFeed)
            bytes.append(contentsOf: headerLine)
            bytes.append(Envelope.lineFeed)
            bytes.append(contentsOf: bodyLine)
        case .leave(let entry):
            writer.string(FeedRowKind.leave.rawValue)
            writer.name("entry")
            writer.string(entry.description)
            writer.endObject()
            bytes.append(contentsOf: writer.bytes)
        }
        bytes.append(Envelope.lineFeed)
    }

    fileprivate init(_ lines: [[UInt8]], _ index: inout Int) throws(JSONError) {
        guard index < lines.count else { throw JSONError(.unexpected, at: 0, name: "rows") }
        var position: Int64?
        var kind: FeedRowKind?
        var id: Digest?
        var mac: [UInt8]?
        var entry: UniqueID?
        try JSONReader.read(lines[index], limits: .line) { reader throws(JSONError) in
            try reader.beginObject()
            while let name = try reader.nextName() {
                if name == "position" {
                    position = try reader.integer()
                } else if name == "row" {
                    kind = try reader.parsed("row") { FeedRowKind(rawValue: $0) }
                } else if name == "id" {
                    id = try reader.digest("id")
                } else if name == "mac" {
                    mac = try reader.parsedBytes("mac") { $0.count == 64 ? Hex.decode($0) : nil }
                } else if name == "entry" {
                    entry = try reader.parsedBytes("entry") { UniqueID(characters: $0) }
                } else {
                    try reader.skip()
                }
            }
        }
        index += 1
        guard let position else { throw JSONError(.unexpected, at: 0, name: "position") }
        switch (kind, id, mac, entry) {
        case (.change, let id?, let mac?, nil):
            guard index + 2 <= lines.count else { throw JSONError(.unexpected, at: 0, name: "rows") }
            self.init(
                position: position, content: .change(id: id, mac: mac, headerLine: lines[index], bodyLine: lines[index + 1]))
            index += 2
        case (.leave, nil, nil, let entry?):
            self.init(position: position, content: .leave(entry: entry))
        default:
            throw JSONError(.unexpected, at: 0, name: "row")
        }
    }
}

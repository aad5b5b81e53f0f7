/// The first line of a push, pull or handback: who asks, and what it says of its chain; on every pull too, since an idle station would
/// otherwise never notice a loss.
/// - SeeAlso: Protocol/README.md, "Push" and "Feed and pull".
public struct RequestLine: Sendable, Equatable {
    /// Where a chain stands.
    public struct ChainPosition: Sendable, Equatable {
        public var sequence: Int64
        public var chain: Digest

        public init(sequence: Int64, chain: Digest) {
            self.sequence = sequence
            self.chain = chain
        }
    }

    /// How far a key was read.
    public struct Cursor: Sendable, Equatable {
        public struct Checkpoint: Sendable, Equatable {
            public var position: Int64
            /// The vault's feed digest at `position`; the station only returns what it was given.
            public var digest: Digest

            public init(position: Int64, digest: Digest) {
                self.position = position
                self.digest = digest
            }
        }

        public var at: Checkpoint
        /// Up to eight older ones, newest first.
        public var checkpoints: [Checkpoint]

        public init(at: Checkpoint, checkpoints: [Checkpoint]) {
            self.at = at
            self.checkpoints = checkpoints
        }
    }

    public var kind: MessageKind
    /// The protocol's version that it is written in, and that its answer is to be written in.
    public var version = Wire.version
    /// The client's id.
    public var vault: String
    public var station: UniqueID
    public var epoch: UniqueID
    /// The epoch before, for people to read.
    public var forkedFrom: UniqueID?
    /// The sequence that the station holds acknowledged; its first change here has the next.
    public var after: Int64
    /// The chain at `after`.
    public var chain: Digest
    /// Changes that follow; 0 in a pull. Only those of a push are the next ones of the station's chain.
    public var count: Int
    /// The end of the station's chain.
    public var head: ChainPosition
    /// The station's clock, milliseconds since 1970 UTC, less the skew it knows of.
    public var time: Int64
    /// Of a pull: key → how far it was read. A key that is absent was never read.
    public var cursors: [String: Cursor]
    /// Of a pull: what to compare besides; `nil` nearly always.
    public var compare: KeyComparison.Request?
    /// Of a pull: the sequence at or below which the station does not hold all changes of its own any more, because it has dropped some, or takes
    /// some to be in quarantine; 0 when there are none such.
    public var lacks: Int64 = 0

    public init(
        kind: MessageKind, vault: String, station: UniqueID, epoch: UniqueID, forkedFrom: UniqueID?, after: Int64, chain: Digest,
        count: Int, head: ChainPosition, time: Int64, cursors: [String: Cursor] = [:]
    ) {
        self.kind = kind
        self.vault = vault
        self.station = station
        self.epoch = epoch
        self.forkedFrom = forkedFrom
        self.after = after
        self.chain = chain
        self.count = count
        self.head = head
        self.time = time
        self.cursors = cursors
    }
}

extension RequestLine {
    public var line: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("kind")
        writer.string(kind.rawValue)
        writer.name("v")
        writer.integer(version)
        writer.name("vault")
        writer.string(vault)
        writer.name("station")
        writer.string(station.description)
        writer.name("epoch")
        writer.string(epoch.description)
        writer.name("forkedFrom")
        if let forkedFrom { writer.string(forkedFrom.description) } else { writer.null() }
        writer.name("after")
        writer.integer(after)
        writer.name("chain")
        writer.digest(chain)
        writer.name("count")
        writer.integer(Int64(count))
        writer.name("head")
        writer.beginObject()
        writer.name("sequence")
        writer.integer(head.sequence)
        writer.name("chain")
        writer.digest(head.chain)
        writer.endObject()
        writer.name("time")
        writer.integer(time)
        if kind == .pull { write(cursors, to: &writer) }
        if kind == .pull, let compare {
            writer.name("compare")
            compare.write(to: &writer)
        }
        if kind == .pull, lacks > 0 {
            writer.name("lacks")
            writer.integer(lacks)
        }
        writer.endObject()
        return writer.bytes
    }

    private func write(_ cursors: [String: Cursor], to writer: inout JSONWriter) {
        writer.name("cursors")
        writer.beginObject()
        for (key, cursor) in cursors.sorted(by: { $0.key < $1.key }) {
            writer.name(key)
            writer.beginObject()
            cursor.at.write(to: &writer)
            writer.name("checkpoints")
            writer.beginArray()
            for checkpoint in cursor.checkpoints {
                writer.beginObject()
                checkpoint.write(to: &writer)
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
        writer.endObject()
    }

    /// Reads the first line of a push, pull or handback.
    /// - Throws: `JSONError`; with the name `v` for a version that is not spoken here, with `kind` for another message.
    public init(line: [UInt8], kind: MessageKind) throws(JSONError) {
        let parts = try JSONReader.read(line, limits: kind == .pull ? .pull : .line) { reader throws(JSONError) in
            try RequestParts(&reader)
        }
        func required<Value>(_ value: Value?, _ name: String) throws(JSONError) -> Value {
            guard let value else { throw JSONError(.unexpected, at: 0, name: name) }
            return value
        }
        let version = try required(parts.version, "v")
        guard Wire.versions.contains(version) else { throw JSONError(.unexpected, at: 0, name: "v") }
        guard parts.kind == kind.rawValue else { throw JSONError(.unexpected, at: 0, name: "kind") }
        let after = try required(parts.after, "after")
        let count = try required(parts.count, "count")
        let head = try required(parts.head, "head")
        guard after >= 0 else { throw JSONError(.unexpected, at: 0, name: "after") }
        guard count >= 0, count <= Int64(Envelope.Limits.rows), kind != .pull || count == 0
        else { throw JSONError(.unexpected, at: 0, name: "count") }
        guard parts.lacks >= 0 else { throw JSONError(.unexpected, at: 0, name: "lacks") }
        guard head.sequence >= after + (kind == .push ? count : 0) else { throw JSONError(.unexpected, at: 0, name: "head") }
        self.init(
            kind: kind, vault: try required(parts.vault, "vault"), station: try required(parts.station, "station"),
            epoch: try required(parts.epoch, "epoch"), forkedFrom: parts.forkedFrom, after: after,
            chain: try required(parts.chain, "chain"), count: Int(count), head: head, time: try required(parts.time, "time"),
            cursors: parts.cursors)
        self.version = version
        compare = parts.compare
        lacks = parts.lacks
    }
}

extension LineLimits {
    /// A pull's first line carries a cursor for every key, batches included.
    static let pull = LineLimits(bytes: 1 << 20, depth: 6)
}

private struct RequestParts {
    var kind: String?
    var version: Int64?
    var vault: String?
    var station: UniqueID?
    var epoch: UniqueID?
    var forkedFrom: UniqueID?
    var after: Int64?
    var chain: Digest?
    var count: Int64?
    var head: RequestLine.ChainPosition?
    var time: Int64?
    var cursors: [String: RequestLine.Cursor] = [:]
    var compare: KeyComparison.Request?
    var lacks: Int64 = 0

    init(_ reader: inout JSONReader) throws(JSONError) {
        try reader.beginObject()
        while let name = try reader.nextName() {
            if name == "kind" {
                kind = try reader.string()
            } else if name == "v" {
                version = try reader.integer()
            } else if name == "vault" {
                vault = try reader.parsed("vault") { Identifier.isValid($0) ? $0 : nil }
            } else if name == "station" {
                station = try reader.parsedBytes("station") { UniqueID(characters: $0) }
            } else if name == "epoch" {
                epoch = try reader.parsedBytes("epoch") { UniqueID(characters: $0) }
            } else if name == "forkedFrom" {
                if try !reader.isNull() { forkedFrom = try reader.parsedBytes("forkedFrom") { UniqueID(characters: $0) } }
            } else if name == "after" {
                after = try reader.integer()
            } else if name == "chain" {
                chain = try reader.digest("chain")
            } else if name == "count" {
                count = try reader.integer()
            } else if name == "head" {
                head = try RequestLine.ChainPosition(&reader)
            } else if name == "time" {
                time = try reader.integer()
            } else if name == "cursors" {
                try readCursors(&reader)
            } else if name == "compare" {
                compare = try KeyComparison.Request(&reader)
            } else if name == "lacks" {
                lacks = try reader.integer()
            } else {
                try reader.skip()
            }
        }
    }

    private mutating func readCursors(_ reader: inout JSONReader) throws(JSONError) {
        try reader.beginObject()
        while let name = try reader.nextName() {
            let key = name.string
            guard FeedKey(key) != nil else { throw reader.unexpected("cursors") }
            cursors[key] = try RequestLine.Cursor(&reader)
        }
    }
}

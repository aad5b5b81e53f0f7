import EntryModel
import GRDB

/// How far one key of the feed was read: a row of `feed_key`.
struct FeedCursor {
    var number: Int64 = 0
    /// `nil` before the first page.
    var at: RequestLine.Cursor.Checkpoint?
    /// Older positions with their digests, newest first, at most eight.
    var checkpoints: [RequestLine.Cursor.Checkpoint] = []

    init(number: Int64) {
        self.number = number
    }

    init(position: Int64, digest: Digest, checkpoints bytes: [UInt8]) throws {
        at = RequestLine.Cursor.Checkpoint(position: position, digest: digest)
        for start in stride(from: 0, to: bytes.count, by: 40) {
            guard start + 40 <= bytes.count, let digest = Digest(bytes: bytes[(start + 8)..<(start + 40)])
            else { throw DatabaseError.damaged("a cursor") }
            let position = bytes[start..<start + 8].reduce(0) { $0 << 8 | Int64($1) }
            checkpoints.append(RequestLine.Cursor.Checkpoint(position: position, digest: digest))
        }
    }

    /// As a request carries it; `nil` before the first page.
    var wire: RequestLine.Cursor? {
        at.map { RequestLine.Cursor(at: $0, checkpoints: checkpoints) }
    }

    /// The key's row, made when it is not there yet.
    static func row(of key: FeedKey, _ database: Database) throws -> FeedCursor {
        let known = try database.first(
            "SELECT number, position, digest, checkpoints FROM feed_key WHERE name = ?", [.text(key.description)]
        ) { row -> FeedCursor in
            guard !row.isNull(1) else { return FeedCursor(number: row.integer(0)) }
            var cursor = try FeedCursor(position: row.integer(1), digest: row.digest(2), checkpoints: row.blob(3))
            cursor.number = row.integer(0)
            return cursor
        }
        if let known { return known }
        let promotion = try FieldDatabase.promotionNumber(key.promotion, database)
        try database.run("INSERT INTO feed_key (name, promotion) VALUES (?, ?)", [.text(key.description), .integer(promotion)])
        return FeedCursor(number: database.lastInsertedRowID)
    }

    static func keys(_ database: Database) throws -> [FeedKey] {
        try database.list("SELECT name FROM feed_key") { row in
            guard let key = FeedKey(row.text(0)) else { throw DatabaseError.damaged("a feed key") }
            return key
        }
    }

    /// Whether a key stands where a page starts and ends.
    static func stands(at page: PullAnswer.KeyPage, _ database: Database) throws -> Bool {
        guard page.from == page.to else { return false }
        return try database.integer(
            "SELECT count(*) FROM feed_key WHERE name = ? AND position = ? AND digest = ?",
            [.text(page.key.description), .integer(page.to), .digest(page.digest)]) > 0
    }

    /// Where a page starts, seen from the cursor.
    enum Place {
        case here
        /// At an older position that both ends agree about; `nil` for the very beginning.
        case below(RequestLine.Cursor.Checkpoint?)
        case above
    }

    func position(of page: PullAnswer.KeyPage) -> Place {
        let position = at?.position ?? 0
        if page.from == position { return .here }
        guard page.from < position else { return .above }
        // The centre names positions that the request offered; from any other the only safe way is the whole way.
        return .below(checkpoints.first { $0.position == page.from })
    }

    /// Goes back to an older position, and gives the cursor there.
    func rewound(to checkpoint: RequestLine.Cursor.Checkpoint?, _ database: Database) throws -> FeedCursor {
        var cursor = self
        cursor.at = checkpoint
        cursor.checkpoints = checkpoint.map { checkpoint in checkpoints.filter { $0.position < checkpoint.position } } ?? []
        try cursor.store(database)
        return cursor
    }

    func move(to page: PullAnswer.KeyPage, _ database: Database) throws {
        var cursor = self
        cursor.at = RequestLine.Cursor.Checkpoint(position: page.to, digest: page.digest)
        if let at, at.position < page.to {
            cursor.checkpoints.insert(at, at: 0)
            cursor.thin()
        }
        try cursor.store(database)
    }

    /// Keeps eight checkpoints, the older the farther apart, so that a centre restored from yesterday's backup as well as one from last
    /// month's finds one not far below.
    private mutating func thin() {
        guard checkpoints.count > 8, let newest = at?.position else { return }
        let candidates = checkpoints.indices.dropFirst().dropLast()
        let least = candidates.min { gap($0, newest) < gap($1, newest) }
        checkpoints.remove(at: least ?? checkpoints.count - 1)
    }

    /// How far apart the neighbours of a checkpoint are, against their age.
    private func gap(_ index: Int, _ newest: Int64) -> Double {
        Double(checkpoints[index - 1].position - checkpoints[index + 1].position) / Double(newest - checkpoints[index + 1].position)
    }

    private func store(_ database: Database) throws {
        var bytes: [UInt8] = []
        for checkpoint in checkpoints {
            for shift in stride(from: 56 as Int64, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: checkpoint.position >> shift))
            }
            bytes += checkpoint.digest.bytes
        }
        try database.run(
            "UPDATE feed_key SET position = ?, digest = ?, checkpoints = ? WHERE number = ?",
            [.optional(at?.position), at.map { .digest($0.digest) } ?? .null, .blob(bytes), .integer(number)])
    }
}

import EntryModel

/// What one write transaction adds to the log and the feed, gathered in memory and inserted in bulk when it ends.
///
/// Made under the vault's lock, used within that transaction, and then done with.
final class LogWriter {
    /// A key of the feed as rows name it.
    struct KeyReference: Hashable {
        var number: Int64
        /// H of its name.
        var digest: Digest
    }

    /// Where a station's change stands; a feed row that has it is left out when its maker pulls.
    struct ChainPlace {
        var epoch: Int64
        var sequence: Int64
    }

    let sql: any SQLTransaction
    let bodies = BodyStore()
    let now: Int64
    var row: VaultRow
    private var keys: [FeedKey: KeyReference] = [:]
    private var entryValues: [SQLValue] = []
    private var changeValues: [SQLValue] = []
    private var feedValues: [SQLValue] = []
    private var memberships: [SQLValue] = []

    /// Takes the vault's lock.
    init(_ sql: any SQLTransaction, now: Int64) throws {
        self.sql = sql
        self.now = now
        row = try VaultRow.lock(sql)
    }

    /// The number of a key, which gets one when it is first used.
    func key(_ key: FeedKey) throws -> KeyReference {
        if let known = keys[key] { return known }
        let name = key.description
        var number = try sql.integer("SELECT number FROM feed_key WHERE name = ?", [.text(name)])
        if number == nil {
            let next = try (sql.integer("SELECT MAX(number) FROM feed_key") ?? 0) + 1
            try sql.execute("INSERT INTO feed_key (number, name) VALUES (?, ?)", [.integer(next), .text(name)])
            number = next
        }
        let reference = KeyReference(number: number ?? 0, digest: FeedDigest.key(name))
        keys[key] = reference
        return reference
    }

    /// The number for the next new entry.
    func nextEntry() -> Int64 {
        row.lastEntry += 1
        return row.lastEntry
    }

    func insertEntry(_ values: [SQLValue]) {
        entryValues.append(contentsOf: values)
    }

    /// Adds a change to the log; what it rejects, if it does, is known from then on.
    ///
    /// - Parameter isErased: Only the body's digest is kept.
    /// - Returns: Its number.
    func insert(
        _ change: Change, promotion: Int64, entry: Int64? = nil, batch: Int64? = nil, place: ChainPlace? = nil, isErased: Bool = false
    ) throws -> Int64 {
        if let target = change.header.target { try noteReject(of: target, by: row.lastChange + 1) }
        let body = isErased ? change.goneBodyLine : change.bodyLine
        return insert(
            id: change.id, headerLine: change.headerLine, bodyLine: body, promotion: promotion, entry: entry, batch: batch, place: place)
    }

    /// Keeps a change that is the target of a `reject`, so that its id is known. It is of no subject, in no key and in no merge; what it was about,
    /// where that can be read, is noted for an erasure.
    func archive(_ change: IncomingChange, place: ChainPlace?) throws {
        let number = insert(id: change.id, headerLine: change.headerLine, bodyLine: change.bodyLine, promotion: 0, place: place)
        guard let subject = change.subject else { return }
        try sql.execute("INSERT INTO archived (subject, change) VALUES (?, ?)", [.text(subject.text), .integer(number)])
    }

    private func insert(
        id: Digest, headerLine: [UInt8], bodyLine: [UInt8], promotion: Int64, entry: Int64? = nil, batch: Int64? = nil, place: ChainPlace?
    ) -> Int64 {
        row.lastChange += 1
        changeValues.append(.integer(row.lastChange))
        changeValues.append(.blob(id.bytes))
        changeValues.append(.integer(promotion))
        changeValues.append(.optional(entry))
        changeValues.append(.optional(batch))
        changeValues.append(.optional(place?.epoch))
        changeValues.append(.optional(place?.sequence))
        changeValues.append(.integer(now))
        changeValues.append(.blob(headerLine))
        changeValues.append(.blob(bodies.sealed(bodyLine)))
        return row.lastChange
    }

    private func noteReject(of target: Digest, by number: Int64) throws {
        let added = try sql.execute(
            "INSERT INTO rejected (target, change) VALUES (?, ?) ON CONFLICT (target) DO NOTHING",
            [.blob(target.bytes), .integer(number)])
        row.rejected += Int64(added)
    }

    /// Adds a change to a key's feed.
    func feed(_ key: KeyReference, change: Int64, id: Digest, place: ChainPlace? = nil) {
        append(key, kind: .change, id: id, change: change, entry: nil, place: place)
    }

    /// Takes an entry out of a key.
    func leave(_ key: KeyReference, entry: Int64, id: UniqueID) throws {
        append(key, kind: .leave, id: FeedDigest.key(id.description), change: nil, entry: entry, place: nil)
        try sql.execute("DELETE FROM membership WHERE entry = ? AND feed_key = ?", [.integer(entry), .integer(key.number)])
    }

    /// Brings a change to the one station that reads a key, though the entry is not in it; the `leave` behind it says so.
    func tell(_ key: KeyReference, change: Int64, id: Digest, entry: Int64, _ entryID: UniqueID) throws {
        feed(key, change: change, id: id)
        try leave(key, entry: entry, id: entryID)
    }

    func enter(_ key: KeyReference, entry: Int64) {
        memberships.append(.integer(entry))
        memberships.append(.integer(key.number))
    }

    private func append(_ key: KeyReference, kind: FeedRowKind, id: Digest, change: Int64?, entry: Int64?, place: ChainPlace?) {
        row.position += 1
        row.digest = FeedDigest.next(row.digest, keyDigest: key.digest, kind: kind, id: id)
        feedValues.append(.integer(row.position))
        feedValues.append(.integer(key.number))
        feedValues.append(.optional(change))
        feedValues.append(.optional(entry))
        feedValues.append(.optional(place?.epoch))
        feedValues.append(.optional(place?.sequence))
        feedValues.append(.blob(row.digest.bytes))
    }

    /// Inserts what was gathered so far, so that it can be read in this transaction.
    func flush() throws {
        try sql.insert(
            into: "entry",
            columns: [
                "number", "id", "promotion", "batch", "envelope", "card", "channel", "void", "erased", "conflicts", "changes",
            ], values: entryValues)
        try sql.insert(
            into: "change",
            columns: ["number", "id", "promotion", "entry", "batch", "epoch", "sequence", "received", "header", "body"],
            values: changeValues)
        try sql.insert(
            into: "feed", columns: ["position", "feed_key", "change", "entry", "epoch", "sequence", "digest"], values: feedValues)
        try sql.insert(into: "membership", columns: ["entry", "feed_key"], values: memberships)
        entryValues.removeAll(keepingCapacity: true)
        changeValues.removeAll(keepingCapacity: true)
        feedValues.removeAll(keepingCapacity: true)
        memberships.removeAll(keepingCapacity: true)
    }

    /// Inserts everything and stores the vault's row: the last step of the transaction.
    func finish() throws {
        try flush()
        if now - row.milestone >= Self.milestoneInterval {
            row.milestone = now
            try sql.execute(
                "INSERT INTO milestone (at, position) VALUES (?, ?) ON CONFLICT (at) DO UPDATE SET position = excluded.position",
                [.integer(now), .integer(row.position)])
        }
        if row.lastChange - row.indexed >= ChangeIndex.step {
            try ChangeIndex.extend(from: row.indexed, through: row.lastChange, sql)
            row.indexed = row.lastChange
        }
        try row.store(sql)
    }

    private static let milestoneInterval: Int64 = 3_600_000
}

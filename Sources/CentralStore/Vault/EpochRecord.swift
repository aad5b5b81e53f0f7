import EntryModel

/// What the vault holds of one station's chain in one epoch.
struct EpochRecord: Sendable {
    /// `nil` for an epoch of which nothing was taken.
    var number: Int64?
    var station: UniqueID
    var id: UniqueID
    /// n: the last sequence taken.
    var sequence: Int64
    /// cₙ.
    var chain: Digest
    /// When its first change was taken, milliseconds since 1970 UTC.
    var began: Int64

    static func read(_ sql: any SQLTransaction, stationNumber: Int64, station: UniqueID, epoch: UniqueID) throws -> EpochRecord {
        let found = try sql.map(
            "SELECT number, sequence, chain, began FROM epoch WHERE station = ? AND id = ?",
            [.integer(stationNumber), .blob(epoch.bytes)]
        ) { row -> EpochRecord in
            guard let chain = Digest(bytes: row.blob(2)) else { throw SQLFailure(.damaged, "a station's chain cannot be read") }
            return EpochRecord(
                number: row.integer(0), station: station, id: epoch, sequence: row.integer(1), chain: chain, began: row.integer(3))
        }.first
        return found
            ?? EpochRecord(
                number: nil, station: station, id: epoch, sequence: 0, chain: Chain.start(station: station, epoch: epoch), began: 0)
    }

    /// The chain at a sequence from 0 to n, recomputed from the push that brought it.
    func chain(at wanted: Int64, _ sql: any SQLTransaction) throws -> Digest {
        if wanted == sequence { return chain }
        guard wanted > 0, let number else { return Chain.start(station: station, epoch: id) }
        let found = try sql.map(
            "SELECT first, chain, ids FROM link WHERE epoch = ? AND first <= ? ORDER BY first DESC LIMIT 1",
            [.integer(number), .integer(wanted)]
        ) { row in (first: row.integer(0), before: row.blob(1), ids: row.blob(2)) }.first
        guard let found, let before = Digest(bytes: found.before), found.ids.count >= Int(wanted - found.first + 1) * 32 else {
            throw SQLFailure(.damaged, "a station's chain has a gap")
        }
        let ids = try (0...Int(wanted - found.first)).map { index -> Digest in
            guard let id = Digest(bytes: found.ids[(index * 32)..<(index * 32 + 32)]) else {
                throw SQLFailure(.damaged, "a station's chain cannot be read")
            }
            return id
        }
        return Chain.next(before, ids)
    }

    /// Adds what one push brought behind n, and makes the epoch's row with its first.
    mutating func append(_ ids: [Digest], forkedFrom: UniqueID?, stationNumber: Int64, now: Int64, _ sql: any SQLTransaction) throws {
        guard !ids.isEmpty else { return }
        let before = chain
        let first = sequence + 1
        chain = Chain.next(chain, ids)
        sequence += Int64(ids.count)
        try sql.execute(
            "UPDATE epoch SET sequence = ?, chain = ? WHERE number = ?",
            [.integer(sequence), .blob(chain.bytes), .integer(try row(forkedFrom, stationNumber, now, sql))])
        try sql.execute(
            "INSERT INTO link (epoch, first, last, received, chain, ids) VALUES (?, ?, ?, ?, ?, ?)",
            [
                .integer(number ?? 0), .integer(first), .integer(sequence), .integer(now), .blob(before.bytes),
                .blob(ids.flatMap(\.bytes)),
            ])
    }

    /// The number of the epoch's row, which is made when there is none.
    mutating func row(_ forkedFrom: UniqueID?, _ stationNumber: Int64, _ now: Int64, _ sql: any SQLTransaction) throws -> Int64 {
        if let number { return number }
        let next = try (sql.integer("SELECT MAX(number) FROM epoch") ?? 0) + 1
        try sql.execute(
            "INSERT INTO epoch (number, station, id, forked_from, began, sequence, chain) VALUES (?, ?, ?, ?, ?, 0, ?)",
            [
                .integer(next), .integer(stationNumber), .blob(id.bytes), .optional(forkedFrom?.bytes), .integer(now),
                .blob(Chain.start(station: station, epoch: id).bytes),
            ])
        number = next
        began = now
        return next
    }

    /// The greatest sequence that is 30 days old by the centre's clock, or 0.
    func durable(now: Int64, _ sql: any SQLTransaction) throws -> Int64 {
        let cutoff = now - Durability.ageMilliseconds
        guard let number, began <= cutoff else { return 0 }
        return try sql.integer(
            "SELECT last FROM link WHERE epoch = ? AND received <= ? ORDER BY received DESC, last DESC LIMIT 1",
            [.integer(number), .integer(cutoff)]) ?? 0
    }
}

/// When what the centre holds counts as safe for good without a backup.
enum Durability {
    static let ageMilliseconds: Int64 = 30 * 24 * 3_600_000

    /// The greatest position of the feed that is 30 days old, or 0.
    static func position(now: Int64, _ sql: any SQLTransaction) throws -> Int64 {
        try sql.integer(
            "SELECT position FROM milestone WHERE at <= ? ORDER BY at DESC LIMIT 1", [.integer(now - ageMilliseconds)]) ?? 0
    }
}

/// A station as a transaction finds it.
struct StationRow: Sendable {
    var number: Int64
    var id: UniqueID
    var isRevoked: Bool
    var lastSeen: Int64

    /// - Returns: `nil` when no such station is enrolled.
    static func read(_ sql: any SQLTransaction, _ id: UniqueID) throws -> StationRow? {
        try sql.map("SELECT number, revoked, seen FROM station WHERE id = ?", [.blob(id.bytes)]) { row in
            StationRow(number: row.integer(0), id: id, isRevoked: !row.isNull(1), lastSeen: row.integer(2))
        }.first
    }

    /// Ids of the promotions that the station is assigned, sorted.
    func assigned(_ sql: any SQLTransaction) throws -> [String] {
        try sql.map("SELECT promotion FROM assignment WHERE station = ? ORDER BY promotion", [.integer(number)]) { $0.text(0) }
    }

    /// Writes down that the chain check found a fork or a rollback, for staff to look at.
    func noteTrouble(_ outcome: ChainCheck.Outcome, _ now: Int64, _ sql: any SQLTransaction) throws {
        switch outcome {
        case .forked, .rolledBack:
            try sql.execute(
                "UPDATE station SET trouble = ?, troubled = ? WHERE number = ?",
                [.text(outcome.answer.rawValue), .integer(now), .integer(number)])
        case .accepted, .revoked, .behind, .parked: break
        }
    }

    func noteSeen(_ now: Int64, _ sql: any SQLTransaction) throws {
        try sql.execute("UPDATE station SET seen = ? WHERE number = ?", [.integer(now), .integer(number)])
    }
}

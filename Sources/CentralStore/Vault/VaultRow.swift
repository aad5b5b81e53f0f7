import EntryModel

/// The vault's one row: where the feed ends, and the last number given in each table.
///
/// Whoever writes locks it first and stores it last.
struct VaultRow: Sendable {
    var position: Int64
    var digest: Digest
    /// Grows with every document; what is kept in memory of promotions is true for one revision.
    var revision: Int64
    var lastEntry: Int64
    var lastBatch: Int64
    var lastChange: Int64
    /// How many changes are in quarantine now.
    var quarantined: Int64
    var lastQuarantine: Int64
    /// How many entries are erased.
    var erased: Int64
    /// How many changes are the target of a `reject`.
    var rejected: Int64
    /// When the last milestone was written.
    var milestone: Int64
    /// The last change that `ChangeIndex` finds in its table.
    var indexed: Int64

    private static let columns =
        "position, digest, revision, entry, batch, change, quarantined, quarantine, erased, rejected, moment, indexed, moved, client"

    /// Takes the vault's lock and reads the row, in one statement: reading first and locking then would let another writer between.
    ///
    /// - Throws: `VaultMoved` where a move has left the vault behind.
    static func lock(_ sql: any SQLTransaction) throws -> VaultRow {
        guard sql.takesTurns else { return try read(sql) }
        return try first(sql, "UPDATE vault SET number = number RETURNING \(columns)")
    }

    /// Reads the row as of this transaction.
    ///
    /// - Throws: As `lock`.
    static func read(_ sql: any SQLTransaction) throws -> VaultRow {
        try first(sql, "SELECT \(columns) FROM vault")
    }

    private static func first(_ sql: any SQLTransaction, _ statement: String) throws -> VaultRow {
        // Read to its end: the update is done when the statement is.
        let rows = try sql.map(statement) { row -> VaultRow in
            if let address = row.optionalText(12) { throw VaultMoved(client: row.text(13), address: address) }
            guard let digest = Digest(bytes: row.blob(1)) else { throw SQLFailure(.damaged, "the feed's digest cannot be read") }
            return VaultRow(
                position: row.integer(0), digest: digest, revision: row.integer(2), lastEntry: row.integer(3), lastBatch: row.integer(4),
                lastChange: row.integer(5), quarantined: row.integer(6), lastQuarantine: row.integer(7), erased: row.integer(8),
                rejected: row.integer(9), milestone: row.integer(10), indexed: row.integer(11))
        }
        guard let row = rows.first else { throw SQLFailure(.damaged, "the vault has no row of its own") }
        return row
    }

    func store(_ sql: any SQLTransaction) throws {
        try sql.execute(
            """
            UPDATE vault SET position = ?, digest = ?, revision = ?, entry = ?, batch = ?, change = ?, quarantined = ?, quarantine = ?, \
            erased = ?, rejected = ?, moment = ?, indexed = ?
            """,
            [
                .integer(position), .blob(digest.bytes), .integer(revision), .integer(lastEntry), .integer(lastBatch),
                .integer(lastChange), .integer(quarantined), .integer(lastQuarantine), .integer(erased), .integer(rejected),
                .integer(milestone), .integer(indexed),
            ])
    }
}

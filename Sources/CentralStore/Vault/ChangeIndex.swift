import EntryModel

/// Finds changes by their ids alone, as when staff name one, or a `reject` does.
///
/// Ids are random: an index of them that is written with each change writes a page of the file for each change. So the index is behind the
/// log by up to a step, is brought up to it in order of the ids, and what it lacks is read from the log's end. Pushes do not need it: they
/// look for their changes among those of the same entry or batch.
struct ChangeIndex {
    private let sql: any SQLTransaction
    /// Changes that the index lacks.
    private var tail: [Digest: Int64] = [:]

    /// How far the index may be behind, in changes.
    static let step: Int64 = 8192

    /// - Parameter indexed: The number of the last change in the index, `VaultRow.indexed`.
    init(_ sql: any SQLTransaction, after indexed: Int64) throws {
        self.sql = sql
        try sql.query("SELECT id, number FROM change WHERE number > ?", [.integer(indexed)]) { row in
            if let id = Digest(bytes: row.blob(0)) { tail[id] = row.integer(1) }
        }
    }

    /// The numbers of those of the ids that the log has.
    func numbers(of ids: some Collection<Digest>) throws -> [Digest: Int64] {
        let wanted = Set(ids)
        var numbers: [Digest: Int64] = [:]
        for id in wanted { numbers[id] = tail[id] }
        try sql.query(
            "SELECT c.id, c.number FROM change_id i JOIN change c ON c.number = i.change WHERE i.prefix IN (?*)",
            keys: wanted.map { .integer(Self.prefix($0)) }
        ) { row in
            if let id = Digest(bytes: row.blob(0)), wanted.contains(id) { numbers[id] = row.integer(1) }
        }
        return numbers
    }

    /// Brings the index up to the log.
    ///
    /// - Parameters:
    ///   - indexed: The number of the last change in the index.
    ///   - last: The number of the last change in the log; all are in the table.
    static func extend(from indexed: Int64, through last: Int64, _ sql: any SQLTransaction) throws {
        var rows: [(prefix: Int64, change: Int64)] = []
        rows.reserveCapacity(Int(last - indexed))
        try sql.query("SELECT id, number FROM change WHERE number > ? AND number <= ?", [.integer(indexed), .integer(last)]) { row in
            guard let id = Digest(bytes: row.blob(0)) else { throw SQLFailure(.damaged, "a change's id cannot be read") }
            rows.append((prefix(id), row.integer(1)))
        }
        rows.sort { $0 < $1 }
        try sql.insert(
            into: "change_id", columns: ["prefix", "change"], values: rows.flatMap { [.integer($0.prefix), .integer($0.change)] })
    }

    /// The first eight bytes: enough to find a change among a few.
    static func prefix(_ id: Digest) -> Int64 {
        Int64(bitPattern: id.bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
    }
}

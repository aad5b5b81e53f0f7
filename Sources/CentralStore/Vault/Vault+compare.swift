import EntryModel

extension Vault {
    /// Sums up what is in a key, one entry or batch at a time.
    ///
    /// - Parameter number: The key's row; `nil` when nothing was ever written to it.
    static func comparison(
        _ request: KeyComparison.Request, _ key: FeedKey, _ number: Int64?, _ sql: any SQLTransaction
    ) throws -> KeyComparison {
        var comparison = KeyComparison(request)
        guard let number else { return comparison }
        let entries: (condition: String, value: SQLValue)
        switch key {
        case .documents: return comparison
        case .promotion(let promotion):
            // All entries of the promotion are in its key, so that nobody writes down that they are.
            entries = ("s.promotion = (SELECT number FROM promotion WHERE id = ?)", .text(promotion))
        case .station, .batch:
            entries = ("s.number IN (SELECT entry FROM membership WHERE feed_key = ?)", .integer(number))
        }
        try sum(
            """
            SELECT s.number, s.id, c.header, c.body FROM entry s JOIN change c ON c.entry = s.number WHERE \(entries.condition) \
            ORDER BY s.number, c.number
            """, entries.value, sql, &comparison
        ) { UniqueID(bytes: $0)?.description }
        try sum(
            """
            SELECT b.number, b.label, c.header, c.body FROM feed f JOIN change c ON c.number = f.change JOIN batch b ON b.number = c.batch \
            WHERE f.feed_key = ? ORDER BY b.number, c.number
            """, .integer(number), sql, &comparison
        ) { Subject.batch(promotion: key.promotion, label: String(decoding: $0, as: UTF8.self)).text }
        return comparison
    }

    /// Merges the changes of one subject after the other; of those that are not asked for not even the lines are read.
    private static func sum(
        _ query: String, _ value: SQLValue, _ sql: any SQLTransaction, _ comparison: inout KeyComparison,
        subject: ([UInt8]) -> String?
    ) throws {
        let bodies = BodyStore()
        var current: Int64 = 0
        var name = ""
        var isAsked = false
        var changes: [Change] = []
        func finish(_ comparison: inout KeyComparison) {
            if !changes.isEmpty { comparison.add(name, Merge.state(of: changes)) }
            changes.removeAll(keepingCapacity: true)
        }
        try sql.walk(query, [value]) { row in
            if row.integer(0) != current {
                finish(&comparison)
                current = row.integer(0)
                guard let found = subject(row.blob(1)) else { throw SQLFailure(.damaged, "an entry's id cannot be read") }
                name = found
                isAsked = comparison.asks(for: name)
            }
            if isAsked { changes.append(try LogChange.read(row, header: 2, body: 3, bodies)) }
        }
        finish(&comparison)
    }
}

public import EntryModel

extension Vault {
    /// A page of entries in the order in which the centre took them.
    ///
    /// - Parameters:
    ///   - promotion: `nil` for all.
    ///   - after: `VaultEntry.number` of the last page's last entry; 0 for the first page.
    ///   - limit: 1 to 1,000.
    /// - Throws: `CentreError.unknownPromotion`.
    public func entries(promotion: String? = nil, after: Int64 = 0, limit: Int = 100) async throws -> [VaultEntry] {
        try await transaction(.read) { sql in
            try self.entries(promotion, "number > ?", [.integer(after)], limit: limit, sql)
        }
    }

    /// One entry; `nil` when the vault has none of that id.
    public func entry(_ id: UniqueID) async throws -> VaultEntry? {
        try await transaction(.read) { sql in
            try self.entries(nil, "id = ?", [.blob(id.bytes)], limit: 1, sql).first
        }
    }

    /// Ids of entries that begin with these characters of their lower-case form, for people who type the first few.
    ///
    /// - Parameter prefix: Hexadecimal digits; hyphens are passed over.
    public func entryIDs(withPrefix prefix: String, limit: Int = 10) async throws -> [UniqueID] {
        let digits = prefix.lowercased().filter { $0 != "-" }
        guard digits.count <= 32, let low = Hex.decode(digits.padding(to: 32, with: "0")),
            let high = Hex.decode(digits.padding(to: 32, with: "f"))
        else { return [] }
        return try await transaction(.read) { sql in
            try sql.map(
                "SELECT id FROM entry WHERE id >= ? AND id <= ? ORDER BY id LIMIT ?",
                [.blob(low), .blob(high), .integer(Int64(limit))]
            ) { UniqueID(bytes: $0.blob(0)) }.compactMap { $0 }
        }
    }

    /// All changes of an entry, in the log's order.
    public func history(_ id: UniqueID) async throws -> [VaultChange] {
        try await transaction(.read) { sql in
            let bodies = BodyStore()
            return try sql.map(
                """
                SELECT c.number, c.received, c.header, c.body FROM change c JOIN entry e ON e.number = c.entry WHERE e.id = ? \
                ORDER BY c.number
                """, [.blob(id.bytes)]
            ) { row in
                VaultChange(
                    change: try LogChange.read(row, header: 2, body: 3, bodies), number: row.integer(0), received: row.integer(1))
            }
        }
    }

    /// Calls `each` for every entry of a promotion, a page at a time, so that memory does not grow with their number.
    ///
    /// Entries that come in meanwhile are included; no entry comes twice.
    /// - Throws: `CentreError.unknownPromotion`; what `each` throws.
    public func export(_ promotion: String, each: (VaultEntry) async throws -> Void) async throws {
        var last: Int64 = 0
        while true {
            let page = try await entries(promotion: promotion, after: last, limit: 200)
            for entry in page { try await each(entry) }
            guard let final = page.last else { return }
            last = final.number
        }
    }

    /// Counts a promotion's entries and sums the comparison digests of its entries and batches: equal to a station's that holds them all when
    /// both have the same heads.
    ///
    /// - Throws: `CentreError.unknownPromotion`.
    public func comparison(_ promotion: String) async throws -> Comparison {
        try await transaction(.read) { sql in
            let number = try self.number(of: promotion, sql)
            var comparison = Comparison(entries: 0, digest: .zero)
            try Self.eachLog("entry", number, sql) { id, changes in
                guard let id = UniqueID(bytes: id) else { throw SQLFailure(.damaged, "an entry's id cannot be read") }
                comparison.entries += 1
                comparison.digest = comparison.digest &+ Merge.state(of: changes).comparisonDigest(subject: id.description)
            }
            try Self.eachLog("batch", number, sql) { label, changes in
                let subject = Subject.batch(promotion: promotion, label: String(decoding: label, as: UTF8.self)).text
                comparison.digest = comparison.digest &+ Merge.state(of: changes).comparisonDigest(subject: subject)
            }
            return comparison
        }
    }

    /// Lends the log of every entry or batch of a promotion, one at a time.
    private static func eachLog(
        _ table: String, _ promotion: Int64, _ sql: any SQLTransaction, _ each: ([UInt8], [Change]) throws -> Void
    ) throws {
        let bodies = BodyStore()
        let name = table == "entry" ? "s.id" : "s.label"
        var current: Int64 = 0
        var id: [UInt8] = []
        var changes: [Change] = []
        try sql.walk(
            """
            SELECT s.number, \(name), c.header, c.body FROM \(table) s JOIN change c ON c.\(table) = s.number WHERE s.promotion = ? \
            ORDER BY s.number, c.number
            """, [.integer(promotion)]
        ) { row in
            if row.integer(0) != current {
                if !changes.isEmpty { try each(id, changes) }
                changes.removeAll(keepingCapacity: true)
                current = row.integer(0)
                id = row.blob(1)
            }
            changes.append(try LogChange.read(row, header: 2, body: 3, bodies))
        }
        if !changes.isEmpty { try each(id, changes) }
    }

    func number(of promotion: String, _ sql: any SQLTransaction) throws -> Int64 {
        guard let number = try sql.integer("SELECT number FROM promotion WHERE id = ?", [.text(promotion)]) else {
            throw CentreError.unknownPromotion(promotion, client: client)
        }
        return number
    }

    /// Reads entries' rows and merges their logs.
    func entries(
        _ promotion: String?, _ condition: String, _ values: [SQLValue], limit: Int, _ sql: any SQLTransaction
    ) throws -> [VaultEntry] {
        var condition = condition
        var values = values
        if let promotion {
            condition += " AND promotion = ?"
            values.append(.integer(try number(of: promotion, sql)))
        }
        let catalogue = try catalogue(sql, revision: VaultRow.read(sql).revision)
        let promotions = Dictionary(catalogue.promotions.map { ($1.number, $0) }, uniquingKeysWith: { first, _ in first })
        var entries = try sql.map(
            """
            SELECT number, id, promotion, batch, envelope, card, channel, changes FROM entry WHERE \(condition) ORDER BY number LIMIT ?
            """, values + [.integer(Int64(max(1, min(limit, 1000))))]
        ) { row in
            guard let id = UniqueID(bytes: row.blob(1)) else { throw SQLFailure(.damaged, "an entry's id cannot be read") }
            return VaultEntry(
                id: id, number: row.integer(0), promotion: promotions[row.integer(2)] ?? "", batch: row.optionalText(3),
                envelope: row.optionalInteger(4), card: row.optionalInteger(5), channel: row.optionalText(6), state: .empty,
                changes: Int(row.integer(7)))
        }
        var logs: [Int64: [Change]] = [:]
        let bodies = BodyStore()
        try sql.query(
            "SELECT entry, header, body FROM change WHERE entry IN (?*) ORDER BY number", keys: entries.map { .integer($0.number) }
        ) { row in
            logs[row.integer(0), default: []].append(try LogChange.read(row, header: 1, body: 2, bodies))
        }
        for index in entries.indices { entries[index].state = Merge.state(of: logs[entries[index].number] ?? []) }
        return entries
    }
}

extension String {
    fileprivate func padding(to length: Int, with character: Character) -> String {
        self + String(repeating: character, count: max(0, length - count))
    }
}

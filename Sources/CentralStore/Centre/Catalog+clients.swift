import EntryModel

extension Catalog {
    func clients() async throws -> [ClientRecord] {
        try await transaction(.read) { sql in
            try sql.map("SELECT id, name, added, vault FROM client ORDER BY id", [], Self.client)
        }
    }

    func client(_ id: String) async throws -> ClientRecord? {
        try await transaction(.read) { sql in
            try sql.map("SELECT id, name, added, vault FROM client WHERE id = ?", [.text(id)], Self.client).first
        }
    }

    private static func client(_ row: any SQLRow) -> ClientRecord {
        ClientRecord(
            id: row.text(0), name: row.optionalText(1), added: row.integer(2), vault: row.optionalText(3).map { DatabaseAddress($0) })
    }

    /// Says where a client's vault is now, unless somebody else has said so since the record was read.
    func setVault(of client: ClientRecord, to address: String) async throws {
        try await transaction(.write) { sql in
            let now = try sql.map("SELECT id, name, added, vault FROM client WHERE id = ?", [.text(client.id)], Self.client).first
            guard now?.vault == client.vault else { return }
            try sql.execute("UPDATE client SET vault = ? WHERE id = ?", [.text(address), .text(client.id)])
        }
    }

    /// - Returns: `false` when the client is there already.
    func addClient(_ id: String, name: String?, vault: String?) async throws -> Bool {
        let now = surroundings.now()
        return try await transaction(.write) { sql in
            guard try sql.integer("SELECT 1 FROM client WHERE id = ?", [.text(id)]) == nil else { return false }
            try sql.execute(
                "INSERT INTO client (id, name, added, vault) VALUES (?, ?, ?, ?)",
                [.text(id), .optional(name), .integer(now), .optional(vault)])
            return true
        }
    }

    func setting(_ name: String) async throws -> String? {
        try await transaction(.read) { sql in
            try sql.map("SELECT value FROM setting WHERE name = ?", [.text(name)]) { $0.text(0) }.first
        }
    }

    func setSetting(_ name: String, _ value: String) async throws {
        try await transaction(.write) { sql in
            try sql.execute(
                "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                [.text(name), .text(value)])
        }
    }

    func ledger(after number: Int64, limit: Int) async throws -> [LedgerRecord] {
        try await transaction(.read) { sql in
            try sql.map(
                "SELECT number, kind, client, station, entry, promotion, at FROM ledger WHERE number > ? ORDER BY number LIMIT ?",
                [.integer(number), .integer(Int64(limit))]
            ) { row in
                guard let kind = LedgerRecord.Kind(rawValue: row.text(1)) else {
                    throw SQLFailure(.damaged, "the ledger has a line of an unknown kind")
                }
                return LedgerRecord(
                    number: row.integer(0), kind: kind, client: row.text(2), station: UniqueID(bytes: row.blob(3)),
                    entry: UniqueID(bytes: row.blob(4)), promotion: row.optionalText(5), at: row.integer(6))
            }
        }
    }

    /// Writes one line of the ledger.
    func record(_ kind: LedgerRecord.Kind, client: String, station: UniqueID? = nil, entry: UniqueID? = nil, promotion: String? = nil)
        async throws
    {
        let now = surroundings.now()
        try await transaction(.write) { sql in
            try Self.record(kind, client: client, station: station, entry: entry, promotion: promotion, at: now, sql)
        }
    }

    static func record(
        _ kind: LedgerRecord.Kind, client: String, station: UniqueID?, entry: UniqueID? = nil, promotion: String? = nil, at: Int64,
        _ sql: any SQLTransaction
    ) throws {
        let number = try (sql.integer("SELECT MAX(number) FROM ledger") ?? 0) + 1
        try sql.execute(
            "INSERT INTO ledger (number, kind, client, station, entry, promotion, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                .integer(number), .text(kind.rawValue), .text(client), .optional(station?.bytes), .optional(entry?.bytes),
                .optional(promotion), .integer(at),
            ])
    }
}

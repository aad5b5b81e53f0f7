/// How much there is in a vault, as far as that can be told without counting rows: cheap enough to be asked for all the time.
public struct VaultFigures: Sendable, Equatable {
    public var client: String
    /// Entries and changes that were ever taken in.
    public var entries: Int64
    public var changes: Int64
    /// Entries with a field in conflict.
    public var conflicts: Int64
    public var quarantined: Int64
    /// Pushes from bundles that are kept and not taken yet.
    public var parked: Int64
    /// Of the feed's last row.
    public var position: Int64
    /// What the database takes on its disk.
    public var bytes: Int64
    /// For each station that is not revoked, when its last push or pull was answered, milliseconds since 1970 UTC; `nil` for never.
    public var seen: [Int64?]
}

extension Vault {
    func figures() async throws -> VaultFigures {
        try await transaction(.read) { [client, connection] sql in
            let row = try VaultRow.read(sql)
            let size =
                connection.dialect == .sqlite
                ? "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
                : """
                SELECT SUM(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                WHERE c.relkind = 'r' AND n.nspname = current_schema()
                """
            return VaultFigures(
                client: client, entries: row.lastEntry, changes: row.lastChange,
                conflicts: try sql.integer("SELECT COUNT(*) FROM entry WHERE conflicts > 0") ?? 0, quarantined: row.quarantined,
                parked: try sql.integer("SELECT COUNT(*) FROM parked WHERE taken IS NULL") ?? 0, position: row.position,
                bytes: try sql.integer(size) ?? 0,
                seen: try sql.map("SELECT seen FROM station WHERE revoked IS NULL") { $0.optionalInteger(0) })
        }
    }
}

extension Centre {
    /// The clients whose vaults are open: those that are being worked with.
    public var openClients: Set<String> { vaults.clients }

    /// The figures of a client's vault.
    ///
    /// A vault that is closed is opened for this alone and closed again, so that asking about all of them keeps none from being let go.
    /// - Returns: `nil` when there is no such client.
    public func figures(of client: String) async throws -> VaultFigures? {
        if let vault = vaults.peek(client) { return try await vault.figures() }
        guard let record = try await catalog.client(client) else { return nil }
        return try await CentreError.wrapping {
            let vault = try await vaults.apart(record)
            let figures = try await vault.figures()
            try vault.connection.close()
            return figures
        }
    }
}

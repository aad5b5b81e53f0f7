import EntryModel
import Foundation

/// What a move of a vault did.
public struct VaultMove: Sendable {
    public var client: String
    /// Where the vault was; what is left there is no vault any more, but still holds all that it held.
    public var from: DatabaseAddress
    public var to: DatabaseAddress
    /// What both held when the vault changed over.
    public var contents: DatabaseContents
    /// How long stations had to wait.
    public var pause: Duration
}

extension Centre {
    /// Moves a client's vault into another database while stations go on.
    ///
    /// Everything is copied first. Then the vault is locked: what has changed since is brought over, both sides are compared row by row, and the
    /// old one is marked as moved, in this order. From then on no process takes anything into it or serves anything from it: whoever has it
    /// open finds the mark and goes over. Stations that come meanwhile are told to come again.
    ///
    /// Broken off before the mark, the vault is where it was, and the other database is to be emptied before the next try. Broken off behind
    /// it, the vault has moved, and whoever looks for it next writes that into the catalog.
    /// - Parameter address: A PostgreSQL database, or a file; empty.
    /// - Throws: `CentreError.unknownClient`, `.notShared`; `TransferFault`.
    public func moveVault(_ client: String, to address: DatabaseAddress) async throws -> VaultMove {
        guard let vault = try await vault(client), let record = try await catalog.client(client) else {
            throw CentreError.unknownClient(client)
        }
        if case .file = address, catalog.isShared { throw CentreError.notShared(client: client) }
        let from = vaults.address(of: record)
        let (contents, pause) = try await CentreError.wrapping {
            _ = try await vault.copy(into: address)
            return try await Self.changeOver(vault, to: address)
        }
        // Whoever looks for it now writes down where it is.
        vaults.drop(client)
        _ = try await self.vault(client)
        return VaultMove(client: client, from: from, to: address, contents: contents, pause: pause)
    }

    /// Where every client's vault is, by client.
    public func vaultAddresses() async throws -> [(client: String, address: DatabaseAddress)] {
        try await catalog.clients().map { ($0.id, vaults.address(of: $0)) }
    }

    /// Brings a copy up to date under the vault's lock, and marks the vault as moved there.
    static func changeOver(_ vault: Vault, to address: DatabaseAddress) async throws -> (DatabaseContents, Duration) {
        let target = try address.open(.vault)
        let source = vault.connection
        let begun = ContinuousClock.now
        let contents = try await DatabaseCopy.offThePool {
            try source.blockingTransaction(.write) { from in
                _ = try VaultRow.lock(from)
                let contents = try target.blockingTransaction(.write) { to in
                    try DatabaseCatchUp(source: from, sourceDialect: source.dialect, target: to, targetDialect: target.dialect).run()
                }
                try from.execute("UPDATE vault SET moved = ?", [.text(address.text)])
                return contents
            }
        }
        try target.close()
        return (contents, ContinuousClock.now - begun)
    }

    /// Destroys what a move has left behind, and all personal data in it.
    ///
    /// - Parameter address: A database whose vault was moved to another.
    /// - Throws: `TransferFault.notMoved` when it is a vault still, or none at all; then it stays as it is.
    public func discardMoved(_ address: DatabaseAddress) async throws {
        try await CentreError.wrapping {
            try await DatabaseCopy.offThePool { try Self.discard(address) }
        }
    }

    private static func discard(_ address: DatabaseAddress) throws {
        if case .file(let path) = address, !FileManager.default.fileExists(atPath: path) { throw TransferFault.missing(path: path) }
        let connection = try address.open(.vault)
        do {
            try connection.blockingTransaction(.write) { sql in
                let tables = try DatabaseTable.all(sql, connection.dialect).map(\.name)
                guard tables.contains("vault"), try sql.integer("SELECT 1 FROM vault WHERE moved IS NOT NULL") != nil else {
                    throw TransferFault.notMoved("\(address)")
                }
                for table in tables + ["schema_version"] { try sql.execute("DROP TABLE \(table)", []) }
                if connection.dialect != .sqlite { try sql.execute("DROP TABLE field_entry_database", []) }
            }
            try connection.close()
        } catch {
            try? connection.close()
            throw error
        }
        guard case .file(let path) = address else { return }
        for suffix in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
            do { try FileManager.default.removeItem(atPath: path + suffix) } catch {
                throw TransferFault.file(path: path + suffix, reason: (error as NSError).localizedDescription)
            }
        }
    }
}

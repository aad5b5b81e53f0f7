extension Vault {
    /// Copies the vault, as it stands at one moment, into a database that is empty.
    ///
    /// The vault goes on meanwhile; what it takes after that moment is not in the copy. The copy is compared with what was read before this
    /// returns.
    /// - Parameter address: A file that does not exist or is empty, or an empty PostgreSQL database.
    /// - Returns: What the copy holds.
    /// - Throws: `TransferFault`, `SQLFailure`.
    func copy(into address: DatabaseAddress) async throws -> DatabaseContents {
        let target = try address.open(.vault)
        let client = client
        do {
            let contents = try await DatabaseCopy(source: connection, target: target).run { sql in
                try VaultSchema.migrate(sql, target.dialect, client: client, path: "\(address)")
            }
            try target.close()
            return contents
        } catch {
            // The copy's own fault is what to tell.
            try? target.close()
            throw error
        }
    }

    /// What the vault holds at this moment, to be compared with a copy.
    func contents() async throws -> DatabaseContents {
        let connection = connection
        return try await DatabaseCopy.offThePool {
            try connection.blockingTransaction(.read) { try DatabaseContents.read($0, connection.dialect) }
        }
    }
}

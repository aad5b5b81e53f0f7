import EntryModel
import Synchronization

/// The vaults that are open, by client.
final class VaultCabinet: Sendable {
    private let directory: String
    private let surroundings: Surroundings
    private let catalog: Catalog
    private let open = Mutex<[String: Vault]>([:])

    init(directory: String, surroundings: Surroundings, catalog: Catalog) {
        self.directory = directory
        self.surroundings = surroundings
        self.catalog = catalog
    }

    /// The vault, if it is open.
    func open(_ client: String) -> Vault? {
        open.withLock { $0[client] }
    }

    /// The vault, opened now if it was not; made when it has no file yet. The client has to be in the catalog.
    ///
    /// The lock is held while a file is opened, so that no file is opened twice.
    func vault(_ client: String) throws -> Vault {
        try open.withLock { open in
            if let vault = open[client] { return vault }
            let connection = try SQLiteConnection(path: "\(directory)/vaults/\(client).sqlite", kind: .vault)
            let vault = try Vault(
                client: client, connection: connection, path: connection.path, surroundings: surroundings, catalog: catalog)
            open[client] = vault
            return vault
        }
    }

    func close() throws {
        let vaults = open.withLock { open in
            defer { open = [:] }
            return Array(open.values)
        }
        for vault in vaults { try vault.connection.close() }
    }
}

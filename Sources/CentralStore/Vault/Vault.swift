import EntryModel
import Synchronization

/// One client's store: its stations, promotions, the log of changes, and the feed that is served from it.
///
/// A vault is a database of its own; nothing in it refers to another client. Every write is one transaction that locks the vault's row first,
/// so positions are given in commit order.
public final class Vault: Sendable {
    /// The client's id.
    public let client: String
    let connection: any SQLConnection
    let surroundings: Surroundings
    let catalog: Catalog
    /// Public keys by station. A station's key never changes, so what was once read stays true; whether it is revoked is asked every time.
    let stationKeys = Mutex<[UniqueID: VerifyingKey]>([:])
    private let catalogue = Mutex(Catalogue.empty)

    /// Opens a vault's database, brings its tables to the newest version, and puts back what the ledger has and it lacks.
    ///
    /// - Throws: `VaultMoved`; `SQLFailure`, `CentreError`.
    init(client: String, connection: any SQLConnection, path: String, surroundings: Surroundings, catalog: Catalog) throws {
        self.client = client
        self.connection = connection
        self.surroundings = surroundings
        self.catalog = catalog
        try connection.blockingTransaction(.write) { sql in
            try VaultSchema.migrate(sql, connection.dialect, client: client, path: path)
            _ = try VaultRow.read(sql)
        }
        try replay(try catalog.ledger(of: client))
        // An interruption may have come between the push that closed a gap and what waited for it.
        while try connection.blockingTransaction(.read, { try Parked.isDue($0) }),
            try connection.blockingTransaction(.write, { try takeNextParked($0, now: surroundings.now()) })
        {}
    }

    /// Every promotion as of a revision of the vault; read again when another transaction, here or in another process, put a document.
    func catalogue(_ sql: any SQLTransaction, revision: Int64) throws -> Catalogue {
        if let held = catalogue.withLock({ $0.revision == revision ? $0 : nil }) { return held }
        let read = try Catalogue(sql, revision: revision)
        catalogue.withLock { $0 = read }
        return read
    }

    /// Runs a transaction for staff; a failure of the database is wrapped.
    @discardableResult
    func transaction<Value: Sendable>(
        _ kind: SQLTransactionKind, _ body: @escaping @Sendable (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        try await CentreError.wrapping { try await connection.transaction(kind, body) }
    }
}

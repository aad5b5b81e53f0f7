public import EntryModel
public import Metrics

/// The whole centre in one data directory: the catalog of clients, and one vault for each.
///
/// Several processes may have the same directory open: administration commands run while the server does. Nothing that another process may
/// change is kept in memory without being checked in the transaction that uses it.
///
/// ```swift
/// let centre = try Centre(directory: "central-data")
/// try await centre.addClient("brightfizz", name: "Bright Fizz Inc.")
/// let answer = try await centre.answer(.push, message)
/// ```
public final class Centre: Sendable {
    public let directory: String
    let surroundings: Surroundings
    let catalog: Catalog
    let vaults: VaultCabinet
    let meters: CentreMeters

    /// Opens the centre's directory, and makes it when there is none: with `catalog.sqlite` (file mode 0600) and new keys in it.
    ///
    /// - Parameters:
    ///   - directory: A path; its parent has to exist.
    ///   - catalog: Where the catalog is, if not in the directory; several machines have it in common then.
    ///   - surroundings: Clock and chance.
    ///   - metrics: Where it counts what it does; `nil` for nowhere.
    /// - Throws: `CentreError`.
    public init(
        directory: String, catalog address: DatabaseAddress? = nil, surroundings: Surroundings = .system,
        metrics: (any MetricsFactory)? = nil
    ) throws {
        meters = CentreMeters(metrics)
        self.directory = directory
        self.surroundings = surroundings
        catalog = try Catalog(directory: directory, address: address, surroundings: surroundings)
        vaults = VaultCabinet(directory: directory, surroundings: surroundings, catalog: catalog)
    }

    /// The centre's Ed25519 key, with which every answer is signed.
    public var signingKey: SigningKey { catalog.keys.signing }

    /// The centre's X25519 public key, 32 bytes, for bundles.
    public var agreementPublicKey: [UInt8] { catalog.keys.agreement.publicKeyBytes }

    /// H of the centre's public signing key, as enrolment codes give it.
    public var fingerprint: Digest { signingKey.publicKey.fingerprint }

    /// The store of one client, opened when it is first asked for.
    ///
    /// - Returns: `nil` when there is no such client.
    /// - Throws: `CentreError` when the vault's file cannot be used.
    public func vault(_ client: String) async throws -> Vault? {
        if let vault = vaults.open(client) { return vault }
        // More than one move at most can come between, and then another is tried.
        for _ in 0..<3 {
            guard let record = try await catalog.client(client) else { return nil }
            do {
                return try await CentreError.wrapping { try await vaults.vault(record) }
            } catch let moved as VaultMoved {
                // Whoever moved it was stopped before it could write this down.
                try await catalog.setVault(of: record, to: moved.address)
            }
        }
        throw CentreError.storage(SQLFailure(.busy, "the vault of \(client) is being moved"))
    }

    /// Runs what needs a client's vault, once more when the vault was moved to another database meanwhile.
    func followingMoves<Value>(_ body: () async throws -> Value) async throws -> Value {
        do { return try await body() } catch let moved as VaultMoved {
            vaults.drop(moved.client)
            return try await body()
        }
    }

    /// Closes every file. The centre cannot be used afterwards.
    public func close() throws {
        try vaults.close()
        try catalog.close()
    }
}

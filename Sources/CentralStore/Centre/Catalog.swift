import EntryModel
import Foundation

/// The catalog: which clients there are, the centre's keys, invitations, and the ledger. It holds no personal data.
final class Catalog: Sendable {
    /// What the centre signs, is sealed to, and authenticates with.
    struct Keys: Sendable {
        var signing: SigningKey
        var agreement: AgreementKey
        /// Of the MAC that lets a line come back after a restore.
        var mac: [UInt8]
    }

    let keys: Keys
    let connection: any SQLConnection
    let surroundings: Surroundings
    /// Whether it is where other machines find it.
    let isShared: Bool

    /// Opens the catalog, and makes it when it is missing, and the directory with it.
    ///
    /// - Parameter address: `nil` for `catalog.sqlite` in the directory.
    init(directory: String, address: DatabaseAddress?, surroundings: Surroundings) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: "\(directory)/vaults", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CentreError.directory(path: directory, reason: (error as NSError).localizedDescription)
        }
        self.surroundings = surroundings
        isShared = address != nil
        do {
            let address = address ?? .file("\(directory)/catalog.sqlite")
            let connection = try address.open(.catalog)
            self.connection = connection
            keys = try connection.blockingTransaction(.write) { sql in
                try CatalogSchema.migrate(sql, connection.dialect, path: "\(address)")
                return try Self.keys(sql)
            }
        } catch let failure as SQLFailure {
            throw CentreError.storage(failure)
        }
    }

    /// The stored keys; made once, within the transaction that first finds none.
    private static func keys(_ sql: any SQLTransaction) throws -> Keys {
        var stored: [String: [UInt8]] = [:]
        try sql.query("SELECT name, secret FROM centre_key", []) { stored[$0.text(0)] = $0.blob(1) }
        if let signing = stored["signing"].flatMap({ SigningKey(bytes: $0) }),
            let agreement = stored["agreement"].flatMap({ AgreementKey(bytes: $0) }), let mac = stored["mac"]
        {
            return Keys(signing: signing, agreement: agreement, mac: mac)
        }
        guard stored.isEmpty else { throw SQLFailure(.damaged, "the centre's keys in the catalog cannot be read") }
        // Keys come from the system's randomness whatever the surroundings are: a repeatable key would be no key.
        let keys = Keys(signing: SigningKey(), agreement: AgreementKey(), mac: Surroundings.system.randomBytes(32))
        for (name, secret) in [("signing", keys.signing.bytes), ("agreement", keys.agreement.bytes), ("mac", keys.mac)] {
            try sql.execute("INSERT INTO centre_key (name, secret) VALUES (?, ?)", [.text(name), .blob(secret)])
        }
        return keys
    }

    func close() throws {
        try connection.close()
    }

    @discardableResult
    func transaction<Value: Sendable>(
        _ kind: SQLTransactionKind, _ body: @escaping @Sendable (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        try await CentreError.wrapping { try await connection.transaction(kind, body) }
    }
}

extension CentreError {
    /// Wraps a database's failure once, at the store's edge.
    static func wrapping<Value>(_ body: () async throws -> Value) async throws -> Value {
        do { return try await body() } catch let failure as SQLFailure { throw CentreError.storage(failure) }
    }
}

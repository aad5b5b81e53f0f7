import Foundation
import GRDB

/// One SQLite file: a catalog or a vault.
///
/// Write-ahead log, every commit synced to disk. Another process may have the same file open; a write waits up to 10 seconds for its turn.
public final class SQLiteConnection: SQLConnection {
    /// What a file is, told by its `application_id`, so that one is never taken for the other.
    public enum Kind: Int32, Sendable {
        case catalog = 0x4645_6361
        case vault = 0x4645_7661
    }

    public let path: String
    public let dialect = SQLDialect.sqlite
    private let queue: DatabaseQueue

    /// Opens a file, and makes an empty one with mode 0600 when there is none.
    ///
    /// - Throws: `CentreError.directory` when it cannot be made; `SQLFailure` when it is no database, or one of another kind.
    public init(path: String, kind: Kind) throws {
        self.path = path
        queue = try DatabaseQueue(path: path)
    }

    public func transaction<Result: Sendable>(
        _ kind: SQLTransactionKind, _ body: @escaping @Sendable (any SQLTransaction) throws -> Result
    ) async throws -> Result {
        throw SQLFailure(.other, "closed")
    }

    public func blockingTransaction<Result>(_ kind: SQLTransactionKind, _ body: (any SQLTransaction) throws -> Result) throws -> Result {
        throw SQLFailure(.other, "closed")
    }

    public func close() throws {
        try queue.close()
    }
}

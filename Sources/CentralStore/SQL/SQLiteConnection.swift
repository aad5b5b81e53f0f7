import Foundation
import GRDB

/// One SQLite file: a catalog or a vault.
///
/// Write-ahead log, every commit synced to disk. Another process may have the same file open; a write waits up to 10 seconds for its turn.
public final class SQLiteConnection: SQLConnection {
    public let path: String
    public let dialect = SQLDialect.sqlite
    private let queue: DatabaseQueue

    /// Opens a file, and makes an empty one with mode 0600 when there is none.
    ///
    /// - Parameter kind: What the file is for, told by its `application_id`.
    /// - Throws: `SQLFailure` when the file cannot be made, is no database, or is one of another kind; such a file is not touched.
    public init(path: String, kind: DatabaseKind) throws {
        self.path = path
        if !FileManager.default.fileExists(atPath: path) { try Self.makeFile(path) }
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.label = "central.\(kind)"
        configuration.prepareDatabase { database in
            try Self.check(database, path: path, kind: kind)
            // Ids are random, so each push touches many pages of their indexes: a checkpoint less often writes each of them less often.
            try database.execute(
                sql: """
                    PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32768; \
                    PRAGMA wal_autocheckpoint = 4000
                    """)
        }
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.inDatabase { database in
                // Another process may be making the same file; the first to get the lock marks it.
                guard try Self.mark(database) != kind.rawValue else { return }
                try database.inTransaction(.immediate) {
                    try database.execute(sql: "PRAGMA application_id = \(kind.rawValue)")
                    return .commit
                }
            }
        } catch let error as DatabaseError {
            throw SQLFailure(error)
        }
    }

    /// Makes an empty file that only this user may read, unless somebody else is faster, whose file stays as it is.
    ///
    /// Made under another name: while SQLite has a file open, closing any other descriptor of it in this process would take its locks away.
    private static func makeFile(_ path: String) throws {
        let draft = "\(path).\(UUID().uuidString)"
        guard FileManager.default.createFile(atPath: draft, contents: nil, attributes: [.posixPermissions: 0o600]) else {
            throw SQLFailure(.readOnly, "the file \(path) cannot be made")
        }
        defer { unlink(draft) }
        guard link(draft, path) == 0 || errno == EEXIST else {
            throw SQLFailure(.readOnly, "the file \(path) cannot be made: \(String(cString: strerror(errno)))")
        }
    }

    /// A file of another kind, or with tables that are not ours, stays as it is.
    private static func check(_ database: Database, path: String, kind: DatabaseKind) throws {
        let found = try mark(database)
        if found == kind.rawValue { return }
        let tables = try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM sqlite_master") ?? 0
        guard found == 0, tables == 0 else { throw SQLFailure(.damaged, "\(path) is no \(kind) of this program") }
    }

    private static func mark(_ database: Database) throws -> Int32 {
        try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
    }

    @discardableResult
    public func transaction<Value: Sendable>(
        _ kind: SQLTransactionKind, _ body: @escaping @Sendable (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        do {
            return try await queue.writeWithoutTransaction { try Self.run(kind, $0, body) }
        } catch let error as DatabaseError {
            throw SQLFailure(error)
        }
    }

    @discardableResult
    public func blockingTransaction<Value>(_ kind: SQLTransactionKind, _ body: (any SQLTransaction) throws -> Value) throws -> Value {
        do {
            return try queue.writeWithoutTransaction { try Self.run(kind, $0, body) }
        } catch let error as DatabaseError {
            throw SQLFailure(error)
        }
    }

    /// One that writes takes the lock at once: having first read, it could otherwise find that another process wrote between.
    private static func run<Value>(
        _ kind: SQLTransactionKind, _ database: Database, _ body: (any SQLTransaction) throws -> Value
    ) throws -> Value {
        guard database.sqliteConnection != nil else { throw SQLFailure(.other, "the connection is closed") }
        // From the cache: GRDB's own calls prepare these anew for every transaction.
        try database.cachedStatement(sql: kind == .read ? "BEGIN DEFERRED TRANSACTION" : "BEGIN IMMEDIATE TRANSACTION").execute()
        do {
            let value = try body(SQLiteTransaction(database: database, kind: kind))
            try database.cachedStatement(sql: "COMMIT TRANSACTION").execute()
            return value
        } catch {
            // What went wrong first is what to tell; SQLite may have rolled back by itself already.
            if database.isInsideTransaction { try? database.rollback() }
            throw error
        }
    }

    public func close() throws {
        do { try queue.close() } catch let error as DatabaseError { throw SQLFailure(error) }
    }
}

extension SQLFailure {
    /// GRDB's error without the statement's values.
    init(_ error: DatabaseError) {
        self.init(code: error.resultCode.rawValue, message: error.message ?? "")
    }

    /// - Parameter code: SQLite's, extended or not.
    init(code: Int32, message: String) {
        let reason: Reason =
            switch code & 0xFF {
            case 5, 6: .busy
            case 8, 14: .readOnly
            case 11, 26: .damaged
            case 13: .full
            case 19: .constraint
            default: .other
            }
        self.init(reason, "SQLite error \(code): \(message)")
    }
}

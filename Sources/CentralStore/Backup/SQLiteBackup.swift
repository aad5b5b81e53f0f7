import Foundation
import GRDB

/// Whole SQLite files: copied while others write, read without a trace, and taken out of use.
enum SQLiteBackup {
    /// How many pages are copied before somebody else may have a turn on the disk: 4 MB.
    static let pagesPerStep: Int32 = 1024

    /// Copies a database, as it stands at one moment, into a file that does not exist yet.
    ///
    /// Others go on reading and writing meanwhile. One transaction that reads stays open for all the steps: without it SQLite would begin anew
    /// whenever somebody wrote between two of them, and under steady work never come to an end. The price is that the write-ahead log of the
    /// source cannot be taken in while this runs.
    ///
    /// - Parameter onStep: Called with the number of pages that are still to be copied; what it throws gives the copy up.
    static func copy(from source: String, to target: String, onStep: @escaping (Int) throws -> Void = { _ in }) throws {
        guard FileManager.default.fileExists(atPath: source) else { throw TransferFault.missing(path: source) }
        guard !FileManager.default.fileExists(atPath: target) else { throw TransferFault.exists(path: target) }
        guard FileManager.default.createFile(atPath: target, contents: nil, attributes: [.posixPermissions: 0o600]) else {
            throw TransferFault.file(path: target, reason: "it cannot be made")
        }
        do {
            let from = try queue(source, isReadOnly: false)
            let to = try queue(target, isReadOnly: false)
            try from.inDatabase { database in
                try database.inTransaction(.deferred) {
                    // The transaction begins with the first thing that is read.
                    _ = try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM sqlite_master")
                    try to.inDatabase { copy in
                        try database.backup(to: copy, pagesPerStep: pagesPerStep) { try onStep($0.remainingPageCount) }
                    }
                    return .commit
                }
            }
            try to.close()
            try from.close()
            try settle(target)
        } catch {
            remove(target)
            throw (error as? DatabaseError).map { SQLFailure($0) } ?? error
        }
    }

    /// Makes a database that nobody has open one file, which can be read from a disk on which nobody may write.
    static func settle(_ path: String) throws {
        do {
            let queue = try queue(path, isReadOnly: false)
            _ = try queue.inDatabase { try String.fetchOne($0, sql: "PRAGMA journal_mode = DELETE") }
            try queue.close()
        } catch let error as DatabaseError {
            throw SQLFailure(error)
        }
    }

    /// Reads a file that nobody writes to, without leaving anything beside it.
    static func reading<Value>(_ path: String, _ body: (any SQLTransaction) throws -> Value) throws -> Value {
        do {
            let queue = try queue(path, isReadOnly: true)
            return try queue.inDatabase { database in
                var value: Value?
                try database.inTransaction(.deferred) {
                    value = try body(SQLiteTransaction(database: database, kind: .read))
                    return .commit
                }
                guard let value else { throw SQLFailure(.other, "nothing was read") }
                return value
            }
        } catch let error as DatabaseError {
            throw SQLFailure(error)
        }
    }

    /// Makes a database of a centre one whole file that no process has open or opens any more under its name.
    ///
    /// Whoever comes upon it before it is moved is told that it is no database of this program; `mark` given back makes it one again.
    /// - Throws: `TransferFault.inUse`.
    static func retire(_ path: String) throws {
        try changeMark(path, to: retired)
    }

    /// Takes `retire` back.
    static func reinstate(_ path: String, kind: DatabaseKind) throws {
        try changeMark(path, to: kind.rawValue)
    }

    /// The mark of a database that a restore has put aside. It is still a backup like any other.
    static let retired: Int32 = 0x4645_6F6C

    private static func changeMark(_ path: String, to mark: Int32) throws {
        do {
            let queue = try queue(path, isReadOnly: false)
            try queue.inDatabase { database in
                // SQLite leaves the write-ahead log only where no other connection has the file open.
                guard try String.fetchOne(database, sql: "PRAGMA journal_mode = DELETE") == "delete" else {
                    throw TransferFault.inUse(path: path)
                }
                try database.inTransaction(.exclusive) {
                    try database.execute(sql: "PRAGMA application_id = \(mark)")
                    return .commit
                }
            }
            try queue.close()
        } catch let error as DatabaseError {
            guard error.resultCode == .SQLITE_BUSY || error.resultCode == .SQLITE_LOCKED else { throw SQLFailure(error) }
            throw TransferFault.inUse(path: path)
        }
    }

    private static func queue(_ path: String, isReadOnly: Bool) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = isReadOnly
        configuration.busyMode = .timeout(2)
        configuration.label = "central.backup"
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    /// Removes a database and what stands beside it; harmless when there is none.
    static func remove(_ path: String) {
        // What cannot be removed is a leftover under a name that nobody else uses.
        for suffix in ["", "-wal", "-shm", "-journal"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }
}

import Dispatch

/// Copies everything that one database of this program holds into another, of either kind.
///
/// The source is read in one transaction, so the copy is as the source stood at one moment, while others go on writing there. The target is
/// filled in one transaction as well: it has all of it, or stays as it was. Few rows are in memory at a time, however many there are.
struct DatabaseCopy {
    /// How much is read before it is written.
    struct Batch {
        var rows = 500
        var bytes = 1 << 20
    }

    var source: any SQLConnection
    var target: any SQLConnection
    var batch = Batch()

    /// Copies, then reads the target again and compares it, row by row, with what was read from the source.
    ///
    /// - Parameter prepare: Makes the tables in the target; rows that it makes give way to the source's.
    /// - Returns: What both hold.
    /// - Throws: `TransferFault` when the target is not empty, when the two have different tables, and when what was written is not what was
    ///   read; `SQLFailure`.
    func run(_ prepare: @escaping @Sendable (any SQLTransaction) throws -> Void) async throws -> DatabaseContents {
        let (source, target, batch) = (source, target, batch)
        return try await Self.offThePool {
            let written = try source.blockingTransaction(.read) { from in
                try target.blockingTransaction(.write) { to in
                    try Self.prepareEmpty(to, target.dialect, prepare)
                    let tables = try DatabaseTable.all(from, source.dialect)
                    guard try DatabaseTable.all(to, target.dialect) == tables else { throw TransferFault.otherTables }
                    return DatabaseContents(tables: try tables.map { try Self.copy($0, from, to, batch) })
                }
            }
            let found = try target.blockingTransaction(.read) { try DatabaseContents.read($0, target.dialect) }
            if let table = found.firstDifference(from: written) { throw TransferFault.differs(table: table) }
            return found
        }
    }

    /// Tables that somebody else has filled are nobody's to empty.
    private static func prepareEmpty(
        _ sql: any SQLTransaction, _ dialect: SQLDialect, _ prepare: (any SQLTransaction) throws -> Void
    ) throws {
        for table in try DatabaseTable.all(sql, dialect) where try sql.integer("SELECT 1 FROM \(table.name) LIMIT 1") != nil {
            throw TransferFault.notEmpty
        }
        try prepare(sql)
        for table in try DatabaseTable.all(sql, dialect) { try sql.execute("DELETE FROM \(table.name)", []) }
    }

    private static func copy(
        _ table: DatabaseTable, _ from: any SQLTransaction, _ to: any SQLTransaction, _ batch: Batch
    ) throws -> DatabaseContents.Table {
        let columns = table.columns.map(\.name)
        var digest = TableDigest(table)
        var pending: [SQLValue] = []
        var bytes = 0
        try from.walk(table.selection, []) { row in
            let values = table.values(row)
            digest.add(values)
            pending += values
            bytes += values.reduce(0) { $0 + $1.byteCount }
            guard pending.count >= batch.rows * columns.count || bytes >= batch.bytes else { return }
            try to.insert(into: table.name, columns: columns, values: pending)
            pending.removeAll(keepingCapacity: true)
            bytes = 0
        }
        try to.insert(into: table.name, columns: columns, values: pending)
        return digest.table
    }

    /// Runs what blocks its thread for long on a thread of its own.
    static func offThePool<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { done in
            DispatchQueue.global().async { done.resume(with: Result(catching: body)) }
        }
    }
}

extension SQLValue {
    fileprivate var byteCount: Int {
        switch self {
        case .null: 1
        case .integer: 8
        case .text(let text): text.utf8.count
        case .blob(let bytes): bytes.count
        }
    }
}

/// Why a copy, a backup or a restore was refused or given up; what is there already was not touched.
public enum TransferFault: Error, Sendable, Equatable {
    /// There is something in the database that is to be filled.
    case notEmpty
    /// The two databases do not have the same tables: they are of different versions of this program.
    case otherTables
    /// What was written is not what was read.
    case differs(table: String)
    /// The file or folder that is to be written is there already.
    case exists(path: String)
    /// There is no such file or folder.
    case missing(path: String)
    /// It is no backup, or not a whole one, and why.
    case unusable(path: String, reason: String)
    /// Only what a move has left behind can be discarded, and this is something else.
    case notMoved(String)
    /// The backup is of another client.
    case otherClient(String, wanted: String)
    /// Somebody has the database's file open.
    case inUse(path: String)
    /// The vault is in PostgreSQL, and so needs a database to be put back into.
    case needsDatabase(client: String)
    /// A file or folder could not be written, read or moved.
    case file(path: String, reason: String)
}

extension TransferFault: CustomStringConvertible {
    /// What happened, to what, what is safe, and what to do next.
    public var description: String {
        switch self {
        case .notEmpty: "The database to be filled holds something already. It was not touched; name an empty one."
        case .otherTables: "The two databases are of different versions of this program. Nothing was written."
        case .differs(let table):
            "What was written to the table \(table) is not what was read. Do not use the copy; the database it was made from is as it was."
        case .exists(let path): "\(path) is there already and was not touched. Name another, or move it away."
        case .missing(let path): "There is nothing at \(path). Nothing was changed."
        case .unusable(let path, let reason): "\(path) cannot be used as a backup: \(reason). Nothing was changed."
        case .notMoved(let place):
            "\(place) is not what a move has left behind, so it was not touched. `central vault list` shows where the vaults are."
        case .otherClient(let found, let wanted):
            "The backup is of the client \"\(found)\", and \"\(wanted)\" was asked for. Nothing was changed."
        case .inUse(let path):
            "\(path) is in use. Stop `central serve` and every other command, and try again; nothing was changed."
        case .needsDatabase(let client):
            "The vault of \(client) is kept in PostgreSQL: name an empty database to put it back into. Nothing was changed."
        case .file(let path, let reason): "\(path): \(reason). Nothing that was there before was changed."
        }
    }
}

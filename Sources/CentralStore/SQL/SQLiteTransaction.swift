import GRDB
import GRDBSQLite

/// A transaction on a SQLite file. Statements come from GRDB's cache and run through SQLite's own functions: values are bound and read
/// without being boxed, which halves the time of a bulk insert.
struct SQLiteTransaction: SQLTransaction {
    let database: Database
    /// Whether it may write. SQLite's own `query_only` would have every statement prepared again, each time that it is switched.
    let kind: SQLTransactionKind

    @discardableResult
    func execute(_ sql: String, _ values: [SQLValue]) throws -> Int {
        let statement = try SQLiteStatementHandle(database, sql, kind)
        defer { statement.reset() }
        try statement.bind(values[...])
        while try statement.step() {}
        return database.changesCount
    }

    func query(_ sql: String, _ values: [SQLValue], _ row: (any SQLRow) throws -> Void) throws {
        let statement = try SQLiteStatementHandle(database, sql, kind)
        defer { statement.reset() }
        try statement.bind(values[...])
        while try statement.step() { try row(statement) }
    }

    func read(_ sql: String, _ values: [SQLValue], while row: (any SQLRow) throws -> Bool) throws {
        let statement = try SQLiteStatementHandle(database, sql, kind)
        defer { statement.reset() }
        try statement.bind(values[...])
        while try statement.step() {
            guard try row(statement) else { return }
        }
    }

    func insert(into table: String, columns: [String], values: [SQLValue]) throws {
        guard !values.isEmpty else { return }
        precondition(values.count.isMultiple(of: columns.count), "rows of unequal length")
        let placeholders = SQLKeyList.placeholders(columns.count)
        let statement = try SQLiteStatementHandle(
            database, "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES (\(placeholders))", kind)
        defer { statement.reset() }
        for start in stride(from: 0, to: values.count, by: columns.count) {
            try statement.bind(values[start..<(start + columns.count)])
            while try statement.step() {}
            statement.reset()
        }
    }
}

/// A prepared statement; also the row that it stands on.
private struct SQLiteStatementHandle: SQLRow {
    // GRDB's object keeps the handle alive.
    private let statement: Statement
    private let handle: OpaquePointer
    private let connection: OpaquePointer?

    /// - Throws: `SQLFailure.Reason.readOnly` when the statement would write in a transaction that reads.
    init(_ database: Database, _ sql: String, _ kind: SQLTransactionKind) throws {
        statement = try database.cachedStatement(sql: sql)
        handle = statement.sqliteStatement
        guard kind == .write || sqlite3_stmt_readonly(handle) != 0 else {
            throw SQLFailure(.readOnly, "a transaction that reads was asked to write")
        }
        connection = database.sqliteConnection
    }

    /// - Returns: Whether there is a row.
    func step() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw SQLFailure(code: code, message: connection.map { String(cString: sqlite3_errmsg($0)) } ?? "")
        }
    }

    func reset() {
        // It repeats the error of the last step, which was thrown there.
        sqlite3_reset(handle)
    }

    func bind(_ values: ArraySlice<SQLValue>) throws {
        precondition(values.count == Int(sqlite3_bind_parameter_count(handle)), "as many values as placeholders")
        var index: Int32 = 1
        for value in values {
            let code = bind(value, at: index)
            guard code == SQLITE_OK else { throw SQLFailure(code: code, message: "a value cannot be bound") }
            index += 1
        }
    }

    private func bind(_ value: SQLValue, at index: Int32) -> Int32 {
        switch value {
        case .null: return sqlite3_bind_null(handle, index)
        case .integer(let number): return sqlite3_bind_int64(handle, index, number)
        case .text(var text):
            guard !text.isEmpty else { return sqlite3_bind_text(handle, index, "", 0, Self.copied) }
            return text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) {
                    sqlite3_bind_text(handle, index, $0.baseAddress, Int32($0.count), Self.copied)
                }
            }
        case .blob(let bytes):
            // Without bytes there may be no address, and SQLite would store null.
            guard !bytes.isEmpty else { return sqlite3_bind_zeroblob(handle, index, 0) }
            return bytes.withUnsafeBufferPointer { sqlite3_bind_blob(handle, index, $0.baseAddress, Int32($0.count), Self.copied) }
        }
    }

    // SQLITE_TRANSIENT, a cast in a C macro that Swift does not import: -1 for "SQLite copies the bytes".
    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    func isNull(_ column: Int) -> Bool {
        sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL
    }

    func integer(_ column: Int) -> Int64 {
        sqlite3_column_int64(handle, Int32(column))
    }

    func text(_ column: Int) -> String {
        guard let start = sqlite3_column_text(handle, Int32(column)) else { return "" }
        let count = Int(sqlite3_column_bytes(handle, Int32(column)))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func blob(_ column: Int) -> [UInt8] {
        guard let start = sqlite3_column_blob(handle, Int32(column)) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, Int32(column)))))
    }
}

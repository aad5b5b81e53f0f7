import EntryModel
import GRDB
import GRDBSQLite

/// A value bound to a statement.
///
/// GRDB's own arguments are existentials and its blobs `Data`; binding by hand halves the time that an insert of a dozen columns takes,
/// and capture is mostly inserts.
enum SQLValue {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])
    case digest(Digest)
    case id(UniqueID)

    static func optional(_ integer: Int64?) -> SQLValue { integer.map(SQLValue.integer) ?? .null }
    static func optional(_ text: String?) -> SQLValue { text.map(SQLValue.text) ?? .null }
    static func optional(_ bytes: [UInt8]?) -> SQLValue { bytes.map(SQLValue.blob) ?? .null }
}

/// One row while a statement stands on it; not to be kept.
struct SQLRow {
    fileprivate let statement: SQLiteStatement

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }
    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }
    func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

    func text(_ column: Int32) -> String { optionalText(column) ?? "" }

    func optionalText(_ column: Int32) -> String? {
        guard let start = sqlite3_column_text(statement, column) else { return nil }
        let count = Int(sqlite3_column_bytes(statement, column))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func blob(_ column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(statement, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column))))
    }

    func optionalBlob(_ column: Int32) -> [UInt8]? { isNull(column) ? nil : blob(column) }

    /// - Throws: `DatabaseError` of the code that damaged files give.
    func digest(_ column: Int32) throws -> Digest {
        guard let digest = Digest(bytes: blob(column)) else { throw DatabaseError.damaged("a digest") }
        return digest
    }

    func id(_ column: Int32) throws -> UniqueID {
        guard let id = UniqueID(bytes: blob(column)) else { throw DatabaseError.damaged("an id") }
        return id
    }
}

extension DatabaseError {
    /// What the file holds is not what this program wrote there.
    static func damaged(_ what: String) -> DatabaseError {
        DatabaseError(resultCode: .SQLITE_CORRUPT, message: "\(what) in the file has the wrong form")
    }
}

extension Database {
    /// Runs a statement that gives no rows.
    /// - Returns: How many rows it changed.
    @discardableResult
    func run(_ sql: String, _ values: [SQLValue] = []) throws -> Int {
        let statement = try bound(sql, values)
        defer { sqlite3_reset(statement) }
        let code = sqlite3_step(statement)
        guard code == SQLITE_DONE || code == SQLITE_ROW else { throw failure(code) }
        return Int(sqlite3_changes(sqliteConnection))
    }

    /// Lends the rows of a query one by one. The body may run other statements, but not this one again.
    func rows(_ sql: String, _ values: [SQLValue] = [], _ body: (SQLRow) throws -> Void) throws {
        try whileRows(sql, values) { row in
            try body(row)
            return true
        }
    }

    /// As `rows`, until the body returns `false`.
    func whileRows(_ sql: String, _ values: [SQLValue] = [], _ body: (SQLRow) throws -> Bool) throws {
        let statement = try bound(sql, values)
        defer { sqlite3_reset(statement) }
        while true {
            let code = sqlite3_step(statement)
            if code == SQLITE_DONE { return }
            guard code == SQLITE_ROW else { throw failure(code) }
            guard try body(SQLRow(statement: statement)) else { return }
        }
    }

    /// The first row of a query, read by `read`; `nil` when there is none.
    func first<Value>(_ sql: String, _ values: [SQLValue] = [], _ read: (SQLRow) throws -> Value) throws -> Value? {
        var value: Value?
        try whileRows(sql, values) { row in
            value = try read(row)
            return false
        }
        return value
    }

    func list<Value>(_ sql: String, _ values: [SQLValue] = [], _ read: (SQLRow) throws -> Value) throws -> [Value] {
        var list: [Value] = []
        try rows(sql, values) { list.append(try read($0)) }
        return list
    }

    /// The first column of the first row; 0 when there is none.
    func integer(_ sql: String, _ values: [SQLValue] = []) throws -> Int64 {
        try first(sql, values) { $0.integer(0) } ?? 0
    }

    private func bound(_ sql: String, _ values: [SQLValue]) throws -> SQLiteStatement {
        let statement = try cachedStatement(sql: sql).sqliteStatement
        for (index, value) in values.enumerated() {
            let code = bind(value, to: statement, at: Int32(index + 1))
            guard code == SQLITE_OK else { throw failure(code) }
        }
        return statement
    }

    private func bind(_ value: SQLValue, to statement: SQLiteStatement, at index: Int32) -> Int32 {
        switch value {
        case .null: return sqlite3_bind_null(statement, index)
        case .integer(let integer): return sqlite3_bind_int64(statement, index, integer)
        case .text(var text):
            return text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) {
                    sqlite3_bind_text(statement, index, $0.baseAddress ?? Self.nothing, Int32($0.count), Self.copying)
                }
            }
        case .blob(let bytes):
            return bytes.withUnsafeBytes { blob($0, to: statement, at: index) }
        case .digest(let digest):
            return digest.withBytes { blob(UnsafeRawBufferPointer($0), to: statement, at: index) }
        case .id(let id):
            return id.withBytes { blob($0, to: statement, at: index) }
        }
    }

    private func blob(_ bytes: UnsafeRawBufferPointer, to statement: SQLiteStatement, at index: Int32) -> Int32 {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return sqlite3_bind_zeroblob(statement, index, 0) }
        return sqlite3_bind_blob(statement, index, start, Int32(bytes.count), Self.copying)
    }

    /// Makes SQLite copy what is bound before the call returns.
    private static var copying: sqlite3_destructor_type {
        // SQLite defines SQLITE_TRANSIENT as the address −1, which Swift cannot import; it is compared and never called.
        unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    }
    private static var nothing: UnsafePointer<CChar>? { nil }

    private func failure(_ code: Int32) -> DatabaseError {
        let message = sqliteConnection.map { String(cString: sqlite3_errmsg($0)) }
        return DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
    }
}

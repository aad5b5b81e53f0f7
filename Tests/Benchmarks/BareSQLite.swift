import GRDBSQLite

/// The baseline: rows inserted by bare prepared statements into a file of the same tables, indexes and pragmas.
///
/// The rows are read from a file that the product wrote, so that both sides store the same bytes; everything the product does besides
/// (checks, codec, merge, look-ups, messages, compression) is what the ratio shows.
struct BareRows {
    struct Table {
        var schema: [String]
        var insert: String
        /// Per row its values, as SQLite holds them.
        var rows: [[Value]]
    }

    enum Value {
        case null
        case integer(Int64)
        case text([UInt8])
        case blob([UInt8])
    }

    var tables: [Table]

    /// The n-th row of each table is inserted in the same transaction.
    var count: Int { tables.map(\.rows.count).max() ?? 0 }

    /// Reads the rows of some tables.
    ///
    /// - Parameters:
    ///   - path: A file that nobody has open.
    ///   - tables: Names, in the order of insertion.
    ///   - limit: Rows of each.
    init(path: String, tables: [String], limit: Int) throws {
        let database = try BareDatabase(path)
        self.tables = try tables.map { name in
            let schema = try database.strings(
                "SELECT sql FROM sqlite_master WHERE tbl_name = '\(name)' AND sql IS NOT NULL ORDER BY type DESC")
            let rows = try database.rows("SELECT * FROM \"\(name)\" ORDER BY rowid LIMIT \(limit)")
            let marks = [String](repeating: "?", count: rows.first?.count ?? 1).joined(separator: ", ")
            return Table(schema: schema, insert: "INSERT INTO \"\(name)\" VALUES (\(marks))", rows: rows)
        }
    }

    /// Inserts all rows into a new file.
    ///
    /// - Parameter perTransaction: Rows of each table between BEGIN and COMMIT.
    /// - Returns: Seconds from the first BEGIN to the last COMMIT.
    func insert(into path: String, perTransaction: Int) throws -> Double {
        let database = try BareDatabase(path)
        // As the product opens its files; where a WAL is first as long as it gets, each commit until then costs more.
        let pragmas = [
            "locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL", "temp_store = MEMORY", "cache_size = -24576",
            "wal_autocheckpoint = 4000", "journal_size_limit = 33554432", "foreign_keys = OFF",
        ]
        for pragma in pragmas {
            _ = try database.rows("PRAGMA \(pragma)")
        }
        for table in tables { for statement in table.schema { try database.run(statement) } }
        let statements = try tables.map { try database.prepare($0.insert) }
        defer { for statement in statements { sqlite3_finalize(statement) } }
        return try Stopwatch.seconds {
            var index = 0
            while index < count {
                try database.run("BEGIN IMMEDIATE")
                let end = min(index + perTransaction, count)
                for row in index..<end {
                    for (table, statement) in zip(tables, statements) where row < table.rows.count {
                        try database.insert(table.rows[row], statement)
                    }
                }
                try database.run("COMMIT")
                index = end
            }
        }
    }
}

/// SQLite's C interface with nothing between.
final class BareDatabase {
    private var connection: OpaquePointer?

    init(_ path: String) throws {
        guard sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nil) == SQLITE_OK else { throw failure() }
    }

    deinit {
        sqlite3_close_v2(connection)
    }

    func run(_ sql: String) throws {
        guard sqlite3_exec(connection, sql, nil, nil, nil) == SQLITE_OK else { throw failure() }
    }

    func prepare(_ sql: String) throws -> OpaquePointer? {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v3(connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil) == SQLITE_OK
        else { throw failure() }
        return statement
    }

    func insert(_ row: [BareRows.Value], _ statement: OpaquePointer?) throws {
        for (offset, value) in row.enumerated() {
            let index = Int32(offset + 1)
            switch value {
            case .null: sqlite3_bind_null(statement, index)
            case .integer(let number): sqlite3_bind_int64(statement, index, number)
            // The row outlives the step, so SQLite need not copy it.
            case .text(let bytes):
                bytes.withUnsafeBytes { buffer in
                    _ = sqlite3_bind_text(
                        statement, index, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count), nil)
                }
            case .blob(let bytes):
                bytes.withUnsafeBytes { _ = sqlite3_bind_blob(statement, index, $0.baseAddress, Int32($0.count), nil) }
            }
        }
        guard sqlite3_step(statement) == SQLITE_DONE else { throw failure() }
        sqlite3_reset(statement)
    }

    func rows(_ sql: String) throws -> [[BareRows.Value]] {
        let statement = try prepare(sql)
        defer { sqlite3_finalize(statement) }
        var rows: [[BareRows.Value]] = []
        while sqlite3_step(statement) == SQLITE_ROW {
            rows.append((0..<sqlite3_column_count(statement)).map { Self.value(statement, $0) })
        }
        return rows
    }

    func strings(_ sql: String) throws -> [String] {
        try rows(sql).compactMap { row in
            if case .text(let bytes)? = row.first { String(decoding: bytes, as: UTF8.self) } else { nil }
        }
    }

    private static func value(_ statement: OpaquePointer?, _ column: Int32) -> BareRows.Value {
        let count = Int(sqlite3_column_bytes(statement, column))
        switch sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, column))
        case SQLITE_NULL: return .null
        case SQLITE_TEXT:
            return .text(Array(UnsafeRawBufferPointer(start: sqlite3_column_text(statement, column), count: count)))
        default: return .blob(Array(UnsafeRawBufferPointer(start: sqlite3_column_blob(statement, column), count: count)))
        }
    }

    private func failure() -> BenchmarkError {
        BenchmarkError("SQLite: \(String(cString: sqlite3_errmsg(connection)))")
    }
}

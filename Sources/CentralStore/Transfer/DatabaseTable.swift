/// A table as its database describes it: all that is needed to read every row in a fixed order, and to write it elsewhere.
///
/// Asked of the database instead of being kept in a list beside the schema, so that no table of a later version is forgotten by a copy.
struct DatabaseTable: Equatable {
    enum ColumnType { case integer, text, blob }

    struct Column: Equatable {
        var name: String
        var type: ColumnType
    }

    var name: String
    /// By name: a column that was added later stands elsewhere in a database that was made later.
    var columns: [Column]
    /// The columns of the primary key, in its order.
    var key: [String]

    /// All tables but those that say what the database is, by name.
    ///
    /// - Throws: `SQLFailure` when one has no primary key, or a column of a type that this program does not use.
    static func all(_ sql: any SQLTransaction, _ dialect: SQLDialect) throws -> [DatabaseTable] {
        let names = try sql.map(dialect == .sqlite ? sqliteNames : postgresNames) { $0.text(0) }
        return try names.filter { !["schema_version", "field_entry_database"].contains($0) }.sorted().map { name in
            let table = try dialect == .sqlite ? sqlite(name, sql) : postgres(name, sql)
            guard !table.key.isEmpty else { throw SQLFailure(.damaged, "the table \(name) has no primary key") }
            return table
        }
    }

    /// Every column of every row, in the order of the primary key.
    var selection: String {
        "SELECT \(columns.map(\.name).joined(separator: ", ")) FROM \(name) ORDER BY \(key.joined(separator: ", "))"
    }

    /// The values of a row of `selection`.
    func values(_ row: any SQLRow) -> [SQLValue] {
        columns.indices.map { index in
            if row.isNull(index) { return .null }
            switch columns[index].type {
            case .integer: return .integer(row.integer(index))
            case .text: return .text(row.text(index))
            case .blob: return .blob(row.blob(index))
            }
        }
    }

    private static let sqliteNames = "SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_'"
    private static let postgresNames = """
        SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
        """

    private static func sqlite(_ name: String, _ sql: any SQLTransaction) throws -> DatabaseTable {
        let rows = try sql.map("SELECT name, type, pk FROM pragma_table_info(?)", [.text(name)]) {
            (column: try column($0.text(0), $0.text(1), of: name), place: $0.integer(2))
        }
        let key = rows.filter { $0.place > 0 }.sorted { $0.place < $1.place }.map(\.column.name)
        return DatabaseTable(name: name, columns: rows.map(\.column).sorted { $0.name < $1.name }, key: key)
    }

    private static func postgres(_ name: String, _ sql: any SQLTransaction) throws -> DatabaseTable {
        let columns = try sql.map(
            """
            SELECT column_name::text, data_type::text FROM information_schema.columns \
            WHERE table_schema = current_schema() AND table_name::text = ?
            """, [.text(name)]
        ) { try column($0.text(0), $0.text(1), of: name) }
        let key = try sql.map(
            """
            SELECT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) \
            WHERE i.indrelid = to_regclass(?) AND i.indisprimary ORDER BY array_position(i.indkey::int2[], a.attnum)
            """, [.text(name)]
        ) { $0.text(0) }
        return DatabaseTable(name: name, columns: columns.sorted { $0.name < $1.name }, key: key)
    }

    private static func column(_ name: String, _ type: String, of table: String) throws -> Column {
        switch type.lowercased() {
        case "integer", "bigint": Column(name: name, type: .integer)
        case "text": Column(name: name, type: .text)
        case "blob", "bytea": Column(name: name, type: .blob)
        default: throw SQLFailure(.damaged, "the column \(name) of the table \(table) has the type \(type), which is none of this program")
        }
    }
}

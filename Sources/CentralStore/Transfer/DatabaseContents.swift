public import EntryModel

/// What a database holds, table by table: equal for two databases with the same rows, whichever kind each of them is.
public struct DatabaseContents: Sendable, Equatable {
    public struct Table: Sendable, Equatable {
        public var name: String
        public var rows: Int
        /// H over every value of every row, in the order of the primary key.
        public var digest: Digest
    }

    /// By name.
    public var tables: [Table]

    /// All rows of all tables.
    public var rows: Int { tables.reduce(0) { $0 + $1.rows } }

    /// Reads everything, a few rows at a time.
    static func read(_ sql: any SQLTransaction, _ dialect: SQLDialect) throws -> DatabaseContents {
        try DatabaseContents(
            tables: DatabaseTable.all(sql, dialect).map { table in
                var digest = TableDigest(table)
                try sql.walk(table.selection, []) { digest.add(table.values($0)) }
                return digest.table
            })
    }

    /// The first table of which the other database has other rows; `nil` when there is none.
    func firstDifference(from other: DatabaseContents) -> String? {
        let names = Set(tables.map(\.name)).union(other.tables.map(\.name)).sorted()
        return names.first { name in tables.first { $0.name == name } != other.tables.first { $0.name == name } }
    }
}

/// The digest of a table as its rows come by.
struct TableDigest {
    private let name: String
    private var hash: Hash
    private var rows = 0

    init(_ table: DatabaseTable) {
        name = table.name
        hash = Hash("field-entry/table\0")
        // Rows of the same values under other columns are other rows.
        for column in table.columns { hash.add(Hash.line(Array(column.name.utf8))) }
    }

    mutating func add(_ values: [SQLValue]) {
        var bytes: [UInt8] = []
        for value in values {
            switch value {
            case .null: bytes.append(0)
            case .integer(let number): Self.append(1, number, to: &bytes)
            case .text(let text):
                Self.append(2, Int64(text.utf8.count), to: &bytes)
                bytes.append(contentsOf: text.utf8)
            case .blob(let blob):
                Self.append(3, Int64(blob.count), to: &bytes)
                bytes.append(contentsOf: blob)
            }
        }
        hash.add(Hash.line(bytes))
        rows += 1
    }

    private static func append(_ tag: UInt8, _ number: Int64, to bytes: inout [UInt8]) {
        bytes.append(tag)
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }

    var table: DatabaseContents.Table { .init(name: name, rows: rows, digest: hash.digest) }
}

/// The little in which the two databases differ; all other SQL is the subset that both take.
///
/// Statements are written with `?` for values, integers as `INTEGER` (64 bits) and bytes as `BLOB`; a driver puts its own spelling there.
public struct SQLDialect: Sendable, Equatable {
    /// What stands behind the closing bracket of `CREATE TABLE`, and of one whose rows are found by their primary key alone.
    public var tableSuffix: String
    public var keyedTableSuffix: String
    /// How the definition of a column says 64 bits, bytes, and text that is compared byte by byte.
    public var integerType: String
    public var blobType: String
    public var textType: String

    public static let sqlite = SQLDialect(
        tableSuffix: " STRICT", keyedTableSuffix: " STRICT, WITHOUT ROWID",
        integerType: "INTEGER", blobType: "BLOB", textType: "TEXT")
    public static let postgres = SQLDialect(
        tableSuffix: "", keyedTableSuffix: "", integerType: "BIGINT", blobType: "BYTEA",
        textType: "TEXT COLLATE \"C\"")

    /// A table's definition in this dialect.
    ///
    /// - Parameters:
    ///   - table: The table's name.
    ///   - columns: What stands between the brackets, with `INTEGER`, `TEXT` and `BLOB` for types.
    ///   - isKeyed: Rows are small and kept in the order of the primary key, with no second tree beside it.
    public func table(_ table: String, _ columns: String, isKeyed: Bool = false) -> String {
        let typed = columns.split(separator: " ", omittingEmptySubsequences: false).map { word -> String in
            let bare = word.prefix { $0.isLetter }
            switch bare {
            case "INTEGER": return integerType + word.dropFirst(bare.count)
            case "TEXT": return textType + word.dropFirst(bare.count)
            case "BLOB": return blobType + word.dropFirst(bare.count)
            default: return String(word)
            }
        }
        return "CREATE TABLE \(table) (\(typed.joined(separator: " ")))\(isKeyed ? keyedTableSuffix : tableSuffix)"
    }
}

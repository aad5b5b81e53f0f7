/// A value as it is bound to a statement or stored in a column; the types that SQLite's strict tables and PostgreSQL share.
public enum SQLValue: Sendable, Hashable {
    case null
    /// 64 bits in both databases.
    case integer(Int64)
    case text(String)
    case blob([UInt8])
}

extension SQLValue {
    /// An integer, or null.
    static func optional(_ value: Int64?) -> SQLValue { value.map { .integer($0) } ?? .null }

    /// Bytes, or null.
    static func optional(_ value: [UInt8]?) -> SQLValue { value.map { .blob($0) } ?? .null }

    /// A text, or null.
    static func optional(_ value: String?) -> SQLValue { value.map { .text($0) } ?? .null }
}

/// One row of a query's answer, lent while its closure runs.
///
/// Columns count from 0. Reading a column as another type than it holds gives 0, an empty text or no bytes; ask `isNull` where null can be.
public protocol SQLRow {
    func isNull(_ column: Int) -> Bool
    func integer(_ column: Int) -> Int64
    func text(_ column: Int) -> String
    func blob(_ column: Int) -> [UInt8]
}

extension SQLRow {
    /// The column's integer, or `nil` for null.
    public func optionalInteger(_ column: Int) -> Int64? { isNull(column) ? nil : integer(column) }

    /// The column's text, or `nil` for null.
    public func optionalText(_ column: Int) -> String? { isNull(column) ? nil : text(column) }
}

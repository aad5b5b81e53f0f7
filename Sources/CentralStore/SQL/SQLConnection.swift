/// One connection to one database, on which whole transactions run one after the other.
///
/// A transaction's body is synchronous and runs wholly on the connection's own serial queue, off the cooperative pool: inside it there is no
/// `await`, no network and no waiting for a person.
///
/// ```swift
/// let count = try await connection.transaction(.write) { sql in
///     try sql.execute("UPDATE vault SET position = position + 1", [])
///     return try sql.integer("SELECT position FROM vault", [])
/// }
/// ```
public protocol SQLConnection: AnyObject, Sendable {
    var dialect: SQLDialect { get }

    /// Runs a body in one transaction: all of it is stored, or, when the body throws, nothing.
    ///
    /// A `.write` transaction has the database's write lock before its body begins, so what it reads stays true until it ends. A `.read`
    /// transaction sees one state of the database throughout.
    /// - Throws: What the body throws; `SQLFailure` when the database fails.
    @discardableResult
    func transaction<Value: Sendable>(
        _ kind: SQLTransactionKind, _ body: @escaping @Sendable (any SQLTransaction) throws -> Value
    ) async throws -> Value

    /// As `transaction`, but blocks the calling thread; for opening a database, before anything else runs.
    @discardableResult
    func blockingTransaction<Value>(_ kind: SQLTransactionKind, _ body: (any SQLTransaction) throws -> Value) throws -> Value

    /// Closes the connection; harmless when done twice. A transaction afterwards throws.
    func close() throws
}

public enum SQLTransactionKind: Sendable { case read, write }

/// What can be done within a transaction. Statements are prepared once per connection and kept.
public protocol SQLTransaction {
    /// Whether writers take turns; a test has them not do so, to show what becomes of the feed then.
    var takesTurns: Bool { get }

    /// Runs a statement that gives no rows.
    /// - Returns: The number of rows it changed.
    @discardableResult
    func execute(_ sql: String, _ values: [SQLValue]) throws -> Int

    /// Runs a statement and lends its rows one by one, all of them. The driver may hold the whole answer meanwhile, so it is one of bounded
    /// size.
    ///
    /// `row` must not run the same statement again.
    func query(_ sql: String, _ values: [SQLValue], _ row: (any SQLRow) throws -> Void) throws

    /// Runs a query and lends its rows one by one until `row` returns `false`; few are held at a time, so the answer may be of any size.
    ///
    /// `row` must not run the same statement again.
    func read(_ sql: String, _ values: [SQLValue], while row: (any SQLRow) throws -> Bool) throws

    /// Inserts many rows in the database's fastest way.
    ///
    /// - Parameters:
    ///   - table: The table's name.
    ///   - columns: The columns' names.
    ///   - values: Row after row; as many values as columns in each.
    func insert(into table: String, columns: [String], values: [SQLValue]) throws
}

extension SQLTransaction {
    public var takesTurns: Bool { true }

    /// As `query`, of an answer of any size.
    public func walk(_ sql: String, _ values: [SQLValue], _ row: (any SQLRow) throws -> Void) throws {
        try read(
            sql, values,
            while: {
                try row($0)
                return true
            })
    }

    /// The first column of the first row as an integer; `nil` when there is no row or it is null.
    public func integer(_ sql: String, _ values: [SQLValue] = []) throws -> Int64? {
        var result: Int64??
        try query(sql, values) { row in
            if result == nil { result = .some(row.optionalInteger(0)) }
        }
        return result ?? nil
    }

    /// One value per row.
    public func map<Value>(_ sql: String, _ values: [SQLValue] = [], _ transform: (any SQLRow) throws -> Value) throws -> [Value] {
        var list: [Value] = []
        try query(sql, values) { list.append(try transform($0)) }
        return list
    }

    /// Lends the rows whose key is one of `keys`, asking for at most 500 at a time.
    ///
    /// The last key is repeated to fill the list up to a few fixed lengths, so that few statements have to be prepared.
    /// - Parameter sql: The statement with `?*` where the list of placeholders goes, such as `IN (?*)`.
    func query(_ sql: String, keys: [SQLValue], _ row: (any SQLRow) throws -> Void) throws {
        var start = 0
        while start < keys.count {
            let end = min(start + SQLKeyList.limit, keys.count)
            let length = SQLKeyList.length(holding: end - start)
            let last = keys[end - 1]
            let values = Array(keys[start..<end]) + Array(repeating: last, count: length - (end - start))
            try query(SQLKeyList.statement(sql, length), values, row)
            start = end
        }
    }
}

/// The lengths of the key lists that statements are prepared for.
enum SQLKeyList {
    static let limit = 500

    static func length(holding count: Int) -> Int {
        [1, 10, 100].first { $0 >= count } ?? limit
    }

    static func statement(_ sql: String, _ length: Int) -> String {
        sql.replacing("?*", with: placeholders(length))
    }

    static func placeholders(_ length: Int) -> String {
        String(repeating: "?,", count: length - 1) + "?"
    }
}

/// A database's refusal, in words that hold no values of any row.
public struct SQLFailure: Error, Sendable {
    public enum Reason: String, Sendable {
        /// Another process held the lock for too long; trying again helps.
        case busy
        case full
        /// The file is damaged, or none of this program.
        case damaged
        case readOnly
        case constraint
        case other
    }

    public var reason: Reason
    /// The database's own code and message.
    public var message: String

    public init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }
}

extension SQLFailure: CustomStringConvertible {
    public var description: String { message }
}

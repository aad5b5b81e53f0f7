import EntryModel

/// Brings a copy of a database to where the database stands now, within a transaction of each.
///
/// Both are read once, page by page in the order of the primary key; only rows that differ are written. So it is right whatever has been done
/// to the database since it was copied, and takes as long as reading both.
struct DatabaseCatchUp {
    var source: any SQLTransaction
    var sourceDialect: SQLDialect
    var target: any SQLTransaction
    var targetDialect: SQLDialect
    var pageRows = 500

    /// - Returns: What both hold now; of the target it was read again after the last row was written.
    /// - Throws: `TransferFault.otherTables`, `.differs`; `SQLFailure`.
    func run() throws -> DatabaseContents {
        let tables = try DatabaseTable.all(source, sourceDialect)
        guard try DatabaseTable.all(target, targetDialect) == tables else { throw TransferFault.otherTables }
        let wanted = DatabaseContents(tables: try tables.map(level))
        let found = try DatabaseContents.read(target, targetDialect)
        if let table = found.firstDifference(from: wanted) { throw TransferFault.differs(table: table) }
        return found
    }

    private func level(_ table: DatabaseTable) throws -> DatabaseContents.Table {
        var digest = TableDigest(table)
        var last: [SQLValue]?
        while true {
            let page = try source.map(table.page(after: last, limit: pageRows), last ?? []) { table.values($0) }
            for row in page { digest.add(row) }
            let isLast = page.count < pageRows
            let end = isLast ? nil : page.last.map(table.keyValues)
            let there = try target.map(table.range(after: last, through: end), (last ?? []) + (end ?? [])) { table.values($0) }
            try replace(there, by: page, in: table)
            guard !isLast else { return digest.table }
            last = end
        }
    }

    /// Makes the target's rows of one stretch of keys those of the source.
    private func replace(_ old: [[SQLValue]], by new: [[SQLValue]], in table: DatabaseTable) throws {
        guard old != new else { return }
        let kept = Set(old).intersection(new)
        let condition = table.key.map { "\($0) = ?" }.joined(separator: " AND ")
        for row in old where !kept.contains(row) {
            try target.execute("DELETE FROM \(table.name) WHERE \(condition)", table.keyValues(row))
        }
        try target.insert(
            into: table.name, columns: table.columns.map(\.name), values: Array(new.filter { !kept.contains($0) }.joined()))
    }
}

extension DatabaseTable {
    /// The values of the primary key out of a row of `selection`.
    func keyValues(_ row: [SQLValue]) -> [SQLValue] {
        key.map { name in columns.firstIndex { $0.name == name }.map { row[$0] } ?? .null }
    }

    private func beyond(_ comparison: String) -> String {
        "(\(key.joined(separator: ", "))) \(comparison) (\(key.map { _ in "?" }.joined(separator: ", ")))"
    }

    private func select(_ conditions: [String], _ limit: String = "") -> String {
        let clause = conditions.isEmpty ? "" : " WHERE \(conditions.joined(separator: " AND "))"
        return "SELECT \(columns.map(\.name).joined(separator: ", ")) FROM \(name)\(clause) "
            + "ORDER BY \(key.joined(separator: ", "))\(limit)"
    }

    /// The first rows behind a key, or at all.
    fileprivate func page(after last: [SQLValue]?, limit: Int) -> String {
        select(last == nil ? [] : [beyond(">")], " LIMIT \(limit)")
    }

    /// All rows behind one key and up to another, where they are given.
    fileprivate func range(after last: [SQLValue]?, through end: [SQLValue]?) -> String {
        select((last == nil ? [] : [beyond(">")]) + (end == nil ? [] : [beyond("<=")]))
    }
}

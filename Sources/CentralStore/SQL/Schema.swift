/// The version of a database's tables, and the steps from each to the next.
enum Schema {
    /// Brings a database to the newest version, within the caller's transaction.
    ///
    /// - Parameters:
    ///   - path: Named in errors.
    ///   - versions: Step by step from nothing; one that has shipped is never changed.
    /// - Throws: `CentreError.newerSchema` when the database has more versions than this program knows.
    static func migrate(_ sql: any SQLTransaction, path: String, versions: [(any SQLTransaction) throws -> Void]) throws {
        try sql.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)", [])
        let current = Int(try sql.integer("SELECT MAX(version) FROM schema_version") ?? 0)
        guard current <= versions.count else { throw CentreError.newerSchema(path: path) }
        for (index, step) in versions.enumerated().dropFirst(current) {
            try step(sql)
            try sql.execute("INSERT INTO schema_version (version) VALUES (?)", [.integer(Int64(index + 1))])
        }
    }
}

import EntryModel

/// The catalog's tables, version by version; a version that has shipped is never changed.
enum CatalogSchema {
    static func migrate(_ sql: any SQLTransaction, _ dialect: SQLDialect, path: String) throws {
        try Schema.migrate(
            sql, path: path,
            versions: [
                { try version1($0, dialect) }, version2, { try version3($0, dialect) }, { try version4($0, dialect) },
                { try version5($0, dialect) },
            ])
    }

    private static func version1(_ sql: any SQLTransaction, _ dialect: SQLDialect) throws {
        let tables = [
            ("client", "id TEXT PRIMARY KEY, name TEXT, added INTEGER NOT NULL"),
            ("setting", "name TEXT PRIMARY KEY, value TEXT NOT NULL"),
            ("centre_key", "name TEXT PRIMARY KEY, secret BLOB NOT NULL"),
            (
                "invitation",
                """
                id BLOB PRIMARY KEY, secret BLOB NOT NULL, client TEXT NOT NULL, name TEXT NOT NULL, invited INTEGER NOT NULL, \
                used INTEGER, station BLOB, signing_key BLOB, agreement_key BLOB
                """
            ),
            (
                "invitation_promotion",
                "invitation BLOB NOT NULL, promotion TEXT NOT NULL, PRIMARY KEY (invitation, promotion)"
            ),
            (
                "ledger",
                """
                number INTEGER PRIMARY KEY, kind TEXT NOT NULL, client TEXT NOT NULL, station BLOB, entry BLOB, promotion TEXT, \
                at INTEGER NOT NULL
                """
            ),
        ]
        for (name, columns) in tables { try sql.execute(dialect.table(name, columns), []) }
    }

    /// Where a client's vault is, if not in the centre's folder.
    private static func version2(_ sql: any SQLTransaction) throws {
        try sql.execute("ALTER TABLE client ADD COLUMN vault TEXT", [])
    }

    /// Until when an invitation can be used; none said for those made before.
    private static func version3(_ sql: any SQLTransaction, _ dialect: SQLDialect) throws {
        try sql.execute("ALTER TABLE invitation ADD COLUMN expires \(dialect.integerType)", [])
    }

    /// Who among the staff read what people wrote, and why. It stands outside the vaults, whose backups may be older.
    private static func version4(_ sql: any SQLTransaction, _ dialect: SQLDialect) throws {
        let columns = """
            number INTEGER PRIMARY KEY, at INTEGER NOT NULL, reader TEXT NOT NULL, client TEXT NOT NULL, kind TEXT NOT NULL, \
            promotion TEXT, entry BLOB, purpose TEXT NOT NULL
            """
        try sql.execute(dialect.table("personal_read", columns), [])
    }

    /// Who of the staff may do what over HTTP. A client of no name stands for all of them.
    private static func version5(_ sql: any SQLTransaction, _ dialect: SQLDialect) throws {
        let columns = "id TEXT PRIMARY KEY, added INTEGER NOT NULL, token BLOB UNIQUE, token_made INTEGER NOT NULL, removed INTEGER"
        try sql.execute(dialect.table("staff", columns), [])
        let grants = "staff TEXT NOT NULL, role TEXT NOT NULL, client TEXT NOT NULL, PRIMARY KEY (staff, role, client)"
        try sql.execute(dialect.table("staff_grant", grants), [])
    }
}

import EntryModel

/// A vault in a file of its own that nobody else has open: examined before it counts as a backup, and before it is put in a vault's place.
enum VaultFile {
    /// Copies the vault in a file into a database that is empty, of either kind.
    static func copy(_ path: String, of client: String, into address: DatabaseAddress) async throws {
        let source = try SQLiteConnection(path: path, kind: .vault)
        let target = try address.open(.vault)
        _ = try await DatabaseCopy(source: source, target: target).run { sql in
            try VaultSchema.migrate(sql, target.dialect, client: client, path: "\(address)")
        }
        try target.close()
        try source.close()
    }

    /// What an examination found the vault to hold.
    struct Found {
        var client: String
        var position: Int64
        var feed: Digest
        var entries: Int
        var changes: Int
    }

    /// Opens a file of this version again and examines what can be told without working the log out anew: the file itself, its kind, the end
    /// of the feed against the vault's row, and its counts.
    ///
    /// - Throws: `TransferFault.unusable`; nothing is written.
    static func examine(_ path: String) throws -> Found {
        do {
            return try SQLiteBackup.reading(path) { sql in
                try check(sql, path)
                let client = try owner(sql, path)
                var doctor = VaultDoctor(client: client, dialect: .sqlite, sql, repairs: false)
                let row = try doctor.examineBriefly()
                // What can be worked out again from the log is no reason to be without a backup.
                if let finding = doctor.examination.findings.first(where: { !$0.isRepairable }) {
                    throw TransferFault.unusable(path: path, reason: "\(finding.area.rawValue) \(finding.subject): \(finding.message)")
                }
                return Found(
                    client: client, position: row.position, feed: row.digest,
                    entries: Int(try sql.integer("SELECT COUNT(*) FROM entry") ?? 0),
                    changes: Int(try sql.integer("SELECT COUNT(*) FROM change") ?? 0))
            }
        } catch let failure as SQLFailure {
            throw TransferFault.unusable(path: path, reason: failure.message)
        }
    }

    /// Whose vault a file is, of any version of this program; a file that is damaged or none is refused.
    private static func owner(of path: String) throws -> String {
        do {
            return try SQLiteBackup.reading(path) { sql in
                try check(sql, path)
                if let line = try sql.map("PRAGMA integrity_check(1)", [], { $0.text(0) }).first, line != "ok" {
                    throw TransferFault.unusable(path: path, reason: line)
                }
                return try owner(sql, path)
            }
        } catch let failure as SQLFailure {
            throw TransferFault.unusable(path: path, reason: failure.message)
        }
    }

    private static func check(_ sql: any SQLTransaction, _ path: String) throws {
        let mark = try sql.integer("PRAGMA application_id")
        guard mark == Int64(DatabaseKind.vault.rawValue) || mark == Int64(SQLiteBackup.retired) else {
            throw TransferFault.unusable(path: path, reason: "it is no vault of this program")
        }
    }

    private static func owner(_ sql: any SQLTransaction, _ path: String) throws -> String {
        guard let client = try sql.map("SELECT client FROM vault", [], { $0.text(0) }).first else {
            throw TransferFault.unusable(path: path, reason: "it is the vault of nobody")
        }
        return client
    }

    /// Copies a backup to where a vault is going to be, marks it as one, brings it to this program's version, and examines it there.
    static func place(_ backup: String, at path: String, client: String) throws -> Found {
        let owner = try owner(of: backup)
        guard owner == client else { throw TransferFault.otherClient(owner, wanted: client) }
        do {
            try SQLiteBackup.copy(from: backup, to: path)
            try SQLiteBackup.reinstate(path, kind: .vault)
            let connection = try SQLiteConnection(path: path, kind: .vault)
            try connection.blockingTransaction(.write) { sql in
                try VaultSchema.migrate(sql, .sqlite, client: client, path: backup)
                // What a move has left behind is a vault again when somebody puts it back.
                try sql.execute("UPDATE vault SET moved = NULL", [])
            }
            try connection.close()
            // One file, before anybody reads it and leaves something beside it.
            try SQLiteBackup.settle(path)
            return try examine(path)
        } catch {
            SQLiteBackup.remove(path)
            throw error
        }
    }
}

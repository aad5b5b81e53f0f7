import EntryModel

/// A vault in a file of its own that nobody else has open: examined before it counts as a backup, and before it is put in a vault's place.
enum VaultFile {
    /// What an examination found the vault to hold.
    struct Found {
        var client: String
        var position: Int64
        var feed: Digest
        var entries: Int
        var changes: Int
    }

    /// Opens the file again and examines what can be told without working the log out anew: the file itself, its kind and version, the end of
    /// the feed against the vault's row, and its counts.
    ///
    /// - Throws: `TransferFault.unusable`; nothing is written.
    static func examine(_ path: String) throws -> Found {
        do {
            return try SQLiteBackup.reading(path) { sql in
                let mark = try sql.integer("PRAGMA application_id")
                guard mark == Int64(DatabaseKind.vault.rawValue) || mark == Int64(SQLiteBackup.retired) else {
                    throw TransferFault.unusable(path: path, reason: "it is no vault of this program")
                }
                guard let client = try sql.map("SELECT client FROM vault", [], { $0.text(0) }).first else {
                    throw TransferFault.unusable(path: path, reason: "it is the vault of nobody")
                }
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

    /// Copies a backup to where a vault is going to be, marks it as one, brings it to this program's version, and examines it there.
    static func place(_ backup: String, at path: String, client: String) throws -> Found {
        let found = try examine(backup)
        guard found.client == client else { throw TransferFault.otherClient(found.client, wanted: client) }
        do {
            try SQLiteBackup.copy(from: backup, to: path)
            try SQLiteBackup.reinstate(path, kind: .vault)
            let connection = try SQLiteConnection(path: path, kind: .vault)
            try connection.blockingTransaction(.write) { try VaultSchema.migrate($0, .sqlite, client: client, path: backup) }
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

import EntryModel

/// A catalog in a file of its own that nobody else has open.
enum CatalogFile {
    /// Opens the file again and examines it: the file itself, its kind, and whether the centre's keys and the clients can be read.
    ///
    /// - Returns: The clients, by id.
    /// - Throws: `TransferFault.unusable`; nothing is written.
    @discardableResult
    static func examine(_ path: String) throws -> [String] {
        do {
            return try SQLiteBackup.reading(path) { sql in
                let mark = try sql.integer("PRAGMA application_id")
                guard mark == Int64(DatabaseKind.catalog.rawValue) || mark == Int64(SQLiteBackup.retired) else {
                    throw TransferFault.unusable(path: path, reason: "it is no catalog of this program")
                }
                if let line = try sql.map("PRAGMA integrity_check(1)", [], { $0.text(0) }).first, line != "ok" {
                    throw TransferFault.unusable(path: path, reason: line)
                }
                guard try sql.integer("SELECT COUNT(*) FROM centre_key") == 3 else {
                    throw TransferFault.unusable(path: path, reason: "the centre's keys are not in it")
                }
                return try sql.map("SELECT id FROM client ORDER BY id", []) { $0.text(0) }
            }
        } catch let failure as SQLFailure {
            throw TransferFault.unusable(path: path, reason: failure.message)
        }
    }

    /// Copies a backup to where a catalog is going to be, brings it to this program's version, and says where the vaults are now.
    ///
    /// - Parameter vaults: The vaults that are not files in the centre's folder.
    static func place(_ backup: String, at path: String, vaults: [String: String]) throws {
        do {
            try SQLiteBackup.copy(from: backup, to: path)
            try SQLiteBackup.reinstate(path, kind: .catalog)
            let connection = try SQLiteConnection(path: path, kind: .catalog)
            try connection.blockingTransaction(.write) { sql in
                try CatalogSchema.migrate(sql, .sqlite, path: backup)
                try sql.execute("UPDATE client SET vault = NULL", [])
                for (client, url) in vaults {
                    try sql.execute("UPDATE client SET vault = ? WHERE id = ?", [.text(url), .text(client)])
                }
            }
            try connection.close()
            try SQLiteBackup.settle(path)
            try examine(path)
        } catch {
            SQLiteBackup.remove(path)
            throw error
        }
    }
}

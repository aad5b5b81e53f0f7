import EntryModel
import Foundation

/// What came of putting one client's vault back.
public struct VaultRestoreReceipt: Sendable, Equatable {
    /// Where the vault is now.
    public var vault: String
    /// Where its feed ends.
    public var position: Int64
    public var entries: Int
    /// The file into which the vault that was there before was moved; `nil` when there was none, or it stays in a database of its own.
    public var aside: String?
}

extension Centre {
    /// Puts one client's vault back from a backup, beside the catalog as it is now, whose ledger brings what the backup cannot know: stations
    /// enrolled since, revocations, and who was erased.
    ///
    /// - Parameters:
    ///   - backup: A file that `backUp(client:to:)` wrote, or the folder of a whole centre's backup.
    ///   - address: An empty PostgreSQL database that becomes the vault; `nil` for the file in the centre's folder.
    ///   - replaces: Whether the vault that is there may be moved aside.
    /// - Throws: `TransferFault`, `CentreError`; then everything is as it was.
    @discardableResult
    public func restore(
        client: String, from backup: String, to address: String? = nil, replacing replaces: Bool = false
    ) async throws -> VaultRestoreReceipt {
        guard let record = try await catalog.client(client) else { throw CentreError.unknownClient(client) }
        let source = try await DatabaseCopy.offThePool { try Self.vaultFile(in: backup, of: client) }
        if record.vault != nil, address == nil { throw TransferFault.needsDatabase(client: client) }
        let place = "\(directory)/vaults/\(client).sqlite"
        let isThere = record.vault != nil || FileManager.default.fileExists(atPath: place)
        guard !isThere || replaces else { throw TransferFault.exists(path: record.vault?.description ?? place) }
        let draft = "\(directory)/vaults/.\(client).restore-\(UUID().uuidString).sqlite"
        let found = try await DatabaseCopy.offThePool { try VaultFile.place(source, at: draft, client: client) }
        do {
            if let address {
                try await VaultFile.copy(draft, of: client, into: DatabaseAddress(address))
                SQLiteBackup.remove(draft)
                let aside = try await retire(record, place, for: address)
                try await catalog.setVault(client, address)
                return VaultRestoreReceipt(
                    vault: "\(DatabaseAddress(address))", position: found.position, entries: found.entries, aside: aside)
            }
            let aside = try await retire(record, place, for: place)
            try FileMove.move(draft, to: place)
            return VaultRestoreReceipt(vault: place, position: found.position, entries: found.entries, aside: aside)
        } catch {
            SQLiteBackup.remove(draft)
            throw error
        }
    }

    /// The file of a backup that is this client's.
    private static func vaultFile(in backup: String, of client: String) throws -> String {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: backup, isDirectory: &isFolder) else { throw TransferFault.missing(path: backup) }
        guard isFolder.boolValue else { return backup }
        let contents = try BackupContents.read(folder: backup)
        guard let file = contents.files.first(where: { $0.client == client }) else {
            throw TransferFault.unusable(path: backup, reason: "it has no client \"\(client)\"")
        }
        try contents.check(file, in: backup)
        return "\(backup)/\(file.path)"
    }

    /// Takes the vault that is there out of use: a file is moved aside; a database is marked as moved, and keeps what it has.
    private func retire(_ record: ClientRecord, _ place: String, for new: String) async throws -> String? {
        if let address = record.vault {
            try await DatabaseCopy.offThePool {
                let old = try address.open(.vault)
                // A process that has it open finds the mark at its next transaction, however long it has been asleep, and goes over.
                try old.blockingTransaction(.write) { _ = try $0.execute("UPDATE vault SET moved = ?", [.text(new)]) }
                try old.close()
            }
            return nil
        }
        guard FileManager.default.fileExists(atPath: place) else { return nil }
        let aside = String(place.dropLast(".sqlite".count)) + ".before-restore-\(FileMove.stamp(surroundings.now())).sqlite"
        try await DatabaseCopy.offThePool {
            try SQLiteBackup.retire(place)
            do {
                try FileMove.move(place, to: aside)
            } catch {
                // What went wrong first is what to tell.
                try? SQLiteBackup.reinstate(place, kind: .vault)
                throw error
            }
        }
        return aside
    }
}

extension Catalog {
    /// Says where a client's vault is from now on.
    func setVault(_ client: String, _ address: String) async throws {
        try await transaction(.write) { sql in
            try sql.execute("UPDATE client SET vault = ? WHERE id = ?", [.text(address), .text(client)])
        }
    }
}

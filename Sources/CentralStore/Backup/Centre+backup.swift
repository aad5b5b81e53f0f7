import EntryModel
import Foundation

extension Centre {
    /// Backs up the whole centre into a folder that does not exist yet: the catalog, every vault, and the list of contents `backup.json`.
    ///
    /// The centre goes on meanwhile. Each database is copied as it stood at one moment, the catalog last: its ledger knows of everything that
    /// the vaults have. Each file is opened again and examined before the folder gets its name, so what has the name is whole. The catalog
    /// holds the centre's keys: a backup is as secret as the centre's folder.
    ///
    /// - Parameter onFile: Called with each database that is about to be copied: a client's id, `nil` for the catalog.
    /// - Throws: `TransferFault`, `CentreError`.
    @discardableResult
    public func backUp(to folder: String, onFile: @escaping @Sendable (String?) -> Void = { _ in }) async throws -> BackupContents {
        let draft = try BackupDraft(folder)
        do {
            try draft.makeFolder("vaults")
            var vaults: [BackupFile] = []
            var copied: Set<String> = []
            // A client may be added meanwhile: the catalog, which is copied last, would know it.
            while true {
                let missing = try await catalog.clients().map(\.id).filter { !copied.contains($0) }
                if missing.isEmpty { break }
                for client in missing {
                    onFile(client)
                    vaults.append(try await backUpVault(client, to: draft, as: "vaults/\(client).sqlite"))
                    copied.insert(client)
                }
            }
            onFile(nil)
            let file = try await backUpCatalog(to: draft, holding: copied)
            let contents = BackupContents(
                time: surroundings.now(), centre: fingerprint, files: [file] + vaults.sorted { ($0.client ?? "") < ($1.client ?? "") })
            try draft.write(contents.json, to: BackupContents.name)
            try draft.finish()
            return contents
        } catch {
            draft.discard()
            throw error
        }
    }

    /// Backs up one client's vault into a file that does not exist yet.
    @discardableResult
    public func backUp(client: String, to path: String) async throws -> BackupFile {
        guard try await catalog.client(client) != nil else { throw CentreError.unknownClient(client) }
        let draft = try BackupDraft(path)
        do {
            let name = URL(filePath: path).lastPathComponent
            var file = try await backUpVault(client, to: draft, as: name)
            file.path = name
            try draft.finish(file: name)
            return file
        } catch {
            draft.discard()
            throw error
        }
    }

    private func backUpVault(_ client: String, to draft: BackupDraft, as name: String) async throws -> BackupFile {
        guard let record = try await catalog.client(client) else { throw CentreError.unknownClient(client) }
        let target = draft.path(name)
        switch record.vault ?? .file("\(directory)/vaults/\(client).sqlite") {
        case .file(let path):
            // Opened once, so that its tables are of this version.
            _ = try await vault(client)
            try await DatabaseCopy.offThePool { try SQLiteBackup.copy(from: path, to: target) }
        case .postgres:
            guard let vault = try await vault(client) else { throw CentreError.unknownClient(client) }
            _ = try await vault.copy(into: .file(target))
            try await DatabaseCopy.offThePool { try SQLiteBackup.settle(target) }
        }
        return try await DatabaseCopy.offThePool {
            let found = try VaultFile.examine(target)
            guard found.client == client else { throw TransferFault.otherClient(found.client, wanted: client) }
            let size = try BackupFile.measure(target)
            return BackupFile(
                path: name, client: client, bytes: size.bytes, digest: size.digest, position: found.position, feed: found.feed,
                entries: found.entries, changes: found.changes)
        }
    }

    /// - Parameter clients: Those whose vaults are copied; one that was added since is left out of the catalog's copy, as if it came later.
    private func backUpCatalog(to draft: BackupDraft, holding clients: Set<String>) async throws -> BackupFile {
        let target = draft.path("catalog.sqlite")
        let connection = catalog.connection
        if connection.dialect == .sqlite {
            let source = "\(directory)/catalog.sqlite"
            try await DatabaseCopy.offThePool { try SQLiteBackup.copy(from: source, to: target) }
        } else {
            let copy = try SQLiteConnection(path: target, kind: .catalog)
            _ = try await DatabaseCopy(source: connection, target: copy).run { try CatalogSchema.migrate($0, .sqlite, path: target) }
            try copy.close()
        }
        return try await DatabaseCopy.offThePool {
            let copy = try SQLiteConnection(path: target, kind: .catalog)
            try copy.blockingTransaction(.write) { sql in
                for id in try sql.map("SELECT id FROM client", [], { $0.text(0) }) where !clients.contains(id) {
                    try sql.execute("DELETE FROM client WHERE id = ?", [.text(id)])
                }
            }
            try copy.close()
            try SQLiteBackup.settle(target)
            try CatalogFile.examine(target)
            let size = try BackupFile.measure(target)
            return BackupFile(
                path: "catalog.sqlite", client: nil, bytes: size.bytes, digest: size.digest, position: 0, feed: nil, entries: 0, changes: 0)
        }
    }
}

/// A backup that is being written beside its place, under a name that nobody takes for a backup.
private struct BackupDraft {
    private let place: URL
    private let folder: URL

    /// - Throws: `TransferFault.exists` when something has the backup's name.
    init(_ path: String) throws {
        place = URL(filePath: path).standardizedFileURL
        guard !FileManager.default.fileExists(atPath: place.path) else { throw TransferFault.exists(path: path) }
        folder = place.deletingLastPathComponent().appending(path: ".\(place.lastPathComponent).\(UUID().uuidString)")
        try makeFolder("")
    }

    func path(_ name: String) -> String { folder.appending(path: name).path(percentEncoded: false) }

    func makeFolder(_ name: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path(name), withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        } catch {
            throw TransferFault.file(path: place.path, reason: (error as NSError).localizedDescription)
        }
    }

    func write(_ bytes: [UInt8], to name: String) throws {
        do {
            guard FileManager.default.createFile(atPath: path(name), contents: nil, attributes: [.posixPermissions: 0o600]) else {
                throw TransferFault.file(path: place.path, reason: "it cannot be written")
            }
            let handle = try FileHandle(forWritingTo: URL(filePath: path(name)))
            try handle.write(contentsOf: Data(bytes))
            try handle.synchronize()
            try handle.close()
        } catch let error as NSError {
            throw TransferFault.file(path: place.path, reason: error.localizedDescription)
        }
    }

    /// Gives the folder the backup's name.
    func finish() throws {
        try FileMove.move(folder.path(percentEncoded: false), to: place.path(percentEncoded: false))
    }

    /// Gives one file the backup's name, and takes the folder around it away.
    func finish(file name: String) throws {
        try FileMove.move(path(name), to: place.path(percentEncoded: false))
        discard()
    }

    func discard() {
        // A leftover under a name of its own harms nobody.
        try? FileManager.default.removeItem(at: folder)
    }
}

import Foundation

/// Puts a whole centre back from a backup's folder.
///
/// Everything is copied and examined before anything gets its place, and nothing is written over: what is in the way is refused, or, when
/// asked for, moved aside into a folder of its own. The centre is one that the stations know by its keys; what its feeds lack compared with
/// what stations have seen, they find out by themselves and send again.
/// - SeeAlso: Protocol/README.md, "Restored centre".
public struct CentreRestore: Sendable {
    /// The backup's folder.
    public var backup: String
    /// The centre's folder; made when there is none.
    public var directory: String
    /// The PostgreSQL database that becomes the catalog: an empty one. `nil` for a file in the centre's folder.
    public var catalog: DatabaseAddress?
    /// The PostgreSQL databases, each empty, that become clients' vaults. Vaults that are not named become files, unless the catalog is in
    /// PostgreSQL: then they go to where the backup's catalog says, which must be empty as well.
    public var vaults: [String: String] = [:]
    /// Whether what is in the centre's folder may be moved aside.
    public var replaces = false

    public init(backup: String, directory: String) {
        self.backup = backup
        self.directory = directory
    }

    /// What was put where.
    public struct Receipt: Sendable, Equatable {
        public var contents: BackupContents
        /// The folder into which what was there before was moved; `nil` when there was nothing.
        public var aside: String?
    }

    /// - Parameter now: Names the folder of what is moved aside; milliseconds since 1970 UTC.
    /// - Throws: `TransferFault`, `SQLFailure`.
    @discardableResult
    public func run(now: Int64) async throws -> Receipt {
        let contents = try BackupContents.read(folder: backup)
        let addresses = try await DatabaseCopy.offThePool { try check(contents) }
        if isOccupied, !replaces { throw TransferFault.exists(path: "\(directory)/catalog.sqlite") }
        let draft = "\(directory)/.restore-\(UUID().uuidString)"
        try makeFolder("\(draft)/vaults")
        do {
            for file in contents.files {
                guard let client = file.client else { continue }
                let path = "\(draft)/vaults/\(client).sqlite"
                let source = "\(backup)/\(file.path)"
                _ = try await DatabaseCopy.offThePool { try VaultFile.place(source, at: path, client: client) }
                guard let url = addresses[client] else { continue }
                try await VaultFile.copy(path, of: client, into: DatabaseAddress(url))
                SQLiteBackup.remove(path)
            }
            let path = "\(draft)/catalog.sqlite"
            try await DatabaseCopy.offThePool { try CatalogFile.place("\(backup)/catalog.sqlite", at: path, vaults: addresses) }
            if let catalog {
                try await fill(catalog, fromCatalog: path)
                SQLiteBackup.remove(path)
            }
            let aside = try await DatabaseCopy.offThePool { try put(draft, now: now) }
            return Receipt(contents: contents, aside: aside)
        } catch {
            try? FileManager.default.removeItem(atPath: draft)
            throw error
        }
    }

    private var isOccupied: Bool {
        FileManager.default.fileExists(atPath: "\(directory)/catalog.sqlite")
            || (try? FileManager.default.contentsOfDirectory(atPath: "\(directory)/vaults"))?.contains { $0.hasSuffix(".sqlite") } == true
    }

    /// Checks the whole backup before anything is written.
    /// - Returns: The clients whose vaults go into PostgreSQL, and where.
    private func check(_ contents: BackupContents) throws -> [String: String] {
        for file in contents.files { try contents.check(file, in: backup) }
        let path = "\(backup)/catalog.sqlite"
        let clients = try CatalogFile.examine(path)
        let held = contents.files.compactMap(\.client)
        guard clients == held.sorted() else {
            throw TransferFault.unusable(path: backup, reason: "its catalog and its vaults are not of the same clients")
        }
        for client in vaults.keys.sorted() where !clients.contains(client) {
            throw TransferFault.unusable(path: backup, reason: "it has no client \"\(client)\"")
        }
        guard catalog != nil else { return vaults }
        var addresses = try SQLiteBackup.reading(path) { sql in
            try sql.map("SELECT id, vault FROM client WHERE vault IS NOT NULL") { ($0.text(0), $0.text(1)) }
        }.reduce(into: [String: String]()) { $0[$1.0] = $1.1 }
        addresses.merge(vaults) { $1 }
        for client in clients where addresses[client] == nil { throw TransferFault.needsDatabase(client: client) }
        return addresses
    }

    private func fill(_ address: DatabaseAddress, fromCatalog path: String) async throws {
        let source = try SQLiteConnection(path: path, kind: .catalog)
        let target = try address.open(.catalog)
        _ = try await DatabaseCopy(source: source, target: target).run { sql in
            try CatalogSchema.migrate(sql, target.dialect, path: "\(address)")
        }
        try target.close()
        try source.close()
    }

    /// Moves what is there aside, and what was made into its place; the catalog last, without which there is no centre.
    private func put(_ draft: String, now: Int64) throws -> String? {
        var aside: String?
        if isOccupied {
            let folder = "\(directory)/before-restore-\(FileMove.stamp(now))"
            guard !FileManager.default.fileExists(atPath: folder) else { throw TransferFault.exists(path: folder) }
            let retired = try retireAll()
            try makeFolder(folder)
            for name in ["catalog.sqlite", "vaults"] where FileManager.default.fileExists(atPath: "\(directory)/\(name)") {
                try FileMove.move("\(directory)/\(name)", to: "\(folder)/\(name)")
            }
            // Under its new name it is a centre's folder like any other.
            for one in retired { try SQLiteBackup.reinstate("\(folder)/\(one.name)", kind: one.kind) }
            aside = folder
        }
        // An empty folder may be there.
        rmdir("\(directory)/vaults")
        for name in ["vaults", "catalog.sqlite"] where FileManager.default.fileExists(atPath: "\(draft)/\(name)") {
            try FileMove.move("\(draft)/\(name)", to: "\(directory)/\(name)")
        }
        // Nothing is in it any more but what a database leaves behind.
        try? FileManager.default.removeItem(atPath: draft)
        return aside
    }

    /// Takes every database in the centre's folder out of use, the catalog last; none of them when one is in use.
    private func retireAll() throws -> [(name: String, kind: DatabaseKind)] {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: "\(directory)/vaults")) ?? []).filter { $0.hasSuffix(".sqlite") }
        var databases = names.sorted().map { (name: "vaults/\($0)", kind: DatabaseKind.vault) }
        if FileManager.default.fileExists(atPath: "\(directory)/catalog.sqlite") { databases.append(("catalog.sqlite", .catalog)) }
        var retired: [(name: String, kind: DatabaseKind)] = []
        do {
            for database in databases {
                try SQLiteBackup.retire("\(directory)/\(database.name)")
                retired.append(database)
            }
        } catch {
            // What refused is what to tell; nobody else can have opened these meanwhile.
            for one in retired { try? SQLiteBackup.reinstate("\(directory)/\(one.name)", kind: one.kind) }
            throw error
        }
        return databases
    }

    private func makeFolder(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw TransferFault.file(path: path, reason: (error as NSError).localizedDescription)
        }
    }
}

import CentralStore
import EntryModel
import Foundation

/// Files that are copied and put back.
extension Fleet {
    /// A second machine with a copy of a station's file as it is on the disk now; also the way to keep a backup of it.
    ///
    /// - Parameters:
    ///   - name: Of the copy's file; both are the same station for the centre.
    ///   - skew: How far the machine's clock is ahead of the centre's, milliseconds.
    public func copy(_ station: Station, as name: String, skew: Int64 = 0) throws -> Station {
        try Self.copyDatabase(from: station.path, to: folder.file("\(name).fieldentry"))
        return try machine(name, code: station.code, skew: skew)
    }

    /// Keeps what the centre's vault holds now.
    /// - Returns: The path of the copy.
    public func backUpVault() throws -> String {
        let path = folder.file("backup-\(UUID().uuidString).sqlite")
        try Self.copyDatabase(from: vaultPath(in: centre.directory), to: path)
        return path
    }

    /// Puts the vault back to what it held, beside the catalog as it is now; all stations talk to the centre that comes of it.
    public func restoreVault(_ backup: String, _ stations: [Station]) async throws {
        let directory = folder.file("centre-\(UUID().uuidString)")
        try FileManager.default.createDirectory(atPath: "\(directory)/vaults", withIntermediateDirectories: true)
        try Self.copyDatabase(from: "\(centre.directory)/catalog.sqlite", to: "\(directory)/catalog.sqlite")
        try Self.copyDatabase(from: backup, to: vaultPath(in: directory))
        try await serve(directory)
        for station in stations { station.transport.lead(to: centre) }
    }

    private func vaultPath(in directory: String) -> String { "\(directory)/vaults/\(Self.client).sqlite" }

    /// Copies a database that somebody has open and nobody is writing to.
    private static func copyDatabase(from: String, to: String) throws {
        for suffix in ["", "-wal"] {
            if FileManager.default.fileExists(atPath: to + suffix) { try FileManager.default.removeItem(atPath: to + suffix) }
            guard FileManager.default.fileExists(atPath: from + suffix) else { continue }
            try FileManager.default.copyItem(atPath: from + suffix, toPath: to + suffix)
        }
    }
}

/// Machines that are lost.
extension Fleet {
    /// Backs the whole centre up while it serves.
    /// - Returns: The backup's folder.
    public func backUpCentre() async throws -> String {
        let path = folder.file("backup-\(UUID().uuidString)")
        _ = try await centre.backUp(to: path)
        return path
    }

    /// The centre's machine is gone: the backup is put back on an empty one, and the stations find it where the other was.
    public func restoreCentre(_ backup: String, _ stations: [Station]) async throws {
        let directory = folder.file("machine-\(UUID().uuidString)")
        _ = try await CentreRestore(backup: backup, directory: directory).run(now: clock.milliseconds)
        try await serve(directory)
        for station in stations { station.transport.lead(to: centre) }
    }
}

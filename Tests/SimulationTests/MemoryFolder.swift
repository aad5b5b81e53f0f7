import Foundation

/// A folder that goes away with its owner, in memory where the system has a file system there.
final class MemoryFolder: Sendable {
    let path: String

    init() throws {
        let memory = "/dev/shm"
        let isThere = FileManager.default.isWritableFile(atPath: memory)
        let parent = isThere ? URL(filePath: memory, directoryHint: .isDirectory) : FileManager.default.temporaryDirectory
        path = parent.appending(path: "fieldentry-simulation-\(UUID().uuidString)").path(percentEncoded: false)
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// After so many pages of it a write-ahead log is written into its file: by default it would grow all the time, and be copied with all copies.
    static let checkpointPages = 100

    /// What would be on the disk if the machine stopped now: the file and its write-ahead log as they are.
    static func copyDatabase(_ from: String, to: String) throws {
        for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: from + suffix) {
            // At once: Foundation copies a file in memory page by page.
            try Data(contentsOf: URL(filePath: from + suffix)).write(to: URL(filePath: to + suffix))
        }
    }

    static func removeDatabase(_ path: String) {
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }
}

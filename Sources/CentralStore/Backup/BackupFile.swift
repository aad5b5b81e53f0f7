public import EntryModel
import Foundation

/// One database of a backup, as the backup's list of contents has it.
public struct BackupFile: Sendable, Equatable {
    /// Relative to the backup's folder; of a backup of one client the file's name.
    public var path: String
    /// Whose vault it is; `nil` for the catalog.
    public var client: String?
    public var bytes: Int64
    /// SHA-256 of the file.
    public var digest: Digest
    /// Where the vault's feed ends, and the digest there; 0 and `nil` for the catalog.
    public var position: Int64
    public var feed: Digest?
    public var entries: Int
    public var changes: Int

    /// The file's length and SHA-256.
    static func measure(_ path: String) throws -> (bytes: Int64, digest: Digest) {
        let (bytes, hash) = try FileHash.sha256(path)
        guard let digest = Digest(bytes: hash) else { throw TransferFault.file(path: path, reason: "it cannot be read") }
        return (bytes, digest)
    }
}

/// The list of contents of a backup of a whole centre, its file `backup.json`.
public struct BackupContents: Sendable, Equatable {
    public static let name = "backup.json"
    private static let format = "field-entry-backup/1"

    /// When it was made, milliseconds since 1970 UTC.
    public var time: Int64
    /// H of the centre's public signing key: the stations know it by this.
    public var centre: Digest
    /// The catalog first, then the vaults by client.
    public var files: [BackupFile]

    var json: [UInt8] {
        let files = files.map { file -> JSONValue in
            var members: [(name: String, value: JSONValue)] = [
                ("path", .string(file.path)), ("bytes", .integer(file.bytes)), ("sha256", .string(file.digest.hex)),
            ]
            if let client = file.client {
                members += [
                    ("client", .string(client)), ("position", .integer(file.position)), ("digest", .string(file.feed?.hex ?? "")),
                    ("entries", .integer(Int64(file.entries))), ("changes", .integer(Int64(file.changes))),
                ]
            }
            return .object(members)
        }
        return JSONValue.object([
            ("format", .string(Self.format)), ("time", .integer(time)), ("centre", .string(centre.hex)), ("files", .array(files)),
        ]).line + [UInt8(ascii: "\n")]
    }

    /// Reads the list of a backup's folder.
    /// - Throws: `TransferFault.missing`, `.unusable`.
    static func read(folder: String) throws -> BackupContents {
        let path = "\(folder)/\(name)"
        guard let bytes = FileManager.default.contents(atPath: path) else { throw TransferFault.missing(path: path) }
        let line = Array(bytes).prefix { $0 != UInt8(ascii: "\n") }
        guard let value = try? JSONValue(line: Array(line), limits: .document), value["format"]?.string == format,
            let time = value["time"]?.integer, let centre = value["centre"]?.string.flatMap({ Digest(hex: $0) }),
            case .array(let elements) = value["files"]
        else { throw TransferFault.unusable(path: path, reason: "it is no list of contents of this program") }
        let files = elements.compactMap(file)
        guard files.count == elements.count, files.first?.client == nil, files.first?.path == "catalog.sqlite" else {
            throw TransferFault.unusable(path: path, reason: "it names files that no backup has")
        }
        return BackupContents(time: time, centre: centre, files: files)
    }

    private static func file(_ value: JSONValue) -> BackupFile? {
        guard let path = value["path"]?.string, let bytes = value["bytes"]?.integer,
            let digest = value["sha256"]?.string.flatMap({ Digest(hex: $0) })
        else { return nil }
        let client = value["client"]?.string
        // Nothing but the names that a backup is written with: a list must not lead out of its folder.
        guard path == client.map({ "vaults/\($0).sqlite" }) ?? "catalog.sqlite", client.map(Identifier.isValid) ?? true else { return nil }
        return BackupFile(
            path: path, client: client, bytes: bytes, digest: digest, position: value["position"]?.integer ?? 0,
            feed: value["digest"]?.string.flatMap { Digest(hex: $0) }, entries: Int(value["entries"]?.integer ?? 0),
            changes: Int(value["changes"]?.integer ?? 0))
    }

    /// Whether a file of the backup is as it was written.
    func check(_ file: BackupFile, in folder: String) throws {
        let path = "\(folder)/\(file.path)"
        guard FileManager.default.fileExists(atPath: path) else { throw TransferFault.missing(path: path) }
        let found = try BackupFile.measure(path)
        guard found.bytes == file.bytes, found.digest == file.digest else {
            throw TransferFault.unusable(path: path, reason: "it is not as it was written: its SHA-256 differs from the list of contents")
        }
    }
}

extension JSONValue {
    fileprivate var string: String? { if case .string(let text) = self { text } else { nil } }
    fileprivate var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
}

public import Foundation

/// A folder of a test's own, private to the user, that goes away with its owner.
///
/// Keep the object for as long as anything has files open there: the folder is deleted when it is closed or released.
public final class TemporaryFolder: Sendable {
    public let url: URL

    /// - Parameter name: Stands in the folder's name, so that one left behind by a crash tells where it came from.
    /// - Throws: What `FileManager` throws when the system's temporary folder is full or not writable.
    public init(_ name: String = "test") throws {
        url = FileManager.default.temporaryDirectory.appending(path: "fieldentry-\(name)-\(UUID().uuidString)", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(
            at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    public var path: String { url.path(percentEncoded: false) }

    /// The path of a file in the folder, whether it exists or not.
    public func file(_ name: String) -> String {
        url.appending(path: name, directoryHint: .notDirectory).path(percentEncoded: false)
    }

    /// Deletes the folder and all that is in it; harmless when done twice.
    public func close() {
        // A test may have taken the folder's write permission away to see what happens; it is ours to give back.
        try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
        try? FileManager.default.removeItem(at: url)
    }

    deinit {
        close()
    }
}

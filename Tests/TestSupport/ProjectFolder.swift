public import Foundation

/// Where the project's own files are while its tests run.
public enum ProjectFolder {
    /// The folder that holds `Package.swift`: where the tests were compiled, unless `FIELD_ENTRY_ROOT` names another.
    ///
    /// `Tests/run.sh` sets the variable when it runs the tests from a copy, because their user may not enter the checkout.
    public static let url: URL =
        if let path = ProcessInfo.processInfo.environment["FIELD_ENTRY_ROOT"], !path.isEmpty {
            URL(filePath: path, directoryHint: .isDirectory)
        } else {
            URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        }

    /// - Parameter path: Relative to the project's folder, such as `Samples/quickstart.sh`.
    public static func file(_ path: String) -> URL {
        url.appending(path: path)
    }
}

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

    /// The folder of the built executables (`central`, `fieldentry`, `EmbedFieldEntry`): they stand beside the running tests.
    ///
    /// Give it to Samples/quickstart.sh as `FIELD_ENTRY_PRODUCTS`, which then builds nothing.
    public static let products: URL = {
        // On a Mac the tests are a bundle that a tool of the toolchain loads; on Linux they are the executable itself.
        let tests = Bundle.allBundles.first { $0.bundleURL.pathExtension == "xctest" }?.bundleURL ?? Bundle.main.executableURL
        return (tests ?? URL(filePath: CommandLine.arguments[0])).resolvingSymlinksInPath().deletingLastPathComponent()
    }()

    /// - Parameter path: Relative to the project's folder, such as `Samples/quickstart.sh`.
    public static func file(_ path: String) -> URL {
        url.appending(path: path)
    }
}

import Foundation

/// The project's files as they stand, read once.
struct ProjectSources {
    static let here = ProjectSources()

    let root: URL
    /// Every Swift file below `Sources`, `Samples` and `Tests`, and the manifest.
    let swift: [SwiftSource]
    /// Every text file that is published: the Swift files too, but not the tables of input.
    let texts: [(path: String, text: String)]
    let topLevel: [String]
    /// The names of the files in `Protocol/vectors`, without `.json`.
    let vectors: [String]

    private init() {
        // Tests/run.sh sets the variable when it runs the tests from a copy.
        let override = ProcessInfo.processInfo.environment["FIELD_ENTRY_ROOT"].map { URL(filePath: $0, directoryHint: .isDirectory) }
        root = override ?? URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let files = FileManager.default
        topLevel = ((try? files.contentsOfDirectory(atPath: root.path)) ?? []).sorted()
        vectors = ((try? files.contentsOfDirectory(atPath: root.appending(path: "Protocol/vectors").path)) ?? [])
            .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()

        var paths = topLevel.filter { $0.contains(".swift") || $0.hasSuffix(".md") }
        for folder in ["Sources", "Samples", "Tests", "Protocol", ".ci"] {
            let below = files.enumerator(atPath: root.appending(path: folder).path)?.compactMap { $0 as? String } ?? []
            paths += below.sorted().map { "\(folder)/\($0)" }
        }
        var texts: [(path: String, text: String)] = []
        for path in paths where !path.hasSuffix(".csv") {
            // Folders and whatever is not text have no text.
            guard let text = try? String(contentsOf: root.appending(path: path), encoding: .utf8) else { continue }
            texts.append((path, text))
        }
        self.texts = texts
        swift = texts.filter { $0.path.hasSuffix(".swift") }.map { SwiftSource(path: $0.path, text: $0.text) }
    }

    var manifest: String? { texts.first { $0.path == "Package.swift" }?.text }
}

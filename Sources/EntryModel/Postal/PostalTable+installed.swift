import Foundation

extension PostalTable {
    /// The table that comes with this library, read when it is first asked for.
    ///
    /// - Throws: `PostalTableError` when its file is not beside the program, or is damaged; the same error each time.
    public static func installed() throws(PostalTableError) -> PostalTable {
        try loaded.get()
    }

    private static let loaded = Result { () throws(PostalTableError) in try load(from: candidates()) }

    /// Reads the first of these files that is there.
    static func load(from files: [URL]) throws(PostalTableError) -> PostalTable {
        for file in files {
            if let contents = FileManager.default.contents(atPath: file.path) { return try PostalTable(bytes: Array(contents)) }
        }
        throw .missing(lookedIn: files.map { $0.deletingLastPathComponent().path })
    }

    /// Where the package's resources can be: beside the program, as SwiftPM builds them, or in an application's bundle.
    ///
    /// `Bundle.module` is not used because it ends the program when they are missing, where an error can say what to do.
    private static func candidates() -> [URL] {
        var folders = [Bundle.main.bundleURL, Bundle.main.resourceURL]
        // A program that was started through a link has its resources beside the program, not beside the link.
        folders.append(Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent())
        // Tests run in a bundle of their own.
        folders += Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent() }
        var files: [URL] = []
        for folder in folders.compactMap(\.self) {
            for bundle in [
                "field-entry_EntryModel.resources", "field-entry_EntryModel.bundle", "field-entry_EntryModel.bundle/Contents/Resources",
            ] {
                let file = folder.appending(path: bundle).appending(path: "us-zipcodes.csv")
                if !files.contains(file) { files.append(file) }
            }
        }
        return files
    }
}

/// Why there is no table of ZIP codes.
public enum PostalTableError: Error, Hashable, Sendable {
    /// The file is in none of these folders.
    case missing(lookedIn: [String])
    /// A line of the file, counted from 1, is not of its form.
    case malformed(line: Int)
}

extension PostalTableError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missing(let folders):
            """
            The table of ZIP codes, us-zipcodes.csv, is not installed; nothing was changed. Put the folder \
            field-entry_EntryModel.resources of the build beside the program. Looked in: \(folders.joined(separator: ", ")).
            """
        case .malformed(let line):
            "Line \(line) of the table of ZIP codes, us-zipcodes.csv, is damaged; nothing was changed. Install the program's files again."
        }
    }
}

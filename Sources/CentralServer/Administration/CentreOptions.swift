import ArgumentParser
import CentralStore
import EntryModel
import Foundation

/// `--data`, which every command takes.
struct CentreOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The centre's folder.", discussion: "By default what FIELD_ENTRY_DATA names, else ./central-data.", valueName: "dir"))
    var data: String?

    var directory: String {
        data ?? ProcessInfo.processInfo.environment["FIELD_ENTRY_DATA"].flatMap { $0.isEmpty ? nil : $0 } ?? "central-data"
    }

    /// Opens the centre, and makes it where there is none.
    func make() throws -> Centre {
        try Centre(directory: directory, surroundings: .system)
    }

    /// Opens a centre that is there already, so that a slip in `--data` does not leave an empty one behind.
    /// - Throws: `Refusal` when there is none.
    func open() throws -> Centre {
        guard FileManager.default.fileExists(atPath: URL(filePath: directory).appending(path: "catalog.sqlite").path) else {
            throw Refusal(
                "There is no centre in \(directory). `central client add` and `central serve` make one; --data names another folder.")
        }
        return try make()
    }
}

/// Why a command did not do what it was asked; its message goes to standard error as it is, and the exit code is 1.
struct Refusal: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }
}

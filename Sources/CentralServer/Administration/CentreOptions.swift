import ArgumentParser
import CentralStore
import EntryModel
import Foundation
import Metrics

/// `--data` and `--catalog`, which every command takes. What the environment and a file say of them has been put among the flags before.
/// - SeeAlso: `Settings`.
struct CentreOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "A file of settings, one a line: NAME = VALUE.", discussion: "By default what FIELD_ENTRY_CONFIG names, if anything.",
            valueName: "file"), completion: .file())
    var config: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The centre's folder.", discussion: "By default what FIELD_ENTRY_DATA names, else ./central-data.", valueName: "dir"))
    var data: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The PostgreSQL database of the catalog, if it is not a file in the centre's folder.",
            discussion: """
                By default what FIELD_ENTRY_CATALOG names. Machines that have it in common are one centre; their clients' vaults are in \
                PostgreSQL then too. Give a password by libpq's password file, not here.
                """, valueName: "url"))
    var catalog: String?

    /// Where the catalog is; `nil` for the folder.
    /// - Throws: `Refusal` when it is no address.
    func catalogAddress() throws -> DatabaseAddress? {
        guard let text = catalog else { return nil }
        guard case .postgres = DatabaseAddress(text) else {
            throw Refusal("The catalog's address has to begin with postgres://; a catalog in a file is found by --data.")
        }
        return DatabaseAddress(text)
    }

    var directory: String { data ?? "central-data" }

    /// Whether the catalog is where other machines find it.
    var isShared: Bool { (try? catalogAddress()) ?? nil != nil }

    /// Opens the centre, and makes it where there is none.
    /// - Parameter metrics: Where it counts what it does; `nil` for nowhere.
    func make(metrics: (any MetricsFactory)? = nil) throws -> Centre {
        if let session = StaffSession.current {
            guard data == nil, catalog == nil else { throw Refusal("--data and --catalog are for the centre's own machine.") }
            return session.centre
        }
        return try Centre(directory: directory, catalog: catalogAddress(), surroundings: .system, metrics: metrics)
    }

    /// Opens a centre that is there already, so that a slip in `--data` does not leave an empty one behind.
    /// - Throws: `Refusal` when there is none.
    func open() throws -> Centre {
        guard StaffSession.current == nil, try catalogAddress() == nil else { return try make() }
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

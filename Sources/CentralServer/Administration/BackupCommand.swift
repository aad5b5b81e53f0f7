import ArgumentParser
import CentralStore
import EntryModel
import Foundation

/// `central backup`: copies that can be restored, made while the server runs.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Backs up the whole centre into a folder, or one client's vault into a file.",
        discussion: """
            The server may go on: each database is copied as it stood at one moment, also out of PostgreSQL, and the copy is opened again and \
            examined before it gets its name. The catalog in it holds the centre's keys, so keep a backup as secret as the centre's folder. \
            What is there already is never written over.

            Examples:
              central backup /var/backups/centre-monday
              central backup brightfizz.sqlite --client brightfizz
            """)

    @OptionGroup var centre: CentreOptions

    @Argument(help: "The folder to make, with --client the file.", completion: .file())
    var path: String

    @Option(help: ArgumentHelp("Only this client's vault, without the catalog.", valueName: "id"))
    var client: String?

    @OptionGroup var listing: ListingOptions

    func run() async throws {
        let centre = try centre.open()
        if let client {
            let file = try await centre.backUp(client: client, to: path)
            return try report([file], "\(client): \(counts(file)). Written to \(path), and examined there.")
        }
        let isJSON = listing.json
        let contents = try await centre.backUp(to: path) { client in
            // Of no weight: a remark that cannot be written stops no backup.
            if !isJSON { try? Output.hint("Copying \(client.map { "the vault of \($0)" } ?? "the catalog") …") }
        }
        let vaults = contents.files.count - 1
        try report(
            contents.files, "The catalog and \(vaults == 1 ? "1 vault" : "\(vaults) vaults") are in \(path), and were examined there.")
    }

    private func report(_ files: [BackupFile], _ sentence: String) throws {
        let listing = Listing<BackupFile>(
            columns: [
                ("FILE", .left), ("CLIENT", .left), ("BYTES", .right), ("ENTRIES", .right), ("CHANGES", .right), ("POSITION", .right),
            ],
            cells: { file in
                let counts = file.client == nil ? ["", "", ""] : [String(file.entries), String(file.changes), String(file.position)]
                return [file.path, file.client ?? "", String(file.bytes)] + counts
            },
            json: { file in
                [
                    ("file", .string(file.path)), ("client", .optional(file.client)), ("bytes", .integer(file.bytes)),
                    ("sha256", .string(file.digest.hex)), ("entries", .count(file.entries)), ("changes", .count(file.changes)),
                    ("position", .integer(file.position)), ("digest", .optional(file.feed?.hex)),
                ]
            },
            none: "")
        try listing.print(files, self.listing)
        if !self.listing.json { try Output.hint(sentence) }
    }

    private func counts(_ file: BackupFile) -> String {
        "\(file.entries == 1 ? "1 entry" : "\(file.entries) entries"), \(file.changes == 1 ? "1 change" : "\(file.changes) changes")"
    }
}

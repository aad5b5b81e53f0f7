import ArgumentParser
import CentralStore
import EntryModel
import Foundation

/// `central restore`: puts back what `central backup` wrote.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Puts a centre, or one client's vault, back from a backup.",
        discussion: """
            The backup is examined first, and copied; it stays as it is. Nothing is written over: what is in the way is refused, or with \
            --replace moved aside, to a name that is told. The server has to be stopped, unless only one client's vault is put back, into a \
            PostgreSQL database. Stations find out at their next sync that the centre was put back, and send again what it lacks. One that \
            enrolled after the backup of the catalog was made has to enrol again.

            Without --client the centre goes into the folder that --data names, or into the PostgreSQL database that --catalog names; then \
            each vault goes into the database that --vault ID=URL names, else into the one it was in, which has to be empty. With --client \
            only that vault is put back, and the catalog stays as it is.

            Examples:
              central restore /var/backups/centre-monday
              central restore /var/backups/centre-monday --client brightfizz --replace --yes
            """)

    @OptionGroup var centre: CentreOptions

    @Argument(help: "A folder or a file that `central backup` wrote.", completion: .file())
    var path: String

    @Option(help: ArgumentHelp("Only this client's vault.", valueName: "id"))
    var client: String?

    @Option(
        name: .customLong("vault"),
        help: ArgumentHelp(
            "An empty PostgreSQL database that becomes the vault of a client; can be given several times.",
            discussion: "With --client the address alone will do.", valueName: "id=url"))
    var vaults: [String] = []

    @Flag(help: "Move aside what is there.")
    var replace = false

    @OptionGroup var confirmation: ConfirmationOption
    @OptionGroup var listing: ListingOptions

    func validate() throws {
        _ = try addresses()
    }

    func run() async throws {
        if let client { try await restore(client) } else { try await restoreAll() }
    }

    private func restore(_ client: String) async throws {
        let centre = try centre.open()
        if replace { try confirmation.ask("The vault of \(client) is moved aside, and the backup takes its place. Go on?") }
        let receipt = try await centre.restore(client: client, from: path, to: try addresses()[client], replacing: replace)
        if listing.json {
            return try printJSON([
                ("client", .string(client)), ("vault", .string(receipt.vault)), ("entries", .count(receipt.entries)),
                ("position", .integer(receipt.position)), ("aside", .optional(receipt.aside)),
            ])
        }
        try Output.hint("The vault of \(client) is back, with \(receipt.entries) entries, in \(receipt.vault).")
        if let aside = receipt.aside { try Output.hint("What was there before is in \(aside).") }
        try Output.hint("Stations send again what it lacks when they next sync.")
    }

    private func restoreAll() async throws {
        var restore = CentreRestore(backup: path, directory: centre.directory)
        restore.catalog = try centre.catalogAddress()
        restore.vaults = try addresses()
        restore.replaces = replace
        if replace { try confirmation.ask("What is in \(centre.directory) is moved aside, and the backup takes its place. Go on?") }
        let receipt = try await restore.run(now: Surroundings.system.now())
        let vaults = receipt.contents.files.compactMap(\.client)
        if listing.json {
            return try printJSON([
                ("data", .string(centre.directory)), ("made", .integer(receipt.contents.time)), ("clients", .strings(vaults)),
                ("aside", .optional(receipt.aside)),
            ])
        }
        try Output.hint(
            "The centre of \(moment(receipt.contents.time)) is back, with \(vaults.count == 1 ? "1 vault" : "\(vaults.count) vaults").")
        if let aside = receipt.aside { try Output.hint("What was there before is in \(aside).") }
        try Output.hint("Start `central serve`; stations send again what the backup lacks when they next sync.")
    }

    /// The databases that become vaults, by client.
    private func addresses() throws -> [String: String] {
        var addresses: [String: String] = [:]
        for text in vaults {
            let isPlain = text.hasPrefix("postgres://") || text.hasPrefix("postgresql://")
            let parts = isPlain ? [client ?? "", text] : text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, Identifier.isValid(parts[0]), case .postgres = DatabaseAddress(parts[1]) else {
                throw ValidationError("--vault is ID=postgres://…; with --client the address alone will do.")
            }
            addresses[parts[0]] = parts[1]
        }
        if let client, addresses.keys.contains(where: { $0 != client }) {
            throw ValidationError("--vault names another client than --client.")
        }
        return addresses
    }
}

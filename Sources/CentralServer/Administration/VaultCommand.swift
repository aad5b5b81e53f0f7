import ArgumentParser
import CentralStore
import EntryModel
import Foundation

/// `central vault`: where the clients' stores are.
struct VaultCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vault", abstract: "Lists where the clients' stores are, and moves them to other databases.",
        subcommands: [List.self, Move.self, Discard.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists every client's store, and where it is.",
            discussion: """
                Examples:
                  central vault list
                  central vault list --json
                """)

        @OptionGroup var centre: CentreOptions
        @OptionGroup var listing: ListingOptions

        func run() async throws {
            let vaults = try await centre.open().vaultAddresses()
            let listing = Listing<(client: String, address: DatabaseAddress)>(
                columns: [("CLIENT", .left), ("VAULT", .left)], cells: { [$0.client, "\($0.address)"] },
                json: { [("client", .string($0.client)), ("vault", .string("\($0.address)"))] }, none: "There is no client yet.")
            try listing.print(vaults, self.listing)
        }
    }

    struct Move: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Moves a client's store into another database while stations go on.",
            discussion: """
                Copies everything, then locks the store, brings over what came meanwhile, compares both sides row by row, and changes over. \
                Stations that sync in that last part are told to come again. What is left behind is no longer a store, but still holds what \
                it held: `central vault discard` destroys it. Broken off, the move has either not happened or is complete; in the first case \
                empty the other database before the next try.

                Examples:
                  central vault move brightfizz --to postgres://central@db2/brightfizz
                """)

        @OptionGroup var centre: CentreOptions

        @Argument(help: "The client.")
        var client: String

        @Option(help: ArgumentHelp("An empty PostgreSQL database of its own, or a file that does not exist.", valueName: "url"))
        var to: String

        @OptionGroup var listing: ListingOptions

        func run() async throws {
            var address = DatabaseAddress(to)
            if case .file(let path) = address {
                // Another process is started elsewhere.
                address = .file(URL(filePath: path).standardizedFileURL.path(percentEncoded: false))
            }
            let move = try await centre.open().moveVault(client, to: address)
            let milliseconds = Int(move.pause / .milliseconds(1))
            if listing.json {
                return try printJSON([
                    ("client", .string(client)), ("from", .string("\(move.from)")), ("to", .string("\(move.to)")),
                    ("rows", .count(move.contents.rows)), ("pauseMilliseconds", .count(milliseconds)),
                ])
            }
            try Output.hint(
                """
                The vault of \(client) is at \(move.to) now: \(move.contents.rows) rows, the same on both sides. Stations had to wait for \
                \(milliseconds) ms. What is left at \(move.from) still holds all of it; `central vault discard` destroys that.
                """)
        }
    }

    struct Discard: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Destroys what a move has left behind.",
            discussion: """
                Refuses what is a client's store still. Asks first.

                Examples:
                  central vault discard /srv/field-entry/vaults/brightfizz.sqlite --yes
                """)

        @OptionGroup var centre: CentreOptions

        @Argument(help: "The database that a client's store was moved away from.")
        var database: String

        @OptionGroup var confirmation: ConfirmationOption
        @OptionGroup var listing: ListingOptions

        func run() async throws {
            let address = DatabaseAddress(database)
            try confirmation.ask("Destroy what is left at \(address), with all personal data in it?")
            try await centre.open().discardMoved(address)
            if listing.json { return try printJSON([("discarded", .string("\(address)"))]) }
            try Output.hint("What was left at \(address) is destroyed.")
        }
    }
}

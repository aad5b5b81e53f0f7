import ArgumentParser
import CentralStore
import EntryModel

/// `central client`: the companies on whose behalf promotions run.
struct ClientCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client", abstract: "Adds and lists clients; each has a store of its own.", subcommands: [Add.self, List.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Adds a client and makes its store; makes the centre if there is none.",
            discussion: """
                Examples:
                  central client add brightfizz --name "Bright Fizz Inc."
                """)

        @OptionGroup var centre: CentreOptions

        @Argument(help: "1 to 64 of a-z, 0-9, _ and -, beginning with a letter. The agency itself is the client house.")
        var id: String

        @Option(help: "The name that people read.")
        var name: String?

        @Option(
            help: ArgumentHelp(
                "The PostgreSQL database that becomes the client's vault: an empty one, of its own.",
                discussion: "Without it the vault is a file in the centre's folder.", valueName: "url"))
        var vault: String?

        @OptionGroup var listing: ListingOptions

        func validate() throws {
            if let vault, case .file = DatabaseAddress(vault) { throw ValidationError("--vault has to begin with postgres://") }
        }

        func run() async throws {
            let made = try centre.make()
            guard vault != nil || !centre.isShared else {
                throw Refusal(
                    "The catalog is in PostgreSQL, where other machines find it, so the vault has to be there too: name it with --vault.")
            }
            try await made.addClient(id, name: name, vault: vault)
            try listing.report(
                [
                    ("client", .string(id)), ("name", .optional(name)),
                    ("vault", .optional(vault.map { "\(DatabaseAddress($0))" })),
                ], "Client \(id) was added.")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists all clients.",
            discussion: """
                Examples:
                  central client list
                  central client list --json
                """)

        @OptionGroup var centre: CentreOptions
        @OptionGroup var listing: ListingOptions

        func run() async throws {
            let listing = Listing<ClientRecord>(
                columns: [("CLIENT", .left), ("NAME", .left), ("ADDED", .left), ("VAULT", .left)],
                cells: { [$0.id, $0.name ?? "", moment($0.added), $0.vault.map { "\($0)" } ?? ""] },
                json: {
                    [
                        ("client", .string($0.id)), ("name", .optional($0.name)), ("added", .integer($0.added)),
                        ("vault", .optional($0.vault.map { "\($0)" })),
                    ]
                },
                none: "There is no client yet.")
            try listing.print(StaffSession.permitted(try await centre.open().clients()), self.listing)
        }
    }
}

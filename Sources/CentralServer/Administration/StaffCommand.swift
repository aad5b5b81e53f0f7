import ArgumentParser
import CentralStore
import EntryModel

/// `central staff`: who may administer the centre over HTTP. Works on the centre's own machine only.
struct StaffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "staff", abstract: "Adds, lists and removes the accounts by which staff reach the centre over HTTP.",
        discussion: """
            Roles: administrator (clients, promotions, stations), supervisor (stations, decisions, entries), privacy-officer (entries, and who \
            has read them), reader (counts and lists). A role holds for the clients named with --client, or for all.
            """,
        subcommands: [Add.self, List.self, Remove.self, Token.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Adds an account and prints its token, which is shown once.",
            discussion: """
                Examples:
                  central staff add ann --role supervisor --client brightfizz
                """)

        @OptionGroup var centre: CentreOptions

        @Argument(help: "An opaque id, no name: 1 to 64 of a-z, 0-9, _ and -, beginning with a letter.")
        var id: String

        @Option(
            name: .customLong("role"), parsing: .upToNextOption,
            help: ArgumentHelp("administrator, supervisor, privacy-officer or reader; several are taken.", valueName: "role"),
            transform: { text in
                guard let role = StaffRole(rawValue: text) else { throw ValidationError("there is no role \(text)") }
                return role
            })
        var roles: [StaffRole]

        @Option(
            name: .customLong("client"), parsing: .upToNextOption,
            help: ArgumentHelp("For which clients; for all when none is named.", valueName: "id"))
        var clients: [String] = []

        @OptionGroup var listing: ListingOptions

        func run() async throws {
            let places: [String?] = clients.isEmpty ? [nil] : clients
            let grants = roles.flatMap { role in places.map { StaffGrant(role, client: $0) } }
            let token = try await centre.open().addStaff(id, grants: grants)
            if !listing.json { try Output.line(token) }
            try listing.report(
                [("id", .string(id)), ("token", .string(token))],
                "\(id) was added. The token is shown this once; whoever has it is \(id).")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the accounts with their roles.",
            discussion: """
                Examples:
                  central staff list
                """)

        @OptionGroup var centre: CentreOptions
        @OptionGroup var listing: ListingOptions

        func run() async throws {
            let listing = Listing<StaffAccount>(
                columns: [("ID", .left), ("ROLES", .left), ("ADDED", .left), ("TOKEN OF", .left), ("REMOVED", .left)],
                cells: {
                    [$0.id, $0.grants.map(\.text).joined(separator: " "), moment($0.added), moment($0.tokenMade), moment($0.removed)]
                },
                json: {
                    [
                        ("id", .string($0.id)), ("grants", .array($0.grants.map(\.json))), ("added", .integer($0.added)),
                        ("tokenMade", .integer($0.tokenMade)), ("removed", .optional($0.removed)),
                    ]
                },
                none: "There is no account yet.")
            try listing.print(try await centre.open().staff(), self.listing)
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ends an account at once.",
            discussion: """
                Its id is not given out again: the list of reads names it.

                Examples:
                  central staff remove ann --yes
                """)

        @OptionGroup var centre: CentreOptions

        @Argument(help: "The account's id.")
        var id: String

        @OptionGroup var confirmation: ConfirmationOption
        @OptionGroup var listing: ListingOptions

        func run() async throws {
            let centre = try centre.open()
            try confirmation.ask("The account \(id) is ended, and its id is not given out again. Go on?")
            try await centre.removeStaff(id)
            try listing.report([("id", .string(id))], "\(id) was removed; the next request with the token is refused.")
        }
    }

    struct Token: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a new token for an account and prints it; the one before opens nothing any more.",
            discussion: """
                Examples:
                  central staff token ann
                """)

        @OptionGroup var centre: CentreOptions

        @Argument(help: "The account's id.")
        var id: String

        @OptionGroup var listing: ListingOptions

        func run() async throws {
            let token = try await centre.open().renewToken(of: id)
            if !listing.json { try Output.line(token) }
            try listing.report(
                [("id", .string(id)), ("token", .string(token))],
                "The token is shown this once; the one before opens nothing any more.")
        }
    }
}

extension StaffGrant {
    fileprivate var text: String { client.map { "\(role.rawValue):\($0)" } ?? role.rawValue }

    fileprivate var json: JSONValue { .object([("role", .string(role.rawValue)), ("client", .optional(client))]) }
}

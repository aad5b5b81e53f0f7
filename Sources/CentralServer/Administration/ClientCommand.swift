import ArgumentParser
import CentralStore
import EntryModel

/// `central client`: the companies on whose behalf promotions run.
struct ClientCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client", abstract: "Adds and lists clients; each has a store of its own.", subcommands: [Add.self, List.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Adds a client and makes its store; makes the centre if there is none.")

        @OptionGroup var centre: CentreOptions

        @Argument(help: "1 to 64 of a-z, 0-9, _ and -, beginning with a letter. The agency itself is the client house.")
        var id: String

        @Option(help: "The name that people read.")
        var name: String?

        func run() async throws {
            try await centre.make().addClient(id, name: name)
            try Output.hint("Client \(id) was added.")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists all clients.")

        @OptionGroup var centre: CentreOptions
        @OptionGroup var listing: ListingOptions

        func run() async throws {
            let listing = Listing<ClientRecord>(
                columns: [("CLIENT", .left), ("NAME", .left), ("ADDED", .left)],
                cells: { [$0.id, $0.name ?? "", moment($0.added)] },
                json: { [("client", .string($0.id)), ("name", .optional($0.name)), ("added", .integer($0.added))] },
                none: "There is no client yet.")
            try listing.print(try await centre.open().clients(), self.listing)
        }
    }
}

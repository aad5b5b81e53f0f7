import ArgumentParser
import CentralStore
import EntryModel

/// `central reads`: who read what people wrote on their cards.
struct ReadsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reads", abstract: "Lists who read personal data, when, what, and why.", subcommands: [List.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists every time that staff had an entry or a conflict shown, or entries exported, oldest first.",
            discussion: """
                Examples:
                  central reads list
                  central reads list --client brightfizz --json
                """)

        @OptionGroup var centre: CentreOptions

        @Option(help: ArgumentHelp("Only this client's.", valueName: "id"))
        var client: String?

        @OptionGroup var page: PageOptions
        @OptionGroup var listing: ListingOptions

        func run() async throws {
            let centre = try centre.open()
            if let client {
                try StaffSession.require(client)
                if try await centre.vault(client) == nil { throw CentreError.unknownClient(client) }
            }
            let found = try await centre.personalReads(client: client, after: page.after, limit: page.limit)
            let permitted = Set(StaffSession.permitted(try await centre.clients()).map(\.id))
            let reads = found.filter { permitted.contains($0.client) }
            let listing = Listing<PersonalRead>(
                columns: [
                    ("NUMBER", .right), ("TIME", .left), ("READER", .left), ("CLIENT", .left), ("WHAT", .left), ("PROMOTION", .left),
                    ("ENTRY", .left), ("PURPOSE", .left),
                ],
                cells: {
                    [
                        String($0.number), moment($0.at), $0.reader, $0.client, $0.kind.rawValue, $0.promotion ?? "",
                        $0.entry?.description ?? "", $0.purpose,
                    ]
                },
                json: {
                    [
                        ("number", .integer($0.number)), ("at", .integer($0.at)), ("reader", .string($0.reader)),
                        ("client", .string($0.client)), ("what", .string($0.kind.rawValue)), ("promotion", .optional($0.promotion)),
                        ("entry", .optional($0.entry?.description)), ("purpose", .string($0.purpose)),
                    ]
                },
                none: "No entry has been read yet.")
            try listing.print(reads, self.listing)
            try page.hint(found.last?.number, count: found.count)
        }
    }
}

import ArgumentParser
import CentralStore
import EntryModel

/// `central quarantine`: changes that were taken note of but not merged, and what staff decide about them.
struct QuarantineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine", abstract: "Lists changes that could not be merged, and why; releases and rejects them.",
        subcommands: [List.self, Release.self, Reject.self, ByStation.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists a client's quarantine, oldest first.",
            discussion: """
                A change for an unknown promotion or version goes on by itself once the document is put.

                Examples:
                  central quarantine list --client brightfizz
                """)

        @OptionGroup var centre: CentreOptions
        @OptionGroup var client: ClientOption
        @OptionGroup var page: PageOptions
        @OptionGroup var listing: ListingOptions

        func run() async throws {
            let changes = try await client.vault(of: try centre.open()).quarantine(after: page.after, limit: page.limit)
            let listing = Listing<QuarantinedChange>(
                columns: [
                    ("NUMBER", .right), ("RECEIVED", .left), ("STATION", .left), ("PROBLEM", .left), ("FORM", .left), ("ABOUT", .left),
                    ("CHANGE", .left),
                ],
                cells: {
                    [
                        String($0.number), moment($0.received), $0.station?.description ?? "central", $0.problem.rawValue,
                        $0.header?.form.description ?? "", $0.header.map(about) ?? "", String($0.id.hex.prefix(12)),
                    ]
                },
                json: {
                    [
                        ("number", .integer($0.number)), ("id", .string($0.id.hex)), ("station", .optional($0.station?.description)),
                        ("problem", .string($0.problem.rawValue)), ("title", .string($0.problem.title)),
                        ("advice", .string($0.problem.advice)), ("received", .integer($0.received)),
                        ("form", .optional($0.header?.form.description)), ("about", .optional($0.header.map(about))),
                    ]
                },
                none: "The quarantine is empty.")
            try listing.print(changes, self.listing)
            try page.hint(changes.last?.number, count: changes.count)
        }

        private func about(_ header: ChangeHeader) -> String {
            switch header.subject {
            case .entry(let id): id.description
            case .batch(let label): "batch \(label)"
            case .promotion: "promotion \(header.promotion)"
            }
        }
    }
}

/// `--limit` and `--after`, so that a listing never grows beyond what a person reads.
struct PageOptions: ParsableArguments {
    @Option(help: "How many to list at most.")
    var limit = 100

    @Option(help: ArgumentHelp("Go on behind this number.", valueName: "number"))
    var after: Int64 = 0

    func validate() throws {
        guard 1...10_000 ~= limit else { throw ValidationError("--limit is from 1 to 10000") }
        guard after >= 0 else { throw ValidationError("--after is 0 or more") }
    }

    /// Says how to go on when a page is full.
    func hint(_ last: Int64?, count: Int) throws {
        if let last, count >= limit { try Output.hint("There may be more: --after \(last)") }
    }
}

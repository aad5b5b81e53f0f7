import ArgumentParser
import CentralStore
import EntryModel
import Foundation

/// `central bundle`: files that are carried between stations without network and the centre.
struct BundleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bundle", abstract: "Takes in the files of stations without network, and writes the answers.",
        subcommands: [Import.self, Export.self, List.self, Accept.self])

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes in a bundle that a station wrote.",
            discussion: """
                A file that was cut or altered is refused whole; one that is taken in twice changes nothing. What follows a gap, and all that a \
                revoked station sends, is kept aside: `central bundle list` shows it.

                Examples:
                  central bundle import kiosk-7.bundle --receipts kiosk-7.receipts
                """)

        @OptionGroup var centre: CentreOptions

        @Argument(help: "The station's file.", completion: .file())
        var file: String

        @Option(help: ArgumentHelp("Refuse a bundle of any other client.", valueName: "id"))
        var client: String?

        @Option(
            help: ArgumentHelp("Also write the answer to this file, to be carried back.", valueName: "file"), completion: .file())
        var receipts: String?

        @Flag(help: "Let the receipts take the place of a file of that name.")
        var replace = false

        @OptionGroup var listing: ListingOptions

        func run() async throws {
            let centre = try centre.open()
            if let receipts, !replace, FileManager.default.fileExists(atPath: receipts) { throw BundleRefusal.exists(receipts) }
            let receipt = try await centre.importBundle(file, for: client)
            if listing.json { try printJSON(members(receipt)) } else { try tell(receipt) }
            guard let receipts, let station = receipt.station, let vault = try await centre.vault(receipt.client) else { return }
            let contents = try await centre.exportBundle(for: station, of: vault, to: receipts, replacing: replace)
            if !listing.json { try Output.hint(written(contents, receipts)) }
        }

        private func tell(_ receipt: BundleReceipt) throws {
            guard let name = receipt.stationName else { return try Output.hint("There is no message in the bundle.") }
            try Output.hint(
                "Bundle of station \"\(name)\", client \(receipt.client): \(changes(receipt.changes)), \(receipt.new) of them new.")
            if receipt.forked > 0 {
                try Output.hint(
                    """
                    Another copy of the station's file is in use, or it was put back to an earlier state. What is in this bundle was taken; \
                    the station puts itself right when it gets the answer.
                    """)
            }
            if receipt.parked > 0 {
                try Output.hint(
                    "\(messages(receipt.parked)) kept until what comes before has come. `central bundle accept` takes them in at once.")
            }
            if receipt.revoked > 0 {
                try Output.hint("The station is revoked: \(messages(receipt.revoked)) kept until `central bundle accept` takes them in.")
            }
            if receipt.handedBack > 0 { try Output.hint("\(receipt.handedBack) lines came back that had been lost here.") }
        }

        private func members(_ receipt: BundleReceipt) -> [(name: String, value: JSONValue)] {
            [
                ("client", .string(receipt.client)), ("station", .optional(receipt.station?.description)),
                ("messages", .count(receipt.messages)), ("changes", .count(receipt.changes)), ("new", .count(receipt.new)),
                ("accepted", .count(receipt.accepted)), ("forked", .count(receipt.forked)), ("parked", .count(receipt.parked)),
                ("revoked", .count(receipt.revoked)), ("known", .count(receipt.known)), ("handedBack", .count(receipt.handedBack)),
            ]
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes a bundle for a station: receipts, and what is new for it.",
            discussion: """
                It answers what the station's bundles have asked, as things stand now, so it can be written again at any time. The station's \
                bundle has to be taken in first.

                Examples:
                  central bundle export kiosk-7.answer --station kiosk-7
                """)

        @OptionGroup var centre: CentreOptions
        @OptionGroup var client: ClientOption

        @Argument(help: "The file to write.", completion: .file())
        var file: String

        @Option(help: ArgumentHelp("The station's id or name.", valueName: "name"))
        var station: String

        @Flag(help: "Take the place of a file of that name.")
        var replace = false

        @OptionGroup var listing: ListingOptions

        func run() async throws {
            let centre = try centre.open()
            let vault = try await client.vault(of: centre)
            let record = try await vault.station(named: station)
            let contents = try await centre.exportBundle(for: record.id, of: vault, to: file, replacing: replace)
            try listing.report(
                [
                    ("file", .string(file)), ("station", .string(record.id.description)), ("name", .string(contents.stationName)),
                    ("messages", .count(contents.answers)), ("changes", .count(contents.changes)),
                ], written(contents, file))
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the pushes from bundles that are kept and not taken yet, and why.",
            discussion: """
                One that follows a gap goes on by itself as soon as the gap is closed, by file or by network.

                Examples:
                  central bundle list --client brightfizz
                """)

        @OptionGroup var centre: CentreOptions
        @OptionGroup var client: ClientOption
        @OptionGroup var listing: ListingOptions

        func run() async throws {
            let parked = try await client.vault(of: try centre.open()).parked()
            let listing = Listing<ParkedPush>(
                columns: [
                    ("NUMBER", .right), ("RECEIVED", .left), ("STATION", .left), ("NAME", .left), ("WHY", .left), ("FOLLOWS", .right),
                    ("CHANGES", .right),
                ],
                cells: {
                    [
                        String($0.number), moment($0.received), $0.station.description, $0.stationName, why($0), String($0.after),
                        String($0.changes),
                    ]
                },
                json: {
                    [
                        ("number", .integer($0.number)), ("station", .string($0.station.description)), ("name", .string($0.stationName)),
                        ("reason", .string($0.reason.rawValue)), ("epoch", .string($0.epoch.description)), ("after", .integer($0.after)),
                        ("changes", .count($0.changes)), ("received", .integer($0.received)),
                    ]
                },
                none: "Nothing is kept.")
            try listing.print(parked, self.listing)
        }

        private func why(_ parked: ParkedPush) -> String {
            switch parked.reason {
            case .gap: "changes before it are missing"
            case .revoked: "the station is revoked"
            }
        }
    }

    struct Accept: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes in what is kept, gap or not, revoked or not.",
            discussion: """
                Staff vouch for where the file comes from. Its changes are checked as always, and what cannot be merged goes into the \
                quarantine.

                Examples:
                  central bundle accept --station kiosk-7
                """)

        @OptionGroup var centre: CentreOptions
        @OptionGroup var client: ClientOption

        @Argument(help: "A number of the list.")
        var number: Int64?

        @Option(help: ArgumentHelp("All that is kept of this station, by its id or name.", valueName: "name"))
        var station: String?

        @OptionGroup var listing: ListingOptions

        func validate() throws {
            guard (number == nil) != (station == nil) else { throw ValidationError("Give a number of the list, or --station.") }
        }

        func run() async throws {
            let vault = try await client.vault(of: try centre.open())
            var decision = ParkedDecision()
            if let number {
                decision = try await vault.acceptParked(number: number)
            } else if let station {
                decision = try await vault.acceptParked(of: try await vault.station(named: station).id)
            }
            try listing.report(
                [("messages", .count(decision.pushes)), ("new", .count(decision.new))],
                decision.pushes == 0
                    ? "Nothing of that station is kept."
                    : "Took in \(messages(decision.pushes)) with \(changes(decision.new)) that \(decision.new == 1 ? "was" : "were") new.")
        }
    }
}

private func changes(_ count: Int) -> String {
    count == 1 ? "1 change" : "\(count) changes"
}

private func messages(_ count: Int) -> String {
    count == 1 ? "1 message" : "\(count) messages"
}

private func written(_ contents: BundleContents, _ path: String) -> String {
    "Written to \(path) for station \"\(contents.stationName)\" alone: \(messages(contents.answers)) with \(changes(contents.changes))."
}

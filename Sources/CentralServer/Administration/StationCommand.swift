import ArgumentParser
import CentralStore
import EntryModel

/// `central station`: the devices that capture entries.
struct StationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "station", abstract: "Invites, assigns, lists and revokes stations.",
        subcommands: [StationInviteCommand.self, Assign.self, List.self, Revoke.self])

    struct Assign: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sets which promotions a station works on.",
            discussion: """
                The promotions named replace those it had. What it is no longer assigned is withdrawn at its next sync, except its own \
                unsent work.

                Examples:
                  central station assign kiosk-7 --promotion brightfizz-summer
                """)

        @OptionGroup var centre: CentreOptions
        @OptionGroup var client: ClientOption

        @Argument(help: "The station's id or name.")
        var station: String

        @Option(
            name: .customLong("promotion"), parsing: .upToNextOption,
            help: ArgumentHelp("All promotions that it is to work on.", valueName: "id"))
        var promotions: [String]

        @OptionGroup var listing: ListingOptions

        func run() async throws {
            let vault = try await client.vault(of: try centre.open())
            let record = try await vault.station(named: station)
            try await vault.assign(record.id, promotions)
            try listing.report(
                [("station", .string(record.id.description)), ("name", .string(record.name)), ("promotions", .strings(promotions))],
                "Station \"\(record.name)\" now works on: \(promotions.joined(separator: ", ")).")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists a client's stations.",
            discussion: """
                Examples:
                  central station list --client brightfizz
                """)

        @OptionGroup var centre: CentreOptions
        @OptionGroup var client: ClientOption
        @OptionGroup var listing: ListingOptions

        func run() async throws {
            let records = try await client.vault(of: try centre.open()).stations()
            let listing = Listing<StationRecord>(
                columns: [
                    ("STATION", .left), ("NAME", .left), ("PROMOTIONS", .left), ("CHANGES", .right), ("ENROLLED", .left),
                    ("LAST SEEN", .left), ("REVOKED", .left), ("TROUBLE", .left),
                ],
                cells: {
                    [
                        $0.id.description, $0.name, $0.promotions.joined(separator: " "), String($0.changes), moment($0.enrolled),
                        moment($0.lastSeen), moment($0.revoked), trouble($0),
                    ]
                },
                json: {
                    [
                        ("station", .string($0.id.description)), ("name", .string($0.name)), ("promotions", .strings($0.promotions)),
                        ("changes", .count($0.changes)), ("enrolled", .integer($0.enrolled)), ("lastSeen", .optional($0.lastSeen)),
                        ("revoked", .optional($0.revoked)), ("trouble", .optional($0.trouble?.rawValue)),
                        ("troubled", .optional($0.troubled)),
                    ]
                },
                none: "The client has no station yet.")
            try listing.print(records, self.listing)
        }

        /// What the chain check found: a copy of the station's file is at work, or it was restored from a backup.
        private func trouble(_ record: StationRecord) -> String {
            guard let trouble = record.trouble else { return "" }
            let word = trouble == .rolledBack ? "rolled back" : trouble.rawValue
            return "\(word) \(moment(record.troubled))"
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stops a station at once.",
            discussion: """
                Its unsent work stays in its file, and staff can still take it in. This cannot be taken back: the device enrols anew.

                Examples:
                  central station revoke kiosk-7 --yes
                """)

        @OptionGroup var centre: CentreOptions
        @OptionGroup var client: ClientOption

        @Argument(help: "The station's id or name.")
        var station: String

        @OptionGroup var confirmation: ConfirmationOption
        @OptionGroup var listing: ListingOptions

        func run() async throws {
            let vault = try await client.vault(of: try centre.open())
            let record = try await vault.station(named: station)
            let members: [(name: String, value: JSONValue)] = [
                ("station", .string(record.id.description)), ("name", .string(record.name)), ("wasRevoked", .bool(record.revoked != nil)),
            ]
            guard record.revoked == nil else {
                return try listing.report(members, "Station \"\(record.name)\" was revoked already, \(moment(record.revoked)).")
            }
            try confirmation.ask("Station \"\(record.name)\" is stopped for good. Go on?")
            try await vault.revoke(record.id)
            try listing.report(members, "Station \"\(record.name)\" is revoked; its next sync tells it so.")
        }
    }
}

extension Vault {
    /// The station of that id, or the only one of that name; one that is not revoked is meant before one that is.
    func station(named text: String) async throws -> StationRecord {
        let stations = try await stations()
        if let id = UniqueID(text.lowercased()) {
            guard let record = stations.first(where: { $0.id == id }) else { throw CentreError.unknownStation(id) }
            return record
        }
        let named = stations.filter { $0.name == text }
        let active = named.filter { $0.revoked == nil }
        let candidates = active.isEmpty ? named : active
        guard let record = candidates.first else {
            throw Refusal("No station of \(client) has the id or the name \"\(text)\". `central station list` lists them.")
        }
        guard candidates.count == 1 else {
            throw Refusal("\(candidates.count) stations have the name \"\(text)\"; give the id that `central station list` shows.")
        }
        return record
    }
}

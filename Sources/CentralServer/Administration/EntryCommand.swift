import ArgumentParser
import CentralStore
import EntryModel

/// `central entry`: what was captured, as the merge has it now.
struct EntryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "entry", abstract: "Lists, shows and exports entries.",
        subcommands: [List.self, EntryShowCommand.self, EntryExportCommand.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists entries in the order in which the centre took them, without what people wrote on them.",
            discussion: """
                Examples:
                  central entry list --promotion brightfizz-summer --limit 20
                """)

        @OptionGroup var centre: CentreOptions
        @OptionGroup var client: ClientOption

        @Option(help: ArgumentHelp("Only this promotion's.", valueName: "id"))
        var promotion: String?

        @OptionGroup var page: PageOptions
        @OptionGroup var listing: ListingOptions

        func run() async throws {
            let vault = try await client.vault(of: try centre.open())
            if let promotion { _ = try await vault.promotion(named: promotion) }
            let entries = try await vault.entries(promotion: promotion, after: page.after, limit: page.limit)
            let listing = Listing<VaultEntry>(
                columns: [
                    ("NUMBER", .right), ("ENTRY", .left), ("PROMOTION", .left), ("CHANNEL", .left), ("BATCH", .left), ("ENVELOPE", .right),
                    ("CARD", .right), ("STATE", .left), ("CHANGES", .right), ("CONFLICTS", .left),
                ],
                cells: { entry in
                    [
                        String(entry.number), entry.id.description, entry.promotion, entry.channel ?? "", entry.batch ?? "",
                        entry.envelope.map { String($0) } ?? "", entry.card.map { String($0) } ?? "", entry.stateText,
                        String(entry.changes), entry.state.conflicts.joined(separator: " "),
                    ]
                },
                json: { $0.summary }, none: "There are no entries.")
            try listing.print(entries, self.listing)
            try page.hint(entries.last?.number, count: entries.count)
        }
    }
}

extension VaultEntry {
    /// `void`, `contested`, `erased`, or nothing for an entry that stands.
    var stateText: String {
        if state.isErased { return "erased" }
        return state.void == .no ? "" : state.void.rawValue
    }

    /// All but the form's fields.
    var summary: [(name: String, value: JSONValue)] {
        [
            ("entry", .string(id.description)), ("number", .integer(number)), ("promotion", .string(promotion)),
            ("channel", .optional(channel)), ("batch", .optional(batch)), ("envelope", .optional(envelope)), ("card", .optional(card)),
            ("void", .string(state.void.rawValue)), ("erased", .bool(state.isErased)), ("changes", .count(changes)),
            ("conflicts", .strings(state.conflicts)),
        ]
    }

    /// The summary and every field's shown assignment; of a field in conflict all heads too.
    func json(_ promotion: Promotion?) -> [(name: String, value: JSONValue)] {
        let fields = state.fields.filter { !$0.name.hasPrefix("$") }
        let shown = fields.compactMap { field in self.shown(field.name, in: promotion).map { (field.name, $0.json) } }
        let heads = state.conflicts.compactMap { state[$0] }.map { field in
            (field.name, JSONValue.array(field.heads.map(\.json)))
        }
        return summary + [("fields", .object(shown)), ("heads", .object(heads))]
    }
}

extension Assignment {
    var json: JSONValue { .object(members) }

    fileprivate var members: [(name: String, value: JSONValue)] {
        var members: [(name: String, value: JSONValue)] = [("value", JSONValue(value))]
        if let keyed { members.append(("keyed", .string(keyed))) }
        if let flag { members.append(("flag", .string(flag))) }
        if let wording { members.append(("wording", .string(wording.description))) }
        return members
    }

    /// For a person: the value, and what there is to say of it.
    var text: String {
        var remarks: [String] = []
        if let keyed { remarks.append("keyed \"\(keyed)\"") }
        if let flag { remarks.append(flag) }
        if let wording { remarks.append(wording.description) }
        let value = value.description
        return remarks.isEmpty ? value : "\(value.isEmpty ? "" : value + " ")(\(remarks.joined(separator: ", ")))"
    }
}

extension EntryState.Head {
    /// Without what was written.
    var summary: JSONValue { .object(place) }

    var json: JSONValue { .object(place + assignment.members) }

    private var place: [(name: String, value: JSONValue)] {
        [("change", .string(change.hex)), ("time", .integer(orderingTime))]
    }
}

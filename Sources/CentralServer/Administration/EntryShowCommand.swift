import ArgumentParser
import CentralStore
import EntryModel

/// `central entry show`: one entry with all its values.
struct EntryShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows one entry with what was written on it, and where values differ all of them.",
        discussion: """
            Examples:
              central entry show ENTRY --history --purpose "request of the person, ticket 4711"
            """)

    @OptionGroup var centre: CentreOptions
    @OptionGroup var client: ClientOption

    @Argument(help: "The entry's id.")
    var entry: EntryID

    @Flag(help: "Also list every change: who made it, when, and which fields it set.")
    var history = false

    @OptionGroup var purpose: PurposeOption
    @OptionGroup var listing: ListingOptions

    func run() async throws {
        let centre = try centre.open()
        let vault = try await client.vault(of: centre)
        guard let found = try await vault.entry(entry.id) else { throw CentreError.unknownEntry(entry.id) }
        try await purpose.record(.entryShown, at: centre, client: vault.client, promotion: found.promotion, entry: found.id)
        let promotion = try await vault.promotions().first { $0.promotion.id == found.promotion }?.promotion
        let changes = history ? try await vault.history(entry.id) : []
        if listing.json {
            let members = found.json(promotion)
            return try printJSON(history ? members + [("history", .array(changes.map { .object($0.summary) }))] : members)
        }
        try printPlace(found, promotion)
        try printFields(found, promotion)
        if history { try printHistory(changes) }
    }

    private func printPlace(_ entry: VaultEntry, _ promotion: Promotion?) throws {
        var place = "\(entry.promotion), \(entry.channel ?? "unknown channel")"
        if let batch = entry.batch {
            place += ", batch \(batch)"
            if let envelope = entry.envelope { place += ", envelope \(envelope)" }
            if let card = entry.card { place += ", card \(card)" }
        }
        try Output.line(printable("Entry \(entry.id) (\(place)), \(entry.changes) \(entry.changes == 1 ? "change" : "changes")"))
        if !entry.stateText.isEmpty { try Output.line("It is \(entry.stateText).") }
    }

    private func printFields(_ entry: VaultEntry, _ promotion: Promotion?) throws {
        let form = promotion?.form.map(\.id) ?? []
        let others = entry.state.fields.map(\.name).filter { !$0.hasPrefix("$") && !form.contains($0) }
        var table = Table("FIELD", "VALUE")
        for name in form + others {
            guard let field = entry.state[name], let shown = entry.shown(name, in: promotion) else { continue }
            table.add([name, shown.text + (field.isConflict ? "   <- conflict, shown for now" : "")])
            guard field.isConflict else { continue }
            for head in field.heads {
                table.add(["", "   \(head.change.hex.prefix(12)) \(moment(head.orderingTime)): \(head.assignment.text)"])
            }
        }
        if !table.isEmpty { try Output.current.result(table.text) }
    }

    private func printHistory(_ changes: [VaultChange]) throws {
        var table = Table([
            ("NUMBER", .right), ("RECEIVED", .left), ("CHANGE", .left), ("KIND", .left), ("STATION", .left), ("OPERATOR", .left),
            ("FIELDS", .left),
        ])
        for change in changes {
            let header = change.change.header
            table.add([
                String(change.number), moment(change.received), String(change.change.id.hex.prefix(12)), header.kind.rawValue,
                header.station, header.operatorID, (change.change.body?.set.map(\.field) ?? []).joined(separator: " "),
            ])
        }
        try Output.current.result("\n" + table.text)
    }
}

extension VaultChange {
    /// All but values.
    fileprivate var summary: [(name: String, value: JSONValue)] {
        let header = change.header
        return [
            ("number", .integer(number)), ("received", .integer(received)), ("id", .string(change.id.hex)),
            ("kind", .string(header.kind.rawValue)), ("station", .string(header.station)), ("operator", .string(header.operatorID)),
            ("stamp", .integer(header.stamp)), ("form", .string(header.form.description)),
            ("fields", .strings(change.body?.set.map(\.field) ?? [])),
        ]
    }
}

/// An entry's id on a command line.
struct EntryID: ExpressibleByArgument {
    var id: UniqueID

    init?(argument: String) {
        guard let id = UniqueID(argument.lowercased()) else { return nil }
        self.id = id
    }
}

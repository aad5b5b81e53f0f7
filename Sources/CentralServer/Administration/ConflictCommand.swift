import ArgumentParser
import CentralStore
import EntryModel

/// `central conflict`: values that were set apart, for a person to decide.
struct ConflictCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conflict", abstract: "Lists and resolves conflicts.", subcommands: [List.self, Resolve.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists every field whose values differ; with a purpose, what they are.",
            discussion: """
                Resolve one with: central conflict resolve ENTRY FIELD --take CHANGE

                Examples:
                  central conflict list --client brightfizz
                  central conflict list --client brightfizz --purpose "settling before the draw"
                """)

        @OptionGroup var centre: CentreOptions
        @OptionGroup var client: ClientOption

        @Option(help: ArgumentHelp("Only this promotion's.", valueName: "id"))
        var promotion: String?

        @OptionGroup var purpose: PurposeOption
        @OptionGroup var page: PageOptions
        @OptionGroup var listing: ListingOptions

        /// Whether what people wrote is shown.
        var showsValues: Bool { purpose.purpose != nil }

        func run() async throws {
            let centre = try centre.open()
            let vault = try await client.vault(of: centre)
            if let promotion { _ = try await vault.promotion(named: promotion) }
            if showsValues { try await purpose.record(.conflictsShown, at: centre, client: vault.client, promotion: promotion) }
            let conflicts = try await vault.conflicts(promotion: promotion, after: page.after, limit: page.limit)
            if listing.json {
                for conflict in conflicts { try printJSON(json(conflict)) }
            } else if conflicts.isEmpty {
                try Output.hint("There are no conflicts.")
            } else {
                try printTable(conflicts)
                if !showsValues { try Output.hint("With --purpose TEXT the values are shown; that is written down.") }
            }
            try page.hint(conflicts.last?.entry.number, count: conflicts.count)
        }

        private func json(_ conflict: VaultConflict) -> [(name: String, value: JSONValue)] {
            [
                ("entry", .string(conflict.entry.id.description)), ("number", .integer(conflict.entry.number)),
                ("promotion", .string(conflict.entry.promotion)), ("field", .string(conflict.field)),
                ("heads", .array(conflict.heads.map { showsValues ? $0.json : $0.summary })),
            ]
        }

        private func printTable(_ conflicts: [VaultConflict]) throws {
            var table = Table((["ENTRY", "FIELD", "CHANGE", "MADE"] + (showsValues ? ["VALUE"] : [])).map { ($0, .left) })
            for conflict in conflicts {
                for (index, head) in conflict.heads.enumerated() {
                    table.add(
                        [
                            index == 0 ? conflict.entry.id.description : "", index == 0 ? conflict.field : "",
                            String(head.change.hex.prefix(12)), moment(head.orderingTime),
                        ] + (showsValues ? [head.assignment.text] : []))
                }
            }
            try Output.current.result(table.text)
        }
    }

    struct Resolve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Decides a conflict; the decision goes to every station like any other change.",
            discussion: """
                The values that were not taken stay in the entry's history. A contested void takes --void or --keep.

                Examples:
                  central conflict resolve ENTRY city --value Springfield
                """)

        @OptionGroup var centre: CentreOptions
        @OptionGroup var client: ClientOption

        @Argument(help: "The entry's id.")
        var entry: EntryID

        @Argument(help: "The field's id; void for a contested void.")
        var field: String

        @Option(help: ArgumentHelp("Take the value of this change; the beginning of its id is enough.", valueName: "change"))
        var take: String?

        @Option(help: ArgumentHelp("Take another value, as it would be keyed.", valueName: "text"))
        var value: String?

        @Flag(help: "The entry is void, whatever was edited meanwhile.")
        var void = false

        @Flag(help: "The entry stands.")
        var keep = false

        @Option(name: .customLong("operator"), help: ArgumentHelp("Who decides: an opaque id, no name.", valueName: "id"))
        var operatorID = "staff"

        @OptionGroup var listing: ListingOptions

        func validate() throws {
            guard [take != nil, value != nil, void, keep].count(where: { $0 }) == 1 else {
                throw ValidationError("Give one of --take CHANGE, --value TEXT, --void and --keep.")
            }
            guard Identifier.isValid(operatorID) else {
                throw ValidationError("--operator is 1 to 64 of a-z, 0-9, _ and -, beginning with a letter.")
            }
            if let take, take.isEmpty || take.contains(where: { !$0.isHexDigit }) {
                throw ValidationError("--take is the id of a change, or its beginning, in hexadecimal digits.")
            }
        }

        func run() async throws {
            let vault = try await client.vault(of: try centre.open())
            // To a shell `$void` is a variable, so with its own two flags plain `void` will do.
            let field = field == "void" && (void || keep) ? "$void" : field
            let change = try await vault.resolve(
                entry.id, field: field, try await choice(vault), by: StaffSession.current?.account.id ?? operatorID)
            try listing.report(
                [("entry", .string(entry.id.description)), ("field", .string(field)), ("change", .string(change.hex))],
                "Resolved \(field) of entry \(entry.id) by change \(change.hex.prefix(12)); stations get it when they next sync.")
        }

        private func choice(_ vault: Vault) async throws -> ConflictChoice {
            if void { return .void }
            if keep { return .keep }
            if let value { return .keyed(Keyed(text: value)) }
            return .head(try await head(vault, take?.lowercased() ?? ""))
        }

        private func head(_ vault: Vault, _ prefix: String) async throws -> Digest {
            guard let found = try await vault.entry(entry.id) else { throw CentreError.unknownEntry(entry.id) }
            let heads = found.state[field]?.heads.map(\.change) ?? []
            let candidates = heads.filter { $0.hex.hasPrefix(prefix) }
            guard let head = candidates.first, candidates.count == 1 else {
                guard !heads.isEmpty else { throw CentreError.noConflict(entry.id, field: field) }
                throw Refusal(
                    """
                    \(candidates.isEmpty ? "No value" : "More than one value") that stands in \(field) is by a change \(prefix)…; \
                    nothing was changed. They are by: \(heads.map { String($0.hex.prefix(12)) }.joined(separator: ", ")).
                    """)
            }
            return head
        }
    }
}

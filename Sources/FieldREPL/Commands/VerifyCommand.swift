import EntryModel
import FieldStore

/// `verify [LABEL|ID]`.
struct VerifyCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "verify", forms: ["[LABEL]", "ID", "ID field=value … [--take first|second]", "--list"],
        summary: "Keys cards a second time, without seeing the first keying, and decides what differs.",
        details: [
            "It asks for the fields that the promotion's form wants keyed twice, card by card, of all cards or of the sample that the "
                + "promotion says. Nothing is offered or repeated. Whoever keyed a field cannot be the one who keys it again.",
            "What differs is asked for once more; what still differs is shown beside the first keying, and decided: 1, 2, or = and what the "
                + "card says. Punctuation makes no difference. * shows the first keying, which stands in the history and in `stats`.",
            "Each field is in the file at its Enter. `.` or Ctrl-C stops, and the same command goes on. A value that is changed afterwards "
                + "is to be keyed twice again. A line with values is not kept in the history.",
        ],
        examples: ["verify MB-0001", "verify --list", "verify 1f3a09c2 family_name=Duong"],
        options: [
            .init(
                name: "--take", value: "first|second", help: "Of values in the line: which keying stands where they differ.",
                completes: .words(["first", "second"])),
            .init(name: "--list", value: nil, help: "The batches that have cards to be keyed twice."),
        ],
        positionals: 0...1, completes: [.batch], takesValues: true, leastRole: .verifier)

    private let target: String?
    private let values: [(field: String, text: String)]
    private let takesFirst: Bool?
    private let lists: Bool

    init(_ arguments: CommandArguments) throws {
        target = arguments.positionals.first
        values = arguments.values
        lists = arguments.has("--list")
        takesFirst = try arguments.option("--take").map { word in
            guard ["first", "second"].contains(word) else { throw UsageError("`--take` takes `first` or `second`.") }
            return word == "first"
        }
        if !values.isEmpty, target == nil { throw UsageError("`verify field=value` needs the id of the entry before it.") }
        if takesFirst != nil, values.isEmpty { throw UsageError("`--take` goes with values: `verify ID field=value --take second`.") }
        if lists, target != nil { throw UsageError("`verify --list` stands alone.") }
    }

    func run(at desk: Desk) async throws -> Report {
        let operatorID = try desk.operatorID()
        if lists { return try list(desk) }
        if let label = try batch(desk) { return try await key(batch: label, desk, operatorID) }
        guard let target else {
            throw CommandFailure("No batch is being keyed, so `verify` needs a batch's label or an entry's id. `verify --list` says which.")
        }
        let entry = try desk.entry(target)
        if !values.isEmpty { return try keep(entry, desk, operatorID) }
        let card = try desk.database.secondKeying(of: entry.id, for: operatorID)
        return try await key([card], try desk.promotion(named: entry.promotion), desk, operatorID, name: EntryReference.short(entry.id))
    }

    /// The batch that is meant; `nil` for an entry.
    private func batch(_ desk: Desk) throws -> String? {
        guard let target else { return desk.batch?.label }
        guard values.isEmpty, Identifier.isBatchLabel(target), let promotion = desk.promotion else { return nil }
        return try desk.database.batch(promotion: promotion.id, label: target) == nil ? nil : target
    }

    private func key(batch label: String, _ desk: Desk, _ operatorID: String) async throws -> Report {
        let promotion = try desk.promotionInUse()
        let cards = try desk.database.secondKeying(promotion: promotion.id, batch: label, for: operatorID)
        return try await key(cards, promotion, desk, operatorID, name: label)
    }

    private func key(
        _ cards: [SecondKeyingCard], _ promotion: Promotion, _ desk: Desk, _ operatorID: String, name: String
    ) async throws -> Report {
        let waiting = cards.filter { !$0.waiting.isEmpty }
        if !waiting.isEmpty, waiting.allSatisfy({ $0.open.isEmpty }) { throw CommandFailure(Self.left(waiting) + " Nothing was changed.") }
        guard !waiting.isEmpty else {
            return Report(
                StyledText("Nothing of \(name) waits to be keyed a second time.", .good),
                [("fields", .integer(0)), ("differed", .integer(0)), ("changed", .integer(0)), ("waiting", .integer(0))])
        }
        let reader = try desk.asking(instead: "In a script, write `verify ID field=value`.")
        var run = SecondKeyingRun(desk, reader, promotion, operatorID: operatorID)
        let isThrough = try await run.run(cards)
        var lines = [
            StyledText("Keyed a second time: \(Plural.of(run.fields, "field")) of \(Plural.of(run.cards, "card")); ")
                + StyledText("\(run.differed) differed, \(run.changed) changed.", run.changed > 0 ? .warning : .plain)
        ]
        let left = try cards.map { try desk.database.secondKeying(of: $0.entry, for: operatorID) }.filter { !$0.waiting.isEmpty }
        if !isThrough { lines.append(StyledText("Stopped; `verify \(name)` goes on where this ended.")) }
        if isThrough, !left.isEmpty { lines.append(StyledText(Self.left(left), .warning)) }
        return Report(
            lines,
            [
                ("fields", .integer(Int64(run.fields))), ("differed", .integer(Int64(run.differed))),
                ("changed", .integer(Int64(run.changed))), ("waiting", .integer(Int64(left.count))), ("stopped", .bool(!isThrough)),
            ])
    }

    /// What this person cannot key now, and why.
    private static func left(_ cards: [SecondKeyingCard]) -> String {
        let own = cards.count { !$0.own.isEmpty }
        let conflicts = cards.count { !$0.inConflict.isEmpty }
        var sentences: [String] = []
        if own > 0 {
            sentences.append(
                "\(Plural.of(own, "card")) \(own == 1 ? "was" : "were") keyed by you, and the second keying is another person's: "
                    + "`operator NAME` signs somebody else in.")
        }
        if conflicts > 0 { sentences.append("\(Plural.of(conflicts, "card")) with a conflict: `resolve` decides that first.") }
        return sentences.joined(separator: " ")
    }

    /// Takes values out of the line.
    private func keep(_ entry: EntryView, _ desk: Desk, _ operatorID: String) throws -> Report {
        let promotion = try desk.promotion(named: entry.promotion)
        var (agreeing, decided, differing): ([String], [String], [String]) = ([], [], [])
        for (id, keyed) in try KeyedValues.keyed(values, illegible: [], promotion: promotion) {
            switch try desk.database.keyAgain(entry.id, field: id, keyed, by: operatorID) {
            case .agrees: agreeing.append(id)
            case .differs(let difference):
                guard let takesFirst else {
                    differing.append(id)
                    continue
                }
                _ = try desk.database.decide(entry.id, difference, takesFirst ? .stands : .keyed(keyed), by: operatorID)
                decided.append(id)
            }
        }
        let done = agreeing + decided
        guard differing.isEmpty else {
            let kept = done.isEmpty ? "Nothing was changed." : "Verified all the same: \(done.joined(separator: ", "))."
            throw CommandFailure(
                "That differs from the first keying: \(differing.joined(separator: ", ")). \(kept) Look at the card again; "
                    + "`--take first` or `--take second` decides.")
        }
        return Report(
            StyledText("Verified in \(EntryReference.short(entry.id)): \(done.joined(separator: ", ")).", .good),
            [
                ("entry", .string(entry.id.description)), ("agreed", .array(agreeing.map { .string($0) })),
                ("decided", .array(decided.map { .string($0) })),
            ])
    }

    private func list(_ desk: Desk) throws -> Report {
        let promotion = try desk.promotionInUse()
        guard !promotion.doubleKeyFields.isEmpty else {
            return Report(StyledText("The form of \(promotion.id) has no field that is keyed twice."), [("batches", .array([]))])
        }
        var table = SecondKeyingText.table
        var batches: [JSONValue] = []
        for batch in try desk.database.batches(promotion: promotion.id) {
            let text = try desk.secondKeying(of: batch.label, promotion.id)
            guard !text.cards.isEmpty else { continue }
            table.add(text.row)
            batches.append(.object([("label", .string(batch.label)), ("again", text.json)]))
        }
        guard !batches.isEmpty else { return Report("No card here is to be keyed twice.", [("batches", .array([]))]) }
        return Report(table.lines, [("batches", .array(batches))])
    }
}

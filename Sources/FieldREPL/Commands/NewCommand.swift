import EntryModel
import FieldStore

/// `new` and `new field=value …`.
struct NewCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "new", forms: ["[--card N] [--envelope N]", "field=value … [--card N] [--envelope N] [--illegible FIELD,…]"],
        summary: "Keys an entry: field by field, or all in one line.",
        details: [
            "Field by field, Enter takes what stands in brackets; `?` says what else can be typed. Each answer is checked at once and "
                + "never refused: what is found stands below it, and `<` goes back.",
            "In a batch the envelope's number advances by itself. `--card 2` keys the second card of the envelope just keyed.",
            "A line with values is not kept in the history, and answers never are.",
        ],
        examples: ["new given_name=Sandra family_name=\"Dương\" zip=41649", "new --card 2"],
        options: [
            .init(name: "--card", value: "N", help: "Which card of its envelope it is; 1 unless said."),
            .init(name: "--envelope", value: "N", help: "Another envelope than the one whose turn it is."),
            .init(name: "--illegible", value: "FIELD[,FIELD]", help: "Mark these fields as illegible.", completes: .field),
        ],
        takesValues: true)

    private let values: [(field: String, text: String)]
    private let illegible: [String]
    private let card: Int64?
    private let envelope: Int64?

    init(_ arguments: CommandArguments) throws {
        values = arguments.values
        illegible = KeyedValues.fields(arguments.option("--illegible"))
        card = try arguments.number("--card", in: 1...999)
        envelope = try arguments.number("--envelope", in: 1...999_999)
    }

    func run(at desk: Desk) async throws -> Report {
        let operatorID = try desk.operatorID()
        let promotion = try desk.promotionInUse()
        let place = try place(desk)
        var shown: [Finding] = []
        let keyed: [(field: String, keyed: Keyed)]
        if values.isEmpty, illegible.isEmpty {
            let reader = try desk.asking(instead: "In a script, write `new field=value …`.")
            guard let form = try await ask(promotion, place, desk, reader, &shown) else {
                return Report("Given up; nothing of it was kept.", [("entry", .null)])
            }
            keyed = form.values
            desk.carried = form.carriedForward
        } else {
            keyed = try KeyedValues.keyed(values, illegible: illegible, promotion: promotion)
        }
        let capture = Capture(promotion: promotion.id, channel: desk.channel, place: place, values: keyed)
        let captured = try desk.database.capture(capture, by: operatorID)
        desk.lastEntry = captured.entry
        if let place { desk.keyed(envelope: place.envelope) }
        return report(captured, place, promotion, unseen: captured.findings.filter { !shown.contains($0) })
    }

    /// Where the card lies; `nil` outside a batch.
    private func place(_ desk: Desk) throws -> CardPlace? {
        guard let batch = desk.batch else {
            guard card == nil, envelope == nil else {
                throw CommandFailure("No batch is being keyed, so there is no envelope. `batch open LABEL` opens one.")
            }
            return nil
        }
        let card = card ?? 1
        // A further card lies in the envelope just keyed, not in the next.
        let next = card > 1 ? batch.envelope - 1 : batch.envelope
        guard let envelope = envelope ?? (next > 0 ? next : nil) else {
            throw CommandFailure("No envelope of batch \(batch.label) was keyed yet; `--envelope N` says in which the card lies.")
        }
        return CardPlace(batch: batch.label, envelope: envelope, card: card)
    }

    /// Goes through the form with the person.
    /// - Returns: `nil` when the card was given up.
    private func ask(
        _ promotion: Promotion, _ place: CardPlace?, _ desk: Desk, _ reader: any LineReading, _ shown: inout [Finding]
    ) async throws -> KeyingForm? {
        var form = KeyingForm(
            check: FormCheck(promotion: promotion, postal: desk.postal), carried: desk.carried, today: desk.today(for: promotion))
        guard !form.fields.isEmpty else { throw CommandFailure("The form of \(promotion.id) has no fields to be keyed.") }
        let heading = place.map { EntryText.place($0) } ?? desk.channel.rawValue
        desk.output.line(StyledText(heading, .dim) + StyledText("   ? help, < back, . stop", .dim))
        while true {
            let request = LineRequest(prompt: form.prompt, completion: FieldHint.completion(form.field))
            guard case .line(let line) = await reader.read(request) else { return nil }
            let field = form.field
            func show(_ findings: [Finding]) {
                for finding in findings { desk.output.line(StyledText("    \(finding.message)", FindingText.style(finding.severity))) }
                // Going back and answering again may find something else.
                shown.removeAll { $0.field == field.id }
                shown += findings
            }
            switch form.take(line) {
            case .ask(let findings): show(findings)
            case .help: for line in FieldHint.help(field) { desk.output.line(line) }
            case .stopped: return nil
            case .finished(let findings):
                show(findings)
                return form
            }
        }
    }

    private func report(_ captured: Captured, _ place: CardPlace?, _ promotion: Promotion, unseen: [Finding]) -> Report {
        let short = EntryReference.short(captured.entry)
        let line = StyledText("Entry \(short)", .good) + StyledText(place.map { ", \(EntryText.place($0))." } ?? ".")
        var members: [(name: String, value: JSONValue)] = [("entry", .string(captured.entry.description)), ("short", .string(short))]
        if let place {
            members += [("batch", .string(place.batch)), ("envelope", .integer(place.envelope)), ("card", .integer(place.card))]
        }
        members.append(("findings", FindingText.json(captured.findings)))
        return Report([line] + FindingText.lines(unseen, promotion: promotion), members)
    }
}

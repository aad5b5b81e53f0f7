import EntryModel
import FieldStore

/// `new` and `new field=value …`.
struct NewCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "new", forms: ["[--card N] [--envelope N]", "field=value … [--card N] [--envelope N] [--illegible FIELD,…]"],
        summary: "Keys an entry: field by field, or all in one line.",
        details: [
            "Field by field, Enter takes what stands in brackets; `?` says what else can be typed. Each answer is checked at once: what "
                + "cannot be right is asked for once more and then kept as it is, and `<` goes back.",
            "Behind the last field the next card begins; `.` stops. Each answer is in the file at its Enter, and a card that was broken off "
                + "is offered again.",
            "In a batch the envelope's number advances by itself; `+` at the first field says that this is a further card of the envelope "
                + "just keyed. With --card or --envelope that one card is keyed alone.",
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
        if values.isEmpty, illegible.isEmpty {
            let reader = try desk.asking(instead: "In a script, write `new field=value …`.")
            let isAlone = card != nil || envelope != nil
            if isAlone, let draft = try desk.database.draft(promotion: promotion.id), draft.place != place {
                throw CommandFailure("\(try desk.text(of: draft)) Finish it first with `draft`, or forget it with `draft drop`.")
            }
            var run = KeyingRun(desk, reader, operatorID: operatorID)
            return try await run.run(first: isAlone ? place : nil, isAlone: isAlone)
        }
        let keyed = try KeyedValues.keyed(values, illegible: illegible, promotion: promotion)
        let doubled = try place.flatMap { try desk.keyedAlready($0) }
        let capture = Capture(promotion: promotion.id, channel: desk.channel, place: place, values: keyed)
        let captured = try desk.database.capture(capture, by: operatorID)
        if !captured.isKnownCard { desk.lastEntry = captured.entry }
        if let place { desk.keyed(envelope: place.envelope) }
        var report = CardReport.report(captured, place, promotion, unseen: captured.findings)
        if let doubled { report.lines.append(StyledText("  " + doubled, .warning)) }
        return report
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
}

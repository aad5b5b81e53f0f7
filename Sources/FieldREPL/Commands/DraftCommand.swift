import EntryModel
import FieldStore

/// `draft` and `draft drop`.
struct DraftCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "draft", forms: ["[PROMOTION]", "drop [PROMOTION]"], summary: "Goes on with a card that was begun and not finished.",
        details: [
            "Each answer of a card is in the file as soon as its Enter is pressed. What Ctrl-C, a lost terminal or a power cut breaks off "
                + "is kept until it is finished, or dropped here.",
            "It turns to the card's promotion and batch. `draft drop` forgets the card; nothing of it was an entry yet.",
        ],
        examples: ["draft", "draft drop"], positionals: 0...2, completes: [.words(["drop"]), .promotion])

    private let drops: Bool
    private let promotion: String?

    init(_ arguments: CommandArguments) throws {
        let words = arguments.positionals
        drops = words.first == "drop"
        promotion = drops ? words.dropFirst().first : words.first
        if !drops, words.count > 1 { throw UsageError("`draft` takes the id of one promotion.") }
    }

    func run(at desk: Desk) async throws -> Report {
        let draft = try chosen(desk)
        if drops {
            try desk.database.discardDraft(promotion: draft.promotion)
            return Report(
                "The card is forgotten; it was no entry yet.", [("promotion", .string(draft.promotion)), ("dropped", .bool(true))])
        }
        let operatorID = try desk.operatorID()
        let reader = try desk.asking(instead: "A card is finished field by field, on a terminal; `draft drop` forgets it.")
        let promotion = try desk.promotion(named: draft.promotion)
        if desk.promotion?.id != promotion.id { desk.use(promotion, channel: nil) }
        if let place = draft.place, desk.batch?.label != place.batch,
            let batch = try desk.database.batch(promotion: promotion.id, label: place.batch), batch.state == .open
        {
            desk.enter(batch)
        }
        var run = KeyingRun(desk, reader, operatorID: operatorID)
        return try await run.run()
    }

    /// The draft that is meant: of the promotion said, else of the one in use, else the only one.
    private func chosen(_ desk: Desk) throws -> Draft {
        let drafts = try desk.database.drafts()
        guard !drafts.isEmpty else { throw CommandFailure("No card was left unfinished.") }
        if let id = promotion ?? desk.promotion?.id, let draft = drafts.first(where: { $0.promotion == id }) { return draft }
        guard promotion == nil, drafts.count == 1 else {
            let ids = drafts.map(\.promotion).joined(separator: ", ")
            throw CommandFailure("Cards were left unfinished of \(ids). `draft PROMOTION` goes on with one.")
        }
        return drafts[0]
    }
}

extension Desk {
    /// Which card was left unfinished, without anything that stands on it.
    func text(of draft: Draft) throws -> String {
        let place = draft.place.map { "\(EntryText.place($0)) of " } ?? ""
        let person = try draft.operatorID.flatMap { try database.operatorName($0) }.map { ", begun by \($0)" } ?? ""
        return "A card is unfinished: \(place)\(draft.promotion), \(Plural.of(draft.values.count, "field")) answered\(person)."
    }
}

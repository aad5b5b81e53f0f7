import EntryModel
import FieldStore

/// Cards keyed one after the other: behind the last field of one stands the first of the next, until the person stops.
@MainActor
struct KeyingRun {
    let desk: Desk
    let reader: any LineReading
    let operatorID: String
    private var entries: [JSONValue] = []

    init(_ desk: Desk, _ reader: any LineReading, operatorID: String) {
        self.desk = desk
        self.reader = reader
        self.operatorID = operatorID
    }

    /// Keys card after card.
    ///
    /// - Parameters:
    ///   - first: Where the first card lies; `nil` for the envelope whose turn it is, or no batch.
    ///   - isAlone: Whether it is the only one.
    mutating func run(first: CardPlace? = nil, isAlone: Bool = false) async throws -> Report {
        var next = first
        try recall()
        while true {
            let promotion = try desk.promotionInUse()
            let kept = try desk.database.draft(promotion: promotion.id)
            if kept == nil, next == nil, let full = allOpened() { return report(full) }
            let place = next ?? desk.batch.map { CardPlace(batch: $0.label, envelope: $0.envelope) }
            let draft =
                kept ?? Draft(promotion: promotion.id, channel: desk.channel, place: place, operatorID: operatorID, values: [])
            next = nil
            let keying = CardKeying(desk: desk, reader: reader, promotion: promotion, operatorID: operatorID)
            switch try await keying.key(draft, remarks: try remarks(draft, isKept: kept != nil)) {
            case .captured(let captured, let unseen):
                let report = CardReport.report(captured, draft.place, promotion, unseen: unseen)
                if !captured.isKnownCard { entries.append(.object(report.members)) }
                guard !isAlone else { return report }
                for line in report.lines { desk.output.line(line) }
            case .sameEnvelope:
                guard let card = try nextCard() else {
                    desk.output.line(StyledText("    No envelope was keyed yet in which this card could lie.", .warning))
                    next = draft.place
                    continue
                }
                next = card
            case .nothing: return report(entries.isEmpty ? "Nothing was keyed." : "Keyed: \(Plural.of(entries.count, "entry")).")
            case .dropped: return report("Given up; nothing of it was kept.")
            case .setAside(let answered):
                return report("Set aside with \(Plural.of(answered, "field")); `new` goes on with it, `draft drop` forgets it.")
            }
        }
    }

    /// After a start there is no card before the first, but there is the last one that this person keyed here.
    private func recall() throws {
        guard desk.lastTexts.isEmpty else { return }
        let promotion = try desk.promotionInUse()
        let last = try desk.database.lastCard(promotion: promotion.id, by: operatorID)
        for (field, text) in last where promotion.field(field).map(KeyingForm.isRepeatable) == true { desk.lastTexts[field] = text }
    }

    /// What is to be known of a card before its first field.
    private func remarks(_ draft: Draft, isKept: Bool) throws -> [StyledText] {
        var remarks: [StyledText] = []
        if isKept { remarks.append(StyledText("  This card was begun before; . gives it up.", .warning)) }
        if let place = draft.place, let doubled = try desk.keyedAlready(place) { remarks.append(StyledText("  " + doubled, .warning)) }
        return remarks
    }

    /// The card behind the last one of the envelope before.
    private func nextCard() throws -> CardPlace? {
        guard let batch = desk.batch, batch.envelope > 1, let promotion = desk.promotion?.id else { return nil }
        let envelope = batch.envelope - 1
        let cards = try desk.database.entries(promotion: promotion, label: batch.label, envelope: envelope).map(\.card)
        return cards.max().map { CardPlace(batch: batch.label, envelope: envelope, card: $0 + 1) }
    }

    /// Says that there is no envelope left; `nil` while there is.
    private func allOpened() -> String? {
        guard let batch = desk.batch, let expected = batch.expected, batch.envelope > expected else { return nil }
        return "All \(Plural.of(Int(expected), "envelope")) of \(batch.label) were opened. `batch close` counts and closes it; "
            + "`new --envelope N` keys one that is left."
    }

    private func report(_ line: String) -> Report {
        Report(StyledText(line), [("entry", entries.last?["entry"] ?? .null), ("entries", .array(entries))])
    }
}

/// An entry as it was just captured.
enum CardReport {
    static func report(_ captured: Captured, _ place: CardPlace?, _ promotion: Promotion, unseen: [Finding]) -> Report {
        if captured.isKnownCard {
            let line = "\(EntryText.place(place)) was a card whose answers are known; it is no entry."
            return Report(StyledText(line), [("entry", .null), ("known", .bool(true))])
        }
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

extension Desk {
    /// What to say when this very card has an entry that counts; `nil` when it has none.
    func keyedAlready(_ place: CardPlace) throws -> String? {
        guard let promotion = promotion?.id else { return nil }
        let there = try database.entries(promotion: promotion, label: place.batch, envelope: place.envelope)
        guard let entry = there.first(where: { $0.card == place.card && !$0.isVoid }) else { return nil }
        return "\(EntryText.place(place)) was keyed already, as entry \(EntryReference.short(entry.id)); a second entry counts twice. "
            + "A further card in one envelope is `--card 2`."
    }
}

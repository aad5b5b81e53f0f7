import EntryModel
import FieldStore

/// Cards keyed a second time one after the other, each field blind. What is keyed and decided is in the file at its Enter, so that whatever
/// breaks off goes on where it was.
@MainActor
struct SecondKeyingRun {
    let desk: Desk
    let reader: any LineReading
    let promotion: Promotion
    let operatorID: String

    private(set) var fields = 0
    private(set) var cards = 0
    private(set) var differed = 0
    private(set) var changed = 0

    init(_ desk: Desk, _ reader: any LineReading, _ promotion: Promotion, operatorID: String) {
        self.desk = desk
        self.reader = reader
        self.promotion = promotion
        self.operatorID = operatorID
    }

    /// - Returns: Whether the person went through to the end.
    mutating func run(_ list: [SecondKeyingCard]) async throws -> Bool {
        // What the first person keyed may stand on the same screen.
        desk.output.wipe()
        let waiting = list.filter { !$0.open.isEmpty }
        for (index, listed) in waiting.enumerated() {
            // A sync may have brought something since the list was made.
            let card = try desk.database.secondKeying(of: listed.entry, for: operatorID)
            guard !card.open.isEmpty else { continue }
            let place = card.place.map { EntryText.place($0) } ?? "Entry \(EntryReference.short(card.entry))"
            let turn = "   keyed again, \(index + 1) of \(waiting.count): ? help, * the first keying, ! flag, . stop"
            desk.output.line(StyledText(place, .strong) + StyledText(turn, .dim))
            for id in card.open {
                guard let field = promotion.field(id) else { continue }
                guard try await key(field, of: card.entry) else { return false }
                fields += 1
            }
            cards += 1
        }
        return true
    }

    /// Asks for one field until it is verified.
    /// - Returns: `false` when the person stopped.
    private mutating func key(_ field: Field, of entry: UniqueID) async throws -> Bool {
        let check = FormCheck(promotion: promotion, postal: desk.postal)
        let today = desk.today(for: promotion)
        var effort = KeyingEffort()
        var hasDiffered = false
        while true {
            let hint = FieldHint.text(field).map { StyledText(" (\($0))", .dim) } ?? ""
            let request = LineRequest(
                prompt: StyledText("  ") + StyledText(field.label, .strong) + hint + ": ", completion: FieldHint.completion(field))
            guard let line = await read(request, &effort) else { return false }
            switch SecondAnswer(line, of: field, check: check, received: today) {
            case .stop: return false
            case .help: for line in SecondAnswer.help(field) { desk.output.line(line) }
            case .refused(let message): desk.output.line(StyledText("    \(message)", .warning))
            case .peek:
                let first = try desk.database.peek(entry, field: field.id, by: operatorID)
                desk.output.line(StyledText("    First keying: \(Self.text(first))") + StyledText("  written down as looked at", .dim))
            case .keyed(let keyed):
                switch try desk.database.keyAgain(entry, field: field.id, keyed, effort: effort, by: operatorID) {
                case .agrees: return true
                case .differs where !hasDiffered:
                    hasDiffered = true
                    desk.output.line(StyledText("    That differs from the first keying. Once more, from the card.", .warning))
                case .differs(let difference):
                    if let goesOn = try await decide(difference, keyed, field, entry, effort) { return goesOn }
                    hasDiffered = false
                }
            }
        }
    }

    /// Shows both and asks what is on the card.
    /// - Returns: `false` when the person stopped; `nil` when something else stands in the field by now, so that it is keyed anew.
    private mutating func decide(
        _ difference: SecondKeying.Difference, _ second: Keyed, _ field: Field, _ entry: UniqueID, _ effort: KeyingEffort
    ) async throws -> Bool? {
        var effort = effort
        let name = try difference.firstOperatorID.map { try desk.database.operatorName($0) ?? $0 }
        let who = [name, difference.firstStamp.map { Moment.text($0) }].compactMap(\.self).joined(separator: ", ")
        // Before it is shown, so that whoever breaks off here and comes back has seen it.
        _ = try desk.database.peek(entry, field: field.id, isBesideSecond: true, by: operatorID)
        var table = Table("", "", "")
        table.add([StyledText("    1", .strong), StyledText(Self.text(difference.first)), StyledText(who, .dim)])
        table.add([StyledText("    2", .strong), StyledText(Self.text(difference.second)), StyledText("now", .dim)])
        for line in table.lines { desk.output.line(line) }
        while true {
            let request = LineRequest(prompt: "    On the card stands (1, 2, or = and the text): ")
            guard let line = await read(request, &effort), line.trimmed != "." else { return false }
            let decision: SecondDecision
            switch line.trimmed {
            case "1": decision = .stands
            case "2": decision = .keyed(second)
            case let text where text.hasPrefix("="): decision = .keyed(Keyed(text: String(text.dropFirst())))
            default:
                desk.output.line(StyledText("    That is none of them.", .warning))
                continue
            }
            let done: Edited
            do {
                done = try desk.database.decide(entry, difference, decision, effort: effort, by: operatorID)
            } catch let error as FieldStoreError where error.code == .unknownChange {
                desk.output.line(StyledText("    \(error.message)", .warning))
                return nil
            }
            for line in FindingText.lines(done.findings, promotion: promotion) { desk.output.line(line) }
            differed += 1
            if done.change != nil { changed += 1 }
            desk.lastEntry = entry
            return true
        }
    }

    private func read(_ request: LineRequest, _ effort: inout KeyingEffort) async -> String? {
        let asked = desk.surroundings.now()
        guard case .line(let line) = await reader.answer(request) else { return nil }
        effort.add(line: line, milliseconds: desk.surroundings.now() - asked)
        return line
    }

    private static func text(_ assignment: Assignment) -> String {
        let text = assignment.keyed ?? assignment.value.description
        return (text.isEmpty ? "blank" : text) + (assignment.flag.map { " (\($0))" } ?? "")
    }
}

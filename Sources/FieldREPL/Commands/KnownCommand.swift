import EntryModel
import FieldStore
import Foundation

/// `known import FILE.csv`, `known list`, `known drop LABEL`.
struct KnownCommand: DeskCommand {
    private enum Action: String, CaseIterable { case `import`, list, drop }

    static let usage = CommandUsage(
        name: "known", forms: ["import FILE.csv", "list", "drop LABEL"],
        summary: "Cards whose answers are known, laid among the real ones to measure how well people key.",
        details: [
            "The file has the columns of `import`: batch, envelope and card say in which tray the card will lie. What it says is shown to "
                + "nobody. Print or write such cards, and lay them where the file says.",
            "Whoever keys a card of such a place keys no entry: nothing of it is sent, its envelope is put aside as `known-answer` so that "
                + "the batch adds up, and every field that the file has a column for is compared. `stats` says how many differ, by person "
                + "and field.",
            "`drop` takes those of a batch out again that nobody has keyed.",
        ],
        examples: ["known import cards.csv", "known list", "known drop MB-0001"],
        positionals: 1...2, completes: [.words(Action.allCases.map(\.rawValue)), .file], leastRole: .supervisor)

    private let action: Action
    private let word: String?

    init(_ arguments: CommandArguments) throws {
        guard let action = Action(rawValue: arguments.positionals[0]) else {
            throw UsageError("`known` is followed by one of \(Action.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        self.action = action
        word = arguments.positionals.dropFirst().first
        switch action {
        case .import where word == nil: throw UsageError("`known import` needs the name of a file.")
        case .drop where word == nil: throw UsageError("`known drop` needs the label of a batch.")
        case .list where word != nil: throw UsageError("`known list` stands alone.")
        default: break
        }
    }

    func run(at desk: Desk) throws -> Report {
        let promotion = try desk.promotionInUse()
        switch (action, word) {
        case (.import, let path?): return try take(path, promotion, desk)
        case (.drop, let label?):
            let count = try desk.database.removeKnownCards(promotion: promotion.id, batch: label)
            return Report(
                "\(Plural.of(count, "known card")) that nobody had keyed taken out of \(label).", [("dropped", .integer(Int64(count)))])
        default: return try list(promotion, desk)
        }
    }

    private func list(_ promotion: Promotion, _ desk: Desk) throws -> Report {
        let cards = try desk.database.knownCards(promotion: promotion.id)
        guard !cards.isEmpty else { return Report("There is no known card.", [("cards", .array([]))]) }
        let names = Dictionary(try desk.database.operators().map { ($0.id, $0.name) }) { first, _ in first }
        var table = Table("CARD", "KEYED", "BY", "WRONG")
        for card in cards {
            let name = card.operatorID.map { names[$0] ?? $0 } ?? ""
            table.add([
                StyledText(EntryText.place(card.place), .strong), StyledText(card.keyed.map(Moment.text) ?? "not yet"), StyledText(name),
                StyledText(card.keyed == nil ? "" : "\(card.wrong) of \(card.fields)", card.wrong > 0 ? .warning : .plain),
            ])
        }
        return Report(table.lines, [("cards", .array(cards.map(json)))])
    }

    private func json(_ card: KnownCard) -> JSONValue {
        .object([
            ("batch", .string(card.place.batch)), ("envelope", .integer(card.place.envelope)), ("card", .integer(card.place.card)),
            ("keyed", card.keyed.map { .integer($0) } ?? .null), ("operator", card.operatorID.map { .string($0) } ?? .null),
            ("fields", .integer(card.fields)), ("wrong", .integer(card.wrong)),
        ])
    }

    /// Reads the whole file first, so that a file that cannot be read adds nothing.
    private func take(_ path: String, _ promotion: Promotion, _ desk: Desk) throws -> Report {
        var notTaken: [(line: Int, reason: String)] = []
        var cards: [(line: Int, capture: Capture)] = []
        var (reader, columns) = try open(path, promotion)
        let fields = columns.fields
        while let record = try reader.next() {
            do {
                var capture = try columns.capture(try record.content.get())
                // A blank in the file says that the card is blank there, which is an answer like any other.
                for field in fields where !capture.values.contains(where: { $0.field == field }) {
                    capture.values.append((field, Keyed(text: "")))
                }
                cards.append((record.line, capture))
            } catch let fault as LineFault {
                notTaken.append((record.line, fault.description))
            } catch let fault as CSVFault {
                notTaken.append((record.line, "\(fault)"))
            }
        }
        let results = try desk.database.addKnownCards(cards.map(\.capture), by: try desk.operatorID())
        for (card, result) in zip(cards, results) where result == .occupied {
            notTaken.append((card.line, "names a card that was keyed already as an entry"))
        }
        notTaken.sort { $0.line < $1.line }
        let (new, held) = (results.count { $0 == .added }, results.count { $0 == .held })
        var lines = notTaken.prefix(50).map { StyledText("line \($0.line) \($0.reason)", .warning) }
        lines.append(StyledText("Known cards: ") + StyledText("\(new) new", .good) + ", \(held) already here, \(notTaken.count) not taken")
        return Report(
            lines,
            [
                ("new", .integer(Int64(new))), ("held", .integer(Int64(held))),
                (
                    "notTaken",
                    .array(notTaken.map { .object([("line", .integer(Int64($0.line))), ("reason", .string($0.reason))]) })
                ),
            ])
    }

    private func open(_ path: String, _ promotion: Promotion) throws -> (CSVReader, CardColumns) {
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw CommandFailure("There is no file \(path) that can be read. Nothing was taken in.")
        }
        do {
            var reader = try CSVReader(path: path)
            guard let header = try reader.header() else { throw CommandFailure("The file \(path) is empty. Nothing was taken in.") }
            return (reader, try CardColumns(header: header, promotion: promotion))
        } catch let fault as CSVFault {
            throw CommandFailure("The first line of \(path), which names the columns, \(fault). Nothing was taken in.")
        }
    }
}

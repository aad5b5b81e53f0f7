import EntryModel
import FieldStore

/// How far the cards of a batch are keyed a second time.
struct SecondKeyingText {
    let label: String
    let cards: [SecondKeyingCard]

    /// Cards of which a field waits.
    var waiting: [SecondKeyingCard] { cards.filter { !$0.waiting.isEmpty } }

    /// Nothing where nothing is keyed twice.
    var lines: [StyledText] {
        guard !cards.isEmpty else { return [] }
        guard !waiting.isEmpty else { return [StyledText("All \(Plural.of(cards.count, "card")) to be keyed twice are.", .good)] }
        return [StyledText("\(waiting.count) of \(Plural.of(cards.count, "card")) to be keyed twice wait: `verify \(label)`.", .warning)]
    }

    var row: [StyledText] {
        [
            StyledText(label, .strong), StyledText(String(cards.count)), StyledText(String(waiting.count)),
            StyledText(String(cards.reduce(0) { $0 + $1.waiting.count })), StyledText(String(cards.reduce(0) { $0 + $1.verified.count })),
        ]
    }

    static let table = Table([
        ("BATCH", .left), ("TWICE", .right), ("WAITING", .right), ("FIELDS WAITING", .right), ("FIELDS DONE", .right),
    ])

    var json: JSONValue {
        .object([
            ("cards", .integer(Int64(cards.count))), ("waitingCards", .integer(Int64(waiting.count))),
            ("waitingFields", .integer(Int64(cards.reduce(0) { $0 + $1.waiting.count }))),
            ("verifiedFields", .integer(Int64(cards.reduce(0) { $0 + $1.verified.count }))),
        ])
    }
}

extension Desk {
    func secondKeying(of label: String, _ promotion: String) throws -> SecondKeyingText {
        SecondKeyingText(
            label: label, cards: try database.secondKeying(promotion: promotion, batch: label, for: person?.id))
    }
}

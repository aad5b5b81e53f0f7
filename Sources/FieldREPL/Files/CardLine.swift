import EntryModel
import FieldStore

/// What the name of a column or a member means for one promotion.
///
/// Fields go by their ids; `batch`, `envelope` and `card` say where a card lies, which is what an imported entry's id is made of; `note` may
/// flag fields. `id` and `conflicts`, which exports have, are known and nothing to take.
enum CardMeaning {
    case field(Field)
    case batch, envelope, card, channel, note, received, void
    /// Known, and nothing to take.
    case passedOver

    /// - Returns: `nil` for a name that means nothing.
    init?(_ name: String, _ promotion: Promotion) {
        if let field = promotion.field(name) {
            self = .field(field)
            return
        }
        switch name {
        case "batch": self = .batch
        case "envelope": self = .envelope
        case "card": self = .card
        case "channel": self = .channel
        case "note": self = .note
        case "received_date": self = .received
        case "void": self = .void
        case "id", "conflicts": self = .passedOver
        default: return nil
        }
    }
}

/// One line of a file of cards on its way to a capture, whatever form the file has.
struct CardLine {
    static let channels = EntryChannel.allCases.map(\.rawValue).joined(separator: ", ")

    private let promotion: Promotion
    private var batch = ""
    private var envelope: Int64?
    private var card: Int64?
    private var channel = EntryChannel.mailIn
    private var received: CalendarDate?
    private var note = ""
    private var values: [(field: String, text: String)] = []

    init(_ promotion: Promotion, capacity: Int) {
        self.promotion = promotion
        values.reserveCapacity(capacity)
    }

    /// - Throws: `LineFault` when the line is not to be taken because of this.
    mutating func take(_ meaning: CardMeaning, _ text: String) throws(LineFault) {
        switch meaning {
        case .field(let field): values.append((field.id, text))
        case .batch: batch = text.trimmed
        case .envelope: envelope = Self.number(text)
        case .card: card = Self.number(text)
        case .channel:
            guard !text.isEmpty else { return }
            guard let known = EntryChannel(rawValue: text.trimmed) else { throw .badChannel }
            channel = known
        case .note: note = text
        case .received: received = CalendarDate(text.trimmed)
        case .void where AnswerWord.isYes(text): throw .void
        case .void, .passedOver: break
        }
    }

    /// - Throws: `LineFault` when the line does not say which card it is.
    func capture() throws(LineFault) -> Capture {
        guard !batch.isEmpty else { throw .noPlace }
        guard Identifier.isBatchLabel(batch) else { throw .badBatch }
        guard let envelope else { throw .badEnvelope }
        guard let card else { throw .badCard }
        let flags = flags
        var keyed: [(field: String, keyed: Keyed)] = []
        keyed.reserveCapacity(values.count)
        for (id, text) in values {
            let flag = flags[id]
            // Blank is no answer; a required field that is blank is flagged by the form's check.
            if !text.isEmpty || flag != nil { keyed.append((id, Keyed(text: text, flag: flag))) }
        }
        for (id, flag) in flags.sorted(by: { $0.key < $1.key }) where !values.contains(where: { $0.field == id }) {
            keyed.append((id, Keyed(text: "", flag: flag)))
        }
        let place = CardPlace(batch: batch, envelope: envelope, card: card)
        var capture = Capture.card(promotion: promotion.id, place: place, values: keyed, received: received)
        capture.channel = channel
        return capture
    }

    /// The fields that a note such as `illegible: street, unit; two cards in envelope` flags, each with its reason. Notes that say anything else
    /// are for people.
    private var flags: [String: String] {
        guard !note.isEmpty else { return [:] }
        var flags: [String: String] = [:]
        for part in note.split(separator: ";") {
            let words = part.split(separator: ":", maxSplits: 1).map { String($0).trimmed }
            guard words.count == 2, let reason = FlagReason(rawValue: words[0].lowercased()) else { continue }
            for id in words[1].split(whereSeparator: { $0 == "," || $0 == " " }) where promotion.field(String(id)) != nil {
                flags[String(id)] = reason.rawValue
            }
        }
        return flags
    }

    private static func number(_ text: String) -> Int64? {
        Int64(text.trimmed).flatMap { 1...999_999 ~= $0 ? $0 : nil }
    }
}

/// What the `void` column of an export holds.
private enum AnswerWord {
    static func isYes(_ text: String) -> Bool { ["yes", "true", "1", "void"].contains(text.trimmed.lowercased()) }
}

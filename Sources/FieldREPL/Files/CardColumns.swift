import EntryModel
import FieldStore

/// What each column of a file of cards means for one promotion, and how a line of it becomes a capture.
///
/// A column is named by the field's id. `batch`, `envelope` and `card` say where a card lies, which is what an imported entry's id is made
/// of; `note` may flag fields; `void` and `conflicts`, which an export of the centre has, are known and not fields.
struct CardColumns {
    private enum Meaning: Equatable {
        case field(String)
        case batch, envelope, card, note, received, void
        /// Known, and nothing to take.
        case passedOver
    }

    private let promotion: Promotion
    private let meanings: [Meaning]

    /// - Throws: `CommandFailure` naming every column that cannot be understood, stands twice or is missing.
    init(header: [String], promotion: Promotion) throws {
        self.promotion = promotion
        let names = header.map(\.trimmed)
        let unknown = names.filter { Self.meaning($0, promotion) == nil }
        guard unknown.isEmpty else {
            let columns = unknown.map { $0.isEmpty ? "(no name)" : $0 }.joined(separator: ", ")
            throw CommandFailure(
                "The form of \(promotion.id) has no field for these columns: \(columns). "
                    + "Its fields are: \(promotion.askedFields.map(\.id).joined(separator: ", ")). Nothing was imported.")
        }
        let twice = Set(names.filter { name in names.filter { $0 == name }.count > 1 })
        guard twice.isEmpty else {
            throw CommandFailure("These columns stand twice: \(twice.sorted().joined(separator: ", ")). Nothing was imported.")
        }
        let missing = ["batch", "envelope", "card"].filter { !names.contains($0) }
        guard missing.isEmpty else {
            throw CommandFailure(
                "The file has no column \(missing.joined(separator: ", ")). Batch, envelope and card say which entry a line is; "
                    + "without them importing again would double every entry. Nothing was imported.")
        }
        meanings = names.compactMap { Self.meaning($0, promotion) }
    }

    /// The fields that the file has columns for.
    var fields: [String] {
        meanings.compactMap { meaning in if case .field(let id) = meaning { id } else { nil } }
    }

    private static func meaning(_ name: String, _ promotion: Promotion) -> Meaning? {
        if promotion.field(name) != nil { return .field(name) }
        switch name {
        case "batch": return .batch
        case "envelope": return .envelope
        case "card": return .card
        case "note": return .note
        case "received_date": return .received
        case "void": return .void
        case "conflicts": return .passedOver
        default: return nil
        }
    }

    /// Makes a capture of one line.
    ///
    /// - Parameter texts: As many as there are columns.
    /// - Throws: `LineFault` when the line does not say which card it is, or is not to be taken.
    func capture(_ texts: [String]) throws(LineFault) -> Capture {
        var batch = ""
        var (envelope, card): (Int64?, Int64?) = (nil, nil)
        var received: CalendarDate?
        var note = ""
        for (meaning, text) in zip(meanings, texts) {
            switch meaning {
            case .batch: batch = text.trimmed
            case .envelope: envelope = Self.number(text)
            case .card: card = Self.number(text)
            case .note: note = text
            case .received: received = CalendarDate(text.trimmed)
            case .void where AnswerWord.isYes(text): throw .void
            case .void, .passedOver, .field: break
            }
        }
        guard !batch.isEmpty else { throw .noPlace }
        guard Identifier.isBatchLabel(batch) else { throw .badBatch }
        guard let envelope else { throw .badEnvelope }
        guard let card else { throw .badCard }
        let illegible = illegibleFields(note)
        var values: [(field: String, keyed: Keyed)] = []
        values.reserveCapacity(meanings.count)
        for (meaning, text) in zip(meanings, texts) {
            guard case .field(let id) = meaning else { continue }
            let flag = illegible.contains(id) ? FindingCode.illegible.rawValue : nil
            // Blank is no answer; a required field that is blank is flagged by the form's check.
            if !text.isEmpty || flag != nil { values.append((id, Keyed(text: text, flag: flag))) }
        }
        let place = CardPlace(batch: batch, envelope: envelope, card: card)
        return .card(promotion: promotion.id, place: place, values: values, received: received)
    }

    /// The fields that a note such as `illegible: street; two cards in envelope` flags. Notes that say anything else are for people.
    private func illegibleFields(_ note: String) -> Set<String> {
        guard !note.isEmpty else { return [] }
        var fields: Set<String> = []
        for part in note.split(separator: ";") {
            let words = part.split(separator: ":", maxSplits: 1).map { String($0).trimmed }
            guard words.count == 2, words[0].lowercased() == FindingCode.illegible.rawValue else { continue }
            for id in words[1].split(whereSeparator: { $0 == "," || $0 == " " }) where promotion.field(String(id)) != nil {
                fields.insert(String(id))
            }
        }
        return fields
    }

    private static func number(_ text: String) -> Int64? {
        Int64(text.trimmed).flatMap { 1...999_999 ~= $0 ? $0 : nil }
    }
}

/// Why a line of a file was not taken. Holds nothing of what stands in it.
enum LineFault: Error, Equatable {
    case unreadable(CSVFault)
    case noPlace, badBatch, badEnvelope, badCard
    case void
    /// The same card stands in an earlier line.
    case repeated(line: Int)
    /// The station's file refused it, with its reason.
    case refused(String)
}

extension LineFault: CustomStringConvertible {
    var description: String {
        switch self {
        case .unreadable(let fault): "\(fault)"
        case .noPlace: "names no batch, so nothing says which entry it is"
        case .badBatch: "has a batch that is no label of capitals, digits and hyphens"
        case .badEnvelope: "has an envelope that is no number from 1 to 999999"
        case .badCard: "has a card that is no number from 1 to 999999"
        case .void: "is marked as void"
        case .repeated(let line): "names the same card as line \(line)"
        case .refused(let reason): "was refused: \(reason)"
        }
    }
}

/// What the `void` column of an export holds.
private enum AnswerWord {
    static func isYes(_ text: String) -> Bool { ["yes", "true", "1", "void"].contains(text.trimmed.lowercased()) }
}

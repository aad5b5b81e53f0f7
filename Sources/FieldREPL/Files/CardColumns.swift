import EntryModel
import FieldStore

/// What each column of a CSV file of cards means for one promotion, and how a line of it becomes a capture.
struct CardColumns {
    private let promotion: Promotion
    private let meanings: [CardMeaning]

    /// - Throws: `CommandFailure` naming every column that cannot be understood, stands twice or is missing.
    init(header: [String], promotion: Promotion) throws {
        self.promotion = promotion
        let names = header.map(\.trimmed)
        let unknown = names.filter { CardMeaning($0, promotion) == nil }
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
        meanings = names.compactMap { CardMeaning($0, promotion) }
    }

    /// The fields that the file has columns for.
    var fields: [String] {
        meanings.compactMap { meaning in if case .field(let field) = meaning { field.id } else { nil } }
    }

    /// Makes a capture of one line.
    ///
    /// - Parameter texts: As many as there are columns.
    /// - Throws: `LineFault` when the line does not say which card it is, or is not to be taken.
    func capture(_ texts: [String]) throws(LineFault) -> Capture {
        var line = CardLine(promotion, capacity: meanings.count)
        for (meaning, text) in zip(meanings, texts) { try line.take(meaning, text) }
        return try line.capture()
    }
}

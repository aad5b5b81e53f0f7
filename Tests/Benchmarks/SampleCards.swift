import EntryModel
import FieldStore
import Foundation
import TestSupport

/// The 2,400 sample cards, again and again under new batch labels, as many as a measurement needs.
struct SampleCards {
    static let promotion = "brightfizz-summer"
    static let client = "brightfizz"

    private let fields: [String]
    private let lines: [[String]]

    /// Reads `Samples/cards.csv`, which has no quoted values.
    init() throws {
        let text = try String(contentsOf: ProjectFolder.file("Samples/cards.csv"), encoding: .utf8)
        var rows = text.split(whereSeparator: \.isNewline).map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        fields = rows.removeFirst()
        lines = rows
    }

    /// The n-th card, any n; the same n is always the same card in the same place.
    func capture(_ index: Int) -> Capture {
        let line = lines[index % lines.count]
        let round = index / lines.count
        var values: [(field: String, keyed: Keyed)] = []
        var place = CardPlace(batch: "", envelope: 0)
        for (field, text) in zip(fields, line) {
            switch field {
            case "batch": place.batch = round == 0 ? text : "\(text)-\(round)"
            case "envelope": place.envelope = Int64(text) ?? 1
            case "card": place.card = Int64(text) ?? 1
            case "note": break
            default: values.append((field, Keyed(text: text)))
            }
        }
        return Capture.card(promotion: Self.promotion, place: place, values: values)
    }

    func captures(_ range: Range<Int>) -> [Capture] {
        range.map(capture)
    }

    /// The promotion's document as one line.
    static func document() throws -> [UInt8] {
        let file = try Data(contentsOf: ProjectFolder.file("Samples/promotions/\(promotion).json"))
        return try Promotion.read(file: [UInt8](file)).line
    }
}

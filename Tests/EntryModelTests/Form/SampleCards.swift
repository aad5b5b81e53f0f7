import EntryModel
import Foundation
import TestSupport

/// The cards in `Samples/cards.csv`, each with what is known of it from `Samples/cards-truth.csv`.
struct SampleCard: Sendable {
    /// By column name, blanks included.
    var columns: [String: String]
    var person: String
    /// What was made wrong on the card on purpose, such as `bad_date`.
    var planted: Set<String>

    static let all: [SampleCard] = {
        do {
            let truths = try rows("cards-truth")
            return try zip(rows("cards"), truths).map { card, truth in
                SampleCard(
                    columns: card, person: truth["person"] ?? "",
                    planted: Set((truth["planted"] ?? "").split(separator: "+").map(String.init)))
            }
        } catch {
            return []
        }
    }()

    /// The card's fields as the import keys them: all columns but those of the tray and the note, which flags a field.
    var keyed: [(field: String, keyed: Keyed)] {
        let illegible = (columns["note"] ?? "").split(separator: "illegible: ").last.map(String.init)
        return columns.filter { !["batch", "envelope", "card", "note"].contains($0.key) }.map { column, text in
            (field: column, keyed: Keyed(text: text, flag: column == illegible ? "illegible" : nil))
        }
    }

    func text(_ column: String) -> String { columns[column] ?? "" }

    /// The files hold no quoted column, so commas and line breaks alone part them.
    private static func rows(_ name: String) throws -> [[String: String]] {
        let text = String(decoding: try Data(contentsOf: ProjectFolder.file("Samples/\(name).csv")), as: UTF8.self)
        let lines = text.split(whereSeparator: \.isNewline).map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        guard let header = lines.first else { return [] }
        return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(header, $0)) }
    }
}

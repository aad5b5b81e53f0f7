import EntryModel
import FieldStore
import Foundation
import TestSupport

/// The cards of Samples/cards.csv as captures. None of them has a quoted field, which reading them checks.
enum Cards {
    static func captures(_ limit: Int = .max) throws -> [Capture] {
        let text = try String(decoding: Data(contentsOf: ProjectFolder.file("Samples/cards.csv")), as: UTF8.self)
        var lines = text.split(whereSeparator: \.isNewline).map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let names = lines.removeFirst()
        return try lines.prefix(limit).map { line in
            guard line.count == names.count, !line.contains(where: { $0.hasPrefix("\"") }) else { throw FixtureError.badCards }
            return try capture(Dictionary(uniqueKeysWithValues: zip(names, line)), names)
        }
    }

    private static func capture(_ card: [String: String], _ names: [String]) throws -> Capture {
        guard let batch = card["batch"], let envelope = Int64(card["envelope"] ?? ""), let number = Int64(card["card"] ?? "")
        else { throw FixtureError.badCards }
        let illegible = card["note"].flatMap { $0.hasPrefix("illegible: ") ? String($0.dropFirst(11)) : nil }
        let values = names.filter { !["batch", "envelope", "card", "note"].contains($0) }.map { name in
            (field: name, keyed: Keyed(text: card[name] ?? "", flag: name == illegible ? "illegible" : nil))
        }
        return .card(promotion: "brightfizz-summer", place: CardPlace(batch: batch, envelope: envelope, card: number), values: values)
    }
}

import EntryModel
import FieldStore
import Foundation
import TestSupport
import Testing

/// The REPL in a pseudo-terminal, typed at as an operator would.
@Suite("Keying in a terminal", .serialized) struct KeyingTests {
    @Test("thirty cards keyed field by field are in the file and at the centre as they were typed")
    func thirtyCards() throws {
        let scene = try DeskScene("keying")
        let (file, centre) = (scene.file, scene.centre)
        let desk = try scene.keyingDesk()
        try desk.type("batch open MB-0001 --envelopes 50", then: "MB-0001")
        try desk.wait(for: "> ")

        let cards = try Card.sample(30)
        let labels = try Card.labels()
        for card in cards {
            desk.terminal.type("new --envelope \(card.envelope) --card \(card.number)\r")
            try desk.answer(labels.map { ($0.label, card.values[$0.field] ?? "") })
            try desk.wait(for: "MB-0001")
        }
        // Thirty cards, and the batch that was opened.
        try desk.type("sync", then: "31 sent, 0 received")
        #expect(try desk.quit() == 0)

        let database = try FieldDatabase(path: file)
        let entries = try database.entries(promotion: LiveJobTests.promotion, limit: 100)
        #expect(entries.count == 30)
        for (entry, card) in zip(entries, cards) {
            #expect(entry.place == CardPlace(batch: "MB-0001", envelope: card.envelope, card: card.number))
            for field in ["given_name", "family_name", "street"] {
                #expect(entry.value(of: field)?.value.description == card.values[field], "\(field) of envelope \(card.envelope)")
            }
            #expect(entry.value(of: "client_opt_in")?.value.description ?? "" == card.values["client_opt_in"] ?? "")
        }
        let history = (try? String(contentsOfFile: file + ".history", encoding: .utf8)) ?? ""
        for card in cards { #expect(!history.contains(card.values["street"] ?? "-")) }
        #expect(try centre.central("entry", "list", "--client", "brightfizz", "--limit", "100", "--json").lines.count == 30)
    }
}

/// A card of the sample tray.
struct Card {
    var envelope: Int64
    var number: Int64
    var values: [String: String]

    /// The first cards of `Samples/cards.csv`, which has no quoted values.
    static func sample(_ count: Int) throws -> [Card] {
        let text = try String(contentsOf: ProjectFolder.file("Samples/cards.csv"), encoding: .utf8)
        let rows = text.split(whereSeparator: \.isNewline).map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        return rows.dropFirst().prefix(count).map { row in
            let values = Dictionary(uniqueKeysWithValues: zip(rows[0], row))
            return Card(envelope: Int64(values["envelope"] ?? "") ?? 0, number: Int64(values["card"] ?? "") ?? 0, values: values)
        }
    }

    /// Each field of the form with the label that asks for it, in the order in which it is asked.
    static func labels() throws -> [(field: String, label: String)] {
        let file = ProjectFolder.file("Samples/promotions/\(LiveJobTests.promotion).json")
        let promotion = try Promotion.read(file: [UInt8](Data(contentsOf: file))).promotion
        return promotion.form.filter { !$0.retired }.map { ($0.id, $0.label) }
    }
}

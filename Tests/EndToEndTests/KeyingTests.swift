import EntryModel
import FieldStore
import Foundation
import TestSupport
import Testing

/// The REPL in a pseudo-terminal, typed at as an operator would.
@Suite("Keying in a terminal", .serialized) struct KeyingTests {
    @Test("thirty cards keyed field by field are in the file and at the centre as they were typed")
    func thirtyCards() throws {
        let folder = try TemporaryFolder("keying")
        let centre = try LiveJobTests.centre(folder)
        let file = folder.file("desk.fieldentry")
        try centre.enrol("desk", client: "brightfizz", file: file)
        let terminal = try PseudoTerminal(
            Programs.path("fieldentry"), [file, "--operator", "Ann"],
            environment: ["TERM": "xterm", "HOME": folder.path, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "INPUTRC": "/dev/null"])
        var seen = try terminal.wait(for: "> ")
        func command(_ line: String, then expected: String) throws {
            terminal.type(line + "\r")
            seen = try terminal.wait(for: expected, from: seen)
        }
        try command("use \(LiveJobTests.promotion)", then: "> ")
        try command("batch open MB-0001 --envelopes 50", then: "MB-0001")
        seen = try terminal.wait(for: "> ", from: seen)

        let cards = try Card.sample(30)
        let labels = try Card.labels()
        for card in cards {
            terminal.type("new --envelope \(card.envelope) --card \(card.number)\r")
            for (field, label) in labels {
                seen = try terminal.wait(for: label, from: seen)
                terminal.type((card.values[field] ?? "") + "\r")
            }
            seen = try terminal.wait(for: "MB-0001", from: seen)
        }
        // Thirty cards, and the batch that was opened.
        try command("sync", then: "31 sent, 0 received")
        try command("quit", then: "\n")
        #expect(try terminal.waitUntilExit() == 0)

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

import EntryModel
import FieldStore
import Foundation
import TestSupport
import Testing

@testable import FieldREPL

/// How many keys a card takes, measured by keying the whole sample as an operator would.
@Suite("Keystrokes", .serialized) struct KeystrokeTests {
    @Test(
        "the conveniences save at least 22 % of the keystrokes of 2,400 cards, and every card is in the file as an import has it",
        .timeLimit(.minutes(10)))
    func saves() throws {
        let folder = try TemporaryFolder("keystrokes")
        let centre = try LiveJobTests.centre(folder)
        let file = folder.file("desk.fieldentry")
        try centre.enrol("desk", client: "brightfizz", file: file)
        let promotion = try #require(try FieldDatabase(path: file).promotion(LiveJobTests.promotion))
        let postal = try PostalTable.installed()
        let check = FormCheck(promotion: promotion, postal: postal)
        let today = try #require(CalendarDate(millisecondsSince1970: Surroundings.system.now()))
        let cards = try Card.sample(2400)
        let desk = try DeskTerminal(file, ["--operator", "Ann"])
        try desk.type("use \(LiveJobTests.promotion)", then: "16 fields")

        var keys = Keystrokes()
        var last: [String: String] = [:]
        for batch in Dictionary(grouping: cards, by: { $0.values["batch"] ?? "" }).sorted(by: { $0.key < $1.key }) {
            let envelopes = batch.value.map(\.envelope).max() ?? 0
            try desk.type("batch open \(batch.key) --envelopes \(envelopes)", then: "missing")
            desk.terminal.type("new\r")
            var isOpen = true
            for card in batch.value {
                // A second card of the envelope before begins with a plus; of the last envelope, whose tray is done, with a command.
                if card.number > 1, card.envelope == envelopes {
                    try desk.wait(for: "were opened", seconds: 30)
                    isOpen = false
                }
                if card.number > 1 {
                    let line = isOpen ? "+" : "new --card \(card.number)"
                    keys.add([line])
                    desk.terminal.type(line + "\r")
                }
                var form = KeyingForm(check: check, postal: postal, last: last, today: today)
                for line in keys.lines(&form, card.values) { desk.terminal.type(line + "\r") }
                last = form.repeatableTexts
                try desk.wait(for: "Entry ", seconds: 30)
            }
            if isOpen { try desk.wait(for: "were opened", seconds: 30) }
        }
        try desk.type("quit", then: "\n")
        #expect(try desk.terminal.waitUntilExit() == 0)
        print(keys.report)
        #expect(keys.cards == 2400)
        #expect(keys.share >= 0.22)

        let imported = folder.file("imported.fieldentry")
        try centre.enrol("importer", client: "brightfizz", file: imported)
        let path = ProjectFolder.file("Samples/cards.csv").path(percentEncoded: false)
        let commands = ["-c", "use \(LiveJobTests.promotion)", "-c", "import \(path)"]
        #expect(try Programs.run("fieldentry", [imported, "--operator", "Ann"] + commands).status == 0)
        #expect(try told(file) == told(imported))
    }

    /// What each card says, by its place; the operator's own flag of an illegible value is not what is measured.
    private func told(_ file: String) throws -> [String: [String: String]] {
        let entries = try FieldDatabase(path: file).entries(promotion: LiveJobTests.promotion, limit: 5000)
        return Dictionary(
            entries.map { entry in
                let values = entry.shown.filter { !$0.field.hasPrefix("$") && !$0.value.isNull }.map { ($0.field, $0.value.description) }
                return (entry.place.map { "\($0.batch) \($0.envelope) \($0.card)" } ?? "", Dictionary(uniqueKeysWithValues: values))
            }
        ) { first, _ in first }
    }
}

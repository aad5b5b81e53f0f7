import EntryModel
import FieldStore
import Foundation
import TestSupport
import Testing

/// Cards keyed a second time at a real terminal, by another person with a PIN of her own.
@Suite("Second keying at a terminal", .serialized) struct VerifyTerminalTests {
    private let folder: TemporaryFolder
    private let file: String

    /// Ann has keyed three cards; Bea is a verifier.
    init() throws {
        folder = try TemporaryFolder("verify")
        let centre = try LiveJobTests.centre(folder)
        file = folder.file("desk.fieldentry")
        try centre.enrol("desk", client: "brightfizz", file: file, operatorName: nil)
        let database = try FieldDatabase(path: file)
        let ann = try database.signIn("Ann", pin: nil).id
        _ = try database.setPIN("280413", of: "Ann")
        _ = try database.addOperator("Bea", role: .verifier, pin: "7702")
        _ = try database.openBatch(promotion: LiveJobTests.promotion, label: "MB-0142", expected: 3, by: ann)
        for (index, name) in ["Dương", "Nguyen", "Lee"].enumerated() {
            let place = CardPlace(batch: "MB-0142", envelope: Int64(index + 1))
            let card = Capture(
                promotion: LiveJobTests.promotion, channel: .mailIn, place: place, values: [("family_name", Keyed(text: name))])
            _ = try database.capture(card, by: ann)
        }
        try database.close()
    }

    private func start(_ name: String, _ pin: String) throws -> DeskTerminal {
        let desk = try DeskTerminal(file, ["--operator", name])
        try desk.wait(for: "PIN: ")
        try desk.type(pin, then: "> ")
        try desk.type("use \(LiveJobTests.promotion)", then: "16 fields")
        return desk
    }

    private func entries() throws -> [EntryView] {
        let database = try FieldDatabase(path: file)
        defer { try? database.close() }
        return try database.entries(promotion: LiveJobTests.promotion, limit: 9)
    }

    @Test("another person keys again, blind; kill -9 costs the field being typed; a look and a decision are on record")
    func secondPerson() throws {
        var desk = try start("Bea", "7702")
        try desk.type("verify MB-0142", then: "MB-0142 #1")
        try desk.wait(for: "Last name: ")
        try desk.type("Dương", then: "MB-0142 #2")
        try desk.wait(for: "Last name: ")
        try desk.type("Nguyễn", then: "That differs from the first keying.")
        try desk.wait(for: "Last name: ")
        desk.terminal.type("Nguyễ")
        try desk.wait(for: "Nguyễ")
        #expect(!desk.text.contains("Nguyen"))
        try desk.terminal.crash()
        #expect(try entries().map { $0.verified.count } == [1, 0, 0])
        #expect(try entries().map(\.changeCount) == [2, 1, 1])

        desk = try start("Bea", "7702")
        try desk.type("verify MB-0142", then: "MB-0142 #2")
        #expect(!desk.text.contains("MB-0142 #1 "))
        try desk.wait(for: "Last name: ")
        try desk.type("*", then: "First keying: Nguyen")
        try desk.wait(for: "Last name: ")
        try desk.type("Nguyễn", then: "Once more")
        try desk.wait(for: "Last name: ")
        try desk.type("Nguyễn", then: "1  Nguyen  Ann, ")
        try desk.wait(for: "2  Nguyễn  now")
        try desk.wait(for: "= and the text): ")
        try desk.type("2", then: "MB-0142 #3")
        // Killed while both keyings stand on the screen: what was seen is on record.
        try desk.wait(for: "Last name: ")
        try desk.type("Le", then: "Once more")
        try desk.wait(for: "Last name: ")
        try desk.type("Le", then: "1  Lee  Ann, ")
        try desk.wait(for: "= and the text): ")
        try desk.terminal.crash()
        #expect(try entries()[2].changeCount == 1)

        desk = try start("Bea", "7702")
        try desk.type("verify MB-0142", then: "MB-0142 #3")
        try desk.wait(for: "Last name: ")
        desk.terminal.type("\u{03}")
        try desk.wait(for: "Stopped; `verify MB-0142` goes on where this ended.")
        try desk.type("batch status MB-0142", then: "1 of 3 cards to be keyed twice wait")
        try desk.type("verify MB-0142", then: "MB-0142 #3")
        try desk.wait(for: "Last name: ")
        try desk.type("Lee", then: "1 card; 0 differed, 0 changed.")
        try desk.type("stats", then: "KEYED AGAIN")
        try desk.type("quit", then: "\n")
        #expect(try desk.terminal.waitUntilExit() == 0)

        let entries = try entries()
        #expect(entries.map { $0.value(of: "family_name")?.value.text } == ["Dương", "Nguyễn", "Lee"])
        #expect(entries.map { $0.verified.map(\.peeked) } == [[false], [true], [true]])
        let history = (try? String(contentsOfFile: file + ".history", encoding: .utf8)) ?? ""
        #expect(history.contains("verify MB-0142") && !history.contains("Ngu"))
    }

    @Test("whoever keyed the cards is told that another person keys them again")
    func firstPerson() throws {
        let desk = try start("Ann", "280413")
        try desk.type("verify MB-0142", then: "3 cards were keyed by you, and the second keying is another person's")
        try desk.type("quit", then: "\n")
        #expect(try desk.terminal.waitUntilExit() == 0)
        #expect(try entries().allSatisfy { $0.verified.isEmpty && $0.changeCount == 1 })
    }

    @Test("a supervisor lays a known card among the others at a terminal; who keys it is measured, and sees no answer")
    func knownCard() throws {
        let known = folder.file("known.csv")
        try Data("batch,envelope,card,given_name,family_name\nMB-0143,1,1,Sandra,Marlowe\n".utf8).write(to: URL(filePath: known))
        var desk = try start("Ann", "280413")
        try desk.type("known import \(known)", then: "Known cards: 1 new, 0 already here, 0 not taken\r\n")
        try desk.type("known list", then: "MB-0143 #1  not yet\r\n")
        try desk.type("quit", then: "\n")
        #expect(try desk.terminal.waitUntilExit() == 0)

        desk = try start("Bea", "7702")
        try desk.type("batch open MB-0143 --envelopes 1", then: "1 missing")
        try desk.type(
            "new given_name=Sandra family_name=Marlow", then: "MB-0143 #1 was a card whose answers are known; it is no entry.\r\n")
        try desk.type("known list", then: "> ")
        try desk.type("quit", then: "\n")
        #expect(try desk.terminal.waitUntilExit() == 0)
        #expect(!desk.text.contains("Marlowe"))

        desk = try start("Ann", "280413")
        try desk.type("known list", then: "Bea  1 of 2\r\n")
        try desk.type("stats", then: "Known answers Bea keyed otherwise: family_name 1 of 1.\r\n")
        try desk.type("quit", then: "\n")
        #expect(try desk.terminal.waitUntilExit() == 0)
        #expect(try entries().count == 3)
    }
}

import EntryModel
import FieldStore
import Foundation
import TestSupport
import Testing

/// Cards that are broken off in a real terminal, and what people type and paste there.
@Suite("Broken-off cards in a terminal", .serialized) struct DraftTests {
    private let folder: TemporaryFolder
    private let file: String

    init() throws {
        folder = try TemporaryFolder("draft")
        let centre = try LiveJobTests.centre(folder)
        file = folder.file("desk.fieldentry")
        try centre.enrol("desk", client: "brightfizz", file: file)
    }

    private func start() throws -> PseudoTerminal {
        try PseudoTerminal(
            Programs.path("fieldentry"), [file, "--operator", "Ann"],
            environment: ["TERM": "xterm", "HOME": folder.path, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "INPUTRC": "/dev/null"])
    }

    /// Types lines, each when what is asked before it stands on the screen.
    private func type(_ lines: [(question: String, answer: String)], at terminal: PseudoTerminal, from: Int = 0) throws -> Int {
        var seen = from
        for (question, answer) in lines {
            seen = try terminal.wait(for: question, from: seen)
            terminal.type(answer + "\r")
        }
        return seen
    }

    @Test("kill -9 at any field costs the field being typed and nothing else; the next start offers the card, and it is finished once")
    func killed() throws {
        let answers: [(question: String, answer: String)] = [
            ("First name", "Sandra"), ("Last name", "Dương"), ("Suffix", ""), ("Street", "7801 Oak Boulevard"), ("Apartment", ""),
            ("ZIP", "41649"), ("City", ""), ("State", ""), ("E-mail", ""), ("Phone", "6062980990"), ("birth", "062167"),
            ("Brightfizz?", "y"),
            ("promotions?", "n"), ("Postmark", "man"), ("Postmarked", ""), ("Received", "090526"),
        ]
        var terminal = try start()
        var seen = try type(
            [("> ", "use \(LiveJobTests.promotion)"), ("16 fields", "batch open MB-0142 --envelopes 3"), ("MB-0142 #1/3", "new")],
            at: terminal)
        var done = 0
        for count in [1, 4, 2, 6] {
            seen = try type(Array(answers[done..<(done + count)]), at: terminal, from: seen)
            done += count
            seen = try terminal.wait(for: answers[done].question, from: seen)
            terminal.type("half a val")
            try terminal.crash()

            let kept = try #require(try FieldDatabase(path: file).drafts().first)
            #expect(kept.values.count == done)
            #expect(kept.place == CardPlace(batch: "MB-0142", envelope: 1))
            terminal = try start()
            seen = try terminal.wait(for: "A card is unfinished: MB-0142 #1 of brightfizz-summer, \(done) field")
            terminal.type("draft\r")
            seen = try terminal.wait(for: "This card was begun before", from: seen)
        }
        seen = try type(Array(answers[done...]), at: terminal, from: seen)
        // The next card begins at once; the first is stored, and no draft is left.
        seen = try terminal.wait(for: "MB-0142 #2", from: seen)
        seen = try terminal.wait(for: "First name", from: seen)
        try terminal.crash()

        let database = try FieldDatabase(path: file)
        #expect(try database.drafts().isEmpty)
        let entries = try database.entries(promotion: LiveJobTests.promotion, limit: 9)
        #expect(entries.count == 1)
        let entry = try #require(entries.first)
        #expect(entry.value(of: "family_name")?.value == .text("Dương"))
        #expect(entry.value(of: "city")?.value == .text("Martin"))
        #expect(entry.value(of: "state")?.value == .text("KY"))
        #expect(entry.value(of: "phone")?.value == .text("+16062980990"))
        #expect(entry.value(of: "birth_date")?.value == .text("1967-06-21"))
        #expect(entry.value(of: "client_opt_in")?.value == .bool(true))
        #expect(entry.value(of: "postmark_kind")?.value == .text("manual"))
        #expect(entry.value(of: "received_date")?.value == .text("2026-09-05"))
    }

    @Test("wide characters, combining marks, names from right to left and pasted lines arrive as one text each")
    func otherText() throws {
        let terminal = try start()
        var seen = try type(
            [
                ("> ", "use \(LiveJobTests.promotion)"), ("16 fields", "new"), ("First name", "漢字 Jose\u{301}"), ("Last name", "محمد"),
                ("Suffix", ""), ("Street", "\u{1B}[200~7801 Oak\nBoulevard\u{1B}[201~"), ("Apartment", "漢x\u{7F}\u{7F}12"),
            ], at: terminal)
        seen = try terminal.wait(for: "ZIP", from: seen)
        // Ctrl-C keeps the card.
        terminal.type("\u{03}")
        seen = try terminal.wait(for: "Set aside with 5 fields", from: seen)
        terminal.type("quit\r")
        #expect(try terminal.waitUntilExit() == 0)
        let database = try FieldDatabase(path: file)
        let draft = try #require(try database.draft(promotion: LiveJobTests.promotion))
        let person = try database.operatorID(named: "Ann")
        let captured = try database.capture(
            Capture(promotion: draft.promotion, channel: draft.channel, values: draft.values), by: person, endsDraft: true)
        let entry = try #require(try database.entry(captured.entry))
        #expect(entry.value(of: "given_name")?.value == .text("漢字 José"))
        #expect(entry.value(of: "family_name")?.value == .text("محمد"))
        #expect(entry.value(of: "street")?.value == .text("7801 Oak Boulevard"))
        #expect(entry.value(of: "unit")?.value == .text("12"))
    }
}

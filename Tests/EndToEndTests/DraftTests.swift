import EntryModel
import FieldStore
import Foundation
import TestSupport
import Testing

/// Cards that are broken off in a real terminal, and what people type and paste there.
@Suite("Broken-off cards in a terminal", .serialized) struct DraftTests {
    private let scene: DeskScene

    init() throws { scene = try DeskScene("draft") }

    @Test("kill -9 at any field costs the field being typed and nothing else; the next start offers the card, and it is finished once")
    func killed() throws {
        let answers: [(question: String, answer: String)] = [
            ("First name", "Sandra"), ("Last name", "Dương"), ("Suffix", ""), ("Street", "7801 Oak Boulevard"), ("Apartment", ""),
            ("ZIP", "41649"), ("City", ""), ("State", ""), ("E-mail", ""), ("Phone", "6062980990"), ("birth", "062167"),
            ("Brightfizz?", "y"),
            ("promotions?", "n"), ("Postmark", "man"), ("Postmarked", ""), ("Received", "090526"),
        ]
        var desk = try scene.keyingDesk()
        try desk.type("batch open MB-0142 --envelopes 3", then: "MB-0142 #1/3")
        desk.terminal.type("new\r")
        var done = 0
        for count in [1, 4, 2, 6] {
            try desk.answer(Array(answers[done..<(done + count)]))
            done += count
            try desk.wait(for: answers[done].question)
            desk.terminal.type("half a val")
            try desk.terminal.crash()

            let kept = try #require(try FieldDatabase(path: scene.file).drafts().first)
            #expect(kept.values.count == done)
            #expect(kept.place == CardPlace(batch: "MB-0142", envelope: 1))
            desk = try scene.desk()
            try desk.wait(for: "A card is unfinished: MB-0142 #1 of brightfizz-summer, \(done) field")
            try desk.type("draft", then: "This card was begun before")
        }
        try desk.answer(Array(answers[done...]))
        // The next card begins at once; the first is stored, and no draft is left.
        try desk.wait(for: "MB-0142 #2")
        try desk.wait(for: "First name")
        try desk.terminal.crash()

        let database = try FieldDatabase(path: scene.file)
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
        let desk = try scene.keyingDesk()
        desk.terminal.type("new\r")
        try desk.answer([
            ("First name", "漢字 Jose\u{301}"), ("Last name", "محمد"), ("Suffix", ""),
            ("Street", "\u{1B}[200~7801 Oak\nBoulevard\u{1B}[201~"), ("Apartment", "漢x\u{7F}\u{7F}12"),
        ])
        try desk.wait(for: "ZIP")
        // Ctrl-C keeps the card.
        try desk.press("\u{03}", then: "Set aside with 5 fields")
        #expect(try desk.quit() == 0)
        let database = try FieldDatabase(path: scene.file)
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

import EntryModel
import FieldStore
import Foundation
import TestSupport
import Testing

/// The keys of the form at a real terminal.
@Suite("The form's keys at a terminal", .serialized) struct FormKeysTests {
    private let scene: DeskScene

    init() throws { scene = try DeskScene("keys") }

    private func values() throws -> [String: String] {
        let database = try FieldDatabase(path: scene.file)
        defer { try? database.close() }
        let draft = try #require(try database.draft(promotion: LiveJobTests.promotion))
        return Dictionary(uniqueKeysWithValues: draft.values.map { ($0.field, $0.keyed.text) })
    }

    @Test("the ditto key repeats the last card after the program was left and started anew, and never a consent or a birth date")
    func dittoAfterRestart() throws {
        var desk = try scene.keyingDesk()
        desk.terminal.type("new\r")
        try desk.answer([
            ("First name", "Sandra"), ("Last name", "Dương"), ("Suffix", "jr"), ("Street", "7801 Oak Boulevard"), ("Apartment", "12"),
            ("ZIP", "41649"), ("City", ""), ("State", ""), ("E-mail", ""), ("Phone", ""), ("birth", "062167"), ("Brightfizz?", "y"),
            ("promotions?", "y"), ("Postmark", "man"), ("Postmarked", ""), ("Received", "090526"),
        ])
        try desk.wait(for: "Entry ")
        try desk.wait(for: "First name")
        try desk.terminal.crash()
        desk = try scene.keyingDesk()
        desk.terminal.type("new\r")
        try desk.answer([
            ("First name", "Wanda"), ("Last name", "\""), ("Suffix", "\""), ("Street", "\""), ("Apartment", "\""), ("ZIP", "\""),
            ("City", ""),
            ("State", ""), ("E-mail", ""), ("Phone", ""), ("birth", "\""),
        ])
        try desk.wait(for: "nothing is repeated")
        desk.terminal.type("\r")
        try desk.answer([("Brightfizz?", "\"")])
        try desk.wait(for: "nothing is repeated")
        try desk.press("\u{03}", then: "Set aside")
        #expect(try desk.quit() == 0)
        let values = try values()
        for (field, text) in [
            ("given_name", "Wanda"), ("family_name", "Dương"), ("street", "7801 Oak Boulevard"), ("unit", "12"), ("zip", "41649"),
            ("city", "Martin"), ("birth_date", ""),
        ] {
            #expect(values[field] == text, "\(field)")
        }
        #expect(values["client_opt_in"] == nil)
    }

    @Test("what looks like a key is typed behind a backslash, and goes into the card as it is")
    func literalKeys() throws {
        let desk = try scene.keyingDesk()
        desk.terminal.type("new\r")
        try desk.answer([
            ("First name", "\\."), ("Last name", "\\!i"), ("Suffix", ""), ("Street", "\\?"), ("Apartment", "\\<"), ("ZIP", ""),
            ("City", "\\\""), ("State", ""), ("E-mail", "\\-"), ("E-mail", ""),
        ])
        // The same on the way back: nothing that stands there is taken for a key.
        try desk.answer([("Phone", "<")])
        try desk.wait(for: "E-mail [-]: ")
        try desk.press("\u{03}", then: "Set aside")
        #expect(try desk.quit() == 0)
        let values = try values()
        for (field, text) in [
            ("given_name", "."), ("family_name", "!i"), ("street", "?"), ("unit", "<"), ("city", "\""), ("email", "-"),
        ] {
            #expect(values[field] == text, "\(field)")
        }
    }

    @Test("where a ZIP code has more than nine cities they come nine at a time, and a number takes any of them")
    func manyCities() throws {
        let desk = try scene.keyingDesk()
        desk.terminal.type("new\r")
        try desk.answer([
            ("First name", "Sandra"), ("Last name", ""), ("Suffix", ""), ("Street", ""), ("Apartment", ""), ("ZIP", "04961"),
        ])
        try desk.wait(for: "1 New Portland, 2 ")
        try desk.wait(for: "+ 3 more")
        try desk.wait(for: "City [New Portland]: ")
        try desk.type("+", then: "    10 ")
        try desk.wait(for: "12 ")
        try desk.wait(for: "City [New Portland]: ")
        try desk.type("+", then: "1 New Portland, 2 ")
        try desk.wait(for: "City [New Portland]: ")
        try desk.type("11", then: "State")
        try desk.press("\u{03}", then: "Set aside")
        #expect(try desk.quit() == 0)
        let place = try #require(try PostalTable.installed().choices(zip: "04961"))
        #expect(place.cities.count == 12)
        #expect(try values()["city"] == place.cities[10])
    }

    @Test(
        "a tab completes a state by the letters of its name or its code, a choice and a city by theirs, and changes nothing where several go on so"
    )
    func tabs() throws {
        let desk = try scene.keyingDesk()
        desk.terminal.type("new\r")
        try desk.answer([("First name", "Sandra"), ("Last name", "")])
        try desk.wait(for: "Suffix")
        try desk.press("J\t", then: "Jr")
        desk.terminal.type("\r")
        try desk.answer([("Street", ""), ("Apartment", ""), ("ZIP", "41635")])
        try desk.wait(for: "City [Harold]: ")
        try desk.press("Cr\t", then: "Craynor")
        desk.terminal.type("\r")
        try desk.wait(for: "State")
        // Several states begin so: the letters stay, and the next letters decide.
        try desk.press("new\t", then: "new")
        try desk.press(" h\t", then: "NH")
        desk.terminal.type("\r")
        try desk.wait(for: "E-mail")
        try desk.press("\u{03}", then: "Set aside")
        #expect(try desk.quit() == 0)
        let values = try values()
        #expect(values["suffix"]?.trimmingCharacters(in: .whitespaces) == "Jr")
        #expect(values["city"]?.trimmingCharacters(in: .whitespaces) == "Craynor")
        #expect(values["state"]?.trimmingCharacters(in: .whitespaces) == "NH")
    }
}

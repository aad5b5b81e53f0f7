import EntryModel
import FieldStore
import Foundation
import TestSupport
import Testing

/// Terminals as people have them: dumb ones, narrow ones, ones that change their size, and people with settings of their own.
@Suite("Kinds of terminals", .serialized) struct KindsOfTerminalTests {
    private let scene: DeskScene

    init() throws { scene = try DeskScene("terminals") }

    /// What is kept of the card that was broken off.
    private func draft() throws -> [String: String] {
        let database = try FieldDatabase(path: scene.file)
        defer { try? database.close() }
        let draft = try #require(try database.draft(promotion: LiveJobTests.promotion))
        return Dictionary(uniqueKeysWithValues: draft.values.map { ($0.field, $0.keyed.text) })
    }

    @Test("on a dumb terminal cards are keyed, shown and synced without a single escape sequence")
    func dumb() throws {
        let desk = try scene.keyingDesk(environment: ["TERM": "dumb"])
        try desk.type("batch open MB-0001 --envelopes 2", then: "MB-0001 #1/2")
        desk.terminal.type("new\r")
        try desk.answer([
            ("First name", "Sandra"), ("Last name", "Dương"), ("Suffix", ""), ("Street", "7801 Oak Boulevard"), ("Apartment", ""),
            ("ZIP", "41635"), ("3 Galveston", "2"), ("State", ""), ("E-mail", ""), ("Phone", "!i"), ("birth", "062167"),
            ("Brightfizz?", "y"), ("promotions?", "n"), ("Postmark", "man"), ("Postmarked", ""), ("Received", "090526"),
        ])
        try desk.wait(for: "MB-0001 #2")
        try desk.wait(for: "First name")
        try desk.press("\u{03}", then: "Keyed: 1 entry.")
        try desk.type("show last", then: "Craynor")
        try desk.type("sync", then: "Synced: 2 sent")
        try desk.type("conflicts", then: "No conflicts.")
        #expect(try desk.quit() == 0)
        #expect(!desk.text.contains("\u{1B}"), "\(desk.text.debugDescription)")
    }

    @Test("what somebody has set in ~/.inputrc holds: an editing mode, a key of their own, and what is meant for this program alone")
    func inputrc() throws {
        let settings = """
            set editing-mode vi
            "\\C-t": "Oak Boulevard"
            $if fieldentry
            "\\C-f": "Dương"
            $endif
            $if othertool
            "\\C-f": "nothing"
            $endif
            """
        try settings.write(toFile: scene.folder.file(".inputrc"), atomically: true, encoding: .utf8)
        // Without a file named there, readline looks for the one in the home folder, which is the station's folder.
        let desk = try scene.keyingDesk(environment: ["INPUTRC": ""])
        desk.terminal.type("new\r")
        try desk.wait(for: "First name: ")
        // In vi's way: back to the command mode, the letter under the cursor away, and two more behind it.
        try desk.press("Sandx", then: "Sandx")
        desk.terminal.type("\u{1B}")
        desk.terminal.type("xara\r")
        try desk.wait(for: "Last name")
        try desk.press("\u{06}\r", then: "Suffix")
        desk.terminal.type("\r")
        try desk.wait(for: "Street")
        try desk.press("7801 \u{14}\r", then: "Apartment")
        try desk.press("\u{03}", then: "Set aside with 4 fields")
        #expect(try desk.quit() == 0)
        let draft = try draft()
        #expect(draft["given_name"] == "Sandra")
        #expect(draft["family_name"] == "Dương")
        #expect(draft["street"] == "7801 Oak Boulevard")
    }

    @Test("at 60 columns, lines longer than the terminal are typed, changed in their middle and taken whole")
    func narrow() throws {
        let desk = try scene.keyingDesk(columns: 60)
        try desk.type("batch open MB-0001 --envelopes 2", then: "MB-0001 #1/2")
        desk.terminal.type("new\r")
        let street = "7801 Old Cranberry Ridge Boulevard, behind the second gate on the left hand side"
        try desk.answer([("First name", "Sandra"), ("Last name", "Dương"), ("Suffix", "")])
        try desk.wait(for: "Street")
        // To the beginning of the line, one letter away and another one there, and back to the end.
        desk.terminal.type(street + "\u{01}\u{04}9\u{05}!\r")
        try desk.wait(for: "Apartment")
        try desk.press("\u{03}", then: "Set aside with 4 fields")
        try desk.type("help new", then: "Field by field")
        try desk.type("batch status", then: "Missing: #1")
        #expect(try desk.quit() == 0)
        #expect(try draft()["street"] == "9" + street.dropFirst() + "!")
    }

    @Test("a terminal that becomes narrower and wider while a line is being typed costs nothing of it, nor of the lines behind it")
    func resized() throws {
        let desk = try scene.keyingDesk()
        desk.terminal.type("new\r")
        try desk.answer([("First name", "Sandra"), ("Last name", "Dương"), ("Suffix", "")])
        try desk.wait(for: "Street")
        try desk.press("7801 Old Cranberry Ridge Boulevard, behind the second gate", then: "second gate")
        desk.terminal.resize(columns: 40)
        usleep(200_000)
        try desk.press(" on the left", then: "left")
        desk.terminal.resize(columns: 120)
        usleep(200_000)
        try desk.type(" hand side", then: "Apartment")
        desk.terminal.resize(columns: 50)
        try desk.type("12", then: "ZIP")
        try desk.press("\u{03}", then: "Set aside with 5 fields")
        #expect(try desk.quit() == 0)
        let draft = try draft()
        #expect(draft["street"] == "7801 Old Cranberry Ridge Boulevard, behind the second gate on the left hand side")
        #expect(draft["unit"] == "12")
    }
}

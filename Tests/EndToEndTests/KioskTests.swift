import EntryModel
import FieldStore
import Foundation
import TestSupport
import Testing

/// The locked form at a real terminal, and people who try to get out of it.
@Suite("The kiosk at a terminal", .serialized) struct KioskTests {
    private let scene: DeskScene
    private var file: String { scene.file }

    init() throws { scene = try DeskScene("kiosk") }

    private func kiosk(_ options: String = "") throws -> DeskTerminal {
        let database = try FieldDatabase(path: file)
        if try !database.asksForPIN() { _ = try database.setPIN("280413", of: "Ann") }
        try database.close()
        let desk = try scene.desk()
        try desk.wait(for: "PIN: ")
        try desk.type("280413", then: "> ")
        try desk.type("kiosk \(LiveJobTests.promotion)\(options)", then: "First name")
        return desk
    }

    /// The answers of one person, each with what is asked.
    private func answers(birth: String = "6/21/67") -> [(question: String, answer: String)] {
        [
            ("Last name", "Dương"), ("Suffix", ""), ("Street", "7801 Oak Boulevard"), ("Apartment", ""), ("ZIP", "41649"), ("City", ""),
            ("State", ""), ("E-mail", "sandra@example.org"), ("Phone", ""), ("birth", birth),
        ]
    }

    private func leave(_ desk: DeskTerminal) throws {
        try desk.type("#leave", then: "PIN of Ann")
        try desk.type("280413", then: "The kiosk is closed")
    }

    @Test("a person enters, reads each consent in full and answers it by yes or no; the screen is wiped behind them")
    func enters() throws {
        let desk = try kiosk()
        desk.terminal.type("Sandra\r")
        try desk.answer(answers())
        try desk.wait(for: "Brightfizz")
        try desk.wait(for: "(yes or no): ")
        try desk.type("", then: "Please answer yes or no.")
        try desk.wait(for: "(yes or no): ")
        try desk.type("yes", then: "(yes or no): ")
        try desk.type("no", then: "\u{1B}[3J")
        try desk.wait(for: "Thank you, your entry is in.")
        try desk.wait(for: "First name")
        // What was cut out of a line before does not come back, nor does the arrow bring an earlier answer.
        desk.terminal.type("\u{1B}[A\u{19}X\r")
        try desk.wait(for: "Last name")
        try leave(desk)
        #expect(try desk.quit() == 0)
        let entry = try #require(try FieldDatabase(path: file).entries(promotion: LiveJobTests.promotion, limit: 9).first)
        #expect(entry.value(of: "client_opt_in")?.value == .bool(true))
        #expect(entry.value(of: "house_opt_in")?.value == .bool(false))
        #expect(entry.value(of: "family_name")?.value == .text("Dương"))
        #expect(entry.channel == .kiosk)
    }

    @Test("of a child, and of whoever leaves in the middle, nothing is in the file, not even in what was overwritten")
    func child() throws {
        let desk = try kiosk(" --timeout 5")
        desk.terminal.type("Zebediah\r")
        try desk.answer(answers(birth: "6/21/2020").map { ($0, $1.replacing("Oak", with: "Quondam")) })
        try desk.wait(for: "or older to enter; nothing was kept.")
        try desk.wait(for: "First name")
        // Another begins and goes away.
        try desk.type("Melchior", then: "Last name")
        try desk.wait(for: "\u{1B}[3J", seconds: 15)
        try desk.wait(for: "First name")
        try desk.terminal.crash()
        for name in [file, file + "-wal", file + ".history"] where FileManager.default.fileExists(atPath: name) {
            let bytes = try [UInt8](Data(contentsOf: URL(filePath: name)))
            for word in ["Zebediah", "Quondam", "Melchior"] { #expect(bytes.firstRange(of: Array(word.utf8)) == nil, "\(word) in \(name)") }
        }
        #expect(try FieldDatabase(path: file).entries(promotion: LiveJobTests.promotion, limit: 9).isEmpty)
    }

    @Test("of a PIN that is broken off nothing appears in the form that comes after")
    func brokenPIN() throws {
        let desk = try kiosk(" --timeout 5")
        for breaksOff in ["\u{03}", ""] {
            try desk.type("#leave", then: "PIN of Ann: ")
            desk.terminal.type("280" + breaksOff)
            try desk.wait(for: "First name: ", seconds: 20)
            try desk.type("Sandra", then: "Last name: ")
            #expect(!desk.text.contains("280"))
            try desk.type("<", then: "First name")
        }
        // One that is whole is taken, though the keys before it came too early.
        try leave(desk)
    }

    @Test("Ctrl-C, Ctrl-D, Ctrl-Z, Ctrl-backslash, a hang-up and a wrong PIN lead back to the form and nowhere else")
    func noWayOut() throws {
        let desk = try kiosk()
        for key in ["\u{03}", "\u{04}", "\u{1A}", "\u{1C}"] {
            desk.terminal.type(key)
            try desk.type("Sandra", then: "Last name")
            desk.terminal.type(key)
            desk.terminal.type("\u{03}")
            try desk.wait(for: "First name")
        }
        desk.terminal.signal(SIGHUP)
        desk.terminal.signal(SIGTSTP)
        desk.terminal.signal(SIGQUIT)
        try desk.type("Sandra", then: "Last name")
        try desk.type("#leave", then: "PIN of Ann")
        try desk.type("280414", then: "\u{1B}[3J")
        try desk.wait(for: "First name")
        #expect(!desk.rest.contains("fieldentry"))
        // A signal would have the terminal forget what wipes the screen, if that is not shown yet.
        #expect(desk.terminal.keysMakeSignals == false)
        try leave(desk)
        #expect(desk.terminal.keysMakeSignals == true)
        // Outside, a hang-up ends the program as ever.
        desk.terminal.signal(SIGHUP)
        #expect(try desk.terminal.waitUntilExit() == 128 + SIGHUP)
    }
}

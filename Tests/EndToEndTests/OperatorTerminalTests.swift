import FieldStore
import Foundation
import TestSupport
import Testing

/// Signing in by PIN at a real terminal.
@Suite("Operators at a terminal", .serialized) struct OperatorTerminalTests {
    private let scene: DeskScene
    private var file: String { scene.file }

    init() throws { scene = try DeskScene("operator", operatorName: nil) }

    /// Ann has a PIN already.
    private func givePIN() throws {
        let database = try FieldDatabase(path: file)
        _ = try database.signIn("Ann", pin: nil)
        _ = try database.setPIN("280413", of: "Ann")
        try database.close()
    }

    @Test("the first operator chooses a PIN unseen; from then on the program shows nothing before one was given")
    func first() throws {
        var desk = try scene.desk()
        try desk.wait(for: "New PIN of Ann")
        try desk.type("280413", then: "The same again")
        try desk.type("280413", then: "> ")
        try desk.type("operator", then: "Signed in: Ann, supervisor.")
        try desk.type("operator --add Bea", then: "New PIN of Bea")
        try desk.type("7702", then: "The same again")
        try desk.type("7702", then: "Bea may sign in as a keyer.")
        #expect(try desk.quit() == 0)
        #expect(!desk.text.contains("280413") && !desk.text.contains("7702"))

        desk = try scene.desk([])
        try desk.wait(for: "Operator: ")
        try desk.type("Bea", then: "PIN: ")
        try desk.type("7703", then: "4 more wrong ones")
        try desk.wait(for: "Operator: ")
        try desk.type("Bea", then: "PIN: ")
        try desk.type("7702", then: "> ")
        try desk.type("reset", then: "`reset` is for supervisors, and Bea is a keyer.")
        try desk.type("operator --out", then: "Signed out.")
        try desk.wait(for: "Operator: ")
        desk.terminal.type("\u{04}")
        #expect(try desk.terminal.waitUntilExit() == 0)
        #expect(!desk.text.contains("7702"))
        #expect(!((try? String(contentsOfFile: file + ".history", encoding: .utf8)) ?? "").contains("Bea"))
    }

    @Test("five wrong PINs lock a name for a minute, also for the program started anew, and for a script")
    func locked() throws {
        try givePIN()
        let desk = try scene.desk()
        for _ in 1...4 {
            try desk.wait(for: "PIN: ")
            try desk.type("1111", then: "it is locked for a minute")
            try desk.wait(for: "Operator: ")
            desk.terminal.type("Ann\r")
        }
        try desk.wait(for: "PIN: ")
        try desk.type("1111", then: "none of Ann is taken for another 60 seconds")
        try desk.terminal.crash()
        let script = try Programs.run(
            "fieldentry", [file, "--operator", "Ann", "-c", "status"], environment: ["FIELDENTRY_PIN": "280413"])
        #expect(script.status == 1)
        #expect(script.errors.contains("After 5 wrong PINs none of Ann is taken"))
    }

    @Test("a script signs in by the environment; without it, and with nobody signed in, it is refused")
    func script() throws {
        try givePIN()
        let commands = ["-c", "use \(LiveJobTests.promotion)", "-c", "new given_name=Sandra", "-c", "show last"]
        let signedIn = try Programs.run("fieldentry", [file, "--operator", "Ann"] + commands, environment: ["FIELDENTRY_PIN": "280413"])
        #expect(signedIn.status == 0)
        #expect(signedIn.output.contains("Sandra"))
        let none = try Programs.run("fieldentry", [file] + commands)
        #expect(none.status == 1)
        #expect(none.output.isEmpty)
        #expect(none.errors.contains("Nobody is signed in"))
        #expect(try Programs.run("fieldentry", [file, "--operator", "Ann"] + commands).errors.contains("FIELDENTRY_PIN"))
        #expect(try Programs.run("fieldentry", [file, "-c", "status"]).status == 0)
    }
}

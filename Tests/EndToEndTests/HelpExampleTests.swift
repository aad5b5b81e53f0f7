import EntryModel
import FieldStore
import Foundation
import TestSupport
import Testing

@testable import FieldREPL

/// The examples of `help` that need a centre, a stick, another station or a person, run with all of these.
@Suite("Examples of help that need more than a file", .serialized) struct HelpExampleTests {
    private let scene: DeskScene

    init() throws { scene = try DeskScene("examples") }

    private func examples(_ name: String) throws -> [String] {
        try #require(CommandCatalogue.usages.first { $0.name == name }).examples
    }

    private func expectDone(_ commands: String...) throws {
        for command in commands {
            let outcome = try scene.script("use \(LiveJobTests.promotion)", command)
            #expect(outcome.status == 0, "\(command): \(outcome.errors)")
        }
    }

    @Test("sync")
    func sync() throws {
        try expectDone("new given_name=Sandra")
        for example in try examples("sync") { try expectDone(example) }
        #expect(try scene.script("status").output.contains("nothing"))
    }

    @Test("doctor")
    func doctor() throws {
        try expectDone("new given_name=Sandra", "sync")
        for example in try examples("doctor") { try expectDone(example) }
    }

    @Test("bundle")
    func bundle() throws {
        try expectDone("new given_name=Sandra")
        var examples = try examples("bundle").map { $0.replacing("/media/stick/", with: scene.folder.path) }
        #expect(examples.count == 2)
        try expectDone(examples.removeFirst())
        try scene.centre.central(
            "bundle", "import", scene.folder.file("kiosk-7.bundle"), "--receipts", scene.folder.file("kiosk-7.receipts"))
        try expectDone(examples.removeFirst())
        #expect(try FieldDatabase(path: scene.file).unsentCount() == 0)
    }

    @Test("reset", arguments: 0...2)
    func reset(number: Int) throws {
        let example = try examples("reset")[number].replacing("/media/stick/", with: scene.folder.path)
        if example.contains("--bundle") { try expectDone("new given_name=Sandra") }
        try expectDone(example)
        let isDone = example.contains("--yes")
        #expect(try FieldDatabase(path: scene.file).identity == nil || !isDone)
        #expect(FileManager.default.fileExists(atPath: scene.folder.file("last.bundle")) == example.contains("--bundle"))
    }

    @Test("resolve")
    func resolve() throws {
        let other = scene.folder.file("second.fieldentry")
        try scene.centre.enrol("second", client: "brightfizz", file: other, operatorName: "Bo")
        for example in try examples("resolve") {
            try expectDone("new given_name=Sandra email=a@example.org street='1 Oak St'", "sync")
            let id = try #require(try FieldDatabase(path: scene.file).entries(promotion: LiveJobTests.promotion, limit: 99).last).id
            func second(_ commands: String...) throws {
                let outcome = try Programs.run("fieldentry", [other, "--operator", "Bo"] + commands.flatMap { ["-c", $0] })
                #expect(outcome.status == 0, "\(outcome.errors)")
            }
            try second("sync")
            try expectDone(example.contains("--keep") ? "void \(id)" : "edit \(id) email=b@example.org street='2 Oak St'", "sync")
            try second("edit \(id) email=c@example.org street='3 Oak St'", "sync")
            try expectDone("sync")
            let before = try FieldDatabase(path: scene.file).conflicts(of: id).count
            #expect(before > 0)
            try expectDone(example.replacing("1f3a09c2", with: EntryReference.short(id)))
            #expect(try FieldDatabase(path: scene.file).conflicts(of: id).count == before - 1, "\(example)")
        }
    }

    @Test("draft")
    func draft() throws {
        let examples = try examples("draft")
        #expect(examples == ["draft", "draft drop"])
        let desk = try scene.keyingDesk()
        desk.terminal.type("new\r")
        try desk.answer([("First name", "Sandra")])
        try desk.wait(for: "Last name")
        try desk.press("\u{03}", then: "Set aside with 1 field")
        try desk.type(examples[0], then: "This card was begun before")
        try desk.wait(for: "Last name")
        try desk.press("\u{03}", then: "Set aside with 1 field")
        try desk.type(examples[1], then: "The card is forgotten")
        #expect(try desk.quit() == 0)
    }

    @Test("kiosk")
    func kiosk() throws {
        let example = try #require(try examples("kiosk").first)
        let database = try FieldDatabase(path: scene.file)
        _ = try database.setPIN("280413", of: "Ann")
        try database.close()
        let desk = try scene.desk()
        try desk.wait(for: "PIN: ")
        try desk.type("280413", then: "> ")
        try desk.type(example.replacing("county-fairs", with: LiveJobTests.promotion), then: "First name")
        try desk.type("#leave", then: "PIN of Ann")
        try desk.type("280413", then: "The kiosk is closed")
        #expect(try desk.quit() == 0)
    }
}

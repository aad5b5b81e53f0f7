import CentralStore
import EntryModel
import TestSupport
import Testing

@testable import CentralServer

/// The commands by which staff deal with what went wrong.
@Suite("Recovery commands")
struct RecoveryCommandTests {
    private let test: TestCentre
    private let commands: Commands

    init() async throws {
        test = try await TestCentre()
        commands = Commands(data: test.folder.file("data"))
    }

    private func central(_ arguments: String...) async throws -> Commands.Outcome {
        try await commands.run(arguments + ["--client", "brightfizz"])
    }

    private func station(_ name: String) async throws -> TestStation {
        try await test.enrol(try await test.centre.invite(client: "brightfizz", name: name, url: "http://127.0.0.1:1"))
    }

    @Test("held changes are released and rejected by number or id, once; what cannot be released says why")
    func decisions() async throws {
        var kiosk = try await station("Kiosk")
        for version in [8, 9] as [Int64] { try kiosk.capture(Versioned(id: "summer", version: version), [("given_name", .text("Ann"))]) }
        try kiosk.capture(Versioned(id: "winter", version: 1), [("given_name", .text("Bob"))])
        let id = kiosk.unsent[1].id.hex
        _ = try await test.centre.answer(.push, try kiosk.push())
        #expect(try await central("quarantine", "release", "1").remarks.contains("Released 1 change;"))
        #expect(try await central("quarantine", "release", "1").remarks.contains("released already"))
        #expect(try await central("quarantine", "reject", id, "--yes").remarks.contains("Rejected 1 change;"))
        #expect(try await central("quarantine", "reject", "2", "--yes").remarks.contains("rejected already"))
        let refusal = await commands.refusal("quarantine", "release", "3", "--client", "brightfizz")
        #expect(refusal.code == 1)
        #expect(refusal.message.contains("promotion is not known"))
        #expect(!refusal.message.contains("Bob"))
        #expect(await commands.refusal("quarantine", "release", "4", "--client", "brightfizz").message.contains("no change 4"))
        #expect(await commands.refusal("quarantine", "release", "zebra", "--client", "brightfizz").code == 64)
        let listed = try await central("quarantine", "list", "--json").objects
        #expect(listed.map { $0["number"]?.number } == [3])
    }

    @Test("a stolen station is isolated since a time, which is written as people write times")
    func byStation() async throws {
        var kiosk = try await station("Kiosk")
        let entry = try kiosk.capture(TestCentre.form, [("given_name", .text("Ann"))])
        _ = try await test.centre.answer(.push, try kiosk.push())
        #expect(await commands.refusal("quarantine", "by-station", "Kiosk", "--since", "soon", "--client", "brightfizz").code == 64)
        let late = try await central("quarantine", "by-station", "Kiosk", "--since", "2098-01-01", "--yes")
        #expect(late.remarks.contains("Rejected 0 changes"))
        let done = try await central("quarantine", "by-station", "Kiosk", "--since", "2026-01-01T00:00:00Z", "--yes")
        #expect(done.remarks.contains("is revoked. Rejected 1 change;"))
        let vault = try #require(try await test.centre.vault("brightfizz"))
        #expect(try await vault.entry(entry)?.state.fields.isEmpty == true)
        #expect(try await central("station", "list", "--json").objects[0]["revoked"]?.number != nil)
    }

    @Test("a fork stands in the list of stations")
    func trouble() async throws {
        let kiosk = try await station("Kiosk")
        var (one, two) = (kiosk, kiosk)
        try one.capture(TestCentre.form, [("given_name", .text("Ann"))])
        try two.capture(TestCentre.form, [("given_name", .text("Eve"))])
        _ = try await test.centre.answer(.push, try one.push())
        #expect(try await central("station", "list", "--json").objects[0]["trouble"]?.text == nil)
        _ = try await test.centre.answer(.push, try two.push())
        let listed = try await central("station", "list", "--json").objects
        #expect(listed[0]["trouble"]?.text == "forked")
        #expect(try await central("station", "list").result.contains("forked 20"))
    }

    @Test("doctor says that all is well, names what is not, and repairs it")
    func doctor() async throws {
        var kiosk = try await station("Kiosk")
        try kiosk.capture(TestCentre.form, [("given_name", .text("Ann"))])
        _ = try await test.centre.answer(.push, try kiosk.push())
        #expect(try await commands("doctor").remarks.contains("brightfizz: all is well."))
        let file = try SQLiteConnection(path: test.folder.file("data/vaults/brightfizz.sqlite"), kind: .vault)
        try file.blockingTransaction(.write) { sql in _ = try sql.execute("UPDATE entry SET conflicts = 3", []) }
        try file.close()
        let refusal = await commands.refusal("doctor", "--json")
        #expect(refusal.code == 1)
        #expect(refusal.message.contains("One thing"))
        let repaired = try await commands("doctor", "--client", "brightfizz", "--repair", "--json")
        #expect(try repaired.objects.map { $0["area"]?.text } == ["entry"])
        #expect(try repaired.objects.map { $0["isRepaired"]?.truth } == [true])
        #expect(try await commands("doctor").result.isEmpty)
    }
}

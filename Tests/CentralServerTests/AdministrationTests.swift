import CentralStore
import EntryModel
import Foundation
import TestSupport
import Testing

@testable import CentralServer

@Suite("Administration commands")
struct AdministrationTests {
    private let folder: TemporaryFolder
    private let central: Commands

    init() throws {
        folder = try TemporaryFolder("administration")
        central = Commands(data: folder.file("data"))
    }

    private func write(_ text: String, _ name: String = "promotion.json") throws -> String {
        let path = folder.file(name)
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    @Test("a client is added once, under an id that is one, and listed")
    func clients() async throws {
        try await central("client", "add", "brightfizz", "--name", "Bright Fizz Inc.")
        #expect(await central.refusal("client", "add", "brightfizz").code == 1)
        #expect(await central.refusal("client", "add", "Bright Fizz").code == 1)
        let table = try await central("client", "list").lines
        #expect(table.count == 2)
        #expect(table[1].hasPrefix("brightfizz  Bright Fizz Inc.  "))
        let listed = try await central("client", "list", "--json").objects
        #expect(listed.map { $0["client"]?.text } == ["brightfizz"])
        #expect(listed.first?["name"]?.text == "Bright Fizz Inc.")
    }

    @Test("a slip in --data is told, and leaves no empty centre behind")
    func noCentre() async throws {
        let refusal = await central.refusal("client", "list")
        #expect(refusal.code == 1)
        #expect(refusal.message.contains("There is no centre in"))
        #expect(!FileManager.default.fileExists(atPath: central.data))
    }

    @Test("a wrong command line is told from a refused command by its exit code")
    func usage() async throws {
        #expect(await central.refusal("client", "remove", "x").code == 64)
        #expect(await central.refusal("station", "invite").code == 64)
        #expect(await central.refusal("station", "invite", "--name", "A", "--url", "centre").code == 64)
        #expect(await central.refusal("entry", "show", "not-an-id").code == 64)
        #expect(await central.refusal("entry", "list", "--limit", "0").code == 64)
        let entry = "01890000-0000-7000-8000-000000000000"
        #expect(await central.refusal("conflict", "resolve", entry, "city").code == 64)
        #expect(await central.refusal("conflict", "resolve", entry, "city", "--take", "xyz").code == 64)
        #expect(await central.refusal("conflict", "resolve", entry, "city", "--void", "--keep").code == 64)
    }

    @Test("the client may be left out while there is only one")
    func onlyClient() async throws {
        try await central("client", "add", "one")
        #expect(try await central("promotion", "list").remarks == "The client has no promotion yet.\n")
        try await central("client", "add", "two")
        let refusal = await central.refusal("promotion", "list")
        #expect(refusal.message.contains("--client: one, two"))
        #expect(await central.refusal("promotion", "list", "--client", "three").code == 1)
    }

    @Test("a promotion is put once; a new version follows; both are listed")
    func promotions() async throws {
        try await central("client", "add", "brightfizz")
        let first = try write(try TestCentre.document(client: "brightfizz").text)
        #expect(try await central("promotion", "put", first).remarks.hasPrefix("summer/1 was put"))
        #expect(try await central("promotion", "put", first).remarks.contains("was there already"))
        try await central("promotion", "put", try write(try TestCentre.document(client: "brightfizz", version: 2).text))
        let listed = try await central("promotion", "list", "--json").objects
        #expect(listed.count == 1)
        #expect(listed.first?["version"]?.number == 2)
        #expect(listed.first?["versions"]?.elements.map(\.number) == [1, 2])
        #expect(try await central("promotion", "list").result.contains("Summer Splash"))
    }

    @Test("a bad document is refused with every fault and its path")
    func faults() async throws {
        try await central("client", "add", "brightfizz")
        let text = try TestCentre.document(client: "brightfizz").text
            .replacing("\"personName\"", with: "\"nameOfPerson\"").replacing("America/Chicago", with: "Chicago")
        let refusal = await central.refusal("promotion", "put", try write(text))
        #expect(refusal.code == 1)
        #expect(refusal.message.contains("2 faults"))
        #expect(refusal.message.contains("$.form.fields[0].kind"), "\(refusal.message)")
        #expect(refusal.message.contains("$.timeZone"), "\(refusal.message)")
        #expect(await central.refusal("promotion", "put", try write("{\"id\":")).message.contains("$:"))
        #expect(await central.refusal("promotion", "put", folder.file("missing.json")).code == 1)
        let foreign = await central.refusal("promotion", "put", try write(try TestCentre.document(client: "other").text))
        #expect(foreign.message.contains("$.client"))
        #expect(try await central("promotion", "list").result.isEmpty)
    }

    @Test("an invitation prints the code alone, for the address that was recorded or given")
    func invitation() async throws {
        try await central("client", "add", "brightfizz")
        try await central("promotion", "put", try write(try TestCentre.document(client: "brightfizz").text))
        #expect(await central.refusal("station", "invite", "--name", "Kiosk").code == 1, "no address yet")
        let given = try await central("station", "invite", "--name", "Kiosk", "--url", "http://centre.example:8080")
        #expect(given.lines.count == 1)
        let code = try #require(EnrolmentCode(given.lines[0]))
        #expect(code.url == "http://centre.example:8080")
        #expect(given.remarks.contains("summer"))
        #expect(given.remarks.contains("within 14 days"))
        let short = try await central("station", "invite", "--name", "Kiosk", "--url", "https://h", "--valid-days", "1")
        #expect(short.remarks.contains("within a day"))
        #expect(await central.refusal("station", "invite", "--name", "K", "--url", "https://h", "--valid-days", "0").code == 64)

        try await Centre(directory: central.data).recordAddress("http://127.0.0.1:4711")
        let recorded = try await central("station", "invite", "--name", "Kiosk 2")
        #expect(EnrolmentCode(recorded.lines[0])?.url == "http://127.0.0.1:4711")
        #expect(await central.refusal("station", "invite", "--name", "K", "--promotion", "winter").code == 1)
    }

    @Test("without --promotion a station gets what has not concluded; only when all has, it gets all, and staff are told")
    func openPromotions() async throws {
        try await central("client", "add", "brightfizz")
        let over = try TestCentre.document(client: "brightfizz").text.replacing("\"summer\"", with: "\"past\"")
            .replacing("2099-01-01", with: "2026-01-02").replacing("2099-12-31", with: "2026-01-03")
        try await central("promotion", "put", try write(over))
        let invite = ["station", "invite", "--name", "K", "--url", "http://h:1"]
        let concluded = try await central.run(invite)
        #expect(concluded.remarks.contains("Every promotion of brightfizz has concluded (past on 2026-01-03)"))
        #expect(concluded.remarks.contains("will work on: past"))
        try await central("promotion", "put", try write(try TestCentre.document(client: "brightfizz").text))
        let open = try await central.run(invite)
        #expect(open.remarks.contains("will work on: summer."))
    }
}

import ArgumentParser
import CentralStore
import EntryModel
import Testing

@testable import CentralServer

@Suite("Reads of personal data")
struct ReadsCommandTests {
    private let test: TestCentre
    private let commands: Commands
    private let entry: UniqueID

    init() async throws {
        test = try await TestCentre()
        commands = Commands(data: test.centre.directory)
        var kiosks: [TestStation] = []
        for name in ["Kiosk 1", "Kiosk 2"] {
            kiosks.append(try await test.enrol(try await test.centre.invite(client: "brightfizz", name: name, url: "http://127.0.0.1:1")))
        }
        entry = try kiosks[0].capture(TestCentre.form, [("given_name", .text("Wilhelmina")), ("city", .text("Peoria"))])
        let captured = kiosks[0].unsent[0].id
        try kiosks[0].edit(TestCentre.form, entry, "city", .text("Pekin"), replacing: [captured])
        try kiosks[1].edit(TestCentre.form, entry, "city", .text("Paris"), replacing: [captured])
        for kiosk in kiosks { _ = try await test.centre.answer(.push, try kiosk.push()) }
    }

    @Test("what people wrote is shown for a purpose only, and who read what, when and why is listed")
    func logged() async throws {
        let before = Surroundings.system.now()
        let client = ["--client", "brightfizz"]
        for arguments in [["entry", "show", entry.description], ["entry", "export"]] {
            do {
                let outcome = try await commands.run(arguments + client)
                Issue.record("was not refused: \(outcome)")
            } catch {
                let message = CentralCommand.fullMessage(for: error)
                #expect(message.contains("--purpose"), "\(message)")
                #expect(!message.contains("Wilhelmina"))
            }
        }
        #expect(try await test.centre.personalReads().isEmpty)
        #expect(try await commands("reads", "list").remarks == "No entry has been read yet.\n")

        let shown = try await commands.run(["entry", "show", entry.description, "--purpose", "ticket 4711", "--as", "ann"] + client)
        #expect(shown.result.contains("Wilhelmina"))
        _ = try await commands.run(["entry", "export", "--purpose", "draw of the winners", "--as", "bob"] + client)
        _ = try await commands.run(["conflict", "list", "--purpose", "settling", "--as", "bob"] + client)
        let reads = try await test.centre.personalReads()
        #expect(reads.map(\.kind) == [.entryShown, .entriesExported, .conflictsShown])
        #expect(reads.map(\.reader) == ["ann", "bob", "bob"])
        #expect(reads.map(\.client) == ["brightfizz", "brightfizz", "brightfizz"])
        #expect(reads.map(\.promotion) == ["summer", "summer", nil])
        #expect(reads.map(\.entry) == [entry, nil, nil])
        #expect(reads.map(\.purpose) == ["ticket 4711", "draw of the winners", "settling"])
        #expect(reads.allSatisfy { $0.at >= before && $0.at <= Surroundings.system.now() })

        let listed = try await commands("reads", "list", "--json").objects
        #expect(listed.map { $0["what"]?.text } == ["entry-shown", "entries-exported", "conflicts-shown"])
        #expect(listed.first?["entry"]?.text == entry.description)
        #expect(try await commands("reads", "list", "--client", "other", "--json").lines.isEmpty)
        #expect(try await commands("reads", "list", "--after", "1", "--limit", "1", "--json").objects.first?["reader"]?.text == "bob")
        #expect(await commands.refusal("reads", "list", "--client", "nobody").code == 1)
        #expect(try await commands("reads", "list").result.contains("ticket 4711"))
    }

    @Test("without a purpose conflicts are listed without what people wrote, and nothing is written down")
    func withoutValues() async throws {
        for form in [[], ["--json"]] {
            let outcome = try await commands.run(["conflict", "list", "--client", "brightfizz"] + form)
            #expect(outcome.result.contains(entry.description) && outcome.result.contains("city"))
            for value in ["Pekin", "Paris", "Wilhelmina"] { #expect(!(outcome.result + outcome.remarks).contains(value)) }
        }
        #expect(try await test.centre.personalReads().isEmpty)
    }

    @Test(
        "a purpose is a few words on one line; where it is none, nothing is shown",
        arguments: ["", "ab", "a\nb c", String(repeating: "x", count: 201)])
    func badPurpose(_ purpose: String) async throws {
        let refusal = await commands.refusal("entry", "show", entry.description, "--client", "brightfizz", "--purpose", purpose)
        #expect(refusal.code == 1)
        #expect(refusal.message.contains("3 to 200 characters"), "\(refusal.message)")
        #expect(try await test.centre.personalReads().isEmpty)
        #expect(await commands.refusal("entry", "show", entry.description, "--purpose", "why", "--as", "Ann Lee").code == 64)
    }
}

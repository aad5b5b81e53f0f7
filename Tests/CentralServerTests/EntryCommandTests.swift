import CentralStore
import EntryModel
import Foundation
import TestSupport
import Testing

@testable import CentralServer

/// A centre with three entries, of which the first is in conflict over its city.
private struct Scene {
    let test: TestCentre
    let commands: Commands
    let entries: [UniqueID]
    let heads: [Digest]

    init() async throws {
        test = try await TestCentre()
        commands = Commands(data: test.centre.directory)
        var kiosks: [TestStation] = []
        for name in ["Kiosk 1", "Kiosk 2"] {
            kiosks.append(
                try await test.enrol(try await test.centre.invite(client: "brightfizz", name: name, url: "http://127.0.0.1:1")))
        }
        let form = TestCentre.form
        let first = try kiosks[0].capture(
            form, [("given_name", .text("Dương \"Zoe\"")), ("city", .text("Peoria")), ("client_opt_in", .bool(true))])
        let second = try kiosks[0].capture(form, [("given_name", .text("=HYPERLINK(1)")), ("city", .text("Troy, NY"))])
        let third = try kiosks[0].capture(form, [("given_name", .text("Ann"))])
        let captured = kiosks[0].unsent[0].id
        try kiosks[0].edit(form, first, "city", .text("Pekin"), replacing: [captured])
        try kiosks[1].edit(form, first, "city", .text("Paris"), replacing: [captured])
        heads = [kiosks[0].unsent[3].id, kiosks[1].unsent[0].id]
        entries = [first, second, third]
        for index in kiosks.indices {
            let answer = try SignedMessage(try await test.centre.answer(.push, try kiosks[index].push()))
            try kiosks[index].acknowledge(try PushAnswer(line: answer.lines[0]))
        }
    }

    @discardableResult
    func central(_ arguments: String...) async throws -> Commands.Outcome {
        try await commands.run(arguments + ["--client", "brightfizz"])
    }
}

@Suite("Entries and conflicts on the command line")
struct EntryCommandTests {
    @Test("entries are listed in the order in which they came, a page at a time, without what people wrote")
    func list() async throws {
        let scene = try await Scene()
        let all = try await scene.central("entry", "list", "--json").objects
        #expect(all.map { $0["entry"]?.text } == scene.entries.map(\.description))
        #expect(all.first?["conflicts"]?.elements.map(\.text) == ["city"])
        let page = try await scene.central("entry", "list", "--limit", "2", "--json")
        #expect(page.lines.count == 2)
        let number = try #require(try page.objects.last?["number"]?.number)
        #expect(page.remarks.contains("--after \(number)"))
        let rest = try await scene.central("entry", "list", "--after", "\(number)", "--json").objects
        #expect(rest.map { $0["entry"]?.text } == [scene.entries[2].description])
        let table = try await scene.central("entry", "list").result
        #expect(table.contains(scene.entries[1].description))
        #expect(!table.contains("Peoria") && !table.contains("Ann"))
        #expect(await scene.commands.refusal("entry", "list", "--client", "brightfizz", "--promotion", "winter").code == 1)
    }

    @Test("an entry is shown with every value that stands, and with its history when asked")
    func show() async throws {
        let scene = try await Scene()
        let text = try await scene.central("entry", "show", scene.entries[0].description, "--history", "--purpose", "a test").result
        for part in ["Dương \"Zoe\"", "Pekin", "Paris", "conflict", "given_name", "op-0123456789ab"] {
            #expect(text.contains(part), "\(part)")
        }
        let object = try #require(
            try await scene.central("entry", "show", scene.entries[0].description, "--json", "--purpose", "a test").objects.first)
        #expect(object["fields"]?["given_name"]?["value"]?.text == "Dương \"Zoe\"")
        #expect(Set(object["heads"]?["city"]?.elements.map { $0["value"]?.text } ?? []) == ["Pekin", "Paris"])
        let unknown = "01890000-0000-7000-8000-000000000000"
        #expect(await scene.commands.refusal("entry", "show", unknown, "--client", "brightfizz", "--purpose", "a test").code == 1)
        #expect(
            await scene.commands.refusal("entry", "show", scene.entries[0].description, "--client", "other", "--purpose", "a test").code
                == 1)
    }

    @Test("an export has a line for each entry, with formulas made harmless unless they are wanted")
    func csv() async throws {
        let scene = try await Scene()
        let text = try await scene.central("entry", "export", "--purpose", "a test").result
        let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines[0] == "batch,envelope,card,given_name,city,client_opt_in,void,conflicts")
        #expect(lines[1].hasPrefix(",,,\"Dương \"\"Zoe\"\"\",P"))
        #expect(lines[1].hasSuffix(",yes,no,city"))
        #expect(lines[2] == ",,,'=HYPERLINK(1),\"Troy, NY\",,no,")
        #expect(lines[3] == ",,,Ann,,,no,")
        #expect(lines.count == 5 && lines[4].isEmpty)
        #expect(try await scene.central("entry", "export", "--raw", "--purpose", "a test").result.contains(",=HYPERLINK(1),"))
    }

    @Test("an export into a file is whole, readable by its owner alone, and follows the file's name")
    func file() async throws {
        let scene = try await Scene()
        let path = scene.test.folder.file("entries.json")
        let outcome = try await scene.central("entry", "export", "--output", path, "--purpose", "a test")
        #expect(outcome.result.isEmpty)
        #expect(outcome.remarks.contains("3 entries of summer"))
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 3)
        let second = try JSONValue(line: Array(lines[1].utf8), limits: .document)
        #expect(second["fields"]?["given_name"]?["value"]?.text == "=HYPERLINK(1)")
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let left = try FileManager.default.contentsOfDirectory(atPath: scene.test.folder.path)
        #expect(left.filter { $0.hasPrefix(".entries") }.isEmpty, "nothing is left beside it")
        let nowhere = scene.test.folder.file("no/such/folder.csv")
        #expect(
            await scene.commands.refusal("entry", "export", "--output", nowhere, "--client", "brightfizz", "--purpose", "a test").code == 1)
    }

    @Test("a conflict is listed with all its values and settled by taking one")
    func take() async throws {
        let scene = try await Scene()
        let listed = try await scene.central("conflict", "list", "--purpose", "a test", "--json").objects
        #expect(listed.count == 1)
        #expect(listed[0]["field"]?.text == "city")
        #expect(Set(listed[0]["heads"]?.elements.map { $0["change"]?.text } ?? []) == Set(scene.heads.map(\.hex)))
        let table = try await scene.central("conflict", "list", "--purpose", "a test").lines
        #expect(table.count == 3)
        let entry = scene.entries[0].description
        #expect(await scene.commands.refusal("conflict", "resolve", entry, "city", "--take", "", "--client", "brightfizz").code == 64)
        let wrong = await scene.commands.refusal(
            "conflict", "resolve", entry, "city", "--take", "0000000000000000", "--client", "brightfizz")
        #expect(wrong.code == 1)
        #expect(wrong.message.contains("nothing was changed"))
        #expect(await scene.commands.refusal("conflict", "resolve", entry, "city", "--keep", "--client", "brightfizz").code == 1)

        try await scene.central("conflict", "resolve", entry, "city", "--take", String(scene.heads[1].hex.prefix(12)))
        #expect(try await scene.central("conflict", "list", "--purpose", "a test").remarks == "There are no conflicts.\n")
        #expect(
            try await scene.central("entry", "show", entry, "--json", "--purpose", "a test").objects.first?["fields"]?["city"]?["value"]?
                .text == "Paris")
        let again = await scene.commands.refusal(
            "conflict", "resolve", entry, "city", "--take", scene.heads[0].hex, "--client", "brightfizz")
        #expect(again.code == 1)
    }

    @Test("a conflict is settled by another value, in its normal form, by the operator named")
    func value() async throws {
        let scene = try await Scene()
        let entry = scene.entries[0].description
        try await scene.central("conflict", "resolve", entry, "city", "--value", "  East   Peoria ", "--operator", "op-staff1")
        #expect(
            try await scene.central("entry", "show", entry, "--json", "--purpose", "a test").objects.first?["fields"]?["city"]?["value"]?
                .text == "East Peoria")
        let history =
            try await scene.central("entry", "show", entry, "--json", "--history", "--purpose", "a test").objects.first?["history"]?
            .elements ?? []
        #expect(history.last?["operator"]?.text == "op-staff1")
        #expect(history.last?["station"]?.text == "central")
    }

    @Test("a contested void is settled by keeping the entry or by voiding it, and by nothing else", arguments: [true, false])
    func contestedVoid(_ keeps: Bool) async throws {
        let scene = try await Scene()
        let entry = scene.entries[2]
        let code = try await scene.test.centre.invite(client: "brightfizz", name: "Kiosk 3", url: "http://127.0.0.1:1")
        var kiosk = try await scene.test.enrol(code)
        // Voided by somebody who had seen nothing of the entry.
        try kiosk.void(TestCentre.form, entry, seen: [])
        _ = try await scene.test.centre.answer(.push, try kiosk.push())
        #expect(try await scene.central("entry", "list", "--json").objects.last?["void"]?.text == "contested")
        let listed = try await scene.central("conflict", "list", "--purpose", "a test", "--json").objects.filter {
            $0["field"]?.text == "$void"
        }
        #expect(listed.map { $0["entry"]?.text } == [entry.description])
        let value = await scene.commands.refusal(
            "conflict", "resolve", entry.description, "$void", "--value", "yes", "--client", "brightfizz")
        #expect(value.code == 1)
        try await scene.central("conflict", "resolve", entry.description, "void", keeps ? "--keep" : "--void")
        let void = try await scene.central("entry", "list", "--json").objects.last?["void"]?.text
        #expect(void == (keeps ? "no" : "void"))
        #expect(
            try await scene.central("conflict", "list", "--purpose", "a test", "--json").lines.count == 1, "the city is still to be decided"
        )
    }

    @Test("status counts everything, and gives the digest that stations compare")
    func status() async throws {
        let scene = try await Scene()
        let status = try #require(
            try await scene.commands.run(["status", "--digests", "--json"]).objects.first { $0["client"]?.text == "brightfizz" })
        #expect(status["entries"]?.number == 3)
        #expect(status["conflicts"]?.number == 1)
        #expect(status["stations"]?.number == 2)
        #expect(status["quarantined"]?.number == 0)
        #expect(status["comparisons"]?["summer"]?["entries"]?.number == 3)
        let vault = try #require(try await scene.test.centre.vault("brightfizz"))
        let digest = try await vault.comparison("summer").digest.hex
        #expect(status["comparisons"]?["summer"]?["digest"]?.text == digest)
        let text = try await scene.commands.run(["status", "--digests"])
        #expect(text.result.contains(digest))
        #expect(text.lines.count == 6, "a table of two clients and one of two digests, with headings")
    }

    @Test("stations are listed, assigned and revoked by id or name")
    func stations() async throws {
        let scene = try await Scene()
        let listed = try await scene.central("station", "list", "--json").objects
        #expect(listed.map { $0["name"]?.text } == ["Kiosk 1", "Kiosk 2"])
        #expect(listed.first?["promotions"]?.elements.map(\.text) == ["summer"])
        try await scene.central("station", "assign", "Kiosk 2", "--promotion", "summer")
        #expect(await scene.commands.refusal("station", "assign", "Kiosk 2", "--promotion", "winter", "--client", "brightfizz").code == 1)
        #expect(await scene.commands.refusal("station", "revoke", "Kiosk 9", "--client", "brightfizz").code == 1)
        let id = try #require(listed.first?["station"]?.text)
        try await scene.central("station", "revoke", id, "--yes")
        #expect(try await scene.central("station", "revoke", id, "--yes").remarks.contains("was revoked already"))
        let after = try await scene.central("station", "list", "--json").objects
        #expect(after[0]["revoked"]?.number != nil && after[1]["revoked"]?.number == nil)
    }

    @Test("the quarantine is listed with what is wrong and what to do")
    func quarantine() async throws {
        let scene = try await Scene()
        #expect(try await scene.central("quarantine", "list").remarks == "The quarantine is empty.\n")
        let code = try await scene.test.centre.invite(client: "brightfizz", name: "Kiosk 3", url: "http://127.0.0.1:1")
        var kiosk = try await scene.test.enrol(code)
        let entry = try kiosk.capture(Versioned(id: "summer", version: 9), [("given_name", .text("Ann"))])
        _ = try await scene.test.centre.answer(.push, try kiosk.push())
        let listed = try await scene.central("quarantine", "list", "--json").objects
        #expect(listed.map { $0["problem"]?.text } == ["unknown-form"])
        #expect(listed.first?["about"]?.text == entry.description)
        let table = try await scene.central("quarantine", "list").result
        #expect(table.contains("unknown-form") && table.contains("summer/9") && !table.contains("Ann"))
    }
}

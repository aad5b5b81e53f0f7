import EntryModel
import FieldStore
import TestSupport
import Testing

@testable import FieldREPL

/// Finding an entry and putting it right, as an operator types it.
@MainActor
struct FindAndFixTests {
    private func desk(_ reader: (any LineReading)? = nil) async throws -> TestDesk {
        let bench = try TestDesk(reader: reader)
        await bench.run("use brightfizz-summer")
        for line in [
            "new given_name=Sandra family_name=\"O'Zebrien-Dường\" zip=41649 email=sandra@EXAMPLE.org phone='606 298 0990'",
            "new given_name=Wanda family_name='Le Gof' zip=72947", "new given_name=Tom family_name=Griffin zip=46561",
        ] {
            #expect(await bench.run(line).ok)
        }
        return bench
    }

    @Test(
        "one is found by a whole word, by three letters, with marks or without, by e-mail, phone, ZIP code and id",
        arguments: [
            "o'zebrien", "O\u{2019}Zebrien", "ozebrien", "Dường", "duong", "duo", "DƯỜ", "oze", "san", "san duo", "sandra o'zebrien-dường",
            "Sandra@example.ORG", "(606) 298-0990", "6062980990", "41649", "41649-0000",
        ])
    func finds(question: String) async throws {
        let bench = try await desk()
        let lines = await bench.run("find \"\(question)\"").out.split(separator: "\n")
        // The columns' titles, and the entry.
        #expect(lines.count == 2, "\(question)")
        #expect(lines.last?.contains("Sandra") == true, "\(question)")
    }

    @Test(
        "what is not in the entry, or is less than a word and no three letters, finds nothing",
        arguments: ["sandr", "sa", "duong tom", "zeb", "41648", "o'z"])
    func findsNothing(question: String) async throws {
        let bench = try await desk()
        #expect(await bench.run("find \"\(question)\"").out.hasPrefix("Nothing found."))
    }

    @Test("an id is found by its beginning and by its end")
    func ids() async throws {
        let bench = try await desk()
        let id = try #require(try bench.entries().first).id
        #expect(await bench.run("show \(EntryReference.short(id))").out.contains("Dường"))
        #expect(await bench.run("find \(id)").out.contains("Sandra"))
    }

    @Test("what is corrected is found under its new name and under the old one no more")
    func corrected() async throws {
        let bench = try await desk()
        #expect(await bench.run("find gri").out.contains("Griffin"))
        let id = EntryReference.short(try #require(try bench.entries().last).id)
        #expect(await bench.run("edit \(id) family_name=Harlow").ok)
        #expect(await bench.run("find gri").out.hasPrefix("Nothing found."))
        #expect(await bench.run("find har").out.contains("Harlow"))
    }

    @Test("`edit ID` goes through the fields with the old value in the line; Enter keeps, a full stop stores what was changed")
    func walks() async throws {
        let reader = ListReader(lines: "Sara", "O'Zebrien-Dường", "Jr", ".")
        let bench = try await desk(reader)
        let entry = try #require(try bench.entries().first)
        let (out, ok) = await bench.run("edit \(entry.id)")
        #expect(ok)
        #expect(out.hasPrefix("Changed in \(EntryReference.short(entry.id)): First name, Suffix"))
        #expect(reader.asked[0].initial == "Sandra")
        #expect(reader.asked[1].initial == "O'Zebrien-Dường")
        let edited = try #require(try bench.desk.database.entry(entry.id))
        #expect(edited.value(of: "given_name")?.value == .text("Sara"))
        #expect(edited.changeCount == 2)
        #expect(await bench.run("undo").ok)
        #expect(try bench.desk.database.entry(entry.id)?.value(of: "given_name")?.value == .text("Sandra"))
    }

    @Test("Ctrl-C in the middle of an edit changes nothing")
    func givenUp() async throws {
        let bench = try await desk(ListReader([.line("Sara"), .interrupted]))
        let entry = try #require(try bench.entries().first)
        #expect(await bench.run("edit \(entry.id)").out.contains("nothing was changed"))
        #expect(try bench.desk.database.entry(entry.id)?.changeCount == 1)
    }

    @Test("after a new start the ditto key repeats this person's last card, and nobody else's")
    func recalls() async throws {
        let bench = try await desk(ListReader(lines: "\"", "\"", ".", "\"", "."))
        // What a start does.
        bench.desk.lastTexts = [:]
        let out = await bench.run("new").out
        #expect(out.contains("Given up"))
        #expect(bench.desk.lastTexts["given_name"] == "Tom" && bench.desk.lastTexts["family_name"] == "Griffin")
        #expect(bench.desk.lastTexts["client_opt_in"] == nil && bench.desk.lastTexts["birth_date"] == nil)
        #expect(await bench.run("operator Bea").ok)
        #expect(await bench.run("new").out.contains("The last card says nothing here that could be repeated."))
    }
}

import EntryModel
import FieldStore
import TestSupport
import Testing

@testable import FieldREPL

/// The commands that make and change entries, each against a real file.
@MainActor
struct CommandTests {
    private func desk(_ reader: (any LineReading)? = nil) async throws -> TestDesk {
        let bench = try TestDesk(reader: reader)
        #expect(await bench.run("use brightfizz-summer").ok)
        return bench
    }

    /// Keys one entry in a line and gives back its short id.
    private func key(_ bench: TestDesk, _ more: String = "") async throws -> String {
        #expect(await bench.run("new given_name=Sandra family_name=Dương zip=41649 city=Martin state=KY \(more)").ok)
        return EntryReference.short(try #require(try bench.entries().last).id)
    }

    @Test("`use` chooses by id, suggests what was meant, and takes a channel")
    func use() async throws {
        let bench = try TestDesk()
        #expect(await !bench.run("use brightfizz-sumer").ok)
        #expect(bench.errors.contains("Did you mean `brightfizz-summer`?"))
        #expect(await bench.run("use brightfizz-summer").out == "Brightfizz Summer of a Thousand Coolers (version 1, 16 fields)\n")
        #expect(bench.desk.channel == .kiosk)
        #expect(await bench.run("use brightfizz-summer --channel ONLINE").ok)
        #expect(bench.desk.channel == .online)
        #expect(await !bench.run("use brightfizz-summer --channel fax").ok)
    }

    @Test("`promotions` lists what has come from the centre")
    func promotions() async throws {
        let bench = try await desk()
        let out = await bench.run("promotions").out
        for id in ["brightfizz-summer", "county-fairs", "harborline-chowder"] { #expect(out.contains(id)) }
        #expect(out.split(separator: "\n").first { $0.contains("in use") }?.hasPrefix("brightfizz-summer") == true)
    }

    @Test("nothing is keyed while nobody is signed in, or no promotion is in use")
    func needsOperatorAndPromotion() async throws {
        let bench = try TestDesk(operatorName: nil)
        await bench.run("use brightfizz-summer")
        #expect(await !bench.run("new given_name=Sandra").ok)
        #expect(bench.errors.contains("`operator NAME` signs you in"))
        await bench.run("operator Ana Lima")
        #expect(await bench.run("operator").out == "Signed in: Ana Lima.\n")
        #expect(await bench.run("new given_name=Sandra").ok)
        let other = try TestDesk()
        #expect(await !other.run("new given_name=Sandra").ok)
        #expect(other.errors.contains("`use PROMOTION` chooses one"))
    }

    @Test("`new` stores normal forms, shows findings, and never refuses a card")
    func new() async throws {
        let bench = try await desk()
        let (out, ok) = await bench.run(
            "new given_name=Sandra family_name=Dương state=kentucky zip=41649 phone='606 555 0' birth_date=02/30/1980")
        #expect(ok)
        let entry = try #require(try bench.entries().last)
        #expect(entry.value(of: "state")?.value == .text("KY"))
        #expect(entry.value(of: "state")?.keyed == "kentucky")
        #expect(entry.value(of: "phone")?.flag == "impossible")
        #expect(entry.value(of: "street")?.flag == "missing")
        #expect(entry.channel == .kiosk)
        #expect(entry.place == nil)
        #expect(out.contains("Phone: This can be no telephone number."))
        #expect(out.contains("Date of birth: This is no day of the calendar."))
        #expect(out.hasPrefix("Entry \(EntryReference.short(entry.id))"))
    }

    @Test("`new` refuses a field that the form does not have, and one given twice, and writes nothing")
    func newRefuses() async throws {
        let bench = try await desk()
        #expect(await !bench.run("new given_nme=Sandra").ok)
        #expect(bench.errors.contains("Did you mean `given_name`?"))
        #expect(await !bench.run("new zip=1 zip=2").ok)
        #expect(await !bench.run("new").ok)
        #expect(await !bench.run("new zip=41649 --card 2").ok)
        #expect(try bench.entries().isEmpty)
    }

    @Test("in a batch the envelope advances by itself, a second card lies in the same envelope, and entries come by mail")
    func batch() async throws {
        let bench = try await desk()
        #expect(await bench.run("batch open MB-0001 --envelopes 3").out.contains("from envelope 1 on"))
        for line in ["new zip=41649", "new zip=41650", "new zip=41651 --card 2", "new zip=41652 --envelope 7", "new zip=1"] {
            #expect(await bench.run(line).ok)
        }
        let places = try bench.entries().compactMap(\.place)
        #expect(places.map(\.envelope) == [1, 2, 2, 7, 8])
        #expect(places.map(\.card) == [1, 1, 2, 1, 1])
        #expect(try bench.entries().allSatisfy { $0.channel == .mailIn })
        #expect(await bench.run("batch status").out.contains("Missing: #3-#6."))
        #expect(await bench.run("batch list").out.contains("5 too many"))
        #expect(bench.desk.prompt.plain == "fieldentry brightfizz-summer MB-0001 #9/3 (6 unsent, never synced)> ")
        #expect(await !bench.run("batch close").ok)
        for line in ["batch open MB-0001 --envelopes 8", "void-envelope 3", "exception empty --envelope 4", "exception f --envelope 5"] {
            #expect(await bench.run(line).ok, "\(line)")
        }
        #expect(await !bench.run("batch close").ok)
        #expect(bench.errors.contains("Missing: #6."))
        #expect(await bench.run("exception not-an-entry --envelope 6").ok)
        #expect(await bench.run("batch close").out.contains("8 expected, 8 opened: 4 keyed + 1 void + 3 exceptions; 5 entries. complete"))
        #expect(bench.desk.batch == nil)
        #expect(await !bench.run("batch open MB-0001").ok)
        #expect(bench.errors.contains("`batch reopen MB-0001`"))
        #expect(await bench.run("batch reopen MB-0001").out.contains("from envelope 8") == false)
        #expect(bench.desk.batch?.envelope == 9)
        #expect(await bench.run("batch leave").ok)
        #expect(await !bench.run("batch leave").ok)
    }

    @Test("a batch's label is checked, and an action that does not exist is named")
    func batchUsage() async throws {
        let bench = try await desk()
        for line in ["batch open mb-1", "batch open", "batch shut", "batch list MB-1", "batch close MB-1 --envelopes 2", "batch status"] {
            #expect(await !bench.run(line).ok, "\(line)")
        }
        #expect(try bench.desk.database.batches(promotion: "brightfizz-summer").isEmpty)
    }

    @Test("`edit` changes what is new, leaves out what is equal, and clears with an empty value")
    func edit() async throws {
        let bench = try await desk()
        let id = try await key(bench, "unit=12")
        #expect(await bench.run("edit \(id) unit=14 city=Martin").out.hasPrefix("Changed in \(id): Apartment or unit.\n"))
        #expect(await bench.run("edit \(id) unit=14").out.contains("says that already"))
        #expect(await bench.run("edit \(id) unit=").ok)
        #expect(await bench.run("edit \(id) --illegible city").ok)
        let entry = try #require(try bench.entries().last)
        #expect(entry.value(of: "unit")?.value == .null)
        #expect(entry.value(of: "city")?.value == .text("Martin"))
        #expect(entry.value(of: "city")?.flag == "illegible")
        #expect(entry.changeCount == 4)
        for line in ["edit \(id)", "edit \(id) zip zip=1", "edit \(id) nothing=1", "edit \(id) zip", "edit ffff zip=1"] {
            #expect(await !bench.run(line).ok, "\(line)")
        }
    }

    @Test("`edit ID FIELD` asks with the old value in the line, but never with an old consent")
    func editAsks() async throws {
        let reader = ListReader([.line("Lima"), .line("no"), .interrupted])
        let bench = try await desk(reader)
        let id = try await key(bench, "client_opt_in=yes")
        #expect(await bench.run("edit \(id) family_name").ok)
        #expect(await bench.run("edit \(id) client_opt_in").ok)
        #expect(await bench.run("edit \(id) city").out == "Nothing was changed.\n")
        #expect(reader.asked.map(\.initial) == ["Dương", "", "Martin"])
        #expect(reader.asked.allSatisfy { $0.history.isEmpty })
        let entry = try #require(try bench.entries().last)
        #expect(entry.value(of: "family_name")?.value == .text("Lima"))
        #expect(entry.value(of: "client_opt_in")?.value == .bool(false))
    }

    @Test("`void`, `restore` and `undo` each add a change and say how to go back")
    func voidRestoreUndo() async throws {
        let bench = try await desk()
        let id = try await key(bench)
        #expect(await bench.run("void \(id) --reason duplicate").out == "Entry \(id) is void. `restore \(id)` takes that back.\n")
        #expect(await bench.run("list").out == "There is no entry.\n")
        #expect(await bench.run("list --void").out.contains("void"))
        #expect(await bench.run("restore \(id)").out == "Entry \(id) counts again.\n")
        #expect(await bench.run("edit \(id) city=Inez").ok)
        #expect(await bench.run("undo").out == "Taken back on entry \(id): city.\n")
        #expect(try bench.entries().last?.value(of: "city")?.value == .text("Martin"))
        #expect(await !bench.run("void \(id) --reason 'Sandra asked'").ok)
    }

    @Test("an entry is named by the end or the beginning of its id, when that is enough to tell it")
    func references() async throws {
        let bench = try await desk()
        let short = try await key(bench)
        _ = try await key(bench)
        let id = try #require(try bench.entries().first).id.description
        for reference in [id, short, String(id.suffix(6)), short.uppercased()] {
            #expect(await bench.run("show \(reference)").ok, "\(reference)")
        }
        #expect(await !bench.run("show \(id.prefix(8))").ok)
        #expect(bench.errors.contains("More than one entry"))
        for reference in ["abc", "zzzzzzzz", "sandra"] { #expect(await !bench.run("show \(reference)").ok, "\(reference)") }
        #expect(!bench.errors.contains("sandra"))
    }

    @Test("`show` aligns the fields, with what was typed where it differs")
    func show() async throws {
        let bench = try await desk()
        let id = try await key(bench, "phone='(606) 298-0990'")
        let lines = await bench.run("show \(id)").out.split(separator: "\n")
        func column(_ label: String, _ value: String) throws -> Int {
            let line = try #require(lines.first { $0.hasPrefix("  \(label) ") })
            return try #require(line.ranges(of: value).first).lowerBound.utf16Offset(in: line)
        }
        #expect(try column("First name", "Sandra") == column("Last name", "Dương"))
        #expect(try column("First name", "Sandra") == column("Phone", "+16062980990"))
        #expect(lines.contains { $0.hasPrefix("  Phone ") && $0.hasSuffix("typed: (606) 298-0990") })
    }

    @Test("`find` finds by name, telephone number and ZIP code, in the promotion in use")
    func find() async throws {
        let bench = try await desk()
        let id = try await key(bench, "phone='(606) 298-0990'")
        for text in ["sandra", "DUONG", "'(606) 298-0990'", "41649"] {
            #expect(await bench.run("find \(text)").out.contains(id), "\(text)")
        }
        #expect(await bench.run("find wanda").out.hasPrefix("Nothing found."))
        await bench.run("use county-fairs")
        #expect(await bench.run("find sandra").out.hasPrefix("Nothing found."))
        #expect(await bench.run("find sandra --all").out.contains(id))
    }

    @Test("`list` goes page by page to the end and shows every entry once")
    func list() async throws {
        let bench = try await desk()
        for number in 1...7 { #expect(await bench.run("new family_name=N\(number)").ok) }
        var after = ""
        var seen: [String] = []
        for _ in 0..<4 {
            let page = await bench.run("list --limit 3\(after)").out
            seen += page.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) }.filter { $0.hasPrefix("N") }
            guard let more = page.split(separator: "\n").last(where: { $0.hasPrefix("More: list ") }) else { break }
            after = " --after " + (more.split(separator: " ").last ?? "")
        }
        #expect(try bench.entries().count == 7)
        #expect(await bench.run("list --limit 100").out.split(separator: "\n").count == 8)
        #expect(after.isEmpty == false)
    }

    @Test("`history` tells each change with the old and the new value")
    func history() async throws {
        let bench = try await desk()
        let id = try await key(bench)
        await bench.run("edit \(id) city=Inez")
        await bench.run("void \(id) --reason duplicate")
        let out = await bench.run("history \(id)").out
        #expect(out.contains("keyed  by Ana Lima here"))
        #expect(out.contains("City  Martin → Inez"))
        #expect(out.contains("(duplicate)"))
    }
}

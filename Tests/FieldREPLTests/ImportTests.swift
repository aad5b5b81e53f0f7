import EntryModel
import FieldStore
import Foundation
import TestSupport
import Testing

@testable import FieldREPL

@MainActor
struct ImportTests {
    private let header = "batch,envelope,card,given_name,family_name,birth_date,received_date,note\n"

    private func desk(form: Output.Form = .plain) async throws -> TestDesk {
        let bench = try TestDesk(form: form)
        await bench.run("use brightfizz-summer")
        return bench
    }

    @Test("all 2,400 cards come in, and importing them again adds no change, also after edits")
    func allCards() async throws {
        let bench = try await desk()
        let cards = ProjectFolder.file("Samples/cards.csv").path(percentEncoded: false)
        #expect(await bench.run("import \(cards)").out == "2400 lines: 2400 new, 0 already here, 0 not taken\n")
        let before = try bench.desk.database.status().changes
        let edited = try #require(try bench.entries().first).id
        #expect(await bench.run("edit \(edited) city=Elsewhere").ok)
        #expect(await bench.run("import \(cards)").out == "2400 lines: 0 new, 2400 already here, 0 not taken\n")
        let status = try bench.desk.database.status()
        #expect(status.entries == 2400)
        #expect(status.changes == before + 1)
        #expect(status.conflicts == 0)
        let batches = try bench.desk.database.batches(promotion: "brightfizz-summer")
        #expect(batches.count == 47)
        #expect(batches.reduce(0) { $0 + $1.entries } == 2400)

        let entries = try bench.entries()
        #expect(entries.allSatisfy { $0.channel == .mailIn && $0.place != nil })
        #expect(entries.filter { $0.place?.card == 2 }.count == 100 / 2 || entries.contains { $0.place?.card == 2 })
        for (field, count) in [("family_name", 18), ("birth_date", 14), ("street", 14)] {
            #expect(entries.filter { $0.value(of: field)?.flag == "illegible" }.count == count, "\(field)")
        }
        let first = try #require(entries.first)
        #expect(first.id == UniqueID.card(promotion: "brightfizz-summer", batch: "MB-0001", envelope: 1, card: 1))
        #expect(first.value(of: "client_opt_in")?.value == .bool(true))
    }

    @Test("a two-digit birth year is the latest that is not after the day of receipt")
    func birthYears() async throws {
        let bench = try await desk()
        let lines = header + "MB-1,1,1,A,B,06/21/67,2026-06-30,\nMB-1,2,1,A,B,06/21/26,2026-06-30,\nMB-1,3,1,A,B,07/21/26,2026-06-30,\n"
        #expect(await bench.run("import \(try bench.file("cards.csv", lines))").ok)
        #expect(
            try bench.entries().map { $0.value(of: "birth_date")?.value } == [
                .text("1967-06-21"), .text("2026-06-21"), .text("1926-07-21"),
            ])
    }

    @Test("a line that cannot be read is reported with its number, and the rest goes on")
    func badLines() async throws {
        let bench = try await desk()
        let bytes =
            Array((header + "MB-1,1,1,A,B,,2026-06-30,\nMB-1,2,1,A,\"B,,2026-06-30,\nMB-1,3\n").utf8)
            + Array("MB-1,4,1,".utf8) + [0xE9] + Array(",B,,2026-06-30,\n".utf8)
            + Array(",5,1,A,B,,,\nmb-1,6,1,A,B,,,\nMB-1,x,1,A,B,,,\nMB-1,8,0,A,B,,,\nMB-1,1,1,C,D,,,\nMB-1,9,1,A,B,,2026-06-30,\n".utf8)
        let (out, ok) = await bench.run("import \(try bench.file("cards.csv", bytes))")
        #expect(ok)
        #expect(
            out == """
                line 3 has a quotation mark that is never closed
                line 4 has 2 columns instead of 8
                line 5 holds bytes that are not UTF-8
                line 6 names no batch, so nothing says which entry it is
                line 7 has a batch that is no label of capitals, digits and hyphens
                line 8 has an envelope that is no number from 1 to 999999
                line 9 has a card that is no number from 1 to 999999
                line 10 names the same card as line 2
                10 lines: 2 new, 0 already here, 8 not taken

                """)
        #expect(try bench.entries().compactMap(\.place?.envelope) == [1, 9])
    }

    @Test("a line over the store's limits costs itself and not its transaction")
    func overLimit() async throws {
        let bench = try await desk()
        let long = String(repeating: "x", count: 70_000)
        let (out, ok) = await bench.run(
            "import \(try bench.file("cards.csv", header + "MB-1,1,1,A,B,,,\nMB-1,2,1,\(long),B,,,\nMB-1,3,1,A,B,,,\n"))")
        #expect(ok)
        #expect(out.contains("line 3 was refused"))
        #expect(!out.contains("xxx"))
        #expect(out.hasSuffix("3 lines: 2 new, 0 already here, 1 not taken\n"))
    }

    @Test("unknown, repeated or missing columns are named, and nothing is written")
    func columns() async throws {
        let bench = try await desk()
        for (header, complaint) in [
            ("batch,envelope,card,given_nam,shoe_size\n", "these columns: given_nam, shoe_size"),
            ("batch,envelope,given_name\n", "no column card"),
            ("given_name,family_name\n", "no column batch, envelope, card"), ("batch,envelope,card,zip,zip\n", "stand twice: zip"),
        ] {
            #expect(await !bench.run("import \(try bench.file("cards.csv", header + "MB-1,1,1,A,B\n"))").ok)
            #expect(bench.errors.contains(complaint), "\(complaint)")
        }
        #expect(await !bench.run("import \(try bench.file("empty.csv", ""))").ok)
        #expect(await !bench.run("import \(bench.folder.file("nowhere.csv"))").ok)
        #expect(await !bench.run("import \(try bench.file("utf16.csv", [0xFF, 0xFE, 0x61, 0x00]))").ok)
        #expect(try bench.entries().isEmpty)
    }

    @Test("a note flags the fields that it calls illegible, and says nothing otherwise")
    func notes() async throws {
        let bench = try await desk()
        let lines =
            header + """
                MB-1,1,1,A,,,,illegible: family_name
                MB-1,2,1,A,B,,,"two cards in envelope; illegible: given_name, birth_date"
                MB-1,3,1,A,B,,,two cards in envelope
                MB-1,4,1,A,B,,,illegible: shoe_size
                """
        #expect(await bench.run("import \(try bench.file("cards.csv", lines))").ok)
        let flagged = try bench.entries().map { $0.flags.filter { $0.flag == "illegible" }.map(\.field) }
        #expect(flagged == [["family_name"], ["given_name", "birth_date"], [], []])
    }

    @Test("`--limit` takes the first lines only, in JSON as in text")
    func limit() async throws {
        let bench = try await desk(form: .json)
        let cards = ProjectFolder.file("Samples/cards.csv").path(percentEncoded: false)
        let answer = try await bench.json("import \(cards) --limit 30")
        #expect(answer["new"]?.number == 30)
        #expect(answer["notTaken"]?.elements?.isEmpty == true)
        #expect(try bench.entries().count == 30)
    }

    @Test("what was exported as CSV is imported elsewhere as the same values and flags")
    func roundTrip() async throws {
        let bench = try await desk()
        let cards = ProjectFolder.file("Samples/cards.csv").path(percentEncoded: false)
        await bench.run("import \(cards)")
        let first = try #require(try bench.entries().first)
        await bench.run("edit \(first.id) street='12 \"Oak\", rear'")
        let path = bench.folder.file("out.csv")
        #expect(await bench.run("export \(path) --personal --reason test").out == "2400 entries written to \(path).\n")
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let other = try await desk()
        #expect(await other.run("import \(path)").out == "2400 lines: 2400 new, 0 already here, 0 not taken\n")
        func told(_ bench: TestDesk) throws -> [String] {
            try bench.entries().map { entry in
                "\(entry.id) "
                    + entry.shown.filter { !$0.value.isNull || $0.flag != nil }.map { "\($0.field)=\($0.value)/\($0.flag ?? "")" }.joined(
                        separator: ";")
            }.sorted()
        }
        #expect(try told(bench) == told(other))
    }

    @Test("a dry run says what an import would come to, and writes nothing")
    func dryRun() async throws {
        let bench = try await desk()
        let cards = ProjectFolder.file("Samples/cards.csv").path(percentEncoded: false)
        await bench.run("import \(cards) --limit 30")
        for line in ["batch open MB-0002 --envelopes 1", "exception empty", "batch close"] { #expect(await bench.run(line).ok, "\(line)") }
        let changes = try bench.desk.database.status().changes
        let out = await bench.run("import \(cards) --limit 60 --dry-run").out
        #expect(out.contains("Nothing was written; an import would come to this:"))
        #expect(out.hasSuffix("60 lines: 23 new, 30 already here, 7 not taken\n"))
        #expect(try bench.desk.database.status().changes == changes)
        #expect(await bench.run("import \(cards) --limit 60").out.hasSuffix("60 lines: 23 new, 30 already here, 7 not taken\n"))
    }
}

import EntryModel
import FieldStore
import Foundation
import TestSupport
import Testing

@testable import FieldREPL

/// Cards in JSON Lines, in and out.
@MainActor
struct JSONLinesTests {
    private func desk(form: Output.Form = .plain) async throws -> TestDesk {
        let bench = try TestDesk(form: form)
        await bench.run("use brightfizz-summer")
        return bench
    }

    @Test("an object a line is a card; text, yes and no, and null are what they are in CSV, however the JSON is written")
    func cards() async throws {
        let bench = try await desk()
        let lines = #"""
            {"batch": "MB-1", "envelope": 1, "card": 1, "given_name": "Sandra", "family_name": "D\u01b0\u01a1ng", "client_opt_in": true}

              {"batch":"MB-1","envelope":"2","card":"1","client_opt_in":"no","house_opt_in":false,"zip":"01002","unit":null,"channel":"online"}
            {"batch":"MB-1","envelope":3,"card":1,"note":"crossed-out: street; illegible: city, state","street":"12 Oak St","id":"anything","void":false}
            """#
        let out = await bench.run("import \(try bench.file("cards.jsonl", "\u{FEFF}" + lines.replacing("\n", with: "\r\n")))").out
        #expect(out == "3 lines: 3 new, 0 already here, 0 not taken\n")
        let entries = try bench.entries()
        #expect(entries[0].id == UniqueID.card(promotion: "brightfizz-summer", batch: "MB-1", envelope: 1, card: 1))
        #expect(entries[0].value(of: "family_name")?.value == .text("Dương"))
        #expect(entries[0].value(of: "client_opt_in")?.value == .bool(true))
        #expect(entries[1].value(of: "client_opt_in")?.value == .bool(false))
        #expect(entries[1].value(of: "house_opt_in")?.value == .bool(false))
        #expect(entries[1].value(of: "zip")?.value == .text("01002"))
        #expect(entries.map(\.channel) == [.mailIn, .online, .mailIn])
        #expect(entries[2].value(of: "street")?.flag == "crossed-out")
        #expect(entries[2].value(of: "street")?.value == .text("12 Oak St"))
        #expect(entries[2].value(of: "city")?.flag == "illegible")
    }

    @Test("what cannot be understood costs its whole line, is told with the line's number and holds nothing of what stands there")
    func badLines() async throws {
        let bench = try await desk()
        let place = #""batch":"MB-1","card":1,"given_name":"Zebediah""#
        var lines = [
            "{\(place),\"envelope\":1}", "{\(place),\"envelope\":2,\"shoe_size\":9}", "{\(place),\"envelope\":3,\"Zebediah Quondam\":9}",
            "{\(place),\"envelope\":4,\"zip\":41649}", "{\(place),\"envelope\":5,\"client_opt_in\":1}",
            "{\(place),\"envelope\":6,\"street\":{\"line\":\"12 Oak\"}}", "{\(place),\"envelope\":7,\"street\":[]}",
            "{\(place),\"envelope\":8.5}", "{\(place),\"envelope\":9,\"envelope\":9}", "{\(place),\"envelope\":10", "[1]", "Zebediah",
            "{\(place),\"envelope\":true}", "{\(place)}", "{\"envelope\":11,\"card\":1}", "{\(place),\"envelope\":12,\"void\":true}",
            "{\(place),\"envelope\":13,\"channel\":\"post\"}", "{\(place),\"envelope\":1}", "{\(place),\"envelope\":14}{}",
            "{\(place),\"envelope\":15,\"city\":\"\u{1}\"}",
        ]
        lines.append("{\(place),\"envelope\":16,\"city\":\"" + String(repeating: "x", count: CSVReader.recordBytes) + "\"}")
        lines.append("{\(place),\"envelope\":17}")
        let report = bench.folder.file("missing.csv")
        let (out, ok) = await bench.run("import \(try bench.file("cards.jsonl", lines.joined(separator: "\n"))) --report \(report)")
        #expect(ok)
        #expect(
            out == """
                line 2 has a member `shoe_size`, which is no field of the form
                line 3 has a member with an odd name, which is no field of the form
                line 4 has a number as `zip`, where text has to stand
                line 5 has a number as `client_opt_in`, where true, false or text has to stand
                line 6 has an object as `street`, where text has to stand
                line 7 has a list as `street`, where text has to stand
                line 8 has a number that is not whole, at byte 60
                line 9 has a member twice, at byte 62
                line 10 is JSON that breaks off, at byte 62
                line 11 is no JSON object, which stands in braces
                line 12 is not JSON, at byte 0
                line 13 has true or false as `envelope`, where a number or text has to stand
                line 14 has an envelope that is no number from 1 to 999999
                line 15 names no batch, so nothing says which entry it is
                line 16 is marked as void
                line 17 has a channel that is none of mailIn, kiosk, online
                line 18 names the same card as line 1
                line 19 goes on behind its JSON object, at byte 63
                line 20 holds a character that cannot stand in text, at byte 71
                line 21 is longer than 1048576 bytes
                22 lines: 2 new, 0 already here, 20 not taken

                """)
        #expect(try bench.entries().compactMap(\.place?.envelope) == [1, 17])
        let told = try String(contentsOfFile: report, encoding: .utf8).components(separatedBy: "\r\n")
        #expect(told.count == 22)
        #expect(told.first == "line,reason")
        #expect(told[1] == "2,\"has a member `shoe_size`, which is no field of the form\"")
        for word in ["Zebediah", "Quondam", "xxx"] { #expect(!told.joined().contains(word)) }
        // A report is not written over, and without a place for it nothing is taken in.
        let again = try bench.file("more.jsonl", "{\(place),\"envelope\":18}")
        #expect(await !bench.run("import \(again) --report \(report)").ok)
        #expect(await !bench.run("import \(again) --report \(bench.folder.file("no/such/folder.csv"))").ok)
        #expect(try bench.entries().count == 2)
    }

    @Test("a dry run of JSON Lines writes nothing, and `--format` says what a file holds whose name does not")
    func format() async throws {
        let bench = try await desk(form: .json)
        let path = try bench.file("cards.txt", #"{"batch":"MB-1","envelope":1,"card":1}"#)
        #expect(try await bench.json("import \(path) --format jsonl --dry-run")["new"]?.number == 1)
        #expect(try bench.entries().isEmpty)
        #expect(try await bench.json("import \(path) --format jsonl")["new"]?.number == 1)
        #expect(try await bench.json("import \(path) --format jsonl")["held"]?.number == 1)
        #expect(await !bench.run("import \(path)").ok)
        #expect(await !bench.run("import \(path) --format xml").ok)
    }

    @Test("what was exported is imported elsewhere as the same values and flags, in either form", arguments: ["csv", "jsonl"])
    func roundTrip(form: String) async throws {
        let bench = try await desk()
        let cards = ProjectFolder.file("Samples/cards.csv").path(percentEncoded: false)
        await bench.run("import \(cards)")
        let entries = try bench.entries()
        for (entry, line) in zip(
            entries,
            [
                #"street='12 "Oak", rear' client_opt_in=maybe"#, "zip=4164 phone=123", "birth_date=13/45/67", #"family_name="O'Dương""#,
                "email=nonsense house_opt_in=",
            ])
        {
            #expect(await bench.run("edit \(entry.id) \(line)").ok)
        }
        _ = try bench.desk.database.edit(
            entries[6].id, [("street", Keyed(text: "12 Oak", flag: "crossed-out")), ("unit", Keyed(text: "", flag: "blank"))],
            by: try bench.desk.operatorID())
        let path = bench.folder.file("out.\(form)")
        #expect(await bench.run("export \(path) --personal --reason test").out == "2400 entries written to \(path).\n")
        let other = try await desk()
        #expect(await other.run("import \(path)").out == "2400 lines: 2400 new, 0 already here, 0 not taken\n")
        #expect(try Self.told(bench) == Self.told(other))
    }

    private static func told(_ bench: TestDesk) throws -> [String] {
        try bench.entries().map { entry in
            let values = entry.shown.filter { !$0.value.isNull || $0.flag != nil }
            return "\(entry.id) "
                + values.map { "\($0.field)=\($0.value)/\($0.flag ?? "")" }.sorted().joined(separator: ";")
        }.sorted()
    }

    @Test("lines come one by one whatever the pieces in which the file is read", arguments: 1...9)
    func pieces(size: Int) throws {
        let text = Array("\u{FEFF}one\r\n\n  \ntwo\n\(String(repeating: "x", count: 40))\nthree\nlast".utf8)
        var rest = text[...]
        let ahead = ReadAhead {
            let piece = rest.prefix(size)
            rest = rest.dropFirst(size)
            return Array(piece)
        }
        var reader = LineReader(ahead, longest: 20)
        var lines: [String] = []
        while let line = try reader.next() {
            lines.append("\(line.number) \(line.bytes.map { String(decoding: $0, as: UTF8.self).trimmed } ?? "too long")")
        }
        #expect(lines == ["1 one", "4 two", "5 too long", "6 three", "7 last"])
        #expect(reader.bytesRead == text.count)
    }

    @Test("progress says how many, how fast and how much longer")
    func progress() {
        let progress = WorkProgress("Importing", counting: "line", began: 10_000)
        #expect(progress.line(100, share: 0.25, now: 10_200) == "Importing ████░░░░░░░░░░░░ 25 %  100 lines")
        #expect(
            progress.line(5000, share: 0.5, now: 15_000) == "Importing ████████░░░░░░░░ 50 %  5000 lines, 1000 a second, 5 seconds left")
        #expect(progress.line(9000, share: 1, now: 19_000) == "Importing ████████████████ 100 %  9000 lines, 1000 a second")
        #expect(progress.line(2000, share: nil, now: 12_000) == "Importing: 2000 lines, 1000 a second")
    }
}

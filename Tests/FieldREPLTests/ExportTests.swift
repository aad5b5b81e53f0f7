import EntryModel
import FieldStore
import Foundation
import TestSupport
import Testing

@testable import FieldREPL

@MainActor
struct ExportTests {
    private func desk() async throws -> TestDesk {
        let bench = try TestDesk()
        await bench.run("use brightfizz-summer")
        await bench.run("batch open MB-1")
        await bench.run("new given_name=Sandra city='Martin, East' client_opt_in=maybe --illegible family_name")
        await bench.run("new given_name=Wanda client_opt_in=no")
        await bench.run("batch leave")
        await bench.run("new given_name=Diego")
        await bench.run("void \(try #require(try bench.entries().first { $0.place?.envelope == 2 }).id)")
        return bench
    }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test("CSV has the import's columns, keeps what an operator said, and leaves void entries out")
    func csv() async throws {
        let bench = try await desk()
        let path = bench.folder.file("out.csv")
        let out = await bench.run("export \(path) --personal --reason test").out
        #expect(out.contains("2 entries written"))
        #expect(out.contains("1 of them lie in no batch"))
        let lines = try text(path).components(separatedBy: "\r\n")
        #expect(lines.count == 4)
        #expect(lines[0].hasPrefix("batch,envelope,card,given_name,family_name,suffix,street,unit,zip,city,state,"))
        #expect(lines[0].hasSuffix(",channel,note"))
        #expect(lines[1].hasPrefix("MB-1,1,1,Sandra,"))
        #expect(lines[1].contains("\"Martin, East\""))
        #expect(lines[1].contains(",maybe,"))
        #expect(lines[1].hasSuffix(",mailIn,illegible: family_name"))
    }

    @Test("JSON has one object a line, with void entries when they are asked for")
    func json() async throws {
        let bench = try await desk()
        let path = bench.folder.file("out.json")
        #expect(await bench.run("export \(path) --void --personal --reason test").ok)
        let lines = try text(path).split(separator: "\n")
        let objects = try lines.map { try JSONValue(line: Array($0.utf8), limits: .line) }
        #expect(objects.map { $0["given_name"]?.text } == ["Sandra", "Wanda", "Diego"])
        #expect(objects.map { $0["void"]?.bool } == [false, true, false])
    }

    @Test("a file that is there is not overwritten unless that is asked for, and nothing else is left behind")
    func replaces() async throws {
        let bench = try await desk()
        let path = try bench.file("out.csv", "precious")
        #expect(await !bench.run("export \(path)").ok)
        #expect(try text(path) == "precious")
        #expect(await bench.run("export \(path) --replace").ok)
        #expect(try text(path).hasPrefix("batch,"))
        #expect(await !bench.run("export \(bench.folder.file("out.txt"))").ok)
        #expect(await !bench.run("export \(bench.folder.file("no/such/folder.csv"))").ok)
        #expect(try !FileManager.default.contentsOfDirectory(atPath: bench.folder.path).contains { $0.hasSuffix(".partial") })
    }

    @Test("a line that an export marked as void is not imported")
    func voidColumn() async throws {
        let bench = try await desk()
        let path = bench.folder.file("out.csv")
        await bench.run("export \(path) --void --personal --reason test")
        let other = try TestDesk()
        await other.run("use brightfizz-summer")
        let out = await other.run("import \(path)").out
        #expect(out.contains("line 3 is marked as void"))
        #expect(out.hasSuffix("3 lines: 1 new, 0 already here, 2 not taken\n"))
    }

    @Test(
        "people's data is masked unless it is asked for with a reason, and then that is written down", arguments: ["out.csv", "out.json"])
    func masked(name: String) async throws {
        let bench = try await desk()
        await bench.run(
            "new given_name=Zebediah street='1 Quondam Way' zip=41649 city=Martin state=KY email=zeb@example.org phone='606 298 0990' "
                + "birth_date=6/21/67 client_opt_in=yes")
        let words = ["Zebediah", "Quondam", "zeb@example.org", "298", "1967", "Sandra", "maybe", "41649"]
        let path = bench.folder.file(name)
        #expect(await bench.run("export \(path)").out.hasPrefix("3 entries written to \(path), masked.\n"))
        let masked = try text(path)
        for word in words { #expect(!masked.contains(word), "\(word)") }
        for word in ["***", "416**", "Martin", "KY"] { #expect(masked.contains(word), "\(word)") }
        #expect(await bench.run("export --log").out == "No people's data was exported from this file.\n")
        for line in ["--personal", "--personal --reason x", "--reason 'prize letters'"] {
            #expect(await !bench.run("export \(path) --replace \(line)").ok, "\(line)")
        }
        #expect(await bench.run("export \(path) --replace --personal --reason 'prize letters'").ok)
        #expect(try text(path).contains("Zebediah"))
        let log = await bench.run("export --log").out
        #expect(log.contains("Ana Lima") && log.contains("brightfizz-summer") && log.contains("prize letters"))
    }
}

import EntryModel
import FieldStore
import Foundation
import TestSupport
import Testing

@testable import FieldREPL

/// Scripts, JSON, help and status: what programs and newcomers rely on.
@MainActor
struct ScriptTests {
    private func run(_ script: String, at bench: TestDesk) async -> Bool {
        var lines = script.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)[...]
        return await CommandRunner(desk: bench.desk).run(script: { lines.popFirst() })
    }

    @Test("a script stops at its first failing command and names the line")
    func stops() async throws {
        let bench = try TestDesk()
        #expect(
            await !run("# keys two cards\nuse brightfizz-summer\n\nnew given_name=Sandra\nnew shoe_size=9\nnew given_name=Wanda", at: bench)
        )
        #expect(bench.errors.hasPrefix("line 5: The form of brightfizz-summer has no field `shoe_size`."))
        #expect(try bench.entries().count == 1)
    }

    @Test("`quit` ends a script well, and nothing behind it runs")
    func quits() async throws {
        let bench = try TestDesk()
        #expect(await run("use brightfizz-summer\r\nnew given_name=Sandra\r\nquit\r\nnonsense", at: bench))
        #expect(bench.out.contains("1 change is safe in this file and not yet at the centre"))
        #expect(try bench.entries().first?.value(of: "given_name")?.value == .text("Sandra"))
    }

    @Test("the sample script runs")
    func sample() async throws {
        let bench = try TestDesk(operatorName: nil)
        let script = try String(contentsOf: ProjectFolder.file("Samples/keying.repl"), encoding: .utf8)
        #expect(await run(script, at: bench), "\(bench.errors)")
        #expect(try bench.entries().count >= 4)
    }

    @Test("a command that is no command is not repeated in the error, for it may be a value")
    func unknownCommand() async throws {
        let bench = try TestDesk()
        #expect(await !bench.run("7801 Oak Boulevard").ok)
        #expect(!bench.errors.contains("7801"))
        #expect(await !bench.run("snyc").ok)
        #expect(bench.errors.contains("Did you mean `sync`?"))
    }

    @Test("`--json` prints one object a command, whatever it does")
    func json() async throws {
        let bench = try TestDesk(form: .json)
        for line in [
            "help", "help new", "promotions", "use brightfizz-summer", "batch open MB-1 --envelopes 2", "new given_name=Sandra zip=41649",
            "batch list", "batch status", "list", "find sandra", "conflicts", "status --digests", "undo", "exception empty",
            "void-envelope 1", "operator", "batch close", "quit",
        ] {
            let (out, ok) = await bench.run(line)
            #expect(ok, "\(line)")
            #expect(out.filter(\.isNewline).count == 1, "\(line)")
            let object = try JSONValue(line: Array(out.trimmed.utf8), limits: LineLimits(bytes: 1 << 20, depth: 12))
            #expect(object["command"]?.text == line.split(separator: " ").first.map(String.init), "\(line)")
            #expect(object["ok"]?.bool == true)
        }
        let id = try #require(try bench.entries().first).id
        for line in ["show \(id)", "history \(id)", "edit \(id) zip=41650", "void \(id)", "restore \(id)"] {
            #expect(try await bench.json(line)["ok"]?.bool == true, "\(line)")
        }
        #expect(try await bench.json("show \(id)")["entry"]?["values"]?["zip"]?.text == "41650")
        let failed = try await bench.json("void ffffffff")
        #expect(failed["ok"]?.bool == false)
        #expect(failed["command"]?.text == "void")
        #expect(failed["error"]?.text?.isEmpty == false)
    }

    @Test("every command explains itself, and its examples are understood", arguments: CommandCatalogue.usages.map(\.name))
    func help(name: String) async throws {
        let bench = try TestDesk(isEnrolled: false)
        let usage = try #require(CommandCatalogue.usages.first { $0.name == name })
        let out = await bench.run("help \(name)").out
        #expect(out.contains(usage.summary))
        #expect(!usage.examples.isEmpty)
        for example in usage.examples {
            #expect(out.contains(example))
            var named: String?
            #expect(try CommandCatalogue.parse(example, name: &named) != nil, "\(example)")
            #expect(named == name)
        }
        #expect(await bench.run("help").out.contains("  \(name) "))
    }

    @Test(
        "the examples of `help` do what they say, on a file with entries", .serialized,
        arguments: CommandCatalogue.usages.map(\.name).filter { !needsMore.contains($0) })
    func examples(name: String) async throws {
        let usage = try #require(CommandCatalogue.usages.first { $0.name == name })
        for example in usage.examples {
            let bench = try TestDesk(reader: ListReader(lines: "Sara", ".", "."))
            for line in ["use brightfizz-summer", "batch open MB-0001 --envelopes 8", "new given_name=Sandra family_name=Duong zip=41649"] {
                #expect(await bench.run(line).ok)
            }
            if name == "restore" { await bench.run("void last") }
            if name == "batch", example.contains("close") { await bench.run("batch open MB-0001 --envelopes 1") }
            let id = EntryReference.short(try #require(try bench.entries().last).id)
            var line = example.replacing("1f3a09c2", with: id)
            // Whoever keyed a card cannot be the one who keys it again.
            if name == "verify" { await bench.run("operator Wanda") }
            if name == "import" || name == "known" {
                line = line.replacing("cards.csv", with: ProjectFolder.file("Samples/cards.csv").path(percentEncoded: false))
            }
            for file in ["entries.csv", "winners.jsonl", "missing.csv"] { line = line.replacing(file, with: bench.folder.file(file)) }
            let (out, ok) = await bench.run(line)
            #expect(ok, "\(line): \(bench.errors)")
            if name == "find" { #expect(out.contains("Sandra Duong"), "\(line)") }
        }
    }

    /// What needs a centre, a bundle, a conflict or a draft besides; each is shown with it elsewhere.
    private nonisolated static let needsMore: Set<String> = ["sync", "bundle", "resolve", "draft", "doctor", "reset", "kiosk"]

    @Test("`status` says what is unsent, since when and why")
    func status() async throws {
        let bench = try TestDesk()
        await bench.run("use brightfizz-summer")
        #expect(await bench.run("status").out.contains("Unsent     nothing"))
        await bench.run("new given_name=Sandra")
        bench.clock.advance(by: .seconds(185))
        #expect(await bench.run("status").out.contains("1 change, the oldest for 3 minutes: nobody has synced yet"))
        let (_, ok) = await bench.run("sync")
        #expect(!ok)
        #expect(bench.errors.contains("What was not sent yet is safe in this file."))
        let out = await bench.run("status").out
        #expect(out.contains("the last sync failed"))
        #expect(out.contains("Last failure"))
        #expect(bench.desk.prompt.plain.hasPrefix("fieldentry brightfizz-summer (1 unsent, sync failed "))
    }

    @Test("a file that is not enrolled says what to do")
    func notEnrolled() async throws {
        let bench = try TestDesk(operatorName: nil, isEnrolled: false)
        #expect(await bench.run("status").out.contains("not enrolled"))
        #expect(await !bench.run("sync").ok)
        #expect(bench.errors.contains("--enrol CODE"))
        #expect(await bench.run("promotions").out.hasPrefix("No promotion has come"))
    }
}

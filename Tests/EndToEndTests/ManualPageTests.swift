import Foundation
import TestSupport
import Testing

@testable import CentralServer
@testable import FieldREPL

/// The manual pages, which the programs print themselves, and the exit codes that stand there.
@Suite("Manual pages and exit codes", .serialized) struct ManualPageTests {
    private func page(_ program: String) throws -> String {
        let outcome = try Programs.run(program, ["--generate-man-page"])
        #expect(outcome.status == 0 && outcome.errors.isEmpty)
        return outcome.output
    }

    /// The words of a page as a reader sees them.
    private func plain(_ page: String) -> String {
        page.replacing("\\-", with: "-").replacing("\\e", with: "\\").replacing("\\&", with: "")
    }

    @Test(
        "the page of fieldentry has every command with all its forms, options and examples, every option of the program and its exit codes")
    func fieldentry() throws {
        let words = plain(try page("fieldentry"))
        for usage in CommandCatalogue.usages {
            #expect(words.contains("\n.SS \(usage.name)\n"), "\(usage.name)")
            let texts = usage.forms + usage.details + usage.examples + usage.options.flatMap { [$0.name, $0.help] } + [usage.summary]
            for text in texts where !text.isEmpty {
                #expect(words.contains(text), "\(usage.name): \(text)")
            }
        }
        let help = try Programs.run("fieldentry", ["--help"]).output
        for match in help.matches(of: /--[a-z-]+|\s-[a-z]\b/) {
            #expect(words.contains(match.output.drop { $0.isWhitespace }), "\(match.output)")
        }
        for (code, meaning) in Program.Exit.meanings {
            #expect(words.contains("\(code)\\fR\n\(meaning)"))
            #expect(help.contains("\(code) "))
        }
    }

    @Test("the page of central has every command with every option of it, and its exit codes")
    func central() throws {
        let words = plain(try page("central"))
        let helps = CentralServer.ManualPage.helps
        #expect(helps.count > 20)
        for line in helps.joined() where !line.isEmpty { #expect(words.contains(line), "\(line)") }
        let help = try Programs.run("central", ["--help"]).output
        for (code, _) in CentralCommand.exitCodes { #expect(help.contains(" \(code)")) }
    }

    @Test("groff takes the pages without a complaint", arguments: ["fieldentry", "central"])
    func groff(program: String) throws {
        let path = "/usr/bin/groff"
        // Where there is none, the test above has seen what stands in the page.
        guard FileManager.default.isExecutableFile(atPath: path) else { return }
        let outcome = try Programs.run(path, ["-man", "-Kutf8", "-Tutf8", "-ww", "-z"], input: try page(program))
        #expect(outcome.status == 0)
        #expect(outcome.errors.isEmpty, "\(outcome.errors)")
    }

    @Test("fieldentry ends with the codes that its help and its page name")
    func exitCodes() throws {
        let scene = try DeskScene("codes")
        let run = { (arguments: [String]) in try Programs.run("fieldentry", arguments).status }
        #expect(try run([scene.file, "-c", "status"]) == 0)
        #expect(try run([scene.file, "-c", "show 00000000"]) == 1)
        #expect(try run([scene.file, "-c", "nonsense"]) == 1)
        #expect(try run([scene.file, "--nonsense"]) == 64)
        #expect(try run([]) == 64)
        #expect(try run([scene.file, "--enrol", "nonsense"]) == 64)
        #expect(try run([scene.folder.file("nowhere")]) == 66)
        let other = scene.folder.file("other")
        try Data("no station's file".utf8).write(to: URL(filePath: other))
        #expect(try run([other, "-c", "status"]) == 66)
        let desk = try scene.desk()
        try desk.wait(for: "> ")
        #expect(try run([scene.file, "-c", "status"]) == 66, "another program has the file open")
        desk.terminal.signal(SIGTERM)
        #expect(try desk.terminal.waitUntilExit() == 128 + SIGTERM)
        #expect(Set(Program.Exit.meanings.map(\.code)) == [0, 1, 64, 66])
    }

    @Test("central ends with the codes that its help and its page name")
    func centralExitCodes() throws {
        let scene = try DeskScene("codes")
        let run = { (arguments: [String]) in try Programs.run("central", arguments).status }
        #expect(try run(["status", "--data", scene.centre.data]) == 0)
        #expect(try run(["station", "revoke", "nobody", "--client", "brightfizz", "--data", scene.centre.data]) == 1)
        #expect(try run(["status", "--data", scene.folder.file("nowhere")]) == 1)
        #expect(try run(["status", "--nonsense"]) == 64)
        #expect(try run(["serve", "--data", scene.centre.data, "--config", scene.folder.file("nowhere")]) == 64)
        let unreachable = "postgres:///none?host=\(scene.folder.file("nowhere"))"
        #expect(try run(["status", "--data", scene.folder.file("shared"), "--catalog", unreachable]) == 75)
        #expect(Set(CentralCommand.exitCodes.map(\.code)) == [0, 1, 64, 75])
        #expect(scene.centre.stop() == 0)
    }
}

import EntryModel
import FieldStore
import Foundation
import TestSupport
import Testing

/// The screens of the README, typed again and compared word for word; only times and ids may differ.
@Suite("The README's screens", .serialized) struct ReadmeTests {
    /// The fenced block in which a text stands, line by line.
    private func block(_ text: String) throws -> [String] {
        let readme = try String(contentsOf: ProjectFolder.file("README.md"), encoding: .utf8)
        let blocks = readme.components(separatedBy: "```").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
        let found = blocks.filter { $0.contains(text) }
        #expect(found.count == 1, "\(text) stands in \(found.count) blocks")
        return try #require(found.first).split(separator: "\n", omittingEmptySubsequences: false).map(String.init).filter { !$0.isEmpty }
    }

    /// A terminal that writes nothing but text, so that what it wrote is what is seen.
    private func desk(_ scene: DeskScene) throws -> DeskTerminal {
        try scene.desk(environment: ["TERM": "dumb"], columns: 250)
    }

    @Test("a first session: a tray, its cards and a sync")
    func tour() throws {
        let scene = try DeskScene("readme")
        var replay = ScreenReplay(try block("batch open MB-0142 --envelopes 3"))
        #expect(replay.takeLine() == "$ fieldentry desk.fieldentry --operator Ann")
        try replay.run(at: try desk(scene))
    }

    @Test("a second keying by another person that differs from the first")
    func verify() throws {
        let scene = try DeskScene("readme")
        #expect(try scene.script("sync", "use \(LiveJobTests.promotion)", "batch open MB-0142 --envelopes 3").status == 0)
        for name in ["Dương", "Lee", "Marlowe"] {
            #expect(try scene.script("use \(LiveJobTests.promotion)", "batch open MB-0142", "new family_name=\(name)").status == 0)
        }
        // Others that were keyed since the last sync.
        let others = try scene.script(
            ["use \(LiveJobTests.promotion)", "batch close MB-0142"] + (1...7).map { "new given_name=Sandra unit=\($0)" })
        #expect(others.status == 0, "\(others.errors)")
        let desk = try scene.desk(["--operator", "Bea"], environment: ["TERM": "dumb"], columns: 250)
        try desk.type("use \(LiveJobTests.promotion)", then: "16 fields)\r\n")
        try ScreenReplay(try block("verify MB-0142")).run(at: desk)
        try desk.wait(for: "MB-0142 #2   keyed again, 2 of 3")
    }

    @Test("syncing by itself while somebody keys")
    func watch() throws {
        let scene = try DeskScene("readme")
        let other = try scene.station("right")
        let desk = try scene.keyingDesk(environment: ["TERM": "dumb"], columns: 250)
        try desk.type("batch open MB-0001 --envelopes 5", then: "5 missing")
        try desk.type("sync", then: "Synced: 1 sent, 0 received.\r\n")
        var replay = ScreenReplay(try block("sync watch 5s"))
        let (told, field) = (replay.takeLast(2)[0], "  First name: ")
        try replay.run(at: desk)
        try desk.wait(for: field)
        try other.type("batch open MB-0001 --envelopes 5", then: "MB-0001 #1/5")
        try other.type("exception empty", then: "put aside")
        try other.type("sync", then: "Synced: ")
        try desk.wait(for: "Synced: 0 sent, ", seconds: 30)
        let line = try #require(desk.text.split(whereSeparator: \.isNewline).last { $0.contains("Synced: 0 sent, ") })
        #expect(String(line).hasSuffix(ScreenReplay.normal(String(told.dropFirst("03:09".count)))), "\(line)")
    }

    @Test("the first operator and a second one")
    func operators() throws {
        let scene = try DeskScene("readme", operatorName: nil)
        var replay = ScreenReplay(try block("operator --add"))
        replay.secrets = ["New PIN of Ann": "280413", "New PIN of Bea Ortiz": "7702"]
        #expect(replay.takeLine() == "$ fieldentry desk.fieldentry --operator Ann")
        try replay.run(at: try desk(scene))
    }

    @Test("conflicts, and the decision of one")
    func conflicts() throws {
        let scene = try DeskScene("readme")
        let cards = ProjectFolder.file("Samples/cards.csv").path(percentEncoded: false)
        let use = "use \(LiveJobTests.promotion)"
        let other = scene.folder.file("second.fieldentry")
        try scene.centre.enrol("second", client: "brightfizz", file: other, operatorName: "Bo")
        func second(_ commands: String...) throws {
            let outcome = try Programs.run("fieldentry", [other, "--operator", "Bo"] + commands.flatMap { ["-c", $0] })
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        func first(_ commands: String...) throws {
            let outcome = try Programs.run("fieldentry", [scene.file, "--operator", "Ann"] + commands.flatMap { ["-c", $0] })
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        func id(_ envelope: Int64) -> UniqueID {
            .card(promotion: LiveJobTests.promotion, batch: "MB-0002", envelope: envelope, card: 1)
        }
        try first(use, "import \(cards) --limit 80", "sync")
        try second("sync")
        try first("edit \(id(2)) family_name=Marlowe", "edit \(id(4)) client_opt_in=", "edit \(id(4)) client_opt_in=yes", "sync")
        try second("edit \(id(2)) family_name=Harlow", "edit \(id(4)) client_opt_in=", "edit \(id(4)) client_opt_in=no", "sync")
        try first("sync")
        let desk = try desk(scene)
        try desk.type(use, then: "16 fields)\r\n")
        try ScreenReplay(try block("> conflicts")).run(at: desk)
    }

    @Test("the doctor of a file that is well")
    func doctor() throws {
        let scene = try DeskScene("readme")
        let desk = try scene.keyingDesk(environment: ["TERM": "dumb"], columns: 250)
        try ScreenReplay(try block("> doctor")).run(at: desk)
    }

    @Test("files to and fro on a stick")
    func stick() throws {
        let scene = try DeskScene("readme")
        let stick = scene.folder.path
        #expect(try scene.script("use \(LiveJobTests.promotion)", "new given_name=Sandra", "edit last family_name=Duong").status == 0)
        let desk = try scene.keyingDesk(environment: ["TERM": "dumb"], columns: 250)
        let screens = try block("bundle export /media/stick").map { $0.replacing("/media/stick/", with: stick) }
        let centre = try #require(screens.firstIndex { $0.hasPrefix("$ central") })
        try ScreenReplay(Array(screens[..<centre])).run(at: desk)
        let words = screens[centre].prefix { $0 != "#" }.split(separator: " ").dropFirst(2).map(String.init)
        let taken = try Programs.run("central", words + ["--data", scene.centre.data], in: scene.folder.url)
        #expect(taken.status == 0, "\(taken.errors)")
        try ScreenReplay(Array(screens[(centre + 1)...])).run(at: desk)
    }
}

/// What stands on a screen, to be made anew at a terminal: behind each prompt stands what a person typed there.
struct ScreenReplay {
    private var lines: [String]
    /// What is typed unseen, by how the line begins that asks for it; asked for again, it is typed again.
    var secrets: [String: String] = [:]

    init(_ lines: [String]) {
        self.lines = lines
    }

    mutating func takeLine() -> String { lines.removeFirst() }

    mutating func takeLast(_ count: Int) -> [String] {
        defer { lines.removeLast(count) }
        return Array(lines.suffix(count))
    }

    /// Types, and compares each line that comes with the one that should.
    func run(at desk: DeskTerminal) throws {
        var secret: String?
        for expected in lines {
            let prompt = try desk.waitForLine()
            if !prompt.isWhole {
                // The program asks: what stands behind its prompt in the screen was typed there.
                try #require(
                    Self.normal(expected + " ").hasPrefix(Self.normal(prompt.text)), "\"\(prompt.text)\" is asked, and not: \(expected)")
                let typed = Self.typed(expected, behind: prompt.text)
                secret = secrets.first { expected.hasPrefix($0.key) }?.value ?? (expected.hasPrefix("The same again") ? secret : nil)
                desk.terminal.type(typed == "^C" ? "\u{03}" : (secret ?? typed) + "\r")
            }
            let line = try desk.takeLine()
            try #require(Self.normal(line).trimmingSuffix == Self.normal(expected).trimmingSuffix)
        }
    }

    /// Times and ids, which are others each time, as one word each.
    static func normal(_ line: String) -> String {
        line.replacing(/[0-9]{2}:[0-9]{2}\b/, with: "hh:mm").replacing(/[0-9]{4}-[0-9]{2}-[0-9]{2} hh:mm/, with: "date hh:mm")
            .replacing(/\bop-[0-9a-f]{12}\b/, with: "op").replacing(/\b[0-9a-f]{8}\b/, with: "id")
    }

    private static func typed(_ line: String, behind prompt: String) -> String {
        // Times in a prompt have the same length, and ids too.
        String(line.dropFirst(prompt.count))
    }
}

extension String {
    fileprivate var trimmingSuffix: String {
        var text = self
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}

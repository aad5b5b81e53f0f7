import EntryModel
import FieldStore
import Foundation
import TestSupport
import Testing

/// Long work at a station, broken off in the middle: by Ctrl-C, by a signal, by a power cut.
@Suite("Interrupted programs", .serialized) struct InterruptedProgramTests {
    private static let promotion = LiveJobTests.promotion
    private static let trays = 6

    /// A file of six times the sample cards, each time of another tray.
    private static func manyCards(_ folder: TemporaryFolder) throws -> (path: String, count: Int) {
        let sample = try String(contentsOf: ProjectFolder.file("Samples/cards.csv"), encoding: .utf8).split(whereSeparator: \.isNewline)
        var lines = [String(sample[0])]
        for tray in 0..<trays { lines += sample.dropFirst().map { "MB-\(tray)" + $0.dropFirst(4) } }
        let path = folder.file("many.csv")
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path))
        return (path, lines.count - 1)
    }

    private static func station(_ folder: TemporaryFolder) throws -> (centre: LiveCentre, file: String) {
        let centre = try LiveJobTests.centre(folder)
        let file = folder.file("desk.fieldentry")
        try centre.enrol("desk", client: "brightfizz", file: file)
        return (centre, file)
    }

    /// Each card once, each by one change.
    private static func expectAll(_ file: String, _ count: Int) throws {
        let database = try FieldDatabase(path: file)
        let status = try database.status()
        #expect(status.entries == count)
        #expect(status.changes(besides: 1) == count)
        #expect(try database.check() == [])
        try database.close()
    }

    @Test("Ctrl-C in an import stops it at a whole number of cards; importing the file again brings the rest and nothing twice")
    func controlC() throws {
        let folder = try TemporaryFolder("stopped")
        let (centre, file) = try Self.station(folder)
        let (cards, count) = try Self.manyCards(folder)
        let terminal = try PseudoTerminal(
            Programs.path("fieldentry"), [file, "--operator", "Ann"],
            environment: ["TERM": "xterm", "HOME": folder.path, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "INPUTRC": "/dev/null"])
        var seen = try terminal.wait(for: "> ")
        terminal.type("use \(Self.promotion)\r")
        seen = try terminal.wait(for: "16 fields", from: seen)
        seen = try terminal.wait(for: "> ", from: seen)
        terminal.type("import \(cards)\r")
        // Some transactions are through by then, and most are not.
        seen = try terminal.wait(for: " 1200 lines", from: seen)
        terminal.type("\u{03}")
        seen = try terminal.wait(for: "goes on where this ended", from: seen)
        seen = try terminal.wait(for: "> ", from: seen)
        // The program is still there, and so is what it had.
        terminal.type("status\r")
        seen = try terminal.wait(for: "> ", from: try terminal.wait(for: "unsent", from: seen))
        terminal.type("quit\r")
        #expect(try terminal.waitUntilExit() == 0)
        let part = try FieldDatabase(path: file)
        let imported = try part.status().entries
        #expect(imported >= 1000 && imported < count, "\(imported)")
        #expect(try part.check() == [])
        try part.close()

        let again = try Programs.run("fieldentry", [file, "--operator", "Ann", "-c", "use \(Self.promotion)", "-c", "import \(cards)"])
        #expect(again.status == 0, "\(again.errors)")
        #expect(again.output.contains("\(count - imported) new, \(imported) already here, 0 not taken"), "\(again.output)")
        try Self.expectAll(file, count)
        #expect(centre.stop() == 0)
    }

    @Test("an import ended by a signal, again and again, each time a little later, comes to its end with nothing missing and nothing twice")
    func signals() throws {
        let folder = try TemporaryFolder("signalled")
        let (centre, file) = try Self.station(folder)
        let (cards, count) = try Self.manyCards(folder)
        var interrupted = 0
        var before = 0
        for attempt in 1...60 {
            let program = try BackgroundProgram(
                "fieldentry", [file, "--operator", "Ann", "-c", "use \(Self.promotion)", "-c", "import \(cards)"],
                place: folder.file("import-\(attempt)"))
            usleep(UInt32(attempt) * 100_000)
            program.signal([SIGINT, SIGTERM, SIGKILL][attempt % 3])
            let status = program.waitUntilExit()
            if status == 0 { break }
            interrupted += 1
            let database = try FieldDatabase(path: file)
            let entries = try database.status().entries
            #expect(entries >= before, "what was imported stays")
            before = entries
            #expect(try database.check() == [])
            try database.close()
        }
        #expect(interrupted >= 2)
        try Self.expectAll(file, count)
        #expect(centre.stop() == 0)
    }

    @Test(
        "a sync that is killed again and again while pages come in goes on from where it was, and every page is there wholly or not at all")
    func killedPull() throws {
        let folder = try TemporaryFolder("pulling")
        let (centre, source) = try Self.station(folder)
        let file = folder.file("reader.fieldentry")
        try centre.enrol("reader", client: "brightfizz", file: file)
        let (cards, count) = try Self.manyCards(folder)
        let filled = try Programs.run(
            "fieldentry", [source, "--operator", "Ann", "-c", "use \(Self.promotion)", "-c", "import \(cards)", "-c", "sync"])
        #expect(filled.status == 0, "\(filled.errors)")

        var kills = 0
        var partial = 0
        var before = 0
        for attempt in 1...60 {
            let program = try BackgroundProgram("fieldentry", [file, "-c", "sync"], place: folder.file("sync-\(attempt)"))
            usleep(UInt32(100_000 + attempt * 30_000))
            guard program.isRunning else { break }
            program.kill()
            kills += 1
            let database = try FieldDatabase(path: file)
            let entries = try database.status().entries
            let read = try database.status().cursors.compactMap(\.position).max() ?? 0
            #expect(entries >= before)
            // One row of the feed for each entry, and one for the document: cursor and entries move together.
            #expect(entries == 0 || read >= entries, "\(entries) entries, read as far as \(read)")
            if entries > 0, entries < count { partial += 1 }
            before = entries
            #expect(try database.check() == [])
            try database.close()
        }
        #expect(kills >= 2 && partial >= 1, "\(kills) kills, \(partial) in the middle")
        let last = try Programs.run("fieldentry", [file, "-c", "sync"])
        #expect(last.status == 0, "\(last.errors)")
        try Self.expectAll(file, count)
        let first = try FieldDatabase(path: source)
        let second = try FieldDatabase(path: file)
        #expect(
            try first.comparison(promotion: Self.promotion).digest == second.comparison(promotion: Self.promotion).digest)
        #expect(centre.stop() == 0)
    }
}

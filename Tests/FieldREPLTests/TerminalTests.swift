import TestSupport
import Testing

@testable import FieldREPL

@MainActor
struct TerminalTests {
    @Test(
        "text takes the columns that a terminal gives it",
        arguments: [("abc", 3), ("Dương", 5), ("e\u{301}", 1), ("漢字", 4), ("🙂", 2), ("", 0), ("한", 2)])
    func width(text: String, columns: Int) {
        #expect(TextWidth.of(text) == columns)
        #expect(TextWidth.of(TextWidth.padded(text, to: 10)) == 10)
    }

    @Test("clipped text fits and says that something is missing")
    func clipped() {
        #expect(TextWidth.clipped("Importing 30 lines", to: 10) == "Importing…")
        #expect(TextWidth.clipped("漢字漢字", to: 6) == "漢字…")
        #expect(TextWidth.clipped("short", to: 10) == "short")
    }

    @Test("text is broken at blanks where the line ends, and a word that is too wide stays whole")
    func wrapped() {
        func lines(_ text: StyledText, _ columns: Int) -> [String] { text.wrapped(to: columns).map(\.plain) }
        #expect(lines("one two three", 7) == ["one two", "three"])
        #expect(lines("    one two three", 11) == ["    one two", "    three"])
        #expect(lines("漢字 漢字 a", 5) == ["漢字", "漢字", "a"])
        #expect(lines("incomprehensible a", 5) == ["incomprehensible", "a"])
        #expect(lines("one  two", 20) == ["one  two"])
        let styled = StyledText("one ", .strong) + StyledText("tw", .dim) + StyledText("o three", .good)
        #expect(lines(styled, 7) == ["one two", "three"])
        #expect(styled.wrapped(to: 7)[1].spans.map(\.style) == [.good])
    }

    @Test("where a prompt would leave no room to type, what is typed has the next line to itself")
    func narrowPrompt() async throws {
        for (columns, expected) in [
            (100, "fieldentry brightfizz-summer MB-0001 #1/50 (1 unsent, never synced)> "),
            (60, "brightfizz-summer MB-0001 #1/50 (1 unsent, never synced)\n> "),
        ] {
            let bench = try TestDesk(form: .terminal(width: columns, colours: false))
            await bench.run("use brightfizz-summer")
            await bench.run("batch open MB-0001 --envelopes 50")
            #expect(bench.desk.prompt.plain == expected)
        }
    }

    @Test("a table's columns stand below each other, without blanks at the ends")
    func table() {
        var table = Table([("NAME", .left), ("COUNT", .right), ("", .left)])
        table.add(["Dương", "7", ""])
        table.add(["漢字", "1200", StyledText("new", .good)])
        #expect(table.lines.map(\.plain) == ["NAME   COUNT", "Dương      7", "漢字    1200  new"])
    }

    @Test("colours and progress are for terminals only, and colours not with NO_COLOR")
    func forms() {
        func written(_ form: Output.Form) -> String {
            var text = ""
            let output = Output(form: form, standard: { text += $0 }, failure: { text += $0 })
            output.progress("Importing 1")
            output.line(StyledText("done", .good))
            output.failed("No.", command: "x", lineNumber: 3)
            return text
        }
        #expect(written(.plain) == "done\nline 3: No.\n")
        #expect(written(.terminal(width: 80, colours: false)) == "\r\u{1B}[KImporting 1\r\u{1B}[Kdone\nline 3: No.\n")
        #expect(written(.terminal(width: 80, colours: true)).contains("\u{1B}[32mdone\u{1B}[0m\n"))
    }

    @Test("a prompt's colours are marked as taking no columns")
    func marked() {
        let prompt = StyledText("a", .strong) + "> "
        #expect(ReadlineConsole.marked(prompt) == "\u{01}\u{1B}[1m\u{02}a\u{01}\u{1B}[0m\u{02}> ")
    }

    private let completion = CommandCompletion(
        usages: CommandCatalogue.usages, promotions: { ["brightfizz-summer", "county-fairs"] },
        fields: { ["given_name", "family_name", "zip"] }, batches: { ["MB-0001", "MB-0002", "X-1"] },
        entries: { begun in ["01990000-aaaa", "01991111-bbbb"].filter { $0.hasPrefix(begun) } })

    @Test(
        "a tab completes commands, promotions, fields, batches, ids and options",
        arguments: [
            ("con", ["conflicts"]), ("use c", ["county-fairs"]), ("use ", ["brightfizz-summer", "county-fairs"]),
            ("batch o", ["open"]), ("batch open MB", ["MB-0001", "MB-0002"]), ("new g", ["given_name="]),
            ("new given_name=A f", ["family_name="]), ("new given_name=A g", []), ("edit ab12 z", ["zip="]),
            ("show 0199", ["01990000-aaaa", "01991111-bbbb"]), ("show 01", []), ("list --b", ["--batch"]), ("list --batch X", ["X-1"]),
            ("void ab12 --reason d", ["duplicate"]), ("help im", ["import"]), ("nonsense x", []), ("new given_name=", []),
        ] as [(String, [String])])
    func completes(line: String, expected: [String]) {
        #expect(completion.candidates(line) == expected)
    }

    @Test("file names are completed where a file is named", arguments: ["import ", "import Sam", "export out"])
    func completesFiles(line: String) {
        #expect(completion.candidates(line) == nil)
    }

    @Test("a conversation records commands without values, and leaves at the end of the input")
    func conversation() async throws {
        let reader = ListReader([
            .line("use brightfizz-summer"), .line("new given_name=Sandra"), .interrupted, .line("find sandra"), .line("status"),
            .line("quit"),
        ])
        let bench = try TestDesk(reader: reader)
        let file = HistoryFile(database: bench.folder.file("desk.field"))
        await Conversation(desk: bench.desk, reader: reader, whenInterrupted: { _ in }, historyFile: file).run()
        #expect(file.load().lines == ["use brightfizz-summer", "status", "quit"])
        #expect(reader.prompts.last == "fieldentry brightfizz-summer (1 unsent, never synced)> ")
        #expect(bench.desk.isLeaving)
        let other = ListReader([.end])
        let left = try TestDesk(reader: other)
        await Conversation(desk: left.desk, reader: other, whenInterrupted: { _ in }, historyFile: nil).run()
        #expect(other.asked.count == 1)
    }
}

import TestSupport
import Testing

@testable import FieldREPL

struct CommandWordTests {
    private func texts(_ line: String) throws -> [String] { try CommandWords.split(line).map(\.text) }

    @Test(
        "words are split as a POSIX shell splits them",
        arguments: [
            ("", []), ("   ", []), ("sync", ["sync"]), ("  show   ab12 ", ["show", "ab12"]),
            ("new name=\"Le Gof\"", ["new", "name=Le Gof"]), ("new 'a b'c\"d e\"", ["new", "a bcd e"]),
            ("x ''", ["x", ""]), ("x \"a \\\" \\\\ \\n\"", ["x", "a \" \\ \\n"]), ("x 'a\\'", ["x", "a\\"]),
            ("x a\\ b\\\"", ["x", "a b\""]), ("# list", []), ("  # list", []), ("new unit=#30B", ["new", "unit=#30B"]),
            ("find #30B", ["find", "#30B"]), ("new name=Dương", ["new", "name=Dương"]), ("a\tb", ["a", "b"]),
        ] as [(String, [String])])
    func splits(line: String, expected: [String]) throws {
        #expect(try texts(line) == expected)
    }

    @Test("a quote that is never closed is an error with its place")
    func openQuote() {
        #expect(throws: CommandWordError.openQuote("\"", column: 10)) { try CommandWords.split("new name=\"Le Gof") }
        #expect(throws: CommandWordError.openQuote("'", column: 1)) { try CommandWords.split("'") }
        #expect(throws: CommandWordError.trailingBackslash) { try CommandWords.split("new a\\") }
    }

    @Test("a quoted word is read back as it was, whatever stands in it")
    func roundTrip() throws {
        var random = SeededRandom(seed: 20)
        let alphabet = Array("ab '\"\\#=-\tếä🙂")
        for _ in 0..<2000 {
            let words = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                String((0..<Int.random(in: 0...8, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "a" })
            }
            #expect(try texts("x " + words.map(CommandWords.quoted).joined(separator: " ")) == ["x"] + words)
        }
    }

    @Test("what was quoted is no option")
    func quotedOption() throws {
        let arguments = try CommandArguments(try CommandWords.split("'--void' --all"), for: FindCommand.usage)
        #expect(arguments.positionals == ["--void"])
        #expect(arguments.has("--all"))
    }

    @Test("options take their value behind a blank or an equals sign, and end at two hyphens")
    func options() throws {
        func arguments(_ line: String) throws -> CommandArguments {
            try CommandArguments(try CommandWords.split(line), for: ResolveCommand.usage)
        }
        #expect(try arguments("ab12 --take 2").option("--take") == "2")
        #expect(try arguments("ab12 --value='12 Oak St'").option("--value") == "12 Oak St")
        #expect(try arguments("ab12 --value '--x'").option("--value") == "--x")
        #expect(try arguments("-- --void").positionals == ["--void"])
        #expect(throws: UsageError.self) { try arguments("ab12 --take") }
        #expect(throws: UsageError.self) { try arguments("ab12 --take 1 --take 2") }
        #expect(throws: UsageError.self) { try arguments("ab12 --nothing") }
        #expect(throws: UsageError.self) { try arguments("ab12 --keep=1") }
        #expect(throws: UsageError.self) { try arguments("a b c") }
    }

    @Test("field=value is told from other words, and keeps every further equals sign")
    func values() throws {
        let words = try CommandWords.split("given_name=Sandra note='a=b' unit= --card 2")
        let arguments = try CommandArguments(words, for: NewCommand.usage)
        #expect(arguments.values.map(\.field) == ["given_name", "note", "unit"])
        #expect(arguments.values.map(\.text) == ["Sandra", "a=b", ""])
        #expect(arguments.option("--card") == "2")
    }

    @Test(
        "a mistyped command is answered with the one that was meant",
        arguments: [("snyc", "sync"), ("lst", "list"), ("hist", "history"), ("qiut", "quit"), ("confilcts", "conflicts")])
    func suggestion(typed: String, meant: String) {
        #expect(Suggestion.nearest(to: typed, among: CommandCatalogue.usages.map(\.name)) == meant)
    }

    @Test("nothing is suggested for what is near nothing")
    func noSuggestion() {
        #expect(Suggestion.nearest(to: "xyzzyplugh", among: CommandCatalogue.usages.map(\.name)) == nil)
    }
}

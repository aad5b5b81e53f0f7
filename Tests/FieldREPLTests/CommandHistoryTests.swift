import Foundation
import TestSupport
import Testing

@testable import FieldREPL

struct CommandHistoryTests {
    private let usages = CommandCatalogue.usages

    @Test(
        "lines without values are kept",
        arguments: [
            "sync", "new", "new --card 2", "show ab12cd34", "edit ab12cd34 family_name", "void ab12 --reason duplicate",
            "batch open MB-0001 --envelopes 50", "import cards.csv", "resolve ab12 email --take 2", "find", "operator", "help new",
        ])
    func kept(line: String) {
        #expect(CommandHistory.mayKeep(line, commands: usages) == !["find"].contains(line))
    }

    @Test(
        "lines with what stands on a card, with a name, or that were not understood are never kept",
        arguments: [
            "new given_name=Sandra", "edit ab12cd34 family_name=Lima", "edit ab12cd34 family_name=", "find lima",
            "resolve ab12 street --value '12 Oak St'", "resolve ab12 street --value=12", "operator Ana", "Sandra", "Sandra Lima",
            "fnd lima", "new 'given_name=Sandra", "list --wrong Lima", "show ab12 Lima", "sync\nfind lima", "",
        ])
    func notKept(line: String) {
        #expect(!CommandHistory.mayKeep(line, commands: usages))
    }

    @Test("a history file is filtered when it is read, whoever wrote it")
    func filtersFile() {
        let history = CommandHistory(text: "sync\nfind lima\nstatus\nnew a=b\nstatus\n", commands: usages)
        #expect(history.lines == ["sync", "status"])
        #expect(history.text == "sync\nstatus\n")
    }

    @Test("the history keeps the newest thousand lines")
    func limited() {
        var history = CommandHistory(commands: usages)
        for number in 1...1200 { history.add("list --limit \(number)", commands: usages) }
        #expect(history.lines.count == CommandHistory.limit)
        #expect(history.lines.last == "list --limit 1200")
    }

    @Test("the history file is its owner's alone, and what is in it comes back")
    func file() throws {
        let folder = try TemporaryFolder("history")
        let file = HistoryFile(database: folder.file("desk.field"))
        var history = file.load()
        history.add("sync", commands: usages)
        file.save(history)
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(file.load().lines == ["sync"])
    }
}

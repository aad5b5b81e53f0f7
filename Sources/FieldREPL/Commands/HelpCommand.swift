import EntryModel
import FieldStore

/// `help [COMMAND]`.
struct HelpCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "help", forms: ["", "COMMAND"], summary: "Lists the commands, or explains one.", examples: ["help new"],
        positionals: 0...1, completes: [.command], leastRole: nil)

    private let topic: String?

    init(_ arguments: CommandArguments) {
        topic = arguments.positionals.first
    }

    func run(at desk: Desk) throws -> Report {
        guard let topic else { return overview }
        guard let usage = CommandCatalogue.command(named: topic)?.usage else {
            let names = CommandCatalogue.usages.map(\.name)
            let meant = Suggestion.nearest(to: topic, among: names).map { " Did you mean `\($0)`?" } ?? ""
            throw CommandFailure("There is no such command.\(meant) `help` lists the commands.")
        }
        return explanation(of: usage)
    }

    private var overview: Report {
        var table = Table("", "")
        for usage in CommandCatalogue.usages { table.add([StyledText("  " + usage.name, .strong), StyledText(usage.summary)]) }
        let closing: [StyledText] = [
            "", "`help COMMAND` explains one. A tab completes what is being typed; words with blanks stand in quotes.",
        ]
        let commands = CommandCatalogue.usages.map { JSONValue.object([("name", .string($0.name)), ("summary", .string($0.summary))]) }
        return Report(table.lines + closing, [("commands", .array(commands))])
    }

    private func explanation(of usage: CommandUsage) -> Report {
        var lines: [StyledText] = usage.forms.map { StyledText($0.isEmpty ? usage.name : "\(usage.name) \($0)", .strong) }
        lines += ["", StyledText(usage.summary)] + usage.details.map { StyledText($0) }
        if let role = usage.leastRole, role > .keyer { lines.append(StyledText("For \(role.rawValue)s.", .dim)) }
        if !usage.options.isEmpty {
            var table = Table("", "")
            for option in usage.options {
                table.add([StyledText("  " + option.name + (option.value.map { " " + $0 } ?? "")), StyledText(option.help)])
            }
            lines += ["", "Options:"] + table.lines
        }
        lines += ["", StyledText(usage.examples.count == 1 ? "Example:" : "Examples:")] + usage.examples.map { StyledText("  " + $0) }
        return Report(
            lines,
            [
                ("name", .string(usage.name)), ("forms", .array(usage.forms.map { .string($0) })), ("summary", .string(usage.summary)),
                ("examples", .array(usage.examples.map { .string($0) })),
            ])
    }
}

import EntryModel
import FieldStore

/// `show ID`.
struct ShowCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "show", forms: ["ID"], summary: "Shows an entry.",
        details: [
            "An entry is named by its id, by four or more characters of the id's end or beginning, or as `last`: the one last keyed, "
                + "changed or shown."
        ], examples: ["show 1f3a09c2", "show last"],
        positionals: 1...1, completes: [.entry])

    private let id: String

    init(_ arguments: CommandArguments) {
        id = arguments.positionals[0]
    }

    func run(at desk: Desk) throws -> Report {
        let text = try desk.text(of: try desk.entry(id))
        return Report(text.lines, [("entry", text.json)])
    }
}

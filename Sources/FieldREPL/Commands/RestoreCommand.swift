import EntryModel
import FieldStore

/// `restore ID`.
struct RestoreCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "restore", forms: ["ID"], summary: "Lets a void entry count again.", examples: ["restore 1f3a09c2"],
        positionals: 1...1, completes: [.entry], leastRole: .verifier)

    private let id: String

    init(_ arguments: CommandArguments) {
        id = arguments.positionals[0]
    }

    func run(at desk: Desk) throws -> Report {
        let done = try desk.database.restore(try desk.entryID(id), by: try desk.operatorID())
        let short = EntryReference.short(done.entry)
        let line = done.change == nil ? "Entry \(short) is not void." : "Entry \(short) counts again."
        return Report(StyledText(line), EditReport.members(done))
    }
}

import EntryModel
import FieldStore

/// `void ID [--reason CODE]`.
struct VoidCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "void", forms: ["ID [--reason CODE]"], summary: "Marks an entry as not counting; nothing of it is deleted.",
        details: ["A reason is a short code in small letters, such as duplicate or test; it holds nothing about a person."],
        examples: ["void 1f3a09c2 --reason duplicate"],
        options: [
            .init(
                name: "--reason", value: "CODE", help: "Why, such as duplicate, test, unreadable or withdrawn.",
                completes: .words(["duplicate", "test", "unreadable", "withdrawn"]))
        ],
        positionals: 1...1, completes: [.entry])

    private let id: String
    private let reason: String?

    init(_ arguments: CommandArguments) throws {
        id = arguments.positionals[0]
        reason = arguments.option("--reason")
        if let reason, !Identifier.isValid(reason) {
            throw UsageError("A reason is a code in small letters without blanks, such as `duplicate`.")
        }
    }

    func run(at desk: Desk) throws -> Report {
        let done = try desk.database.void(try desk.entryID(id), reason: reason, by: try desk.operatorID())
        let short = EntryReference.short(done.entry)
        let line = done.change == nil ? "Entry \(short) is void already." : "Entry \(short) is void. `restore \(short)` takes that back."
        return Report(StyledText(line), EditReport.members(done))
    }
}

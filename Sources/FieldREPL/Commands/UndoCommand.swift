import EntryModel
import FieldStore

/// `undo`.
struct UndoCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "undo", forms: [""], summary: "Takes your last action back, as a new change.",
        details: ["What somebody has changed since stays as it is and is named. Undoing again takes back the action before."],
        examples: ["undo"])

    init(_ arguments: CommandArguments) {}

    func run(at desk: Desk) throws -> Report {
        let undone = try desk.database.undo(by: try desk.operatorID())
        let subject: String =
            switch undone.subject {
            case .entry(let id): "entry \(EntryReference.short(id))"
            case .batch(let label): "batch \(label)"
            case .promotion: "the promotion"
            }
        var lines: [StyledText] = []
        if undone.change == nil {
            lines.append(StyledText("Nothing is left to take back of the last action on \(subject).", .warning))
        } else if undone.wasCapture {
            lines.append(StyledText("Taken back: the keying of \(subject), which is void now."))
        } else {
            let fields = undone.fields.filter { $0 != "$void" }
            lines.append(StyledText("Taken back on \(subject): \(fields.isEmpty ? undone.kind.rawValue : fields.joined(separator: ", "))."))
        }
        if !undone.superseded.isEmpty {
            lines.append(StyledText("Changed by somebody since and left as it is: \(undone.superseded.joined(separator: ", ")).", .warning))
        }
        var members: [(name: String, value: JSONValue)] = [
            ("undone", .bool(undone.change != nil)), ("kind", .string(undone.kind.rawValue)),
            ("fields", .array(undone.fields.map { .string($0) })), ("superseded", .array(undone.superseded.map { .string($0) })),
        ]
        if case .entry(let id) = undone.subject { members.append(("entry", .string(id.description))) }
        if case .batch(let label) = undone.subject { members.append(("batch", .string(label))) }
        return Report(lines, members)
    }
}

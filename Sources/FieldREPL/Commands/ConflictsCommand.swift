import EntryModel
import FieldStore

/// `conflicts`.
struct ConflictsCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "conflicts", forms: ["[ID] [--all] [--limit N]"],
        summary: "Lists the fields that were changed apart and need a decision, with all their values.",
        details: [
            "The numbers are those that `resolve ID FIELD --take N` takes. The value marked as shown is what counts meanwhile.",
            "The prompt counts those that came since you last looked at them here.",
        ],
        examples: ["conflicts"],
        options: [
            .init(name: "--all", value: nil, help: "Of all promotions, not only of the one in use."),
            .init(name: "--limit", value: "N", help: "At most so many; 50 unless said."),
        ],
        positionals: 0...1, completes: [.entry])

    private let id: String?
    private let inAll: Bool
    private let limit: Int

    init(_ arguments: CommandArguments) throws {
        id = arguments.positionals.first
        inAll = arguments.has("--all")
        limit = Int(try arguments.number("--limit", in: 1...1000) ?? 50)
    }

    func run(at desk: Desk) throws -> Report {
        let conflicts: [ConflictView]
        if let id {
            conflicts = try desk.conflicts(of: try desk.entryID(id))
        } else {
            conflicts = try desk.database.conflicts(promotion: inAll ? nil : desk.promotion?.id, limit: limit)
        }
        let isCut = id == nil && conflicts.count == limit
        if id == nil, !isCut { try desk.noteConflictsSeen(inAll: inAll) }
        var lines: [StyledText] = []
        for conflict in conflicts { lines += try ConflictText(conflict, desk).lines }
        if isCut { lines.append(StyledText("There may be more; `--limit` shows more.", .dim)) }
        if conflicts.isEmpty { lines.append(StyledText("No conflicts.", .good)) }
        if id == nil, !isCut, !inAll, desk.promotion != nil, let others = try desk.newConflictsElsewhere() { lines.append(others) }
        return Report(lines, [("conflicts", .array(try conflicts.map { try ConflictText($0, desk).json }))])
    }
}

extension Desk {
    /// Whoever is signed in has seen them; the prompt counts only what comes from now on.
    func noteConflictsSeen(inAll: Bool = false) throws {
        guard let person else { return }
        try database.noteConflictsSeen(promotion: inAll ? nil : promotion?.id, by: person.id)
    }

    /// What the prompt goes on counting after one promotion's conflicts were looked at.
    fileprivate func newConflictsElsewhere() throws -> StyledText? {
        let count = try database.syncState(for: person?.id).newConflicts
        guard count > 0, person != nil else { return nil }
        return StyledText("\(Plural.of(count, "new conflict")) in other promotions; `conflicts --all` shows them too.", .dim)
    }

    /// The conflicts of one entry.
    func conflicts(of id: UniqueID) throws -> [ConflictView] {
        guard try database.entry(id) != nil else { throw CommandFailure("There is no entry \(id) at this station.") }
        return try database.conflicts(of: id)
    }
}

/// One conflict as it is shown.
@MainActor
struct ConflictText {
    let conflict: ConflictView
    let label: String

    init(_ conflict: ConflictView, _ desk: Desk) throws {
        self.conflict = conflict
        label = EntryText.label(conflict.field, of: try desk.database.promotion(conflict.promotion))
    }

    var isVoid: Bool { conflict.field == "$void" }

    var lines: [StyledText] {
        let place = conflict.place.map { "  \(EntryText.place($0))" } ?? ""
        let title = isVoid ? "void, or not?" : "\(label) (\(conflict.field))"
        var lines = [StyledText(EntryReference.short(conflict.entry), .strong) + StyledText(place) + StyledText("  \(title)", .warning)]
        var table = Table("", "", "", "")
        for (index, head) in conflict.heads.enumerated() { table.add(row(String(index + 1), head)) }
        for head in conflict.unseen { table.add(row("", head)) }
        lines += table.lines
        if isVoid {
            let unseen = conflict.unseen.isEmpty ? "" : "It was voided without knowledge of the values without a number. "
            lines.append(StyledText("    \(unseen)Until somebody decides, it counts.", .dim))
        }
        return lines
    }

    private func row(_ number: String, _ head: ConflictView.Head) -> [StyledText] {
        let field = head.assignment.field == conflict.field ? "" : "\(head.assignment.field): "
        let value =
            isVoid && field.isEmpty ? (head.assignment.value == .bool(true) ? "void" : "not void") : head.assignment.value.description
        var text = StyledText(field, .dim) + StyledText(value.isEmpty ? "blank" : value, value.isEmpty ? .dim : .plain)
        if let flag = head.assignment.flag { text += StyledText(" \(flag)", .warning) }
        return [
            StyledText(number.isEmpty ? "    -" : "    \(number)", .strong), text,
            StyledText("\(Moment.text(head.stamp)), \(Maker.text(head))", .dim), StyledText(head.isShown && !isVoid ? "shown" : "", .good),
        ]
    }

    var json: JSONValue {
        .object([
            ("entry", .string(conflict.entry.description)), ("promotion", .string(conflict.promotion)),
            ("field", .string(conflict.field)), ("heads", .array(conflict.heads.map(Self.json))),
            ("unseen", .array(conflict.unseen.map(Self.json))),
        ])
    }

    private static func json(_ head: ConflictView.Head) -> JSONValue {
        .object([
            ("change", .string(head.change.hex)), ("field", .string(head.assignment.field)), ("value", JSONValue(head.assignment.value)),
            ("flag", head.assignment.flag.map { .string($0) } ?? .null), ("stamp", .integer(head.stamp)),
            ("operator", .string(head.operatorID)), ("station", .string(head.station)), ("own", .bool(head.isOwn)),
            ("shown", .bool(head.isShown)),
        ])
    }
}

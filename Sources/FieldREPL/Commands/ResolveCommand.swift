import EntryModel
import FieldStore

/// `resolve ID FIELD --take N|--value TEXT|--void|--keep`, or `resolve` alone to walk through all.
struct ResolveCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "resolve", forms: ["", "ID [FIELD] --take N", "ID [FIELD] --value TEXT", "ID --void", "ID --keep"],
        summary: "Decides a conflict: one of its values, another one, or whether the entry is void.",
        details: [
            "Without words it walks through all conflicts of the promotion in use and asks. "
                + "The field may be left out where the entry has one conflict only.",
            "A line with a value is not kept in the history.",
        ],
        examples: ["resolve 1f3a09c2 email --take 2", "resolve 1f3a09c2 street --value \"12 Oak St\"", "resolve 1f3a09c2 --keep"],
        options: [
            .init(
                name: "--take", value: "N", help: "The value with this number in `conflicts`, or the id of the change that set it."),
            .init(name: "--value", value: "TEXT", help: "Another value; empty for none.", holdsEntryValue: true),
            .init(name: "--void", value: nil, help: "The entry is void after all."),
            .init(name: "--keep", value: nil, help: "The entry counts."),
        ],
        positionals: 0...2, completes: [.entry, .field], leastRole: .verifier)

    private enum Decision {
        case take(String)
        case value(String)
        case void, keep
    }

    private let id: String?
    private let field: String?
    private let decision: Decision?

    init(_ arguments: CommandArguments) throws {
        id = arguments.positionals.first
        field = arguments.positionals.dropFirst().first.map { $0 == "void" ? "$void" : $0 }
        var decisions: [Decision] = []
        if let number = arguments.option("--take") { decisions.append(.take(number)) }
        if let text = arguments.option("--value") { decisions.append(.value(text)) }
        if arguments.has("--void") { decisions.append(.void) }
        if arguments.has("--keep") { decisions.append(.keep) }
        guard decisions.count <= 1 else { throw UsageError("A conflict has one decision: one of --take, --value, --void and --keep.") }
        decision = decisions.first
        if decision != nil, id == nil { throw UsageError("`resolve` needs the id of the entry to decide about.") }
    }

    func run(at desk: Desk) async throws -> Report {
        let operatorID = try desk.operatorID()
        guard let id, let decision else { return try await walk(desk, operatorID) }
        let entry = try desk.entryID(id)
        let conflict = try chosen(try desk.conflicts(of: entry), entry)
        let done = try desk.database.resolve(entry, field: conflict.field, try choice(decision, conflict), by: operatorID)
        return try report(done, conflict, desk)
    }

    private func chosen(_ conflicts: [ConflictView], _ entry: UniqueID) throws -> ConflictView {
        let short = EntryReference.short(entry)
        guard !conflicts.isEmpty else { throw CommandFailure("Entry \(short) has no conflict.") }
        var candidates = conflicts
        if let field {
            candidates = conflicts.filter { $0.field == field }
        } else if case .void = decision {
            candidates = conflicts.filter { $0.field == "$void" }
        } else if case .keep = decision {
            candidates = conflicts.filter { $0.field == "$void" }
        }
        let names = conflicts.map { $0.field == "$void" ? "void" : $0.field }.joined(separator: ", ")
        guard let conflict = candidates.first else { throw CommandFailure("Entry \(short) has no such conflict. It has one of: \(names).") }
        guard candidates.count == 1 else { throw CommandFailure("Entry \(short) has conflicts of \(names); say which one.") }
        return conflict
    }

    private func choice(_ decision: Decision, _ conflict: ConflictView) throws -> Choice {
        switch decision {
        case .void: return .void
        case .keep: return .keep
        case .value(let text): return .keyed(Keyed(text: text))
        case .take(let text):
            if let number = Int(text), conflict.heads.indices.contains(number - 1) { return .head(conflict.heads[number - 1].change) }
            let named = text.count >= 6 ? conflict.heads.filter { $0.change.hex.hasPrefix(text.lowercased()) } : []
            guard named.count == 1 else {
                throw CommandFailure("`--take` takes a number from 1 to \(conflict.heads.count), as `conflicts` shows them.")
            }
            return .head(named[0].change)
        }
    }

    private func report(_ done: Edited, _ conflict: ConflictView, _ desk: Desk) throws -> Report {
        let short = EntryReference.short(done.entry)
        let name = conflict.field == "$void" ? "void" : conflict.field
        var lines: [StyledText] = [StyledText("Decided: \(name) of entry \(short). The decision goes to the others with `sync`.", .good)]
        if let promotion = try desk.database.promotion(conflict.promotion) {
            lines += FindingText.lines(done.findings, promotion: promotion)
        }
        return Report(lines, EditReport.members(done))
    }

    /// Asks about one conflict after the other.
    private func walk(_ desk: Desk, _ operatorID: String) async throws -> Report {
        let reader = try desk.asking(instead: "In a script, write `resolve ID FIELD --take N`.")
        let conflicts =
            try id.map { try desk.conflicts(of: try desk.entryID($0)) }
            ?? desk.database.conflicts(promotion: desk.promotion?.id, limit: 1000)
        guard !conflicts.isEmpty else { return Report(StyledText("No conflicts.", .good), [("decided", .integer(0))]) }
        var decided = 0
        walking: for conflict in conflicts where field == nil || conflict.field == field {
            let text = try ConflictText(conflict, desk)
            for line in text.lines { desk.output.line(line) }
            while true {
                let hint = text.isVoid ? "void, keep" : "number, =value"
                let prompt = StyledText("  Decide (\(hint), Enter to leave it, . to stop): ")
                guard case .line(let line) = await reader.answer(LineRequest(prompt: prompt)) else { break walking }
                let answer = line.trimmed
                if answer.isEmpty { continue walking }
                if answer == "." { break walking }
                guard let decision = Self.decision(answer, isVoid: text.isVoid), let choice = try? choice(decision, conflict) else {
                    desk.output.line(StyledText("  That is none of them.", .warning))
                    continue
                }
                let done = try desk.database.resolve(conflict.entry, field: conflict.field, choice, by: operatorID)
                if let promotion = try desk.database.promotion(conflict.promotion) {
                    for line in FindingText.lines(done.findings, promotion: promotion) { desk.output.line(line) }
                }
                decided += 1
                continue walking
            }
        }
        if id == nil, conflicts.count < 1000 { try desk.noteConflictsSeen(inAll: desk.promotion == nil) }
        let left = conflicts.count - decided
        return Report(
            StyledText("\(Plural.of(decided, "conflict")) decided, \(left) left."),
            [("decided", .integer(Int64(decided))), ("left", .integer(Int64(left)))])
    }

    private static func decision(_ answer: String, isVoid: Bool) -> Decision? {
        if isVoid { return answer == "void" ? .void : answer == "keep" ? .keep : nil }
        if answer.hasPrefix("=") { return .value(String(answer.dropFirst())) }
        return Int(answer).map { _ in .take(answer) }
    }
}

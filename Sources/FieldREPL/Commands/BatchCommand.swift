import EntryModel
import FieldStore

/// `batch open|close|reopen|list|status|leave`.
struct BatchCommand: DeskCommand {
    private enum Action: String, CaseIterable { case open, close, reopen, status, list, leave }

    static let usage = CommandUsage(
        name: "batch", forms: ["open LABEL [--envelopes N]", "close [LABEL]", "reopen LABEL", "status [LABEL]", "list", "leave"],
        summary: "Opens a tray of envelopes and keeps count of it.",
        details: [
            "The label is what stands on the tray: capitals, digits and hyphens. "
                + "Opening a batch that is there goes on behind its last envelope.",
            "What is keyed while a batch is open lies in it, and the envelope's number advances by itself. `leave` goes on outside of it.",
        ],
        examples: ["batch open MB-0001 --envelopes 50", "batch status", "batch close"],
        options: [.init(name: "--envelopes", value: "N", help: "How many envelopes lie in the tray.")],
        positionals: 1...2, completes: [.words(Action.allCases.map(\.rawValue)), .batch])

    private let action: Action
    private let label: String?
    private let envelopes: Int64?

    init(_ arguments: CommandArguments) throws {
        guard let action = Action(rawValue: arguments.positionals[0]) else {
            throw UsageError("`batch` is followed by one of \(Action.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        self.action = action
        label = arguments.positionals.dropFirst().first
        envelopes = try arguments.number("--envelopes", in: 0...999_999)
        if let label, !Identifier.isBatchLabel(label) {
            throw UsageError("A batch's label has capitals, digits and hyphens, 32 at most, such as MB-0001; `\(label)` is none.")
        }
        if action != .open, envelopes != nil { throw UsageError("`--envelopes` goes with `batch open`.") }
        if action == .open || action == .reopen, label == nil { throw UsageError("`batch \(action.rawValue)` needs the label of a batch.") }
        if action == .list || action == .leave, label != nil { throw UsageError("`batch \(action.rawValue)` takes no label.") }
    }

    func run(at desk: Desk) throws -> Report {
        let promotion = try desk.promotionInUse().id
        switch action {
        case .open:
            let operatorID = try desk.operatorID()
            guard let label else { return try list(promotion, desk) }
            if let batch = try desk.database.batch(promotion: promotion, label: label), batch.state == .closed {
                throw CommandFailure("Batch \(label) is closed. `batch reopen \(label)` opens it again.")
            }
            let batch = try desk.database.openBatch(promotion: promotion, label: label, expected: envelopes, by: operatorID)
            desk.enter(batch)
            return report(batch, saying: "Keying batch \(label) from envelope \(batch.lastEnvelope + 1) on.")
        case .close:
            let label = try labelOrCurrent(desk)
            let batch = try desk.database.closeBatch(promotion: promotion, label: label, by: try desk.operatorID())
            if desk.batch?.label == label { desk.leaveBatch() }
            return report(batch, saying: "Batch \(label) is closed.")
        case .reopen:
            let label = try labelOrCurrent(desk)
            let batch = try desk.database.reopenBatch(promotion: promotion, label: label, by: try desk.operatorID())
            desk.enter(batch)
            return report(batch, saying: "Batch \(label) is open again, from envelope \(batch.lastEnvelope + 1) on.")
        case .status:
            let label = try labelOrCurrent(desk)
            guard let batch = try desk.database.batch(promotion: promotion, label: label) else {
                throw CommandFailure("There is no batch \(label) at this station. `batch list` lists those that are here.")
            }
            return report(batch, saying: "Batch \(label) is \(batch.state.rawValue).")
        case .list: return try list(promotion, desk)
        case .leave:
            guard let label = desk.batch?.label else { throw CommandFailure("No batch is being keyed.") }
            desk.leaveBatch()
            return Report("Left batch \(label), which stays open.", [("batch", .string(label))])
        }
    }

    private func labelOrCurrent(_ desk: Desk) throws -> String {
        guard let label = label ?? desk.batch?.label else {
            throw CommandFailure("No batch is being keyed, so `batch \(action.rawValue)` needs the label of one.")
        }
        return label
    }

    private func list(_ promotion: String, _ desk: Desk) throws -> Report {
        let batches = try desk.database.batches(promotion: promotion)
        guard !batches.isEmpty else {
            return Report("There is no batch yet. `batch open LABEL` opens one.", [("batches", .array([]))])
        }
        var table = Table([
            ("BATCH", .left), ("STATE", .left), ("EXPECTED", .right), ("KEYED", .right), ("VOID", .right), ("ASIDE", .right), ("", .left),
        ])
        for batch in batches {
            table.add([
                StyledText(batch.label, .strong), StyledText(batch.state.rawValue), StyledText(batch.expected.map(String.init) ?? "?"),
                StyledText(String(batch.keyed)), StyledText(String(batch.void)), StyledText(String(batch.exceptions.count)),
                Self.mark(batch),
            ])
        }
        return Report(table.lines, [("batches", .array(batches.map(Self.json)))])
    }

    private func report(_ batch: BatchView, saying line: String) -> Report {
        let expected = batch.expected.map { "\($0) envelopes expected, " } ?? ""
        let counts =
            "\(expected)\(batch.keyed) keyed, \(batch.void) void, \(batch.exceptions.count) put aside; "
            + Plural.of(Int(batch.entries), "entry") + "."
        return Report(
            [StyledText(line), StyledText(counts) + (Self.mark(batch).spans.isEmpty ? "" : " " + Self.mark(batch))],
            [("batch", Self.json(batch))])
    }

    private static func mark(_ batch: BatchView) -> StyledText {
        if !batch.conflicts.isEmpty { return StyledText("conflict", .error) }
        guard let expected = batch.expected, expected != batch.counted else {
            return batch.isComplete == true ? StyledText("complete", .good) : ""
        }
        let difference = expected - batch.counted
        return StyledText(difference > 0 ? "\(difference) missing" : "\(-difference) too many", .warning)
    }

    private static func json(_ batch: BatchView) -> JSONValue {
        .object([
            ("label", .string(batch.label)), ("promotion", .string(batch.promotion)), ("state", .string(batch.state.rawValue)),
            ("expected", batch.expected.map { .integer($0) } ?? .null), ("keyed", .integer(batch.keyed)), ("void", .integer(batch.void)),
            ("exceptions", .integer(Int64(batch.exceptions.count))), ("entries", .integer(batch.entries)),
            ("lastEnvelope", .integer(batch.lastEnvelope)), ("complete", batch.isComplete.map { .bool($0) } ?? .null),
        ])
    }
}

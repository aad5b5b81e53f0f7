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
            "`status` shows the control screen, all of it in envelopes: expected = opened = keyed + void + exceptions. `close` refuses while "
                + "they differ and names the envelopes that are missing; a card keyed twice holds it up as well.",
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

    var leastRole: OperatorRole? { action == .reopen ? .supervisor : .keyer }

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
        case .close: return try close(promotion, desk)
        case .reopen:
            let label = try labelOrCurrent(desk)
            let batch = try desk.database.reopenBatch(promotion: promotion, label: label, by: try desk.operatorID())
            desk.enter(batch)
            return report(batch, saying: "Batch \(label) is open again, from envelope \(batch.lastEnvelope + 1) on.")
        case .status:
            let label = try labelOrCurrent(desk)
            guard let batch = try desk.database.batch(promotion: promotion, label: label) else { throw unknown(label) }
            let names = Dictionary(try desk.database.operators().map { ($0.id, $0.name) }) { first, _ in first }
            let again = try desk.secondKeying(of: label, promotion)
            return Report(
                BatchText(batch) { names[$0] ?? $0 }.screen + again.lines, [("batch", BatchText(batch).json), ("again", again.json)])
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

    /// Refuses to close what does not add up, and says where.
    private func close(_ promotion: String, _ desk: Desk) throws -> Report {
        let label = try labelOrCurrent(desk)
        let operatorID = try desk.operatorID()
        guard let batch = try desk.database.batch(promotion: promotion, label: label) else { throw unknown(label) }
        if batch.state == .open, let refusal = batch.refusal { throw CommandFailure(refusal) }
        if let draft = try desk.database.draft(promotion: promotion), draft.place?.batch == label {
            throw CommandFailure("\(try desk.text(of: draft)) Batch \(label) stays open; `draft` goes on, `draft drop` forgets the card.")
        }
        let closed = try desk.database.closeBatch(promotion: promotion, label: label, by: operatorID)
        if desk.batch?.label == label { desk.leaveBatch() }
        var report = report(closed, saying: "Batch \(label) is closed.")
        report.lines += try desk.secondKeying(of: label, promotion).lines
        return report
    }

    private func unknown(_ label: String) -> CommandFailure {
        CommandFailure("There is no batch \(label) at this station. `batch list` lists those that are here.")
    }

    private func list(_ promotion: String, _ desk: Desk) throws -> Report {
        let batches = try desk.database.batches(promotion: promotion)
        guard !batches.isEmpty else {
            return Report("There is no batch yet. `batch open LABEL` opens one.", [("batches", .array([]))])
        }
        var table = BatchText.table
        for batch in batches { table.add(BatchText(batch).row) }
        return Report(table.lines, [("batches", .array(batches.map { BatchText($0).json }))])
    }

    private func report(_ batch: BatchView, saying line: String) -> Report {
        Report([StyledText(line), BatchText(batch).counts], [("batch", BatchText(batch).json)])
    }
}

import EntryModel
import GRDB

extension FieldDatabase {
    /// Undoes the operator's last action on this station, by a new change; a second undo goes on to the action before it.
    ///
    /// A captured entry is voided, a void is restored, an edit is set back to the values that it replaced. What somebody has set since is
    /// left as it is and reported. A second keying is passed over, but not the value that was decided by it.
    ///
    /// - Throws: `nothingToUndo` when the operator has done nothing here that was not undone, within the last 10,000 changes;
    ///   `unbalancedBatch` when it would close a batch again whose figures differ by now.
    public func undo(by operatorID: String) throws -> Undone {
        try record(by: operatorID) { changes in
            guard let action = try lastAction(of: operatorID, changes) else {
                throw failure(.nothingToUndo, "There is nothing of yours left to undo on this station. Nothing was changed.")
            }
            switch action.change.header.subject {
            case .entry(let id): return try undo(action, entry: try take(id, changes), &changes)
            case .batch(let label): return try undo(action, batch: label, &changes)
            case .promotion:
                throw failure(.nothingToUndo, "There is nothing of yours left to undo on this station. Nothing was changed.")
            }
        }
    }

    /// The newest own change of this operator that is no undo and was not undone.
    private func lastAction(of operatorID: String, _ own: borrowing OwnChanges) throws -> LoggedChange? {
        var action: LoggedChange?
        var undone: Set<Int64> = []
        var seen = 0
        try own.log.newestOwn { logged in
            seen += 1
            guard seen <= 10_000 else { return false }
            if let target = logged.undoes {
                undone.insert(target)
                return true
            }
            // What somebody read off a card stays read: a second keying is not taken back, what was decided by it is.
            guard logged.change.header.operatorID == operatorID, !undone.contains(logged.number), logged.change.body != nil,
                logged.change.header.kind != .verify
            else { return true }
            action = logged
            return false
        }
        return action
    }

    private func undo(_ action: LoggedChange, entry: EntryInHand, _ changes: inout OwnChanges) throws -> Undone {
        var undone = Undone(action: action.change, promotion: entry.promotion.promotion.id)
        let past = UndonePast(entry.changes)
        switch action.change.header.kind {
        case .void, .restore:
            if past.stands(action, "$void", in: entry.state) {
                undone.change = try changes.setVoid(
                    entry, action.change.header.kind == .restore, reason: Self.undoReason, undoes: action.number
                ).id
                undone.fields = ["$void"]
            } else {
                undone.superseded = ["$void"]
            }
        case .set where undone.wasCapture:
            undone.superseded = entry.state.fields.map(\.name).filter { !past.stands(action, $0, in: entry.state) }
            if undone.superseded.isEmpty {
                undone.change = try changes.setVoid(entry, true, reason: Self.undoReason, undoes: action.number).id
                undone.fields = ["$void"]
            }
        default:
            let set = past.settingBack(action, in: entry.state, policy: { entry.promotion.promotion.field($0)?.policy ?? .latest })
            undone.superseded = set.superseded
            if let done = try changes.set(entry, set.assignments, reason: Self.undoReason, undoes: action.number) {
                undone.change = done.change.id
                undone.fields = done.fields
            }
        }
        return undone
    }

    private func undo(_ action: LoggedChange, batch label: String, _ changes: inout OwnChanges) throws -> Undone {
        let promotion = try assigned(action.change.header.promotion)
        var undone = Undone(action: action.change, promotion: promotion.promotion.id)
        let batch = try changes.takeBatch(label, promotion)
        let set = UndonePast(batch.changes).settingBack(action, in: batch.state, policy: { _ in .latest })
        undone.superseded = set.superseded
        var counted: BatchCount?
        if set.assignments.contains(where: { $0.field == "$state" && $0.value == .text(BatchView.State.closed.rawValue) }) {
            // What brings a closed batch back closes it, and is held to the same.
            if let refusal = try self.batch(promotion.promotion.id, label, changes.database)?.refusal {
                throw failure(.unbalancedBatch, refusal)
            }
            counted = try BatchCount(batch.number, batch.state, changes.database)
        }
        if let done = try changes.set(batch, set.assignments, reason: Self.undoReason, undoes: action.number, counted: counted) {
            undone.change = done.change.id
            undone.fields = done.fields
        }
        return undone
    }

    private static let undoReason = "undo"
}

extension Undone {
    fileprivate init(action: Change, promotion: String) {
        let wasCapture = action.header.kind == .set && action.body?.base.isEmpty == true && action.body?.assignment(of: "$channel") != nil
        self.init(
            action: action.id, kind: action.header.kind, subject: action.header.subject, promotion: promotion, wasCapture: wasCapture,
            change: nil, fields: [], superseded: [])
    }
}

/// What stands in a subject's fields when own undos are looked through.
private struct UndonePast {
    private let byID: [Digest: LoggedChange]
    private let byNumber: [Int64: LoggedChange]

    init(_ changes: [LoggedChange]) {
        byID = Dictionary(changes.map { ($0.change.id, $0) }) { first, _ in first }
        byNumber = Dictionary(changes.map { ($0.number, $0) }) { first, _ in first }
    }

    /// Whether nobody has set the field since the action did: its only head is the action's, or an undo that went back to it.
    func stands(_ action: LoggedChange, _ field: String, in state: EntryState) -> Bool {
        guard let heads = state[field]?.heads, heads.count == 1, let head = heads.first else { return false }
        return origins(of: head.change, field) == [action.change.id]
    }

    /// The changes whose values an undo brought back; of any other change itself.
    private func origins(of id: Digest, _ field: String) -> Set<Digest> {
        guard let change = byID[id], let target = change.undoes.flatMap({ byNumber[$0] }) else { return [id] }
        let bases = target.change.body?.base.filter { $0.fields.contains(field) } ?? []
        // Bases lead to older changes only, so this ends.
        return bases.reduce(into: []) { $0.formUnion(origins(of: $1.change, field)) }
    }

    /// What has to be set so that the action's fields are as they were before it, and which of them somebody has set since.
    func settingBack(
        _ action: LoggedChange, in state: EntryState, policy: (String) -> ConflictPolicy
    ) -> (assignments: [Assignment], superseded: [String]) {
        var assignments: [Assignment] = []
        var superseded: [String] = []
        for field in action.change.body?.set.map(\.field) ?? [] {
            guard stands(action, field, in: state) else {
                superseded.append(field)
                continue
            }
            let bases = action.change.body?.base.filter { $0.fields.contains(field) } ?? []
            let before = Merge.state(of: bases.compactMap { byID[$0.change]?.change })[field]
            assignments.append(before?.shown(by: policy(field))?.assignment ?? Assignment(field: field, value: .null))
        }
        return (assignments, superseded)
    }
}

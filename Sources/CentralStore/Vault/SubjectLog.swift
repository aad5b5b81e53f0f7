import EntryModel

/// The log of one entry or batch within a write transaction: what the vault has of it, and what is being added.
final class SubjectLog {
    let subject: Subject
    let promotion: Catalogue.Item
    let number: Int64
    /// Not in the vault before this transaction.
    let isNew: Bool
    let isErased: Bool
    /// Changes that the log had, with their numbers; empty until they are loaded.
    var existing: [(number: Int64, change: Change)] = []
    /// How many changes the log had.
    let existingCount: Int64
    var added: [Intake.Accepted] = []
    var state = EntryState.empty
    /// Whether its row and its keys have been written in this transaction.
    var isPlaced = false
    /// The keys that the subject is in after this transaction.
    var keys: [LogWriter.KeyReference] = []

    init(_ subject: Subject, _ promotion: Catalogue.Item, number: Int64, isNew: Bool, isErased: Bool = false, existingCount: Int64 = 0) {
        self.subject = subject
        self.promotion = promotion
        self.number = number
        self.isNew = isNew
        self.isErased = isErased
        self.existingCount = existingCount
    }

    /// A capture that nothing else touches has no conflict, cannot be void, and needs no merge. Known once the log is settled.
    private(set) var isPlainCapture = false

    /// Merges what is there and what is added, where that is needed at all.
    ///
    /// - Returns: The changes set aside, with their problem.
    func settle() -> [(Intake.Accepted, Problem.Code)] {
        isPlainCapture =
            isNew && added.count == 1 && added[0].read.change.header.kind == .set
            && added[0].read.change.body?.assignment(of: "$void") == nil
        return isPlainCapture ? [] : merge()
    }

    /// Merges, and sets aside what would give a field more heads than the protocol allows.
    ///
    /// - Returns: The changes set aside, with their problem; those behind the first wait.
    private func merge() -> [(Intake.Accepted, Problem.Code)] {
        let held = existing.map(\.change)
        state = Merge.state(of: held + added.map(\.read.change))
        guard Self.isOverLimit(state) else { return [] }
        var taken: [Intake.Accepted] = []
        var aside: [(Intake.Accepted, Problem.Code)] = []
        for change in added {
            guard aside.isEmpty else {
                aside.append((change, .waits))
                continue
            }
            let next = Merge.state(of: held + taken.map(\.read.change) + [change.read.change])
            if Self.isOverLimit(next) { aside.append((change, .overLimit)) } else { taken.append(change) }
        }
        added = taken
        state = Merge.state(of: held + taken.map(\.read.change))
        return aside
    }

    private static func isOverLimit(_ state: EntryState) -> Bool {
        state.fields.contains { $0.heads.count > ChangeBody.Limits.headsPerField }
    }

    /// The labels of the batches that the entry is in: all its `$batch` heads.
    var batchLabels: [String] {
        if isPlainCapture { return [added[0].read.change.body?.assignment(of: "$batch")?.value.text].compactMap { $0 } }
        return (state["$batch"]?.heads ?? []).compactMap(\.assignment.value.text)
    }

    /// The stations that captured the entry: those that made a `set` without a base.
    var capturers: Set<UniqueID> {
        var stations: Set<UniqueID> = []
        for change in existing.lazy.map(\.change) + added.map(\.read.change) {
            guard change.header.kind == .set, let body = change.body, body.base.isEmpty, let id = UniqueID(change.header.station)
            else { continue }
            stations.insert(id)
        }
        return stations
    }

    /// The value of a reserved field that is shown.
    func shown(_ field: String) -> Scalar {
        if isPlainCapture { return added[0].read.change.body?.assignment(of: field)?.value ?? .null }
        return state[field]?.shown(by: .latest)?.assignment.value ?? .null
    }
}

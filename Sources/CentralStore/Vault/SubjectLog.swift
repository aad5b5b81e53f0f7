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
    /// Of these, the numbers of those that an entry which was there has come into in this transaction.
    var enteredKeys: Set<Int64> = []

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
    /// An `erase` is among what is being added, and there was none before.
    var becomesErased: Bool { !isErased && state.isErased }
    /// Where the entry is from, as it is shown. Known once the log is settled.
    private(set) var origin = EntryOrigin()

    /// Merges what is there and what is added, where that is needed at all.
    ///
    /// - Returns: The changes set aside, with their problem.
    func settle() -> [(Intake.Accepted, Problem.Code)] {
        if isNew, added.count == 1, added[0].read.change.header.kind == .set, let found = EntryOrigin(capture: added[0].read.change) {
            isPlainCapture = true
            origin = found
            return []
        }
        let aside = merge()
        origin = EntryOrigin(state)
        return aside
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
        if isPlainCapture { return origin.batch.map { [$0] } ?? [] }
        return (state["$batch"]?.heads ?? []).compactMap(\.assignment.value.text)
    }

    /// What the log had and what is being added.
    var changes: [Change] { existing.map(\.change) + added.map(\.read.change) }

    /// The stations that captured the entry: those that made a `set` without a base.
    var capturers: Set<UniqueID> { Self.capturers(in: existing.lazy.map(\.change) + added.map(\.read.change)) }

    static func capturers(in changes: some Sequence<Change>) -> Set<UniqueID> {
        var stations: Set<UniqueID> = []
        for change in changes {
            guard change.header.kind == .set, let body = change.body, body.base.isEmpty, let id = UniqueID(change.header.station)
            else { continue }
            stations.insert(id)
        }
        return stations
    }
}

/// Where an entry is from: the reserved fields that its row shows.
struct EntryOrigin {
    var channel: String?
    var batch: String?
    var envelope: Int64?
    var card: Int64?

    init() {}

    /// Of an entry's only change.
    /// - Returns: `nil` when the change says anything of `$void`: then a merge has to decide.
    init?(capture change: Change) {
        guard let set = change.body?.set else { return }
        for index in set.indices where set[index].field.utf8.first == UInt8(ascii: "$") {
            switch set[index].field {
            case "$channel": channel = set[index].value.text
            case "$batch": batch = set[index].value.text
            case "$envelope": envelope = set[index].value.integer
            case "$card": card = set[index].value.integer
            case "$void": return nil
            default: continue
            }
        }
    }

    init(_ state: EntryState) {
        func shown(_ field: String) -> Scalar? { state[field]?.shown(by: .latest)?.assignment.value }
        channel = shown("$channel")?.text
        batch = shown("$batch")?.text
        envelope = shown("$envelope")?.integer
        card = shown("$card")?.integer
    }
}

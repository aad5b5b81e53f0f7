import EntryModel
import GRDB

extension BatchCount {
    /// Counts what lies in a batch now.
    /// - Parameter state: What the batch's own changes say.
    init(_ batch: Int64, _ state: EntryState, _ database: Database) throws {
        self.init()
        // Erased entries no longer say where they lay.
        try database.rows(
            "SELECT id, envelope, coalesce(card, 1), flags & 1 FROM entry WHERE batch = ? AND envelope IS NOT NULL AND flags & 20 = 0",
            [.integer(batch)]
        ) { row in
            add(try row.id(0), envelope: row.integer(1), card: row.integer(2), isVoid: row.integer(3) != 0)
        }
        for field in state.fields where field.name.hasPrefix("$envelope.") {
            guard let envelope = Int64(field.name.dropFirst(10)), let code = field.shown(by: .latest)?.assignment.value.text else {
                continue
            }
            add(exception: code, envelope: envelope)
        }
    }
}

extension BatchInHand {
    /// Whether something else lies in the batch than whoever closed it has counted; `false` where no closing says what it was.
    ///
    /// Two stations may have closed it apart: then one that counted what is there now is enough.
    static func differs(from count: BatchCount, _ state: EntryState, _ changes: [LoggedChange]) -> Bool {
        let heads = Set(state["$state"]?.heads.filter { $0.assignment.value.text == BatchView.State.closed.rawValue }.map(\.change) ?? [])
        let counted = changes.filter { heads.contains($0.change.id) }.compactMap { $0.change.body?.counted }
        return !counted.isEmpty && !counted.contains(count.digest)
    }
}

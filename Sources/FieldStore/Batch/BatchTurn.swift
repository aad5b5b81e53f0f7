import EntryModel
import GRDB

/// A closing or reopening of a batch, and where in the log it stands.
struct BatchTurn {
    var number: Int64
    var turn: BatchView.Turn

    /// - Returns: `nil` for a change that says nothing of it; a batch's first opening is among the others.
    init?(_ logged: LoggedChange) {
        guard let set = logged.change.body?.set.first(where: { $0.field == "$state" }), let text = set.value.text,
            let state = BatchView.State(rawValue: text), state == .closed || logged.change.body?.base.isEmpty == false
        else { return nil }
        number = logged.number
        turn = BatchView.Turn(state: state, stamp: logged.change.header.stamp, operatorID: logged.change.header.operatorID)
    }
}

extension ChangeLog {
    /// How many entries of a batch were made void or restored behind a place in the log.
    func voided(in batch: Int64, since number: Int64) throws -> Int {
        let later = try database.list(
            "SELECT c.number, c.entry FROM entry e JOIN change c ON c.entry = e.number WHERE e.batch = ? AND c.number > ?",
            [.integer(batch), .integer(number)]
        ) { (change: $0.integer(0), entry: $0.integer(1)) }
        let turned = try later.filter { later in
            guard let kind = try change(later.change)?.change.header.kind else { return false }
            return kind == .void || kind == .restore
        }
        return Set(turned.map(\.entry)).count
    }
}

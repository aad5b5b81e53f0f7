import EntryModel
import GRDB

/// A batch that an operator is about to change, as it stands in the transaction.
struct BatchInHand {
    var number: Int64
    var label: String
    var changes: [LoggedChange]
    var state: EntryState
    var promotion: HeldPromotion
}

extension OwnChanges {
    /// Takes a batch in hand, and makes it when it is not there yet.
    func takeBatch(_ label: String, _ promotion: HeldPromotion) throws -> BatchInHand {
        try checkLabel(label)
        let number = try merging.batchNumber(label, promotion: promotion.number)
        let changes = try log.changes(of: .batch(number))
        return BatchInHand(
            number: number, label: label, changes: changes, state: Merge.state(of: changes.map(\.change)), promotion: promotion)
    }

    /// Sets fields of a batch, replacing all their heads, unless they say the same already.
    mutating func set(
        _ batch: BatchInHand, _ assignments: [Assignment], reason: String? = nil, undoes: Int64? = nil, counted: BatchCount? = nil
    ) throws -> (change: Change, fields: [String])? {
        let changed = assignments.filter { assignment in
            guard let heads = batch.state[assignment.field]?.heads, !heads.isEmpty else { return !assignment.value.isNull }
            return !heads.allSatisfy { $0.assignment.agrees(with: assignment) }
        }
        guard !changed.isEmpty else { return nil }
        let fields = changed.map(\.field)
        var body = body(set: changed, base: batch.state.bases(of: fields), reason: reason)
        body.counted = counted?.digest
        let change = try write(
            .set, form: batch.promotion.promotion.formVersion, subject: .batch(batch.label), row: .batch(batch.number), body: body,
            undoes: undoes)
        try merging.refresh(batch: batch.number)
        return (change, fields)
    }
}

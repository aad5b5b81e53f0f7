import EntryModel
import GRDB

/// An entry that an operator is about to change, as it stands in the transaction.
struct EntryInHand {
    var record: EntryRecord
    var changes: [LoggedChange]
    var state: EntryState
    var promotion: HeldPromotion

    var id: UniqueID { record.id }
    var row: ChangeLog.Subject { .entry(record.number) }
    var subject: ChangeHeader.Subject { .entry(record.id) }
}

extension FieldDatabase {
    /// Takes an entry in hand.
    /// - Throws: `unknownEntry`, `erased`, `unknownPromotion`.
    func take(_ id: UniqueID, _ own: borrowing OwnChanges) throws -> EntryInHand {
        guard let record = try EntryRecord.find(id, own.database), !record.isHidden else { throw unknown(id) }
        guard !record.isErased else {
            throw failure(.erased, "Entry \(id) was erased because the person asked for it. Nothing was changed; key nothing of it again.")
        }
        let name = try own.database.first("SELECT id FROM promotion WHERE number = ?", [.integer(record.promotion)]) { $0.text(0) }
        let promotion = try assigned(name ?? "")
        let changes = try own.log.changes(of: .entry(record.number))
        return EntryInHand(record: record, changes: changes, state: Merge.state(of: changes.map(\.change)), promotion: promotion)
    }

    func unknown(_ id: UniqueID) -> FieldStoreError {
        failure(.unknownEntry, "This station has no entry \(id). Nothing was changed. Check the id with `list` or `find`.")
    }
}

extension OwnChanges {
    /// Sets fields of an entry, replacing all their heads, unless they say the same already.
    ///
    /// - Returns: `nil` when nothing had to change.
    mutating func set(
        _ entry: EntryInHand, _ assignments: [Assignment], reason: String? = nil, undoes: Int64? = nil
    ) throws -> (change: Change, fields: [String])? {
        let changed = assignments.filter { assignment in
            guard let heads = entry.state[assignment.field]?.heads, !heads.isEmpty else {
                return !assignment.value.isNull || assignment.flag != nil
            }
            return !heads.allSatisfy { $0.assignment.agrees(with: assignment) }
        }
        guard !changed.isEmpty else { return nil }
        let fields = changed.map(\.field)
        let body = body(set: changed, base: entry.state.bases(of: fields), reason: reason)
        let change = try write(
            .set, form: entry.promotion.promotion.formVersion, subject: entry.subject, row: entry.row, body: body, undoes: undoes)
        try merging.refresh(entry: entry.record.number)
        return (change, fields)
    }

    /// Voids an entry or restores it: sets `$void`, replacing all its heads; a void says which other heads it saw.
    mutating func setVoid(
        _ entry: EntryInHand, _ isVoid: Bool, reason: String? = nil, undoes: Int64? = nil
    ) throws -> Change {
        if let reason, !Identifier.isValid(reason) {
            throw failure(
                .invalid,
                "A reason is a code of small letters, digits and hyphens, such as `duplicate`. Nothing was changed. Choose such a code.")
        }
        let body = body(
            set: [Assignment(field: "$void", value: .bool(isVoid))], base: entry.state.bases(of: ["$void"]),
            seen: isVoid ? entry.state.headIDs : [], reason: reason)
        let change = try write(
            isVoid ? .void : .restore, form: entry.promotion.promotion.formVersion, subject: entry.subject, row: entry.row, body: body,
            undoes: undoes)
        try merging.refresh(entry: entry.record.number)
        return change
    }
}

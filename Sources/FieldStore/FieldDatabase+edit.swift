public import EntryModel
import GRDB

extension FieldDatabase {
    /// Changes fields of an entry.
    ///
    /// The change replaces what stands in those fields now, all of it: an edit of a field in conflict settles the conflict. Values that say
    /// what stands already are left out.
    ///
    /// - Returns: `change` is `nil` when nothing was left to change.
    /// - Throws: `unknownEntry`, `unknownField`, `erased`, `limit`, and as for `capture`.
    public func edit(_ entry: UniqueID, _ values: [(field: String, keyed: Keyed)], by operatorID: String) throws -> Edited {
        try record(by: operatorID) { changes in
            let entry = try take(entry, changes)
            var findings: [Finding] = []
            var assignments: [Assignment] = []
            for (field, keyed) in values {
                guard !assignments.contains(where: { $0.field == field }) else {
                    throw failure(.invalid, "The field \(field) was given twice. Nothing was changed. Give it once.")
                }
                let checked = try assignment(field, keyed, entry, changes)
                assignments.append(checked.assignment)
                findings += checked.findings
            }
            let done = try changes.set(entry, assignments)
            for field in done?.fields ?? [] {
                for keyer in Set(changes.keyers(of: field, entry)) {
                    let tally = keyer == operatorID ? WorkTally(corrected: 1) : WorkTally(correctedByOthers: 1)
                    try changes.count(tally, of: keyer, promotion: entry.promotion.number)
                }
            }
            findings += across(entry, assignments)
            return Edited(entry: entry.id, change: done?.change.id, fields: done?.fields ?? [], findings: findings)
        }
    }

    /// Puts an entry's card in another place.
    /// - Parameter place: `nil` takes it out of its batch.
    public func move(_ entry: UniqueID, to place: CardPlace?, by operatorID: String) throws -> Edited {
        try record(by: operatorID) { changes in
            let entry = try take(entry, changes)
            if let place {
                try changes.checkLabel(place.batch)
                guard place.envelope > 0, place.card > 0 else {
                    throw failure(.invalid, "The numbers of envelopes and cards begin at 1. Nothing was changed. Say the number again.")
                }
            }
            let nowhere = ["$batch", "$envelope", "$card"].map { Assignment(field: $0, value: .null) }
            let done = try changes.set(entry, place?.assignments ?? nowhere)
            return Edited(entry: entry.id, change: done?.change.id, fields: done?.fields ?? [], findings: [])
        }
    }

    /// Takes an entry out of the count. It stays in the log and can be restored.
    ///
    /// - Parameter reason: A code such as `duplicate`; `nil` when there is nothing to say.
    /// - Returns: `change` is `nil` when the entry was void already.
    public func void(_ entry: UniqueID, reason: String? = nil, by operatorID: String) throws -> Edited {
        try setVoid(entry, true, reason: reason, by: operatorID)
    }

    /// Puts a void entry back into the count.
    /// - Returns: `change` is `nil` when the entry was not void.
    public func restore(_ entry: UniqueID, by operatorID: String) throws -> Edited {
        try setVoid(entry, false, reason: nil, by: operatorID)
    }

    private func setVoid(_ entry: UniqueID, _ isVoid: Bool, reason: String?, by operatorID: String) throws -> Edited {
        try record(by: operatorID) { changes in
            let entry = try take(entry, changes)
            // Both settle a contested void.
            guard entry.state.void != (isVoid ? .void : .no) else {
                return Edited(entry: entry.id, change: nil, fields: [], findings: [])
            }
            let change = try changes.setVoid(entry, isVoid, reason: reason)
            return Edited(entry: entry.id, change: change.id, fields: ["$void"], findings: [])
        }
    }

    /// Settles a conflict over one field: a change that replaces all values that stand there.
    ///
    /// - Parameters:
    ///   - field: A field's id, a reserved name such as `$batch`, or `$void` for a contested void.
    ///   - choice: `void` and `keep` for `$void` only, `head` and `keyed` for all others.
    /// - Throws: `noConflict` when there is nothing to settle, `unknownChange` when the chosen value does not stand any more, `invalid`.
    public func resolve(_ entry: UniqueID, field: String, _ choice: Choice, by operatorID: String) throws -> Edited {
        try record(by: operatorID) { changes in
            let entry = try take(entry, changes)
            guard field == "$void" ? entry.state.void == .contested : entry.state[field]?.differs == true else {
                throw failure(.noConflict, "Nothing is to be decided about \(field) of entry \(entry.id). Nothing was changed.")
            }
            var findings: [Finding] = []
            let change: Change?
            switch choice {
            case .void, .keep:
                guard field == "$void" else { throw wrongChoice(field) }
                if case .void = choice { change = try changes.setVoid(entry, true) } else { change = try changes.setVoid(entry, false) }
            case .head(let id):
                guard field != "$void" else { throw wrongChoice(field) }
                guard let head = entry.state[field]?.heads.first(where: { $0.change == id }) else {
                    throw failure(
                        .unknownChange,
                        "The chosen value of \(field) does not stand any more. Nothing was changed. Look at the conflict again.")
                }
                change = try changes.set(entry, [head.assignment])?.change
            case .keyed(let keyed):
                guard field != "$void" else { throw wrongChoice(field) }
                let checked = try assignment(field, keyed, entry, changes)
                findings = checked.findings
                change = try changes.set(entry, [checked.assignment])?.change
            }
            return Edited(entry: entry.id, change: change?.id, fields: [field], findings: findings)
        }
    }

    private func wrongChoice(_ field: String) -> FieldStoreError {
        failure(
            .invalid,
            field == "$void"
                ? "Whether an entry is void is settled by voiding it or by keeping it. Nothing was changed."
                : "\(field) is settled by one of its values or by a new one. Nothing was changed.")
    }

    /// Checks what was keyed for one field, a reserved one included.
    func assignment(
        _ field: String, _ keyed: Keyed, _ entry: EntryInHand, _ changes: borrowing OwnChanges
    ) throws -> (assignment: Assignment, findings: [Finding]) {
        let check = entry.promotion.check
        guard field.utf8.first != UInt8(ascii: "$") else { return (try reserved(field, keyed), []) }
        guard let known = entry.promotion.promotion.field(field) else {
            throw failure(
                .unknownField,
                "The form of \(entry.promotion.promotion.id) has no field \(field). Nothing was changed. Check the field's id.")
        }
        if let flag = keyed.flag, !Identifier.isValid(flag) { throw changes.maker.badFlag() }
        let received = entry.state["received_date"]?.shown(by: .latest)?.assignment.value.text.flatMap { CalendarDate($0) }
        return check.assignment(for: known, keyed: keyed, received: received)
    }

    private func reserved(_ field: String, _ keyed: Keyed) throws -> Assignment {
        let text = keyed.text.trimmingBlanks
        let value: Scalar? =
            switch field {
            case "$batch": Identifier.isBatchLabel(text) ? .text(text) : nil
            case "$envelope", "$card": Int64(text).flatMap { $0 > 0 && safeIntegers.contains($0) ? .integer($0) : nil }
            case "$channel": EntryChannel(rawValue: text).map { .text($0.rawValue) }
            default: nil
            }
        guard let value else {
            throw failure(.invalid, "This is no value for \(field). Nothing was changed. Choose one of the values that stand there.")
        }
        return Assignment(field: field, value: value)
    }

    /// What the entry's fields say against each other after an edit.
    private func across(_ entry: EntryInHand, _ edited: [Assignment]) -> [Finding] {
        let promotion = entry.promotion.promotion
        return entry.promotion.check.findings(
            across: { field in
                if let assignment = edited.first(where: { $0.field == field }) { return assignment.value }
                let policy = promotion.field(field)?.policy ?? .latest
                return entry.state[field]?.shown(by: policy)?.assignment.value
            }, received: nil)
    }
}

extension String {
    var trimmingBlanks: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}

public import EntryModel
import GRDB

extension FieldDatabase {
    /// The cards of a batch that are keyed twice, in the order in which they lie there; void and erased ones are left out.
    ///
    /// - Parameter operatorID: Who asks; `nil` when nobody is to be told apart.
    public func secondKeying(promotion: String, batch: String, for operatorID: String?) throws -> [SecondKeyingCard] {
        try checkLock()
        guard let held = current.promotions[promotion], !held.promotion.doubleKeyFields.isEmpty else { return [] }
        return try read { database in
            let records = try database.list(
                """
                SELECT e.number, e.id, e.promotion, e.batch, e.flags, e.conflicts, e.changes FROM entry e JOIN batch b ON b.number = e.batch
                WHERE b.promotion = ? AND b.label = ? AND e.flags & 21 = 0 ORDER BY e.envelope, e.card, e.number
                """, [.integer(held.number), .text(batch)], EntryRecord.init)
            let log = ChangeLog(database: database, values: values)
            return try records.filter { held.promotion.isDoubleKeyed($0.id) }.map { try card($0, held, log, operatorID) }
        }
    }

    /// One card, whether or not it is one of a sample.
    /// - Throws: `unknownEntry`.
    public func secondKeying(of entry: UniqueID, for operatorID: String?) throws -> SecondKeyingCard {
        try checkLock()
        return try read { database in
            guard let record = try EntryRecord.find(entry, database), !record.isHidden else { throw unknown(entry) }
            guard let held = current.promotions.values.first(where: { $0.number == record.promotion }) else { throw unknown(entry) }
            return try card(record, held, ChangeLog(database: database, values: values), operatorID)
        }
    }

    private func card(_ record: EntryRecord, _ held: HeldPromotion, _ log: ChangeLog, _ operatorID: String?) throws -> SecondKeyingCard {
        let changes = try log.changes(of: .entry(record.number)).map(\.change)
        let state = Merge.state(of: changes)
        let makers = Dictionary(changes.map { ($0.id, $0.header.operatorID) }) { first, _ in first }
        var card = SecondKeyingCard(
            entry: record.id, place: EntryPlacing(state).cardPlace, waiting: [], own: [], inConflict: [], verified: [])
        for field in held.promotion.doubleKeyFields.map(\.id) {
            guard state.verified[field] != true else {
                card.verified.append(field)
                continue
            }
            card.waiting.append(field)
            if state[field]?.differs == true { card.inConflict.append(field) }
            if let operatorID, state[field]?.heads.contains(where: { makers[$0.change] == operatorID }) == true { card.own.append(field) }
        }
        return card
    }

    /// Takes what somebody else keyed of a field of a card, without having seen the first keying, and compares.
    ///
    /// What agrees is stored at once, as a change. Compared are the normal forms: a telephone number's punctuation makes no difference.
    ///
    /// - Parameter effort: What it took; `nil` where nobody measured.
    /// - Returns: `differs` when nothing was stored: `decide` is next, after whatever was keyed once more.
    /// - Throws: `sameOperator` when this person made what stands, `invalid` for a void entry or a field in conflict, and as for `edit`.
    public func keyAgain(
        _ entry: UniqueID, field: String, _ keyed: Keyed, effort: KeyingEffort? = nil, by operatorID: String
    ) throws -> SecondKeying {
        try record(by: operatorID) { changes in
            let entry = try takeAgain(entry, field, operatorID, changes)
            // Whoever has seen both keyings and keys once more has seen the first.
            if try changes.peeked(entry, field) == .besideSecond { try changes.notePeek(entry, field, isBesideSecond: false) }
            let second = try assignment(field, keyed, entry, changes).assignment
            let heads = entry.state[field]?.heads ?? []
            let first = heads.last?.assignment ?? Assignment(field: field, value: .null)
            guard first.value == second.value, first.flag == second.flag else {
                let maker = entry.changes.first { $0.change.id == heads.last?.change }?.change.header
                return .differs(
                    SecondKeying.Difference(
                        first: first, firstOperatorID: maker?.operatorID, firstStamp: maker?.stamp, second: second,
                        heads: heads.map(\.change)))
            }
            try changes.verify(entry, field, value: nil, differed: false, effort: effort)
            return .agrees
        }
    }

    /// Decides where two keyings of a field differ.
    ///
    /// - Parameter difference: What the person saw.
    /// - Returns: `change` is the one that set another value; `nil` when what stood stands.
    /// - Throws: `unknownChange` when something else stands by now, and as for `keyAgain`; then nothing was changed.
    public func decide(
        _ entry: UniqueID, _ difference: SecondKeying.Difference, _ decision: SecondDecision, effort: KeyingEffort? = nil,
        by operatorID: String
    ) throws -> Edited {
        let field = difference.first.field
        return try record(by: operatorID) { changes in
            let entry = try takeAgain(entry, field, operatorID, changes)
            guard Set(entry.state[field]?.heads.map(\.change) ?? []) == Set(difference.heads) else {
                throw failure(
                    .unknownChange,
                    "\(field) of entry \(entry.id) was changed meanwhile. Nothing was decided. Key it again from the card.")
            }
            var findings: [Finding] = []
            var value: Assignment?
            if case .keyed(let keyed) = decision {
                let checked = try assignment(field, keyed, entry, changes)
                findings = checked.findings
                let isFirst = checked.assignment.value == difference.first.value && checked.assignment.flag == difference.first.flag
                if !isFirst { value = checked.assignment }
            }
            let change = try changes.verify(entry, field, value: value, differed: true, effort: effort)
            return Edited(entry: entry.id, change: change?.id, fields: [field], findings: findings)
        }
    }

    /// Shows somebody who keys a field again what the first keying was. It is written down, and stands in the second keying.
    ///
    /// - Parameter isBesideSecond: Whether it is shown beside a second keying that differs, to be decided: that is no look, unless the person
    ///   breaks off and keys the field once more afterwards.
    /// - Throws: As for `keyAgain`.
    public func peek(_ entry: UniqueID, field: String, isBesideSecond: Bool = false, by operatorID: String) throws -> Assignment {
        try record(by: operatorID) { changes in
            let entry = try takeAgain(entry, field, operatorID, changes)
            try changes.notePeek(entry, field, isBesideSecond: isBesideSecond)
            return entry.state[field]?.heads.last?.assignment ?? Assignment(field: field, value: .null)
        }
    }

    /// Takes an entry in hand of which somebody keys a field again.
    private func takeAgain(_ id: UniqueID, _ field: String, _ operatorID: String, _ changes: borrowing OwnChanges) throws -> EntryInHand {
        let entry = try take(id, changes)
        guard entry.state.void != .void else {
            throw failure(.invalid, "Entry \(id) is void, so it is not keyed a second time. Nothing was changed. `restore` brings it back.")
        }
        guard entry.promotion.promotion.field(field) != nil else {
            throw failure(
                .unknownField,
                "The form of \(entry.promotion.promotion.id) has no field \(field). Nothing was changed. Check the field's id.")
        }
        guard entry.state[field]?.differs != true else {
            throw failure(
                .invalid, "\(field) of entry \(id) is in conflict. Nothing was changed. `resolve` decides that first.")
        }
        let heads = Set(entry.state[field]?.heads.map(\.change) ?? [])
        guard !entry.changes.contains(where: { heads.contains($0.change.id) && $0.change.header.operatorID == operatorID }) else {
            throw failure(
                .sameOperator,
                "\(field) of entry \(id) was keyed by you, and the second keying is another person's. Nothing was changed. "
                    + "`operator NAME` signs somebody else in.")
        }
        return entry
    }
}

extension OwnChanges {
    /// Stores a second keying: the value that was decided for, where it is another, and that the field is verified.
    ///
    /// - Parameter value: `nil` for what stands.
    /// - Returns: The change that set another value; `nil` for what stands.
    @discardableResult
    fileprivate mutating func verify(
        _ entry: EntryInHand, _ field: String, value: Assignment?, differed: Bool, effort: KeyingEffort?
    ) throws -> Change? {
        let peeked = try self.peeked(entry, field) == .before
        try database.run("DELETE FROM peek WHERE entry = ? AND field = ? AND operator = ?", peekKey(entry, field))
        let form = entry.promotion.promotion.formVersion
        var heads = entry.state[field]?.heads.map(\.change) ?? []
        var changed: Change?
        // A field that nobody ever set has no head that could be verified.
        if let assignment = value ?? (heads.isEmpty ? Assignment(field: field, value: .null) : nil) {
            let body = body(set: [assignment], base: entry.state.bases(of: [field]), reason: "double-key")
            let change = try write(.set, form: form, subject: entry.subject, row: entry.row, body: body)
            heads = [change.id]
            if value != nil { changed = change }
        }
        var body = body()
        body.verify = [
            ChangeBody.Verification(field: field, heads: heads, agrees: true, peeked: peeked, differed: differed)
        ]
        _ = try write(.verify, form: form, subject: entry.subject, row: entry.row, body: body)
        try merging.refresh(entry: entry.record.number)

        let isChanged: Int64 = value == nil ? 0 : 1
        let own = WorkTally(verified: 1, differed: differed ? 1 : 0, changed: isChanged, keyedAgain: effort ?? KeyingEffort())
        try count(own, of: maker.operatorID, promotion: entry.promotion.number)
        for keyer in Set(keyers(of: field, entry)) {
            try count(WorkTally(checked: 1, mistaken: isChanged), of: keyer, promotion: entry.promotion.number)
        }
        return changed
    }

    /// When somebody who keys a field again saw the first keying.
    fileprivate enum Peek {
        case never
        /// Beside the second one, when that was made already.
        case besideSecond
        case before
    }

    fileprivate func peeked(_ entry: EntryInHand, _ field: String) throws -> Peek {
        let beside = try database.first(
            "SELECT beside FROM peek WHERE entry = ? AND field = ? AND operator = ?", peekKey(entry, field)
        ) { $0.integer(0) }
        return beside.map { $0 == 0 ? .before : .besideSecond } ?? .never
    }

    fileprivate func notePeek(_ entry: EntryInHand, _ field: String, isBesideSecond: Bool) throws {
        let known = try peeked(entry, field)
        guard known == .never || (known == .besideSecond && !isBesideSecond) else { return }
        try database.run(
            """
            INSERT INTO peek (entry, field, operator, made, beside) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (entry, field, operator) DO UPDATE SET beside = ?5
            """, peekKey(entry, field) + [.integer(maker.stamp), .integer(isBesideSecond ? 1 : 0)])
        if !isBesideSecond { try count(WorkTally(peeks: 1), of: maker.operatorID, promotion: entry.promotion.number) }
    }

    private func peekKey(_ entry: EntryInHand, _ field: String) -> [SQLValue] {
        [.id(entry.id), .text(field), .text(maker.operatorID)]
    }
}

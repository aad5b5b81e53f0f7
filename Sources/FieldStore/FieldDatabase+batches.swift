public import EntryModel
import GRDB

extension FieldDatabase {
    /// Opens a batch, or says again how many envelopes are in it. An open batch of which that is known stays as it is.
    ///
    /// - Parameters:
    ///   - label: `[A-Z0-9-]{1,32}`; never used again within the promotion.
    ///   - expected: Envelopes in the tray; `nil` leaves what was said before.
    public func openBatch(promotion: String, label: String, expected: Int64? = nil, by operatorID: String) throws -> BatchView {
        if let expected, expected < 0 || !safeIntegers.contains(expected) {
            throw failure(.invalid, "A batch cannot hold \(expected) envelopes. Nothing was changed. Say the number again.")
        }
        var assignments = [Assignment(field: "$state", value: .text(BatchView.State.open.rawValue))]
        if let expected { assignments.append(Assignment(field: "$expected", value: .integer(expected))) }
        return try setBatch(promotion, label, assignments, mustExist: false, by: operatorID)
    }

    /// Closes a batch: its tray is counted and put away, and takes no more cards here.
    ///
    /// The change says what was counted, so that every replica notices when something else is in it later.
    ///
    /// - Returns: A batch that is closed already stays as it is.
    /// - Throws: `unbalancedBatch` while its figures differ, with the envelopes that hold it up; `unknownBatch`.
    public func closeBatch(promotion: String, label: String, by operatorID: String) throws -> BatchView {
        try record(by: operatorID) { changes in
            let held = try assigned(promotion)
            guard let view = try batch(promotion, label, changes.database) else { throw unknownBatch(label, promotion) }
            guard view.state == .open else { return view }
            if let refusal = view.refusal { throw failure(.unbalancedBatch, refusal) }
            let batch = try changes.takeBatch(label, held)
            let closed = Assignment(field: "$state", value: .text(BatchView.State.closed.rawValue))
            _ = try changes.set(batch, [closed], counted: try BatchCount(batch.number, batch.state, changes.database))
            guard let view = try self.batch(promotion, label, changes.database) else { throw DatabaseError.damaged("a batch") }
            return view
        }
    }

    private func unknownBatch(_ label: String, _ promotion: String) -> FieldStoreError {
        failure(
            .unknownBatch, "This station has no batch \(label) of \(promotion). Nothing was changed. Check the label with `batch list`.")
    }

    /// Opens a closed batch again.
    public func reopenBatch(promotion: String, label: String, by operatorID: String) throws -> BatchView {
        let open = Assignment(field: "$state", value: .text(BatchView.State.open.rawValue))
        return try setBatch(promotion, label, [open], mustExist: true, by: operatorID)
    }

    /// Puts an envelope aside that has no entry.
    /// - Parameters:
    ///   - code: What it is, such as `empty` or `foreign`; `void` for one that counts as void; `nil` takes it back.
    ///   - reason: A code for why, where the first does not say it.
    public func setException(
        promotion: String, label: String, envelope: Int64, code: String?, reason: String? = nil, by operatorID: String
    ) throws -> BatchView {
        guard 1..<1_000_000 ~= envelope else {
            throw failure(.invalid, "The numbers of envelopes are 1 to 999999. Nothing was changed. Say the number again.")
        }
        guard code.map(Identifier.isValid) ?? true else {
            throw failure(.invalid, "An exception is a code of small letters, digits and hyphens, such as `empty`. Nothing was changed.")
        }
        let exception = Assignment(field: "$envelope.\(envelope)", value: code.map { .text($0) } ?? .null)
        return try setBatch(promotion, label, [exception], reason: reason, mustExist: true, by: operatorID)
    }

    /// Counts an envelope as void: the entries in it, all of them, or the envelope itself when there are none.
    ///
    /// - Parameter reason: A code such as `unreadable`.
    /// - Returns: The batch, and how many entries became void.
    public func voidEnvelope(
        promotion: String, label: String, envelope: Int64, reason: String?, by operatorID: String
    ) throws -> (batch: BatchView, entries: Int) {
        let counting = try entries(promotion: promotion, label: label, envelope: envelope).filter { !$0.isVoid }
        guard !counting.isEmpty else {
            let batch = try setException(
                promotion: promotion, label: label, envelope: envelope, code: "void", reason: reason, by: operatorID)
            return (batch, 0)
        }
        return try record(by: operatorID) { changes in
            for entry in counting { _ = try changes.setVoid(try take(entry.id, changes), true, reason: reason) }
            guard let view = try batch(promotion, label, changes.database) else { throw DatabaseError.damaged("a batch") }
            return (view, counting.count)
        }
    }

    /// The entries that lie in an envelope, card by card; more than one of the same card when it was keyed more than once.
    public func entries(
        promotion: String, label: String, envelope: Int64
    ) throws -> [(id: UniqueID, card: Int64, isVoid: Bool)] {
        try read { database in
            try database.list(
                """
                SELECT e.id, e.card, e.flags & 1 FROM batch b JOIN promotion p ON p.number = b.promotion JOIN entry e ON e.batch = b.number
                WHERE p.id = ? AND b.label = ? AND e.envelope = ? AND e.flags & 20 = 0 ORDER BY e.card, e.number
                """, [.text(promotion), .text(label), .integer(envelope)]
            ) { (try $0.id(0), $0.integer(1), $0.integer(2) != 0) }
        }
    }

    /// The batches of a promotion, by label.
    public func batches(promotion: String) throws -> [BatchView] {
        try read { database in
            let records = try database.list(
                """
                SELECT b.number, b.label, b.closed, b.expected, b.changes, p.id FROM batch b JOIN promotion p ON p.number = b.promotion
                WHERE p.id = ? ORDER BY b.label
                """, [.text(promotion)], BatchRecord.init)
            return try records.map { try view($0, database) }
        }
    }

    /// One batch; `nil` when nobody has opened it and no card lies in it.
    public func batch(promotion: String, label: String) throws -> BatchView? {
        try read { try batch(promotion, label, $0) }
    }

    func setBatch(
        _ promotion: String, _ label: String, _ assignments: [Assignment], reason: String? = nil, mustExist: Bool, by operatorID: String
    ) throws -> BatchView {
        try record(by: operatorID) { changes in
            let held = try assigned(promotion)
            if mustExist, try batch(promotion, label, changes.database) == nil { throw unknownBatch(label, promotion) }
            let batch = try changes.takeBatch(label, held)
            _ = try changes.set(batch, assignments, reason: reason)
            guard let view = try self.batch(promotion, label, changes.database) else { throw DatabaseError.damaged("a batch") }
            return view
        }
    }

    func batch(_ promotion: String, _ label: String, _ database: Database) throws -> BatchView? {
        let record = try database.first(
            """
            SELECT b.number, b.label, b.closed, b.expected, b.changes, p.id FROM batch b JOIN promotion p ON p.number = b.promotion
            WHERE p.id = ? AND b.label = ?
            """, [.text(promotion), .text(label)], BatchRecord.init)
        return try record.map { try view($0, database) }
    }

    private func view(_ record: BatchRecord, _ database: Database) throws -> BatchView {
        let log = ChangeLog(database: database, values: values)
        let changes = record.changes == 0 ? [] : try log.changes(of: .batch(record.number))
        let state = Merge.state(of: changes.map(\.change))
        let figures = try BatchFigures(record.number, state, expected: record.expected, database)
        let turns = changes.compactMap { BatchTurn($0) }
        let counted = record.isClosed ? try BatchCount(record.number, state, database) : BatchCount()
        let closing = record.isClosed ? turns.last { $0.turn.state == .closed }?.number : nil
        return BatchView(
            promotion: record.promotion, label: record.label, state: record.isClosed ? .closed : .open, expected: record.expected,
            keyed: figures.keyed, void: figures.void, exceptions: figures.exceptions, lastEnvelope: figures.lastEnvelope,
            entries: figures.entries, conflicts: state.conflicts, missing: figures.missing, keyedTwice: figures.keyedTwice,
            turns: turns.map(\.turn), voidedSinceClosed: try closing.map { try log.voided(in: record.number, since: $0) } ?? 0,
            countedOtherwise: record.isClosed && BatchInHand.differs(from: counted, state, changes))
    }
}

/// A row of `batch`.
private struct BatchRecord {
    var number: Int64
    var label: String
    var isClosed: Bool
    var expected: Int64?
    var changes: Int64
    var promotion: String

    init(_ row: SQLRow) {
        number = row.integer(0)
        label = row.text(1)
        isClosed = row.integer(2) != 0
        expected = row.optionalInteger(3)
        changes = row.integer(4)
        promotion = row.text(5)
    }
}

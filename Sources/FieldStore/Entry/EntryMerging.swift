import EntryModel
import GRDB

/// Brings the rows of entries and batches to what their changes say.
struct EntryMerging {
    let log: ChangeLog
    /// Entries up to this row are in the look-ups already, so that a change of theirs has to be followed up there.
    let indexed: Int64

    private var database: Database { log.database }

    init(_ database: Database, _ values: PersonalValues) throws {
        log = ChangeLog(database: database, values: values)
        indexed = try database.integer("SELECT indexed FROM station")
    }

    /// Merges an entry's changes anew and writes its row.
    ///
    /// - Parameter isEntitled: Whether the station is known to be entitled to the entry, so that it stays if it was about to leave.
    /// - Returns: Conflicts before and after; `nil` when the entry is not here any more.
    @discardableResult
    func refresh(entry number: Int64, isEntitled: Bool = false) throws -> (before: Int64, after: Int64)? {
        guard let record = try EntryRecord.find(number, database) else { return nil }
        let changes = try log.changes(of: .entry(number))
        let state = Merge.state(of: changes.map(\.change))
        try write(state, of: record, changes: changes.count, isEntitled: isEntitled)
        if state.isErased { try destroyBodies(of: number, changes) }
        return (record.conflicts, Int64(state.conflicts.count))
    }

    /// Writes an entry's row after one more change of which the new state is known already.
    func write(_ state: EntryState, of record: EntryRecord, changes: Int, isEntitled: Bool = false) throws {
        let placing = EntryPlacing(state)
        let batch = try placing.batch.map { try batchNumber($0, promotion: record.promotion) }
        var flags = isEntitled ? 0 : record.flags & (EntryRecord.Flag.leaving | EntryRecord.Flag.hidden)
        switch state.void {
        case .no: break
        case .void: flags |= EntryRecord.Flag.void
        case .contested: flags |= EntryRecord.Flag.contested
        }
        if state.isErased { flags |= EntryRecord.Flag.erased }
        try database.run(
            """
            UPDATE entry SET batch = ?, envelope = ?, card = ?, channel = ?, flags = ?, conflicts = ?, changes = ? WHERE number = ?
            """,
            [
                .optional(batch), .optional(placing.envelope), .optional(placing.card), .optional(placing.channel), .integer(flags),
                .integer(Int64(state.conflicts.count)), .integer(Int64(changes)), .integer(record.number),
            ])
        if state.conflicts.count > record.conflicts { try noteConflict(record.number) }
        if record.number <= indexed { try followUp(record.number) }
    }

    /// Counts a conflict, so that it is told from those that were there before it.
    private func noteConflict(_ number: Int64) throws {
        try database.run("UPDATE station SET conflicts_made = conflicts_made + 1")
        try database.run(
            "UPDATE entry SET conflicted = (SELECT conflicts_made FROM station) WHERE number = ?", [.integer(number)])
    }

    /// Sees to it that the look-ups take the entry in again.
    func followUp(_ number: Int64) throws {
        try database.run("INSERT INTO look_up_due (entry) VALUES (?) ON CONFLICT DO NOTHING", [.integer(number)])
    }

    /// Merges a batch's changes anew and writes its row.
    @discardableResult
    func refresh(batch number: Int64) throws -> EntryState {
        let changes = try log.changes(of: .batch(number))
        let state = Merge.state(of: changes.map(\.change))
        let isClosed = state["$state"]?.shown(by: .latest)?.assignment.value == .text("closed")
        let expected = state["$expected"]?.shown(by: .latest)?.assignment.value.integer
        try database.run(
            "UPDATE batch SET closed = ?, expected = ?, conflicts = ?, changes = ? WHERE number = ?",
            [
                .integer(isClosed ? 1 : 0), .optional(expected), .integer(Int64(state.conflicts.count)), .integer(Int64(changes.count)),
                .integer(number),
            ])
        return state
    }

    /// The row of a batch, made when it is not there yet: a card may be keyed before anybody opens its tray.
    func batchNumber(_ label: String, promotion: Int64) throws -> Int64 {
        let known = try database.first(
            "SELECT number FROM batch WHERE promotion = ? AND label = ?", [.integer(promotion), .text(label)]
        ) { $0.integer(0) }
        if let known { return known }
        try database.run("INSERT INTO batch (promotion, label) VALUES (?, ?)", [.integer(promotion), .text(label)])
        return database.lastInsertedRowID
    }

    /// Leaves only the digests of the bodies of a person who asked to be erased: unsent ones too, and those whose bytes rotted, of which nothing is
    /// shown but nearly everything can be read.
    private func destroyBodies(of entry: Int64, _ changes: [LoggedChange]) throws {
        let erasures = Set(changes.filter { $0.change.header.kind == .erase }.map(\.number))
        let lines = try database.list("SELECT number, body, body_digest, quarantined FROM change WHERE entry = ?", [.integer(entry)]) {
            row in
            (number: row.integer(0), body: log.values.open(row.blob(1)), digest: try row.digest(2), isHeld: !row.isNull(3))
        }
        for line in lines where !erasures.contains(line.number) {
            if Change.goneBody(line.body) == nil {
                let gone = log.values.seal(Change.goneBodyLine(line.digest))
                try database.run("UPDATE change SET body = ? WHERE number = ?", [.blob(gone), .integer(line.number)])
            }
            // Nothing is decided any more about what was not merged.
            if line.isHeld { try database.run("UPDATE change SET quarantined = NULL WHERE number = ?", [.integer(line.number)]) }
        }
    }

    func destroyBody(_ logged: LoggedChange) throws {
        try database.run(
            "UPDATE change SET body = ? WHERE number = ?", [.blob(log.values.seal(logged.change.goneBodyLine)), .integer(logged.number)])
    }
}

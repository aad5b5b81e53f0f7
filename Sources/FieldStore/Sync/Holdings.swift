import EntryModel
import GRDB

/// What the station is entitled to keep, and what has to go; never a change that is not safe elsewhere.
struct Holdings {
    private let merging: EntryMerging
    private let epoch: Int64
    /// The last sequence that the centre acknowledged, and the last whose copy there is safe for good.
    private let acknowledged: Int64
    private let durable: Int64

    private var database: Database { merging.log.database }

    init(_ merging: EntryMerging, epoch: Int64) throws {
        self.merging = merging
        self.epoch = epoch
        (acknowledged, durable) =
            try merging.log.database.first(
                "SELECT acknowledged, durable FROM epoch WHERE number = ?", [.integer(epoch)]
            ) { ($0.integer(0), $0.integer(1)) } ?? (0, 0)
    }

    /// Lets an entry go that came out of one key, unless another key holds it.
    /// - Returns: Whether it is out of sight now.
    func leave(_ entry: Int64, key: Int64) throws -> Bool {
        try database.run("DELETE FROM holding WHERE entry = ? AND abs(feed_key) = ?", [.integer(entry), .integer(key)])
        guard let record = try EntryRecord.find(entry, database), !record.isHidden else { return false }
        let granted = try granted(record.promotion)
        guard try !isEntitled(record, granted: granted.filter { $0.number != key }) else { return false }
        return try release(record, granted: granted)
    }

    /// Takes note that nobody knows any more which entries a key holds, because the centre was put back to an earlier state: an entry may
    /// come back to it without ever having been in this key. The key is read again from its beginning.
    /// - Returns: `false` for a key of which that is never in doubt.
    static func doubt(_ key: FeedKey, _ number: Int64, _ database: Database) throws -> Bool {
        switch key {
        case .documents, .promotion: return false
        case .station, .batch: break
        }
        // What a page brings again is held for certain again; of the rest the negative number remembers that it was held.
        try database.run(
            "INSERT INTO holding (entry, feed_key) SELECT entry, -feed_key FROM holding WHERE feed_key = ? ON CONFLICT DO NOTHING",
            [.integer(number)])
        try database.run("DELETE FROM holding WHERE feed_key = ?", [.integer(number)])
        return true
    }

    /// Lets go what was held before the centre was put back, and what no key has brought again since all was read and confirmed.
    func settleDoubts() throws {
        let doubted = try database.list("SELECT DISTINCT entry FROM holding WHERE feed_key < 0") { $0.integer(0) }
        guard !doubted.isEmpty else { return }
        try database.run("DELETE FROM holding WHERE feed_key < 0")
        for number in doubted {
            guard let record = try EntryRecord.find(number, database), !record.isHidden else { continue }
            let granted = try granted(record.promotion)
            if try !isEntitled(record, granted: granted) { _ = try release(record, granted: granted) }
        }
    }

    /// Looks again at an entry that waited for the centre to decide about its capture, and lets it go if no granted key holds it.
    /// - Returns: Whether it is out of sight now.
    func reconsider(_ entry: Int64) throws -> Bool {
        guard let record = try EntryRecord.find(entry, database), !record.isHidden, record.flags & EntryRecord.Flag.leaving != 0,
            case let granted = try granted(record.promotion), try !isEntitled(record, granted: granted)
        else { return false }
        return try release(record, granted: granted)
    }

    /// Brings entries that were captured here back into sight when their promotion is given back: the centre may have their lines from this
    /// station's hands only, and then sends none of them.
    func restoreSight(promotion: Int64) throws {
        let granted = try granted(promotion)
        let hidden = try database.list(
            "SELECT \(EntryRecord.columns) FROM entry WHERE promotion = ? AND flags >= 16", [.integer(promotion)], EntryRecord.init)
        for record in hidden where try isEntitled(record, granted: granted) {
            try merging.refresh(entry: record.number, isEntitled: true)
        }
    }

    /// Lets go whatever of a promotion no granted key holds.
    /// - Returns: How many entries are out of sight now.
    func withdraw(promotion: Int64) throws -> Int {
        let granted = try granted(promotion)
        if granted.contains(where: { if case .promotion = $0.key { true } else { false } }) { return 0 }
        let records = try database.list(
            "SELECT \(EntryRecord.columns) FROM entry WHERE promotion = ? AND flags & 16 = 0", [.integer(promotion)], EntryRecord.init)
        var dropped = 0
        for record in records where try !isEntitled(record, granted: granted) {
            if try release(record, granted: granted) { dropped += 1 }
        }
        if granted.allSatisfy({ if case .documents = $0.key { true } else { false } }) { try withdrawBatches(promotion) }
        return dropped
    }

    /// Drops what others wrote of a promotion's batches, or of one of them. All of it comes again when it is granted again; if it stayed, nobody
    /// would ask a centre that is put back meanwhile whether it still has it.
    /// - Parameter label: `nil` for all.
    func withdrawBatches(_ promotion: Int64, label: String? = nil) throws {
        let numbers = try database.list(
            "SELECT number FROM batch WHERE promotion = ?1 AND (?2 IS NULL OR label = ?2)", [.integer(promotion), .optional(label)]
        ) { $0.integer(0) }
        for number in numbers {
            if try dropOthersLines(of: .batch(number)) { try merging.refresh(batch: number) }
        }
    }

    /// Looks again at the entries that are on their way out: what has been sent meanwhile goes out of sight or stays for good, what is safe
    /// for good at the centre is dropped.
    func sweep() throws {
        let leaving = try database.list("SELECT \(EntryRecord.columns) FROM entry WHERE flags >= 8", [], EntryRecord.init)
        for record in leaving {
            let granted = try granted(record.promotion)
            if try !record.isHidden && isEntitled(record, granted: granted) {
                try setFlag(0, of: record)
            } else {
                _ = try release(record, granted: granted)
            }
        }
    }

    private typealias Granted = (number: Int64, key: FeedKey)

    private func granted(_ promotion: Int64) throws -> [Granted] {
        try database.list("SELECT number, name FROM feed_key WHERE promotion = ?", [.integer(promotion)]) { row in
            guard let key = FeedKey(row.text(1)) else { throw DatabaseError.damaged("a feed key") }
            return (row.integer(0), key)
        }
    }

    private func isEntitled(_ record: EntryRecord, granted: [Granted]) throws -> Bool {
        let holding = try database.list("SELECT abs(feed_key) FROM holding WHERE entry = ?", [.integer(record.number)]) { $0.integer(0) }
        return try granted.contains { number, key in
            switch key {
            case .promotion: true
            case .documents: false
            // The centre sends no station its own captures, so `holding` says nothing of them.
            case .station: try holding.contains(number) || captures(of: record.number).contains { !isUndecided($0) }
            case .batch: holding.contains(number)
            }
        }
    }

    /// Captures of the entry that were made here and not rejected.
    private func captures(of entry: Int64) throws -> [LoggedChange] {
        try merging.log.changes(of: .entry(entry)).filter { logged in
            logged.isOwn && logged.change.header.kind == .set && logged.change.body?.base.isEmpty ?? true
                && logged.quarantined != LoggedChange.rejected
        }
    }

    /// Whether the centre has not taken a change of this station into its log yet, as far as is known here.
    private func isUndecided(_ logged: LoggedChange) -> Bool {
        logged.isWaiting || (logged.epoch == epoch && logged.sequence ?? 0 > acknowledged)
    }

    /// Drops an entry as far as that is safe now.
    /// - Returns: Whether it went out of sight.
    private func release(_ record: EntryRecord, granted: [Granted]) throws -> Bool {
        // The plus makes SQLite look at the entry's changes, not at the epoch's.
        let last = try database.integer(
            "SELECT max(sequence) FROM change WHERE entry = ? AND +epoch = ?", [.integer(record.number), .integer(epoch)])
        guard try last > durable || isNeeded(record.number) || isAwaited(record, granted) else {
            try drop(record.number)
            // The centre leaves out what it takes to be held here, so it has to be told.
            try database.run("UPDATE epoch SET dropped = max(dropped, ?) WHERE number = ?", [.integer(last), .integer(epoch)])
            return !record.isHidden
        }
        let isShown = try last > acknowledged || isAwaited(record, granted)
        let flag = isShown ? EntryRecord.Flag.leaving : EntryRecord.Flag.hidden
        try setFlag(flag, of: record)
        guard flag == EntryRecord.Flag.hidden, !record.isHidden else { return false }
        try LookUps.remove(record.number, database)
        if try dropOthersLines(of: .entry(record.number)) { try merging.refresh(entry: record.number) }
        return true
    }

    /// Of what is kept out of sight only the station's own lines are kept, and what says that they are erased or rejected: should it come back, the
    /// others come with it, and those that a restored centre has lost meanwhile must not stay here alone.
    /// - Returns: Whether there were any.
    private func dropOthersLines(of subject: ChangeLog.Subject) throws -> Bool {
        let changes = try merging.log.changes(of: subject)
        let own = Set(changes.filter(\.isOwn).map(\.change.id))
        let others = changes.filter { !own.contains($0.change.id) && $0.change.header.kind != .erase }
            .filter { $0.change.header.target.map { !own.contains($0) } ?? true }
        for line in others {
            try database.run(
                "DELETE FROM change WHERE number = ? AND number NOT IN (SELECT change FROM unconfirmed)", [.integer(line.number)])
        }
        return !others.isEmpty
    }

    /// Whether the entry was captured here and the centre has not decided about that yet; if it takes the capture, the entry is this station's.
    private func isAwaited(_ record: EntryRecord, _ granted: [Granted]) throws -> Bool {
        guard granted.contains(where: { if case .station = $0.key { true } else { false } }) else { return false }
        return try captures(of: record.number).contains(where: isUndecided)
    }

    private func setFlag(_ flag: Int64, of record: EntryRecord) throws {
        let rest = record.flags & ~(EntryRecord.Flag.leaving | EntryRecord.Flag.hidden)
        try database.run("UPDATE entry SET flags = ? WHERE number = ?", [.integer(rest | flag), .integer(record.number)])
    }

    /// Whether the centre may need a change of the entry from this station: it may have lost it, or has never shown that it holds it.
    private func isNeeded(_ entry: Int64) throws -> Bool {
        try database.integer(
            """
            SELECT count(*) FROM change WHERE entry = ?1
            AND (mac IS NULL AND +epoch <> ?2 OR number IN (SELECT change FROM unconfirmed))
            """, [.integer(entry), .integer(epoch)]) > 0
    }

    private func drop(_ entry: Int64) throws {
        try LookUps.remove(entry, database)
        for sql in [
            "DELETE FROM look_up_due WHERE entry = ?", "DELETE FROM holding WHERE entry = ?", "DELETE FROM change WHERE entry = ?",
            "DELETE FROM entry WHERE number = ?",
        ] {
            try database.run(sql, [.integer(entry)])
        }
        // The number of the last entry is given to the next one that comes, which has to be taken in.
        try EntryEnds(database).goBack()
    }
}

import EntryModel
import GRDB

extension FieldDatabase {
    /// Looks through the whole file: its structure, every change against its id, every chain, every row against its changes, every cursor.
    ///
    /// Changes nothing. Takes its time: about 50 µs a change.
    /// - Returns: What is not as it was written; empty when all is well.
    public func check() throws -> [FileFinding] {
        let station = current.identity?.station
        return try read { database in
            var check = FileCheck(database, values, station: station)
            try check.run()
            return check.findings.map(\.finding)
        }
    }

    /// Puts right what `check()` finds, as far as that can be done here: rows are merged anew from their changes, a broken chain goes on in
    /// a new epoch, and what the centre has whole is forgotten here so that the next sync brings it again.
    ///
    /// No change that the centre has not acknowledged is dropped.
    /// - Returns: What had been found, in the state before.
    @discardableResult
    public func repair() throws -> [FileFinding] {
        let identity = current.identity
        let epoch = current.epoch
        let findings = try write { database -> [FileFinding] in
            var check = FileCheck(database, values, station: identity?.station)
            try check.run()
            var repair = FileRepair(database, try EntryMerging(database, values))
            for (finding, place) in check.findings {
                if finding.remedy == .people { repair.ask(place) } else { try repair.apply(finding, place) }
            }
            try repair.finish()
            if repair.needsEpoch, let identity {
                // With the old chain and the old cursors goes what would have shown that the centre has lost something, so all goes again.
                _ = try EpochChange(database, values, epoch: epoch).begin(
                    surroundings.newID(), station: identity.station, confirmed: 0)
            } else if repair.readsAgain {
                try EpochChange(database, values, epoch: epoch).resendEarlierEpochs()
            }
            return check.findings.map(\.finding)
        }
        try renew()
        return findings
    }
}

/// Puts findings right within one transaction.
private struct FileRepair {
    private let database: Database
    private let merging: EntryMerging
    /// Whether the station's own lines have to go on in a new epoch, so that the centre sends those of the present one again.
    private(set) var needsEpoch = false
    /// Whether the feed is read from its beginning.
    private(set) var readsAgain = false
    private var entries: Set<Int64> = []
    private var batches: Set<Int64> = []

    init(_ database: Database, _ merging: EntryMerging) {
        self.database = database
        self.merging = merging
    }

    mutating func apply(_ finding: FileFinding, _ place: FileCheck.Place) throws {
        switch place {
        case .change(let number, let isOwn, _):
            readsAgain = true
            if isOwn { needsEpoch = true }
            try forget(number, keepsHeader: finding.kind == .rottedBody)
        case .entry(let number): entries.insert(number)
        case .batch(let number): batches.insert(number)
        // One key is read again with all the others: what it brought cannot be told from what they did.
        case .key: readsAgain = true
        case .elsewhere:
            if finding.kind == .chain { needsEpoch = true }
            if finding.kind == .leftover { for (_, sql) in FileCheck.leftovers { try database.run("DELETE \(sql)") } }
        }
    }

    /// An own line that rotted before it was acknowledged stays as it is: nobody may have another. But the centre has it whole if its answer was
    /// lost, or if others handed it back after the centre had been put back; and to a new epoch it sends it.
    mutating func ask(_ place: FileCheck.Place) {
        guard case .change(_, isOwn: true, _) = place else { return }
        needsEpoch = true
        readsAgain = true
    }

    mutating func finish() throws {
        for number in entries.sorted() { try merging.refresh(entry: number) }
        for number in batches.sorted() { try merging.refresh(batch: number) }
        // Feeds are read again from their beginning; what is held is passed over, what was forgotten comes back.
        // Without cursors nobody would notice that the centre has lost a line, so each has to be confirmed again.
        // Nor which entries a key holds: the page that begins below the cursor, which would have said so, never comes.
        if readsAgain {
            let keys = try database.list("SELECT number, name FROM feed_key") { (number: $0.integer(0), name: $0.text(1)) }
            for (number, name) in keys {
                if let key = FeedKey(name) { _ = try Holdings.doubt(key, number, database) }
            }
            try database.run("UPDATE feed_key SET position = NULL, digest = NULL, checkpoints = NULL")
            try database.run(
                "INSERT INTO unconfirmed (change) SELECT number FROM change WHERE mac IS NOT NULL AND position > 0 ON CONFLICT DO NOTHING")
        }
    }

    /// The centre has the change whole: a body that rotted leaves its digest until it comes back, a header takes the whole line with it.
    private mutating func forget(_ number: Int64, keepsHeader: Bool) throws {
        let row = try database.first("SELECT entry, batch, body_digest FROM change WHERE number = ?", [.integer(number)]) { row in
            (entry: row.optionalInteger(0), batch: row.optionalInteger(1), bodyDigest: try row.digest(2))
        }
        guard let row else { return }
        if keepsHeader {
            let gone = merging.log.values.seal(Change.goneBodyLine(row.bodyDigest))
            try database.run("UPDATE change SET body = ? WHERE number = ?", [.blob(gone), .integer(number)])
        } else {
            try database.run("DELETE FROM document WHERE change = ?", [.integer(number)])
            try database.run("DELETE FROM unconfirmed WHERE change = ?", [.integer(number)])
            try database.run("DELETE FROM change WHERE number = ?", [.integer(number)])
        }
        if let entry = row.entry { entries.insert(entry) }
        if let batch = row.batch { batches.insert(batch) }
    }
}

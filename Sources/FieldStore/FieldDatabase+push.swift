public import EntryModel
import GRDB

extension FieldDatabase {
    /// Where the station's chain stands.
    /// - Throws: `notEnrolled`.
    public func chainPosition() throws -> ChainState {
        let identity = try enrolled()
        let epoch = current.epoch
        return try read { database in
            // Few wait in quarantine and many stand in the chain: the plus makes SQLite look at the former.
            let waiting = try database.integer(
                "SELECT max(sequence) FROM change WHERE quarantined IS NOT NULL AND quarantined <> ? AND +epoch = ?",
                [.text(LoggedChange.rejected), .integer(epoch)])
            let state = try database.first(
                "SELECT acknowledged, acknowledged_chain, head, head_chain, dropped FROM epoch WHERE number = ?", [.integer(epoch)]
            ) { row in
                ChainState(
                    epoch: identity.epoch, forkedFrom: identity.forkedFrom,
                    acknowledged: RequestLine.ChainPosition(sequence: row.integer(0), chain: try row.digest(1)),
                    head: RequestLine.ChainPosition(sequence: row.integer(2), chain: try row.digest(3)),
                    lacks: max(row.integer(4), waiting))
            }
            guard let state else { throw DatabaseError.damaged("the epoch") }
            return state
        }
    }

    /// Own changes that the centre has not acknowledged; for a prompt, since it costs next to nothing. 0 before enrolment.
    public func unsentCount() throws -> Int {
        let epoch = current.epoch
        return Int(try read { try $0.integer("SELECT head - acknowledged FROM epoch WHERE number = ?", [.integer(epoch)]) })
    }

    /// Own changes of this epoch from `after` + 1 on, consecutive, as many as fit.
    ///
    /// - Parameters:
    ///   - maximumBytes: Of both lines with their LFs, all together; the first change is given even when it alone has more.
    /// - Returns: Empty when there are none.
    public func outgoing(after: Int64, maximumRows: Int, maximumBytes: Int) throws -> [OutgoingChange] {
        let epoch = current.epoch
        var changes: [OutgoingChange] = []
        guard maximumRows > 0 else { return changes }
        changes.reserveCapacity(min(maximumRows, 512))
        var bytes = 0
        try read { database in
            try database.whileRows(
                "SELECT sequence, id, header, body, body_digest FROM change WHERE epoch = ? AND sequence > ? ORDER BY sequence LIMIT ?",
                [.integer(epoch), .integer(after), .integer(Int64(maximumRows))]
            ) { row in
                let line = StoredLine(
                    id: try row.digest(1), header: row.blob(2), body: values.open(row.blob(3)), bodyDigest: try row.digest(4))
                // What rotted goes up as its digest, so that it never holds up those behind it.
                let change = OutgoingChange(
                    sequence: row.integer(0), id: line.id, headerLine: line.header,
                    bodyLine: line.soundness == .rottedBody ? line.goneBody : line.body)
                guard change.sequence == after + 1 + Int64(changes.count) else { return false }
                bytes += change.messageBytes
                guard changes.isEmpty || bytes <= maximumBytes else { return false }
                changes.append(change)
                return true
            }
        }
        return changes
    }

    /// The chain at a sequence of this epoch; at 0 its start.
    /// - Returns: `nil` for a sequence that was not reached, or whose change is not held any more.
    public func chain(at sequence: Int64) throws -> Digest? {
        let identity = try enrolled()
        let epoch = current.epoch
        return try read { try Self.chain(at: sequence, epoch: epoch, identity, $0) }
    }

    static func chain(at sequence: Int64, epoch: Int64, _ identity: StationIdentity, _ database: Database) throws -> Digest? {
        if sequence == 0 { return Chain.start(station: identity.station, epoch: identity.epoch) }
        let held = try database.first(
            "SELECT chain FROM change WHERE epoch = ? AND sequence = ?", [.integer(epoch), .integer(sequence)]
        ) { try $0.digest(0) }
        if let held { return held }
        // The change may have left with its entry; where the chain was acknowledged last is remembered.
        return try database.first(
            "SELECT acknowledged_chain FROM epoch WHERE number = ? AND acknowledged = ?", [.integer(epoch), .integer(sequence)]
        ) { try $0.digest(0) }
    }

    /// Takes note of what the centre has taken; again and again does no harm.
    ///
    /// - Parameters:
    ///   - through: The sequence through which the centre has everything.
    ///   - chain: The centre's chain there. Unless it is this station's own, the answer says nothing about this chain.
    ///   - exceptions: Changes that the centre keeps in quarantine, or whose entry was erased.
    ///   - durable: The sequence through which the centre's copy is safe for good.
    ///   - isOld: The answer may be older than what came since, as one that came by file: of changes that the feed has shown meanwhile it no
    ///     longer says that they are in quarantine.
    ///   - time: When the centre gave the answer, milliseconds by its clock; the latest unless said. Of changes that a later answer has told of, it
    ///     no longer says that they are in quarantine.
    /// - Returns: `false`, and nothing was changed, when `chain` is not this station's.
    public func acknowledge(
        through: Int64, chain: Digest, exceptions: [PushAnswer.Exception], durable: Int64, isOld: Bool = false,
        at time: Int64 = .max
    ) throws -> Bool {
        let identity = try enrolled()
        let epoch = current.epoch
        return try write { database in
            guard try Self.chain(at: through, epoch: epoch, identity, database) == chain else { return false }
            try Self.noteAnswer(through, at: time, epoch: epoch, database)
            try database.run(
                "UPDATE epoch SET acknowledged = ?2, acknowledged_chain = ?3 WHERE number = ?1 AND acknowledged < ?2",
                [.integer(epoch), .integer(through), .digest(chain)])
            try database.run(
                "UPDATE epoch SET durable = max(durable, min(?2, acknowledged)) WHERE number = ?1", [.integer(epoch), .integer(durable)])
            let merging = try EntryMerging(database, values)
            try take(exceptions, through: through, epoch: epoch, isOld: isOld, at: time, merging)
            try Holdings(merging, epoch: epoch).sweep()
            return true
        }
    }

    /// Remembers when the centre told of changes that are in a bundle too; of others no answer can come late.
    private static func noteAnswer(_ through: Int64, at time: Int64, epoch: Int64, _ database: Database) throws {
        let before = try database.integer("SELECT acknowledged FROM epoch WHERE number = ?", [.integer(epoch)])
        guard through > before, try database.integer("SELECT max(last) FROM export WHERE epoch = ?", [.integer(epoch)]) > before else {
            return
        }
        // What stands there was said before the centre was put back.
        try database.run("DELETE FROM answered WHERE epoch = ? AND through > ?", [.integer(epoch), .integer(before)])
        try database.run(
            "INSERT INTO answered (epoch, through, time) VALUES (?, ?, ?)", [.integer(epoch), .integer(through), .integer(time)])
    }

    /// Whether a later answer than the one of that time has told of a change.
    private func isOutdated(_ time: Int64, at sequence: Int64, epoch: Int64, _ database: Database) throws -> Bool {
        try database.integer(
            "SELECT time FROM answered WHERE epoch = ? AND through >= ? ORDER BY through LIMIT 1", [.integer(epoch), .integer(sequence)])
            > time
    }

    /// Exceptions name ids only; they are among the changes just sent, so the search goes down from there and ends soon.
    private func take(
        _ exceptions: [PushAnswer.Exception], through: Int64, epoch: Int64, isOld: Bool, at time: Int64, _ merging: EntryMerging
    ) throws {
        guard !exceptions.isEmpty else { return }
        var wanted = Dictionary(exceptions.map { ($0.id, $0) }) { first, _ in first }
        var found: [(number: Int64, sequence: Int64, exception: PushAnswer.Exception)] = []
        try merging.log.database.whileRows(
            "SELECT number, id, sequence FROM change WHERE epoch = ? AND sequence <= ? ORDER BY sequence DESC",
            [.integer(epoch), .integer(through)]
        ) { row in
            if let exception = wanted.removeValue(forKey: try row.digest(1)) { found.append((row.integer(0), row.integer(2), exception)) }
            return !wanted.isEmpty
        }
        for (number, sequence, exception) in found {
            if exception.state == .quarantined, try isOutdated(time, at: sequence, epoch: epoch, merging.log.database) { continue }
            try take(exception, of: number, isOld: isOld, merging)
        }
    }

    private func take(_ exception: PushAnswer.Exception, of number: Int64, isOld: Bool, _ merging: EntryMerging) throws {
        let database = merging.log.database
        switch exception.state {
        case .quarantined:
            // What staff have rejected stays so, even if a restored centre puts it aside once more; and of an erased entry nothing waits.
            try database.run(
                """
                UPDATE change SET quarantined = ?1 WHERE number = ?2 AND quarantined IS NOT ?3
                    AND (?4 = 0 OR mac IS NULL OR number IN (SELECT change FROM unconfirmed))
                    AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.number = change.entry AND e.flags & \(EntryRecord.Flag.erased) <> 0)
                """,
                [.text(exception.problem), .integer(number), .text(LoggedChange.rejected), .integer(isOld ? 1 : 0)])
        case .erased:
            guard let logged = try merging.log.change(number) else { return }
            try merging.destroyBody(logged)
            if case .entry(let id) = logged.change.header.subject, let record = try EntryRecord.find(id, database) {
                try merging.refresh(entry: record.number)
            }
        }
    }
}

public import EntryModel
import GRDB

extension FieldDatabase {
    /// Puts the station's chain right after the centre has found it to be another than its own.
    ///
    /// Nothing is dropped: what the centre is not known to have waits to be sent again, byte for byte, and the ids make it harmless if the
    /// centre has it after all. What this file has forgotten comes with the next pull.
    ///
    /// - Returns: What was done; it is also in `status` from now on.
    /// - Throws: `notEnrolled`.
    /// - SeeAlso: Protocol/README.md, "Chain check".
    @discardableResult
    public func recover(from finding: ChainFinding) throws -> Recovery {
        let identity = try enrolled()
        let epoch = current.epoch
        let recovery = try write { database -> Recovery in
            let change = EpochChange(database, values, epoch: epoch)
            let recovery: Recovery
            switch finding {
            case .rolledBack:
                let acknowledged = try database.integer("SELECT acknowledged FROM epoch WHERE number = ?", [.integer(epoch)])
                recovery = Recovery(
                    .rolledBack,
                    changes: try change.begin(surroundings.newID(), station: identity.station, confirmed: acknowledged))
            case .forked:
                // At the place where the chains differ nothing is certain, so all goes again.
                recovery = Recovery(
                    .forked, changes: try change.begin(surroundings.newID(), station: identity.station, confirmed: 0))
            case .behind(let through, let chain):
                recovery = try goBack(to: through, chain, change, identity, database)
            }
            try note(recovery, database)
            return recovery
        }
        try renew()
        return recovery
    }

    /// The centre has less of this epoch than it had confirmed.
    private func goBack(
        to through: Int64, _ chain: Digest, _ change: EpochChange, _ identity: StationIdentity, _ database: Database
    ) throws -> Recovery {
        let epoch = current.epoch
        let own = try Self.chain(at: through, epoch: epoch, identity, database)
        if let own, own != chain {
            return Recovery(.forked, changes: try change.begin(surroundings.newID(), station: identity.station, confirmed: 0))
        }
        let acknowledged = try database.integer("SELECT acknowledged FROM epoch WHERE number = ?", [.integer(epoch)])
        let held = try database.integer(
            "SELECT count(*) FROM change WHERE epoch = ? AND sequence > ? AND sequence <= ?",
            [.integer(epoch), .integer(through), .integer(acknowledged)])
        guard own != nil, held == acknowledged - through else {
            // Some of it left this file once it was safe at the centre for good; the rest cannot follow without a gap.
            return Recovery(
                .behind, changes: try change.begin(surroundings.newID(), station: identity.station, confirmed: through))
        }
        let (through, chain) = try beforeDoubtful(through, identity, database) ?? (through, chain)
        try sendAgain(after: through, chain, database)
        try database.run("UPDATE station SET asks_again = 1")
        try change.resendEarlierEpochs()
        let unsent = try database.integer("SELECT head - acknowledged FROM epoch WHERE number = ?", [.integer(epoch)])
        return Recovery(.behind, changes: unsent)
    }

    /// Has what is in doubt sent again where the centre was found to be put back and no sync has come to its end since: it may have been put back
    /// once more, to a state that neither chain nor feed tells from the first.
    ///
    /// - Returns: Whether there is anything to send.
    public func askAgain() throws -> Bool {
        guard try read({ try $0.integer("SELECT asks_again FROM station") }) != 0 else { return false }
        let identity = try enrolled()
        let epoch = current.epoch
        return try write { database in
            let acknowledged = try database.integer("SELECT acknowledged FROM epoch WHERE number = ?", [.integer(epoch)])
            guard let (through, chain) = try beforeDoubtful(acknowledged, identity, database) else { return false }
            try sendAgain(after: through, chain, database)
            return true
        }
    }

    /// Goes back in the chain: what comes again is decided again, unless staff have decided it for good.
    private func sendAgain(after through: Int64, _ chain: Digest, _ database: Database) throws {
        let epoch = current.epoch
        try database.run(
            "UPDATE epoch SET acknowledged = ?2, acknowledged_chain = ?3, durable = min(durable, ?2) WHERE number = ?1",
            [.integer(epoch), .integer(through), .digest(chain)])
        try database.run(
            "UPDATE change SET quarantined = NULL WHERE epoch = ? AND sequence > ? AND quarantined <> ?",
            [.integer(epoch), .integer(through), .text(LoggedChange.rejected)])
    }

    /// Where to begin so that the centre decides again about what is in quarantine, was there and came by the feed, or is in a bundle: one may have
    /// come to the centre since that was put back; the centre may have forgotten that it released a change; or it was put back twice, and the second
    /// time to a state in which it had merged what it put aside in between.
    ///
    /// As the centre leaves a station's own lines out of what it sends, only an answer to a push can say so.
    /// - Returns: `nil` when there is nothing of the kind, or when the place before it left this file.
    private func beforeDoubtful(
        _ through: Int64, _ identity: StationIdentity, _ database: Database
    ) throws -> (sequence: Int64, chain: Digest)? {
        let epoch = current.epoch
        let firsts = try database.list(
            """
            SELECT min(sequence) FROM change WHERE epoch = ?1 AND sequence <= ?2 AND quarantined IS NOT NULL AND quarantined <> ?3
            UNION SELECT min(sequence) FROM change WHERE epoch = ?1 AND sequence <= ?2 AND mac IS NOT NULL
            UNION SELECT min(acknowledged) + 1 FROM export WHERE epoch = ?1 AND acknowledged < ?2 AND last > acknowledged ORDER BY 1
            """, [.integer(epoch), .integer(through), .text(LoggedChange.rejected)]
        ) { $0.optionalInteger(0) }
        for first in firsts.compactMap(\.self) {
            let held = try database.integer(
                "SELECT count(*) FROM change WHERE epoch = ? AND sequence >= ? AND sequence <= ?",
                [.integer(epoch), .integer(first), .integer(through)])
            guard held == through - first + 1 else { continue }
            return try Self.chain(at: first - 1, epoch: epoch, identity, database).map { (first - 1, $0) }
        }
        return nil
    }

    private func note(_ recovery: Recovery, _ database: Database) throws {
        try database.run(
            "UPDATE station SET recovered = ?, recovery = ?", [.integer(surroundings.now()), .text(recovery.sentence)])
    }

    // MARK: Handing back

    /// Lines that the centre had sent and may have lost since; 0 unless it was put back to an earlier state.
    public func unconfirmedCount() throws -> Int {
        try read { try Unconfirmed($0).count() }
    }

    /// The next lines to hand back, as many as fit into a message.
    ///
    /// Lines whose bytes rotted here are left out: the centre would refuse them.
    ///
    /// - Parameters:
    ///   - after: The number of the last line that was handed back in this sync; 0 at first.
    ///   - maximumBytes: Of all lines of all changes; the first is given even when it alone has more.
    public func handback(after: Int64, maximumRows: Int, maximumBytes: Int) throws -> [HandbackLine] {
        var lines: [HandbackLine] = []
        var bytes = 0
        guard maximumRows > 0 else { return lines }
        try read { database in
            try database.whileRows(
                """
                SELECT c.number, c.id, c.header, c.body, c.body_digest, c.mac FROM unconfirmed u JOIN change c ON c.number = u.change
                WHERE u.change > ? AND c.mac IS NOT NULL ORDER BY u.change
                """, [.integer(after)]
            ) { row in
                let line = StoredLine(
                    id: try row.digest(1), header: row.blob(2), body: values.open(row.blob(3)), bodyDigest: try row.digest(4))
                guard line.soundness == .whole else { return true }
                let item = HandbackRequest.Item(mac: row.blob(5), headerLine: line.header, bodyLine: line.body)
                bytes += item.messageBytes
                guard lines.isEmpty || bytes <= maximumBytes else { return false }
                lines.append(HandbackLine(number: row.integer(0), item: item))
                return lines.count < maximumRows
            }
        }
        return lines
    }

    /// Takes note of what the centre did with the lines that it was handed back; again and again does no harm.
    ///
    /// - Parameters:
    ///   - taken: Ids that its log has now.
    ///   - refused: Ids that it will never take; those lines stay here as they are.
    public func settleHandback(taken: [Digest], refused: [Digest]) throws {
        try write { database in
            let unconfirmed = Unconfirmed(database)
            let back = try unconfirmed.settle(Set(taken))
            _ = try unconfirmed.settle(Set(refused))
            if back > 0 { try note(Recovery(.handedBack, changes: Int64(back)), database) }
        }
    }
}

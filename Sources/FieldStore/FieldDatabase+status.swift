import EntryModel
import GRDB

extension FieldDatabase {
    /// How the station stands. Counts everything, so it takes a moment when there is much.
    public func status() throws -> StationStatus {
        let held = current
        return try read { database in
            let station = try database.first("SELECT synced, failed, failure, recovered, recovery FROM station") { row in
                (
                    synced: row.optionalInteger(0), failed: row.optionalInteger(1), failure: row.optionalText(2),
                    recovered: row.optionalInteger(3), recovery: row.optionalText(4)
                )
            }
            let epoch =
                try database.first(
                    "SELECT acknowledged, head, durable FROM epoch WHERE number = ?", [.integer(held.epoch)]
                ) { row in (acknowledged: row.integer(0), head: row.integer(1), durable: row.integer(2)) } ?? (
                    acknowledged: 0, head: 0, durable: 0
                )
            let failure = station.flatMap { station in station.failed.map { ($0, station.failure ?? "") } }
            let recovery = station.flatMap { station in station.recovered.map { ($0, station.recovery ?? "") } }
            return StationStatus(
                station: held.identity?.station, vault: held.identity?.vault, name: held.identity?.name, epoch: held.identity?.epoch,
                entries: Int(try database.integer("SELECT count(*) FROM entry WHERE flags & 16 = 0")),
                voidEntries: Int(try database.integer("SELECT count(*) FROM entry WHERE flags & 17 = 1")),
                changes: Int(try database.integer("SELECT count(*) FROM change")),
                conflicts: Int(
                    try database.integer("SELECT coalesce(sum(conflicts), 0) FROM entry WHERE conflicts > 0 AND flags & 16 = 0")),
                unsent: Int(epoch.head - epoch.acknowledged),
                oldestUnsentStamp: try stamp(epoch: held.epoch, sequence: epoch.acknowledged + 1, database),
                acknowledged: epoch.acknowledged, head: epoch.head, durable: epoch.durable, quarantined: try quarantined(database),
                quarantinedCount: Int(try database.integer("SELECT count(*) FROM change WHERE \(Self.waiting)")),
                skewMilliseconds: held.skew, lastSync: station?.synced, lastFailure: failure,
                lastRecovery: recovery, cursors: try keyCursors(database))
        }
    }

    private static let waiting = "quarantined IS NOT NULL AND quarantined <> '\(LoggedChange.rejected)'"

    private func stamp(epoch: Int64, sequence: Int64, _ database: Database) throws -> Int64? {
        let header = try database.first(
            "SELECT header FROM change WHERE epoch = ? AND sequence = ?", [.integer(epoch), .integer(sequence)]
        ) { $0.blob(0) }
        return header.flatMap { try? ChangeHeader(line: $0) }?.stamp
    }

    private func quarantined(_ database: Database) throws -> [StationStatus.Quarantined] {
        // The plus makes SQLite sort the few there are instead of walking the whole log.
        try database.list(
            """
            SELECT c.id, c.quarantined, e.id, b.label, coalesce(p.id, '') FROM change c LEFT JOIN entry e ON e.number = c.entry
            LEFT JOIN batch b ON b.number = c.batch LEFT JOIN promotion p ON p.number = coalesce(e.promotion, b.promotion)
            WHERE c.quarantined IS NOT NULL AND c.quarantined <> '\(LoggedChange.rejected)' ORDER BY +c.number DESC LIMIT 100
            """
        ) { row in
            StationStatus.Quarantined(
                change: try row.digest(0), entry: row.isNull(2) ? nil : try row.id(2), batch: row.optionalText(3), promotion: row.text(4),
                problem: Problem.Code(rawValue: row.text(1)), problemCode: row.text(1))
        }
    }

    private func keyCursors(_ database: Database) throws -> [StationStatus.KeyCursor] {
        try database.list("SELECT name, position FROM feed_key ORDER BY name") { row in
            guard let key = FeedKey(row.text(0)) else { throw DatabaseError.damaged("a feed key") }
            return StationStatus.KeyCursor(key: key, position: row.optionalInteger(1))
        }
    }

    /// Own clock less the centre's, milliseconds; `nil` while unknown. Cached: costs nothing.
    public var skewMilliseconds: Int64? { current.skew }

    /// Remembers how far the station's clock is from the centre's; changes made from now on carry it.
    /// - Parameter skew: Own clock less the centre's, milliseconds.
    public func recordClock(skew: Int64) throws {
        let skew = min(max(skew, safeIntegers.lowerBound), safeIntegers.upperBound)
        guard current.skew != skew else { return }
        _ = try write { try $0.run("UPDATE station SET skew = ?", [.integer(skew)]) }
        try renew()
    }

    /// Remembers how a sync ended, with the time, for `status`.
    /// - Parameters:
    ///   - record: A failure's sentence holds no personal data. `nil` for a sync that was stopped, which is neither.
    ///   - run: What `syncLog` tells of it later.
    public func recordSync(_ record: SyncRecord?, run: SyncRun? = nil) throws {
        let now = surroundings.now()
        _ = try write { database in
            if let run { try Self.keep(run, database) }
            switch record {
            case nil: break
            case .succeeded:
                try database.run("UPDATE station SET synced = ?, failed = NULL, failure = NULL, asks_again = 0", [.integer(now)])
            case .failed(let message):
                try database.run("UPDATE station SET failed = ?, failure = ?", [.integer(now), .text(message)])
            case .revoked(let message):
                try database.run("UPDATE station SET failed = ?1, failure = ?2, revoked = ?1", [.integer(now), .text(message)])
            }
        }
        if record?.isRevoked == true, !current.isRevoked { try renew() }
    }
}

public import EntryModel
import GRDB

/// Work that only this file holds.
public struct UnsentWork: Sendable, Equatable {
    /// Own changes that the centre has not acknowledged.
    public var changes: Int
    /// Lines of others that the centre may have lost when it was put back to an earlier state.
    public var unconfirmed: Int
    /// The end of the station's chain.
    public var head: RequestLine.ChainPosition

    public var isEmpty: Bool { changes == 0 && unconfirmed == 0 }
}

extension FieldDatabase {
    /// What would be lost with this file; `nil` before enrolment.
    public func unsentWork() throws -> UnsentWork? {
        guard try identity != nil else { return nil }
        let state = try chainPosition()
        return UnsentWork(changes: Int(state.unsent), unconfirmed: try unconfirmedCount(), head: state.head)
    }

    /// Empties the file, so that it can be enrolled anew: entries, operators, keys and cursors are gone afterwards.
    ///
    /// Work that only this file holds is never destroyed: unless it is in a bundle, the file stays as it is.
    ///
    /// - Parameter saved: What `unsentWork()` said before a bundle with all of it was written; `nil` when none was written.
    /// - Throws: `FieldStoreError.Code.unsentWork` when something is unsent and not in that bundle.
    public func reset(saved: UnsentWork? = nil) throws {
        if let work = try unsentWork(), !work.isEmpty, work != saved { throw refusal(work) }
        let tables = try queue.writeWithoutTransaction { database in
            // What is deleted is overwritten, so that nothing personal stays in free pages.
            try database.execute(sql: "PRAGMA secure_delete = ON")
            return try database.list(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'station' AND name NOT LIKE 'sqlite_%' ORDER BY rowid DESC"
            ) { $0.text(0) }
        }
        let epoch = current.epoch
        try write { database in
            // Asked again within the transaction: nothing may have been keyed since.
            let head = try database.integer("SELECT coalesce(max(head), 0) FROM epoch WHERE number = ?", [.integer(epoch)])
            let acknowledged = try database.integer("SELECT coalesce(max(acknowledged), 0) FROM epoch WHERE number = ?", [.integer(epoch)])
            guard head == acknowledged || head == saved?.head.sequence else {
                throw failure(.unsentWork, "Something was keyed meanwhile. Nothing was changed.")
            }
            // The newest tables first: they refer to those before them.
            for table in tables { try database.run("DELETE FROM \(table)") }
            try database.run(
                """
                UPDATE station SET indexed = 0, ends_indexed = 0, vault = NULL, station = NULL, name = NULL, url = NULL, invitation = NULL,
                    signing_key = NULL, agreement_key = NULL, centre_key = NULL, centre_agreement_key = NULL,
                    skew = NULL, synced = NULL, failed = NULL, failure = NULL, recovered = NULL, recovery = NULL, revoked = NULL,
                    idle_minutes = NULL, watch_seconds = NULL, is_paused = 0, authorities = NULL, allows_plain = 0
                """)
        }
        try renew(promotions: true)
        // The write-ahead log holds what the file held.
        _ = try read { try $0.list("PRAGMA wal_checkpoint(TRUNCATE)") { $0.integer(0) } }
    }

    private func refusal(_ work: UnsentWork) -> FieldStoreError {
        var kept: [String] = []
        if work.changes > 0 { kept.append(work.changes == 1 ? "1 change" : "\(work.changes) changes") }
        if work.unconfirmed > 0 { kept.append(work.unconfirmed == 1 ? "1 line of others" : "\(work.unconfirmed) lines of others") }
        return failure(
            .unsentWork,
            """
            This file holds \(kept.joined(separator: " and ")) that the centre has not confirmed, so it was not emptied. Nothing was changed. \
            Sync first, or have it written to a bundle that is carried to the centre.
            """)
    }
}

import GRDB

/// How far a station is from the centre, in what a prompt can show at once.
public struct SyncState: Sendable, Equatable {
    /// Own changes that the centre has not confirmed.
    public var unsent: Int
    /// When the last sync came to its end, in milliseconds since 1970; `nil` when none did.
    public var lastSync: Int64?
    /// When one failed since; `nil` when none did.
    public var lastFailure: Int64?
    /// Fields that wait for a person's decision; not counted on beyond `countedConflicts`.
    public var conflicts = 0
    /// How often the station syncs by itself, in seconds; `nil` when it does not.
    public var watchSeconds: Int?
    /// Whether `watchSeconds` waits for a person to say go on.
    public var isPaused = false

    public static let countedConflicts = 1000
}

extension FieldDatabase {
    /// A few rows, however much the file holds.
    public func syncState() throws -> SyncState {
        let unsent = try unsentCount()
        return try read { database in
            var state =
                try database.first("SELECT synced, failed, watch_seconds, is_paused FROM station") { row in
                    SyncState(
                        unsent: unsent, lastSync: row.optionalInteger(0), lastFailure: row.optionalInteger(1),
                        watchSeconds: row.optionalInteger(2).map { Int($0) }, isPaused: row.integer(3) != 0)
                } ?? SyncState(unsent: unsent)
            state.conflicts = Int(
                try database.integer(
                    """
                    SELECT coalesce(sum(conflicts), 0) FROM
                        (SELECT conflicts FROM entry WHERE conflicts > 0 AND flags & 16 = 0 LIMIT \(SyncState.countedConflicts))
                    """))
            return state
        }
    }
}

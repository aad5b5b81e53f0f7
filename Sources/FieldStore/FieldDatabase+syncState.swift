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
    /// Those of them that came since the operator last looked at the conflicts; counted as far as they are.
    public var newConflicts = 0
    /// How often the station syncs by itself, in seconds; `nil` when it does not.
    public var watchSeconds: Int?
    /// Whether `watchSeconds` waits for a person to say go on.
    public var isPaused = false

    public static let countedConflicts = 1000
}

extension FieldDatabase {
    /// A few rows, however much the file holds.
    /// - Parameter operatorID: Whose new conflicts are counted; for `nil` all are new.
    public func syncState(for operatorID: String? = nil) throws -> SyncState {
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
            state.newConflicts = state.conflicts == 0 ? 0 : try Self.newConflicts(operatorID, database)
            return state
        }
    }

    private static func newConflicts(_ operatorID: String?, _ database: Database) throws -> Int {
        let count = try database.integer(
            """
            SELECT coalesce(sum(conflicts), 0) FROM (
                SELECT e.conflicts FROM promotion p CROSS JOIN entry e ON e.promotion = p.number AND e.conflicts > 0
                    AND e.conflicted > coalesce((SELECT made FROM conflicts_seen WHERE operator = ?1 AND promotion = p.number), 0)
                WHERE e.flags & 16 = 0 LIMIT \(SyncState.countedConflicts)
            )
            """, [.optional(operatorID)])
        return Int(count)
    }
}

import GRDB

/// How far a station is from the centre, in what a prompt can show at once.
public struct SyncState: Sendable, Equatable {
    /// Own changes that the centre has not confirmed.
    public var unsent: Int
    /// When the last sync came to its end, in milliseconds since 1970; `nil` when none did.
    public var lastSync: Int64?
    /// When one failed since; `nil` when none did.
    public var lastFailure: Int64?
}

extension FieldDatabase {
    /// Two rows, however much the file holds.
    public func syncState() throws -> SyncState {
        let unsent = try unsentCount()
        return try read { database in
            let state = try database.first("SELECT synced, failed FROM station") { row in
                SyncState(unsent: unsent, lastSync: row.optionalInteger(0), lastFailure: row.optionalInteger(1))
            }
            return state ?? SyncState(unsent: unsent)
        }
    }
}

import EntryModel
import GRDB

/// A file with people's data that was written out of this one: who did it, when, and what for.
public struct PersonalExport: Sendable, Equatable {
    /// In milliseconds since 1970, by the station's clock.
    public var made: Int64
    public var operatorID: String
    public var promotion: String
    public var entries: Int
    public var reason: String
}

extension FieldDatabase {
    /// Writes down that people's data leaves this file; to be called before the file gets its name.
    public func recordPersonalExport(promotion: String, entries: Int, reason: String, by operatorID: String) throws {
        try checkLock()
        let now = surroundings.now()
        _ = try write { database in
            try database.run(
                "INSERT INTO personal_export (made, operator, promotion, entries, reason) VALUES (?, ?, ?, ?, ?)",
                [.integer(now), .text(operatorID), .text(promotion), .integer(Int64(entries)), .text(reason)])
        }
    }

    /// Every file with people's data that was written, newest first.
    public func personalExports() throws -> [PersonalExport] {
        try read { database in
            try database.list("SELECT made, operator, promotion, entries, reason FROM personal_export ORDER BY number DESC") { row in
                PersonalExport(
                    made: row.integer(0), operatorID: row.text(1), promotion: row.text(2), entries: Int(row.integer(3)), reason: row.text(4)
                )
            }
        }
    }
}

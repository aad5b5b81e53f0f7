public import EntryModel
import GRDB

extension FieldDatabase {
    /// The fields of one entry that a person has to decide about; empty when there are none, and when the entry is not here.
    public func conflicts(of entry: UniqueID) throws -> [ConflictView] {
        try checkLock()
        return try read { database in
            guard let record = try EntryRecord.find(entry, database), !record.isHidden else { return [] }
            return try EntryReader(database, self).conflicts(record)
        }
    }

    /// Remembers that an operator has looked at all conflicts there are now; what comes later is new to them.
    /// - Parameter promotion: `nil` for all.
    public func noteConflictsSeen(promotion: String? = nil, by operatorID: String) throws {
        try write { database in
            _ = try database.run(
                """
                INSERT INTO conflicts_seen (operator, promotion, made)
                SELECT ?1, p.number, s.conflicts_made FROM promotion p, station s WHERE ?2 IS NULL OR p.id = ?2
                ON CONFLICT (operator, promotion) DO UPDATE SET made = excluded.made
                """, [.text(operatorID), .optional(promotion)])
        }
    }
}

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
}

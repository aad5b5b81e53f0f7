import CSQLite

/// How SQLite allocates in this process.
public enum SQLiteMemory {
    /// Without the count of the whole process's memory, for which all threads would wait for one lock; as `central` has it.
    /// Only before the first file is opened, else it stays as it is.
    public static let uncounted: Void = {
        _ = sqlite_without_memory_statistics()
    }()
}

/// One thing in a vault that is not as it should be.
public struct VaultFinding: Sendable, Equatable {
    public enum Area: String, Sendable {
        /// The database file itself.
        case file
        /// A change's bytes against its id.
        case change
        /// Where changes are found by their ids.
        case index
        /// The feed's rows and digests.
        case feed
        /// What is recorded of a station's chain.
        case chain
        /// An entry's row against a merge of its changes.
        case entry
        /// A batch's row against a merge of its changes.
        case batch
        /// The keys that an entry is in.
        case key
        /// What was rejected before it was merged, by what it was about.
        case archive
        /// What the vault's own row counts.
        case count
    }

    public var area: Area
    /// Which one: a number, an id, a key; never personal data.
    public var subject: String
    /// What is wrong with it.
    public var message: String
    /// Whether working it out again from the log puts it right.
    public var isRepairable: Bool
    /// It was put right now.
    public var isRepaired: Bool
}

/// What an examination of a vault looked at and found.
public struct VaultExamination: Sendable, Equatable {
    public var changes = 0
    public var feedRows = 0
    public var links = 0
    public var entries = 0
    public var batches = 0
    /// At most 1,000; `hasMore` says that there were others.
    public var findings: [VaultFinding] = []
    public var hasMore = false
}

extension Vault {
    /// Examines everything that can be worked out again: the file, each change's bytes against its id, the feed's digests, the stations'
    /// chains, the rows of entries and batches against a fresh merge of their changes, and whether nothing of an erased entry is left.
    ///
    /// Reads the whole vault in one transaction. The log is the truth: rows that differ from it can be repaired; a change whose bytes have rotted
    /// cannot, but comes back whole when a station that has it hands it back after the backup before the fault was restored.
    /// - Parameter repair: Write rows and counts again where they differ.
    /// - Throws: `CentreError.storage` when the file cannot be read at all.
    public func examine(repair: Bool = false) async throws -> VaultExamination {
        try await transaction(repair ? .write : .read) { [client, connection] sql in
            var doctor = VaultDoctor(client: client, dialect: connection.dialect, sql, repairs: repair)
            try doctor.examine()
            return doctor.examination
        }
    }
}

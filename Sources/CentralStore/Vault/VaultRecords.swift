public import EntryModel

/// A station as its vault knows it.
public struct StationRecord: Sendable, Equatable {
    public var id: UniqueID
    public var name: String
    /// Ids of the promotions it is assigned, sorted.
    public var promotions: [String]
    /// Milliseconds since 1970 UTC.
    public var enrolled: Int64
    public var revoked: Int64?
    /// When its last push or pull was answered.
    public var lastSeen: Int64?
    /// How many changes it has made that are in the log.
    public var changes: Int
    /// What the chain check found last that a copied or restored station file, or somebody else with its key, would explain.
    public var trouble: AnswerOutcome?
    /// When that was found, milliseconds since 1970 UTC.
    public var troubled: Int64?
}

/// The newest document of a promotion, and what there is of it.
public struct PromotionRecord: Sendable {
    public var promotion: Promotion
    /// The document's line, as it was put.
    public var document: [UInt8]
    /// All versions that the vault holds, ascending.
    public var versions: [Int64]
}

/// An entry as staff read it: where it is from, and what the merge makes of its changes.
public struct VaultEntry: Sendable {
    public var id: UniqueID
    /// Grows with each entry that the vault takes; where a page goes on.
    public var number: Int64
    public var promotion: String
    public var batch: String?
    public var envelope: Int64?
    public var card: Int64?
    public var channel: String?
    public var state: EntryState
    /// Changes in its log.
    public var changes: Int

    /// The assignment that is shown for a field: of several heads the one that the field's policy picks.
    public func shown(_ field: String, in promotion: Promotion?) -> Assignment? {
        state[field]?.shown(by: promotion?.field(field)?.policy ?? .latest)?.assignment
    }
}

/// One change of an entry's history.
public struct VaultChange: Sendable {
    public var change: Change
    /// The change's place in the vault's log.
    public var number: Int64
    /// When the centre stored it, milliseconds since 1970 UTC.
    public var received: Int64
}

/// A field whose heads differ, for a person to decide.
public struct VaultConflict: Sendable {
    public var entry: VaultEntry
    /// A field's id, or `$void` for a contested void.
    public var field: String
    /// Oldest first.
    public var heads: [EntryState.Head]
}

/// How a person decides a conflict.
public enum ConflictChoice: Sendable, Equatable {
    /// The value of one of the heads.
    case head(Digest)
    /// Another value, as typed.
    case keyed(Keyed)
    /// Of `$void`: the entry is void, whatever was edited meanwhile.
    case void
    /// Of `$void`: the entry stands.
    case keep
}

/// A change that was taken note of but not merged.
public struct QuarantinedChange: Sendable {
    public var number: Int64
    public var id: Digest
    /// Who sent it; `nil` for what the centre itself made, or what came back after a restore.
    public var station: UniqueID?
    public var problem: Problem.Code
    public var received: Int64
    /// `nil` when the header cannot be read.
    public var header: ChangeHeader?
    /// Whether its body is there; of a body that is gone only the digest is.
    public var isWhole: Bool
}

/// How much there is in a vault.
public struct VaultStatus: Sendable, Equatable {
    public var client: String
    public var entries: Int
    public var void: Int
    public var contested: Int
    public var changes: Int
    /// Entries with at least one field in conflict.
    public var conflicts: Int
    public var quarantined: Int
    /// Pushes from bundles that are kept and not taken yet.
    public var parked: Int
    public var stations: Int
    public var promotions: Int
    /// Of the feed's last row.
    public var position: Int64
    public var digest: Digest
}

/// What two replicas compare: equal digests, equal heads.
public struct Comparison: Sendable, Equatable {
    public var entries: Int
    public var digest: Digest
}

/// What putting a promotion's document did.
public struct DocumentReceipt: Sendable, Equatable {
    public var promotion: String
    public var version: Int64
    /// Changes that had waited for this document and are in the log now.
    public var released: Int
    /// The same document was there already; nothing was written.
    public var wasThere: Bool
}

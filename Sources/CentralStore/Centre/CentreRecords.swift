public import EntryModel

/// A client as the catalog knows it.
public struct ClientRecord: Sendable, Equatable {
    public var id: String
    public var name: String?
    /// Milliseconds since 1970 UTC.
    public var added: Int64
    /// Where its vault is; `nil` for a file in the centre's folder.
    public var vault: DatabaseAddress?
}

/// One line of the ledger that stands outside the vaults' backups.
public struct LedgerRecord: Sendable, Equatable {
    public enum Kind: String, Sendable {
        case invited, enrolled, revoked
        /// A used code came again with other keys; somebody else holds it.
        case invitationReused = "invitation-reused"
        case erased
    }

    public var number: Int64
    public var kind: Kind
    public var client: String
    public var station: UniqueID?
    /// Of an erasure: the entry.
    public var entry: UniqueID?
    /// Of an erasure: the entry's promotion.
    public var promotion: String?
    public var at: Int64
}

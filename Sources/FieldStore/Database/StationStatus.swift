public import EntryModel

/// How the station stands: what it holds, what is not sent yet and since when, and what went wrong last.
public struct StationStatus: Sendable {
    /// A change that the centre took note of but did not merge.
    public struct Quarantined: Sendable {
        public var change: Digest
        /// `nil` for a change of a batch.
        public var entry: UniqueID?
        public var batch: String?
        public var promotion: String
        /// A code of the problem catalogue; `nil` when the centre is newer and knows more codes.
        public var problem: Problem.Code?
        /// The code as the centre wrote it.
        public var problemCode: String
    }

    /// How far one key of the feed was read.
    public struct KeyCursor: Sendable {
        public var key: FeedKey
        /// `nil` before the first page.
        public var position: Int64?
    }

    /// `nil` before enrolment.
    public var station: UniqueID?
    public var vault: String?
    public var name: String?
    public var epoch: UniqueID?
    public var entries: Int
    public var voidEntries: Int
    public var changes: Int
    /// Fields, over all entries, that a person has to decide about.
    public var conflicts: Int
    /// Own changes of this epoch that the centre has not acknowledged.
    public var unsent: Int
    /// When the oldest of them was made, by this station's clock, milliseconds since 1970 UTC.
    public var oldestUnsentStamp: Int64?
    /// The last sequence that the centre acknowledged, and the last one made.
    public var acknowledged: Int64
    public var head: Int64
    /// The last sequence that is safe at the centre for good.
    public var durable: Int64
    /// At most 100, newest first; `quarantinedCount` counts them all.
    public var quarantined: [Quarantined]
    public var quarantinedCount: Int
    /// Own clock less the centre's, milliseconds; `nil` while unknown.
    public var skewMilliseconds: Int64?
    /// When the last whole sync ended, by this station's clock.
    public var lastSync: Int64?
    /// When a sync failed last, if it did so after `lastSync`, and why.
    public var lastFailure: (time: Int64, message: String)?
    /// When this file or the centre was last found to have been put back to an earlier state, and what was done about it.
    public var lastRecovery: (time: Int64, message: String)?
    public var cursors: [KeyCursor]
}

/// How a sync ended, to be shown until the next.
public enum SyncRecord: Sendable, Equatable {
    case succeeded
    /// With a sentence for the operator.
    case failed(String)
    /// The same, and the file is locked until it is reset.
    case revoked(String)

    var isRevoked: Bool { if case .revoked = self { true } else { false } }
}

public import EntryModel
import GRDB

/// A station's database: one file, one connection, one client.
public final class FieldDatabase: Sendable {
    public init(path: String, surroundings: Surroundings = .system, postal: PostalTable? = nil) throws { throw unwritten() }

    // Enrolment
    public func prepareEnrolment(code: EnrolmentCode) throws -> (request: EnrolRequest, key: SigningKey) { throw unwritten() }
    public func completeEnrolment(code: EnrolmentCode, answer: EnrolAnswer) throws { throw unwritten() }
    /// `nil` before enrolment. Cached: costs nothing.
    public var identity: StationIdentity? { get throws { throw unwritten() } }

    // Operators
    /// The opaque id of an operator, made at the first time of asking.
    public func operatorID(named name: String) throws -> String { throw unwritten() }
    public func operatorName(_ id: String) throws -> String? { throw unwritten() }
    public func operators() throws -> [(id: String, name: String)] { throw unwritten() }

    // Promotions
    /// The newest version held of each promotion that the station is assigned, by id.
    public func promotions() throws -> [Promotion] { throw unwritten() }
    /// The newest version held; also of a promotion that was withdrawn, for its entries' sake.
    public func promotion(_ id: String) throws -> Promotion? { throw unwritten() }

    // Capture
    public func capture(_ capture: Capture, by operatorID: String) throws -> Captured { throw unwritten() }
    /// One transaction for all.
    public func capture(_ captures: [Capture], by operatorID: String) throws -> [Captured] { throw unwritten() }
    public func edit(_ entry: UniqueID, _ values: [(field: String, keyed: Keyed)], by operatorID: String) throws -> Edited { throw unwritten() }
    /// Puts an entry in another place, or with `nil` in none.
    public func move(_ entry: UniqueID, to place: CardPlace?, by operatorID: String) throws -> Edited { throw unwritten() }
    public func void(_ entry: UniqueID, reason: String? = nil, by operatorID: String) throws -> Edited { throw unwritten() }
    public func restore(_ entry: UniqueID, by operatorID: String) throws -> Edited { throw unwritten() }
    public func resolve(_ entry: UniqueID, field: String, _ choice: Choice, by operatorID: String) throws -> Edited { throw unwritten() }
    public func undo(by operatorID: String) throws -> Undone { throw unwritten() }

    // Batches
    /// Opens a batch, or says again how many envelopes are in it; `nil` leaves a number said before.
    public func openBatch(promotion: String, label: String, expected: Int64? = nil, by operatorID: String) throws -> BatchView { throw unwritten() }
    public func closeBatch(promotion: String, label: String, by operatorID: String) throws -> BatchView { throw unwritten() }
    public func reopenBatch(promotion: String, label: String, by operatorID: String) throws -> BatchView { throw unwritten() }
    /// Puts an envelope aside with a code (`empty`, `foreign` …); `nil` takes that back.
    public func setException(
        promotion: String, label: String, envelope: Int64, code: String?, by operatorID: String
    ) throws -> BatchView { throw unwritten() }
    public func batches(promotion: String) throws -> [BatchView] { throw unwritten() }
    public func batch(promotion: String, label: String) throws -> BatchView? { throw unwritten() }

    // Reading
    public func entry(_ id: UniqueID) throws -> EntryView? { throw unwritten() }
    /// A page of entries, oldest first here.
    public func entries(
        promotion: String, batch: String? = nil, after: EntryCursor? = nil, limit: Int, includingVoid: Bool = true
    ) throws -> [EntryView] { throw unwritten() }
    /// Ids that begin with these digits (hyphens may be left out).
    public func entryIDs(withPrefix prefix: String, limit: Int) throws -> [UniqueID] { throw unwritten() }
    /// Ids that end with these digits.
    public func entryIDs(withSuffix suffix: String, limit: Int) throws -> [UniqueID] { throw unwritten() }
    public func find(_ text: String, promotion: String? = nil, limit: Int) throws -> [EntryView] { throw unwritten() }
    public func history(_ entry: UniqueID) throws -> [HistoryItem] { throw unwritten() }
    public func conflicts(promotion: String? = nil, limit: Int) throws -> [ConflictView] { throw unwritten() }
    public func status() throws -> StationStatus { throw unwritten() }
    /// Own changes that are not acknowledged; costs nothing, for a prompt.
    public func unsentCount() throws -> Int { throw unwritten() }
    /// Entries and the comparison digest of what this station holds of a promotion, batches included; quarantined changes are left out.
    public func comparison(promotion: String) throws -> (entries: Int, digest: Digest) { throw unwritten() }

    // Drafts
    /// Keeps what is keyed of an entry that is not captured yet; one a promotion.
    public func saveDraft(_ values: [(field: String, keyed: Keyed)], promotion: String) throws { throw unwritten() }
    public func draft(promotion: String) throws -> [(field: String, keyed: Keyed)]? { throw unwritten() }
    public func discardDraft(promotion: String) throws { throw unwritten() }

    // Sync
    public func chainPosition() throws -> ChainState { throw unwritten() }
    /// Own changes from `after` + 1 on, consecutive; at least one when there is one.
    public func outgoing(after: Int64, maximumRows: Int, maximumBytes: Int) throws -> [OutgoingChange] { throw unwritten() }
    public func chain(at sequence: Int64) throws -> Digest? { throw unwritten() }
    public func acknowledge(
        through: Int64, chain: Digest, exceptions: [PushAnswer.Exception], durable: Int64
    ) throws -> Bool { throw unwritten() }
    public func cursors() throws -> [String: RequestLine.Cursor] { throw unwritten() }
    public func apply(_ page: PullAnswer.KeyPage) throws -> PageResult { throw unwritten() }
    /// Says which keys the station may read now. What a withdrawn key alone brought is dropped, never unsent changes.
    /// - Returns: How many entries were dropped.
    @discardableResult
    public func setGranted(_ keys: [FeedKey]) throws -> Int { throw unwritten() }
    /// Own clock less the centre's, milliseconds.
    public func recordClock(skew: Int64) throws { throw unwritten() }
    public func recordSync(_ record: SyncRecord) throws { throw unwritten() }
}

func unwritten() -> FieldStoreError { FieldStoreError(.unavailable, path: "", message: "") }

public import EntryModel
public import FieldStore

/// What a sync begins with, read from the station's file in one go.
public struct SyncStart: Sendable {
    public var epoch: UniqueID
    /// The last sequence that the centre acknowledged.
    public var acknowledged: Int64
    /// The last sequence made here.
    public var head: Int64
    /// How far each granted key was read.
    public var cursors: [String: RequestLine.Cursor]
    /// The own clock less the centre's, as last measured; `nil` when it never was.
    public var skewMilliseconds: Int64?
    /// Whether lines are to be handed back that a restored centre may have lost.
    public var hasUnconfirmed: Bool

    public init(
        epoch: UniqueID, acknowledged: Int64, head: Int64, cursors: [String: RequestLine.Cursor], skewMilliseconds: Int64?,
        hasUnconfirmed: Bool = false
    ) {
        self.epoch = epoch
        self.acknowledged = acknowledged
        self.head = head
        self.cursors = cursors
        self.skewMilliseconds = skewMilliseconds
        self.hasUnconfirmed = hasUnconfirmed
    }
}

/// A request that is signed, packed and ready to be sent.
public struct SyncRequest: Sendable {
    /// What to ask for.
    public enum Purpose: Sendable, Equatable {
        /// To take the changes that follow a sequence.
        case push(after: Int64)
        /// What is new in the granted keys.
        case pull(cursors: [String: RequestLine.Cursor])
        /// To take back lines that it had sent and may have lost, those that follow a number of this file.
        case handback(after: Int64)

        public var kind: MessageKind {
            switch self {
            case .push: .push
            case .pull: .pull
            case .handback: .handback
            }
        }
    }

    public var purpose: Purpose
    /// The epoch that it speaks of.
    public var epoch: UniqueID
    /// How the answer has to name this request.
    public var reference: Digest
    /// Of a push the sequence of its last change, of a handback the number of its last line, of a pull 0.
    public var last: Int64
    /// The end of the station's chain when the request was made.
    public var head: Int64
    /// As the transport packed it.
    public var packed: [UInt8]

    public init(purpose: Purpose, epoch: UniqueID, reference: Digest, last: Int64, head: Int64, packed: [UInt8]) {
        self.purpose = purpose
        self.epoch = epoch
        self.reference = reference
        self.last = last
        self.head = head
        self.packed = packed
    }
}

/// A verified answer came: when, and what came with it outside the signature.
public struct Arrival: Sendable, Hashable {
    /// How long the centre asks to be left alone.
    public var retryAfterMilliseconds: Int64?
    /// The own clock at that moment, milliseconds since 1970 UTC.
    public var clock: Int64

    public init(clock: Int64, retryAfterMilliseconds: Int64? = nil) {
        self.clock = clock
        self.retryAfterMilliseconds = retryAfterMilliseconds
    }
}

/// Something that happened during a sync.
public enum SyncEvent: Sendable {
    case started(SyncStart)
    /// A request that was asked for is ready.
    case prepared(SyncRequest)
    /// Signed by the centre, otherwise unchecked.
    case pushAnswered(PushAnswer, Arrival)
    /// Signed by the centre, otherwise unchecked.
    case pullAnswered(PullAnswer, Arrival)
    /// Signed by the centre, otherwise unchecked.
    case handbackAnswered(HandbackAnswer, Arrival)
    /// The request was refused. `problem` is `nil` when something in front of the centre refused it in its own words.
    case refused(request: Digest, Problem?, status: Int, retryAfterMilliseconds: Int64?)
    case transportFailed(request: Digest, TransportFailure)
    /// What came back is not signed by the centre, or cannot be read.
    case untrusted(request: Digest, AnswerFault)
    /// Whether the file took the receipt: `false` when its chain at that sequence is another.
    case acknowledged(Bool)
    case applied(PagesApplied)
    /// The file's chain was put right; the sync goes on from there.
    case recovered(SyncStart, Recovery)
    /// No line is left that the centre may have lost.
    case nothingToHandBack
    /// What the centre did with the lines handed back is written down: how many it took.
    case settled(taken: Int)
    case timerFired
    /// The station's own file failed; the text is for a person.
    case storeFailed(String)
    case cancelled
}

/// What came of applying the pages of one answer.
public struct PagesApplied: Sendable {
    /// Changes that were new here.
    public var changes: Int
    /// Fields newly in conflict.
    public var conflicts: Int
    /// The cursors to go on from when a page began below its cursor: the centre was restored from a backup.
    public var restored: [String: RequestLine.Cursor]?
    /// The end of the station's chain then, which is farther than before when changes have to be sent again.
    public var head: Int64
    /// A promotion was given back, and the centre has to confirm what is still here of it.
    public var hasUnconfirmed: Bool

    public init(
        changes: Int = 0, conflicts: Int = 0, restored: [String: RequestLine.Cursor]? = nil, head: Int64 = 0, hasUnconfirmed: Bool = false
    ) {
        self.changes = changes
        self.conflicts = conflicts
        self.restored = restored
        self.head = head
        self.hasUnconfirmed = hasUnconfirmed
    }
}

/// Why an answer is not trusted.
public enum AnswerFault: Error, Hashable, Sendable {
    /// The signature is not by the key that the station pinned at enrolment.
    case badSignature
    /// Signed by the centre, but not to be understood; the text says where.
    case unreadable(String)
}

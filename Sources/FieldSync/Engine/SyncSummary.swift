public import EntryModel
public import FieldStore

/// How far a running sync is; for a progress line.
public struct SyncProgress: Sendable, Equatable {
    public enum Phase: Sendable, Equatable {
        case sending, receiving
        /// Before the next request, and why.
        case waiting(milliseconds: Int64, WaitReason)
    }

    /// Why a sync waits.
    public enum WaitReason: Sendable, Equatable {
        /// Nothing answered.
        case noAnswer
        /// The centre, or something in front of it, answered that it cannot serve now.
        case unavailable
        /// The centre asked to be left alone for so long.
        case asked
    }

    public var phase: Phase
    /// Own changes that the centre took in this sync.
    public var pushed: Int
    /// Own changes that it is not known to have.
    public var unsent: Int
    /// Changes that came and were new here.
    public var pulled: Int
    /// How far the centre's feed was read, in positions: some of them hold changes, others are of no concern to this station.
    public var feedRead: Int64
    /// How far it goes as far as is known; 0 before the first answer.
    public var feedEnd: Int64

    public init(phase: Phase, pushed: Int, unsent: Int, pulled: Int, feedRead: Int64 = 0, feedEnd: Int64 = 0) {
        self.phase = phase
        self.pushed = pushed
        self.unsent = unsent
        self.pulled = pulled
        self.feedRead = feedRead
        self.feedEnd = feedEnd
    }
}

/// What a sync did, however it ended.
public struct SyncSummary: Sendable {
    /// Own changes that the centre took.
    public var pushed = 0
    /// Changes that came and were new here.
    public var pulled = 0
    /// Own changes that the centre took note of but did not merge.
    public var exceptions: [PushAnswer.Exception] = []
    /// Fields that people have to decide about since this sync.
    public var newConflicts = 0
    /// Whether the centre turned out to have been put back to an earlier state; what it lacks is still here.
    public var centreWasRestored = false
    /// What was put right after the file or the centre had been put back to an earlier state; each has a sentence for the operator.
    public var recoveries: [Recovery] = []
    /// Requests that were sent, the ones that got no answer included.
    public var requests = 0
    public var outcome: SyncOutcome

    public init(outcome: SyncOutcome) {
        self.outcome = outcome
    }

    /// What happened, what is safe and what to do next, for the operator.
    public var message: String { outcome.message }
}

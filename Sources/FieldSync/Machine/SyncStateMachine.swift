public import EntryModel
import FieldStore

/// Decides what a sync does next: events in, actions out. Pushes all that is unsent, then pulls until nothing is left.
///
/// Pure: no clock, no chance and no I/O of its own, so that a test or a simulator can drive it through any order of events. One request is
/// outstanding at a time. While it is on its way the next push is prepared, or the pages of the answer before are applied; at most the
/// pages of two answers are held. An answer that is late or foreign, to another request or of another epoch, changes nothing.
/// - SeeAlso: Protocol/README.md, "Push", "Feed and pull" and "Chain check".
public struct SyncStateMachine: Sendable {
    public enum Stage: Sendable { case idle, pushing, pulling, handingBack, finished }

    public let backoff: Backoff
    public internal(set) var stage: Stage = .idle

    // Set by `started`.
    var epoch: UniqueID?
    /// The last sequence that the centre has, as far as verified answers go.
    var acknowledged: Int64 = 0
    var head: Int64 = 0
    /// Changes that the centre took in this sync.
    public internal(set) var pushed: Int64 = 0
    var skewMilliseconds: Int64?

    // Requests.
    var outstanding: SyncRequest?
    var preparing: SyncRequest.Purpose?
    var ready: SyncRequest?
    var isWaiting = false
    /// Why the last wait was, or is.
    public internal(set) var waitReason = SyncProgress.WaitReason.noAnswer
    /// What to wait before the next request because the centre asked for it.
    var pauseMilliseconds: Int64?
    var failures = 0
    var hasRetriedClock = false

    // Push.
    var receiptsDue = 0

    // Pull.
    /// How far each key will have been read once all pages that came are applied.
    var cursors: [String: RequestLine.Cursor] = [:]
    var granted: [FeedKey]?
    var isLastAnswerHere = false
    var isApplying = false
    var queue: [PulledPages] = []
    /// A page began below its cursor: what comes of applying it decides how to go on.
    var awaitsRestore = false
    /// Keys that went back in this sync.
    var restoredKeys: Set<String> = []
    /// The farthest place of the centre's feed that an answer named; 0 before the first.
    public internal(set) var feedEnd: Int64 = 0

    // Recovery.
    /// What the centre found wrong with the chain; seen to as soon as nothing else is writing to the file.
    var recoveryDue: ChainFinding?
    var isRecovering = false
    var hasNewEpoch = false
    var hasGoneBack = false

    // Handback.
    var hasUnconfirmed = false
    /// The last line that was handed back.
    var handedBack: Int64 = 0
    var isSettling = false

    public init(backoff: Backoff = Backoff()) {
        self.backoff = backoff
    }

    /// Whether an answer to this request would be acted on.
    public func isOutstanding(_ reference: Digest) -> Bool {
        outstanding?.reference == reference
    }

    /// Changes made here that the centre is not known to have.
    public var unsent: Int64 { max(0, head - acknowledged) }

    /// How far that key was read which is furthest behind.
    public var feedRead: Int64 { granted?.map { cursors[$0.description]?.at.position ?? 0 }.min() ?? 0 }

    /// Takes in what happened.
    ///
    /// - Parameter chance: 64 random bits, new for each event; decides only how long to wait.
    /// - Returns: What to do now, in this order; empty when there is only to wait for what is under way, or when the event means nothing
    ///   any more.
    public mutating func handle(_ event: SyncEvent, chance: UInt64) -> [SyncAction] {
        guard stage != .finished else { return [] }
        switch event {
        case .started(let start): return begin(start)
        case .prepared(let request): return prepared(request)
        case .pushAnswered(let answer, let arrival): return pushAnswered(answer, arrival, chance: chance)
        case .pullAnswered(let answer, let arrival): return pullAnswered(answer, arrival, chance: chance)
        case .acknowledged(let isOwn): return receiptTaken(isOwn)
        case .applied(let result): return applied(result)
        case .recovered(let start, _): return recovered(start)
        case .handbackAnswered(let answer, let arrival): return handbackAnswered(answer, arrival, chance: chance)
        case .nothingToHandBack: return handbackEnded()
        case .settled: return settled()
        case .refused(let request, let problem, let status, let retryAfter):
            guard isOutstanding(request) else { return [] }
            if stage == .handingBack, problem?.code == .notFound { return handbackNotTaken() }
            if let problem, !problem.code.isRetryable { return finish(.refused(problem)) }
            return retry(.unavailable(problem, status: status), retryAfterMilliseconds: retryAfter, chance: chance)
        case .transportFailed(let request, let failure):
            guard isOutstanding(request) else { return [] }
            guard failure.isRetryable else { return finish(.unreachable(failure)) }
            return retry(.unreachable(failure), retryAfterMilliseconds: nil, chance: chance)
        case .untrusted(let request, let fault):
            return isOutstanding(request) ? finish(.untrusted(fault)) : []
        case .timerFired:
            guard isWaiting else { return [] }
            isWaiting = false
            return proceed()
        case .storeFailed(let text): return finish(.store(text))
        case .cancelled: return finish(.cancelled)
        }
    }
}

// MARK: Requests

extension SyncStateMachine {
    private mutating func begin(_ start: SyncStart) -> [SyncAction] {
        guard stage == .idle else { return [] }
        epoch = start.epoch
        acknowledged = start.acknowledged
        head = start.head
        cursors = start.cursors
        skewMilliseconds = start.skewMilliseconds
        hasUnconfirmed = start.hasUnconfirmed
        stage = .pushing
        return proceed()
    }

    /// The next request, unless one is outstanding or has to wait.
    mutating func proceed() -> [SyncAction] {
        guard outstanding == nil, !isWaiting, !isRecovering else { return [] }
        if recoveryDue != nil { return recoverWhenIdle() }
        guard let purpose = nextPurpose() else {
            guard stage == .pulling, isLastAnswerHere, !isApplying else { return [] }
            guard hasUnconfirmed else { return finish(.complete) }
            stage = .handingBack
            return proceed()
        }
        if let pauseMilliseconds {
            self.pauseMilliseconds = nil
            guard pauseMilliseconds <= backoff.longestRetryAfterMilliseconds else { return finish(.later(milliseconds: pauseMilliseconds)) }
            isWaiting = true
            waitReason = .asked
            return [.wait(milliseconds: pauseMilliseconds)]
        }
        if let ready, ready.purpose == purpose { return send(ready) }
        ready = nil
        guard preparing != purpose else { return [] }
        preparing = purpose
        return [.prepare(purpose)]
    }

    /// What to ask for next; `nil` when something under way has to end first, or all is done.
    private mutating func nextPurpose() -> SyncRequest.Purpose? {
        if stage == .pushing {
            if acknowledged < head { return .push(after: acknowledged) }
            // A pull that claims less than the centre confirmed would be sent the station's own changes.
            guard receiptsDue == 0 else { return nil }
            stage = .pulling
        }
        if stage == .handingBack { return isSettling ? nil : .handback(after: handedBack) }
        guard !isLastAnswerHere, !awaitsRestore, queue.isEmpty else { return nil }
        return .pull(cursors: cursors)
    }

    private mutating func prepared(_ request: SyncRequest) -> [SyncAction] {
        guard request.purpose == preparing, request.epoch == epoch else { return [] }
        preparing = nil
        ready = request
        return proceed()
    }

    private mutating func send(_ request: SyncRequest) -> [SyncAction] {
        ready = nil
        outstanding = request
        head = max(head, request.head)
        guard case .push = request.purpose, request.last < head else { return [.send(request)] }
        let next = SyncRequest.Purpose.push(after: request.last)
        preparing = next
        return [.send(request), .prepare(next)]
    }

    private mutating func retry(_ outcome: SyncOutcome, retryAfterMilliseconds: Int64?, chance: UInt64) -> [SyncAction] {
        outstanding = nil
        // Made anew after the wait, so that its time is right.
        ready = nil
        preparing = nil
        failures += 1
        guard failures < backoff.attempts else { return finish(outcome) }
        if let retryAfterMilliseconds, retryAfterMilliseconds > backoff.longestRetryAfterMilliseconds {
            return finish(.later(milliseconds: retryAfterMilliseconds))
        }
        isWaiting = true
        if retryAfterMilliseconds != nil {
            waitReason = .asked
        } else if case .unreachable = outcome {
            waitReason = .noAnswer
        } else {
            waitReason = .unavailable
        }
        return [
            .wait(
                milliseconds: backoff.delayMilliseconds(
                    failures: failures, retryAfterMilliseconds: retryAfterMilliseconds, chance: chance))
        ]
    }

    mutating func finish(_ outcome: SyncOutcome) -> [SyncAction] {
        stage = .finished
        return [.finish(outcome)]
    }
}

// MARK: Answers

extension SyncStateMachine {
    /// What push and pull answers have in common.
    enum Verdict {
        case ignore
        case end([SyncAction])
        /// Accepted; the actions come first.
        case accepted(SyncRequest, [SyncAction])
    }

    mutating func judge(_ answer: AnswerLine, kind: MessageKind, _ arrival: Arrival, chance: UInt64) -> Verdict {
        guard let request = outstanding, request.purpose.kind == kind, request.reference == answer.request, answer.epoch == epoch
        else { return .ignore }
        outstanding = nil
        let skew = arrival.clock - answer.time
        switch answer.outcome {
        case .accepted:
            failures = 0
            hasRetriedClock = false
            pauseMilliseconds = arrival.retryAfterMilliseconds.map { retryAfter in
                retryAfter > backoff.longestRetryAfterMilliseconds
                    ? retryAfter : min(retryAfter + Int64(chance % 251), backoff.longestRetryAfterMilliseconds)
            }
            return .accepted(request, measured(skew))
        case .clock:
            guard !hasRetriedClock else { return .end(finish(.clock(skewMilliseconds: skew))) }
            hasRetriedClock = true
            skewMilliseconds = skew
            ready = nil
            preparing = nil
            return .end([.recordClock(skewMilliseconds: skew)] + proceed())
        case .revoked: return .end(finish(.revoked))
        case .rolledBack: return .end(recover(.rolledBack, or: .rolledBack(centre: answer.through, own: request.head)))
        case .forked: return .end(recover(.forked, or: .forked))
        case .behind:
            guard (0..<acknowledged).contains(answer.through) else {
                return .end(finish(.untrusted(.unreadable("it is behind at \(answer.through), which fits no request"))))
            }
            return .end(
                recover(
                    .behind(through: answer.through, chain: answer.chain), or: .behind(centre: answer.through, own: acknowledged)))
        case .parked: return .end(finish(.untrusted(.unreadable("parked is an answer to bundles only"))))
        }
    }

    /// A clock that is off by a little less or more than before is not written down again.
    private mutating func measured(_ skew: Int64) -> [SyncAction] {
        if let known = skewMilliseconds, (known - skew).magnitude <= Self.skewToleranceMilliseconds { return [] }
        skewMilliseconds = skew
        return [.recordClock(skewMilliseconds: skew)]
    }

    private static let skewToleranceMilliseconds: UInt64 = 2_000

    private mutating func pushAnswered(_ answer: PushAnswer, _ arrival: Arrival, chance: UInt64) -> [SyncAction] {
        switch judge(answer.answer, kind: .push, arrival, chance: chance) {
        case .ignore: return []
        case .end(let actions): return actions
        case .accepted(let request, let actions):
            guard answer.answer.through > acknowledged, answer.answer.through <= request.head else {
                return finish(.untrusted(.unreadable("it took the changes through \(answer.answer.through), which fits no request")))
            }
            pushed += answer.answer.through - acknowledged
            acknowledged = answer.answer.through
            receiptsDue += 1
            // Both at once: the next request goes out while the receipt is written down.
            return actions + [.acknowledge(answer)] + proceed()
        }
    }

    private mutating func receiptTaken(_ isOwn: Bool) -> [SyncAction] {
        receiptsDue -= 1
        // Accepted, but with another chain than this file's: the receipt is another copy's.
        return isOwn ? proceed() : recover(.forked, or: .forked)
    }

    private mutating func pullAnswered(_ answer: PullAnswer, _ arrival: Arrival, chance: UInt64) -> [SyncAction] {
        switch judge(answer.answer, kind: .pull, arrival, chance: chance) {
        case .ignore: return []
        case .end(let actions): return actions
        case .accepted(_, let actions):
            let names = Set(answer.keys.map(\.description))
            cursors = cursors.filter { names.contains($0.key) }
            var moving: [PullAnswer.KeyPage] = []
            for page in answer.pages {
                let key = page.key.description
                let position = cursors[key]?.at.position ?? 0
                guard names.contains(key) else { return finish(.untrusted(.unreadable("a page for \(key), which is not granted"))) }
                guard page.from <= position else { return finish(.untrusted(.unreadable("a page for \(key) leaves rows out"))) }
                if page.from < position {
                    guard restoredKeys.insert(key).inserted else { return finish(.centreRestored) }
                    awaitsRestore = true
                }
                let cursor = RequestLine.Cursor.Checkpoint(position: page.to, digest: page.digest)
                guard !page.rows.isEmpty || page.from != position || cursors[key]?.at != cursor else { continue }
                moving.append(page)
                cursors[key] = RequestLine.Cursor(at: cursor, checkpoints: cursors[key]?.checkpoints ?? [])
            }
            feedEnd = max(feedEnd, answer.pages.map(\.to).max() ?? 0)
            let hasMore = answer.pages.contains { $0.more }
            guard !hasMore || !moving.isEmpty else { return finish(.untrusted(.unreadable("it promises more rows and sends none"))) }
            // An answer may be full before it has come to every key.
            isLastAnswerHere = !hasMore && (moving.isEmpty || names.isSubset(of: answer.pages.map(\.key.description)))
            return actions + enqueue(answer.keys, moving) + proceed()
        }
    }

    private mutating func enqueue(_ keys: [FeedKey], _ pages: [PullAnswer.KeyPage]) -> [SyncAction] {
        let pulled = PulledPages(keys: keys == granted ? nil : keys, pages: pages)
        granted = keys
        guard pulled.keys != nil || !pages.isEmpty else { return [] }
        guard !isApplying else {
            queue.append(pulled)
            return []
        }
        isApplying = true
        return [.apply(pulled)]
    }

    private mutating func applied(_ result: PagesApplied) -> [SyncAction] {
        isApplying = false
        hasUnconfirmed = hasUnconfirmed || result.hasUnconfirmed
        if let restored = result.restored { return goOn(from: restored, head: result.head) }
        if queue.isEmpty {
            awaitsRestore = false
            return proceed()
        }
        let next = queue.removeFirst()
        isApplying = true
        return [.apply(next)] + proceed()
    }
}

import EntryModel
import FieldStore

/// What happens when the station's file or the centre was put back to an earlier state.
extension SyncStateMachine {
    // MARK: The station's chain

    /// Has the chain put right, in the same sync; but each way once only.
    ///
    /// - Parameter outcome: How the sync ends when it was put right before and is wrong again: then somebody else is at work.
    mutating func recover(_ finding: ChainFinding, or outcome: SyncOutcome) -> [SyncAction] {
        if case .behind = finding {
            guard !hasGoneBack else { return finish(outcome) }
            hasGoneBack = true
        } else {
            guard !hasNewEpoch else { return finish(outcome) }
            hasNewEpoch = true
        }
        recoveryDue = finding
        // All of it speaks of the chain as it was.
        queue = []
        outstanding = nil
        preparing = nil
        ready = nil
        return proceed()
    }

    /// The file's cursors and its acknowledgement are read anew afterwards, so nothing may be about to move them.
    mutating func recoverWhenIdle() -> [SyncAction] {
        guard let finding = recoveryDue, !isApplying, receiptsDue == 0 else { return [] }
        recoveryDue = nil
        isRecovering = true
        return [.recover(finding)]
    }

    mutating func recovered(_ start: SyncStart) -> [SyncAction] {
        guard isRecovering else { return [] }
        isRecovering = false
        epoch = start.epoch
        acknowledged = start.acknowledged
        head = start.head
        hasUnconfirmed = start.hasUnconfirmed
        readAgain(from: start.cursors)
        stage = .pushing
        return proceed()
    }

    // MARK: The centre's feed

    /// A page went back behind its cursor, and the file's cursors with it. What has to be sent again comes first, then reading goes on.
    mutating func goOn(from cursors: [String: RequestLine.Cursor], head end: Int64) -> [SyncAction] {
        head = max(head, end)
        hasUnconfirmed = true
        // What was asked meanwhile began elsewhere.
        queue = []
        outstanding = nil
        preparing = nil
        ready = nil
        readAgain(from: cursors)
        stage = .pushing
        return proceed()
    }

    private mutating func readAgain(from cursors: [String: RequestLine.Cursor]) {
        self.cursors = cursors
        granted = nil
        isLastAnswerHere = false
        awaitsRestore = false
    }

    // MARK: Handback

    mutating func handbackAnswered(_ answer: HandbackAnswer, _ arrival: Arrival, chance: UInt64) -> [SyncAction] {
        switch judge(answer.answer, kind: .handback, arrival, chance: chance) {
        case .ignore: return []
        case .end(let actions): return actions
        case .accepted(let request, let actions):
            handedBack = request.last
            isSettling = true
            return actions + [.settle(answer)]
        }
    }

    mutating func settled() -> [SyncAction] {
        guard isSettling else { return [] }
        isSettling = false
        return proceed()
    }

    /// Everything was handed back that can be: what the centre took stands at new places of the feed, so that is read once more.
    mutating func handbackEnded() -> [SyncAction] {
        guard stage == .handingBack, outstanding == nil else { return [] }
        preparing = nil
        hasUnconfirmed = false
        stage = .pulling
        isLastAnswerHere = handedBack == 0
        granted = nil
        return proceed()
    }

    /// The centre takes nothing back, so the lines stay here for one that does.
    mutating func handbackNotTaken() -> [SyncAction] {
        outstanding = nil
        hasUnconfirmed = false
        stage = .pulling
        return proceed()
    }
}

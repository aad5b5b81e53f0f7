import EntryModel
import FieldStore
import FieldSync
import Testing

/// What the machine does when the file or the centre was put back to an earlier state.
@Suite struct RecoveryTimelineTests {
    private func start(_ line: Timeline, epoch: UniqueID = Timeline.epoch, _ acknowledged: Int64, _ head: Int64) -> SyncStart {
        SyncStart(epoch: epoch, acknowledged: acknowledged, head: head, cursors: [:], skewMilliseconds: 0)
    }

    @Test("rolled back or forked: a new epoch, and the same sync goes on with it", arguments: [AnswerOutcome.rolledBack, .forked])
    func newEpoch(outcome: AnswerOutcome) {
        var line = Timeline()
        _ = line.start(3, 5)
        _ = line.ready(push: 3, 5, of: 5)
        let word = outcome == .forked ? "forked" : "rolled-back"
        #expect(line.pushAnswer(line.line(outcome, 9)) == "recover \(word)")
        let recovery = Recovery(.forked, changes: 2)
        #expect(line.react(.recovered(start(line, epoch: Timeline.otherEpoch, 0, 2), recovery)) == "prepare push 0")
        // One of the old epoch that was made ready too late means nothing.
        #expect(line.ready(push: 0, 2, of: 2) == "")
        #expect(line.ready(push: 0, 2, of: 2, epoch: Timeline.otherEpoch) == "send push 0-2")
        #expect(line.pushAnswer(line.line(.accepted, 2)) == "")
        #expect(line.pushAnswer(line.line(.accepted, 2, epoch: Timeline.otherEpoch)) == "acknowledge 2")
    }

    @Test("a second time in one sync it ends: somebody else is at work", arguments: [AnswerOutcome.rolledBack, .forked])
    func onceOnly(outcome: AnswerOutcome) {
        var line = Timeline()
        _ = line.start(3, 5)
        _ = line.ready(push: 3, 5, of: 5)
        _ = line.pushAnswer(line.line(.forked, 9))
        _ = line.react(.recovered(start(line, 0, 5), Recovery(.forked, changes: 5)))
        _ = line.ready(push: 0, 5, of: 5)
        let word = outcome == .forked ? "forked" : "rolled-back"
        #expect(line.pushAnswer(line.line(outcome, 9)) == "finish \(word)")
    }

    @Test("behind: the file goes back with the centre and sends again; a centre that is behind at no place of ours is not believed")
    func behind() {
        var line = Timeline()
        _ = line.start(3, 5)
        _ = line.ready(push: 3, 5, of: 5)
        #expect(line.pushAnswer(line.line(.behind, 1)) == "recover behind 1")
        #expect(line.react(.recovered(start(line, 1, 5), Recovery(.behind, changes: 4))) == "prepare push 1")
        _ = line.ready(push: 1, 5, of: 5)
        #expect(line.pushAnswer(line.line(.behind, 0)) == "finish behind")

        var other = Timeline()
        _ = other.start(3, 5)
        _ = other.ready(push: 3, 5, of: 5)
        #expect(other.pushAnswer(other.line(.behind, 4)) == "finish untrusted")
    }

    @Test("a receipt that fits another chain is a fork too")
    func foreignReceipt() {
        var line = Timeline()
        _ = line.start(0, 5)
        _ = line.ready(push: 0, 5, of: 5)
        _ = line.accepted(5)
        #expect(line.react(.acknowledged(false)) == "recover forked")
    }

    @Test("nothing is put right while receipts or pages are still being written")
    func waitsForTheFile() {
        var line = Timeline()
        _ = line.start(0, 10)
        _ = line.ready(push: 0, 5, of: 10)
        _ = line.ready(push: 5, 10, of: 10)
        #expect(line.accepted(5) == "acknowledge 5, send push 5-10")
        #expect(line.pushAnswer(line.line(.forked, 9)) == "")
        #expect(line.receipt() == "recover forked")

        var pull = Timeline()
        _ = pull.start(3, 3)
        _ = pull.ready(pull: [:])
        _ = pull.pulled([("p", 0, 10, 1, true)])
        _ = pull.ready(pull: ["p": 10])
        let answer = PullAnswer(answer: pull.line(.rolledBack, 9), keys: [], pages: [])
        #expect(pull.react(.pullAnswered(answer, Arrival(clock: pull.clock))) == "")
        #expect(pull.applied() == "recover rolled-back")
    }

    @Test("what a restored centre may have lost is handed back portion by portion, then read once more")
    func handback() {
        var line = Timeline()
        _ = line.start(0, 0, hasUnconfirmed: true)
        _ = line.ready(pull: [:])
        _ = line.pulled([("p", 0, 3, 1, false)])
        #expect(line.applied() == "prepare handback 0")
        #expect(line.ready(handback: 0, 7) == "send handback 0-7")
        #expect(line.lost() == "wait 500")
        #expect(line.timer() == "prepare handback 0")
        #expect(line.ready(handback: 0, 7) == "send handback 0-7")
        #expect(line.handbackAnswer(line.line(.accepted), taken: 4) == "settle 4")
        #expect(line.react(.settled(taken: 4)) == "prepare handback 7")
        #expect(line.react(.nothingToHandBack) == "prepare pull p 3")
        _ = line.ready(pull: ["p": 3])
        #expect(line.pulled([("p", 3, 7, 4, false)]) == "apply keys p p 3-7")
        #expect(line.applied() == "finish complete")
    }

    @Test("a centre that takes nothing back does not stop a sync; the lines stay for one that does")
    func handbackNotTaken() {
        var line = Timeline()
        _ = line.start(0, 0, hasUnconfirmed: true)
        _ = line.ready(pull: [:])
        _ = line.pulled([("p", 0, 3, 1, false)])
        _ = line.applied()
        _ = line.ready(handback: 0, 7)
        #expect(line.refused(.notFound) == "finish complete")
    }

    @Test("what has to be sent again after the centre went back goes before anything else")
    func restoredWithResend() {
        var line = Timeline()
        _ = line.start(3, 3, cursors: ["p": 8])
        _ = line.ready(pull: ["p": 8])
        _ = line.pulled([("p", 4, 6, 1, false)])
        #expect(line.react(.applied(PagesApplied(restored: Timeline.cursors(["p": 6]), head: 5))) == "prepare push 3")
    }
}

import EntryModel
import FieldSync
import Testing

@Suite struct PushTimelineTests {
    @Test("all goes up in batches, the next made while the last is on its way, and then the pull")
    func batches() {
        var line = Timeline()
        #expect(line.start(0, 1200) == "prepare push 0")
        #expect(line.ready(push: 0, 500, of: 1200) == "send push 0-500, prepare push 500")
        #expect(line.ready(push: 500, 1000, of: 1200) == "")
        #expect(line.accepted(500) == "acknowledge 500, send push 500-1000, prepare push 1000")
        #expect(line.receipt() == "")
        #expect(line.accepted(1000) == "acknowledge 1000")
        #expect(line.ready(push: 1000, 1200, of: 1200) == "send push 1000-1200")
        #expect(line.receipt() == "")
        #expect(line.accepted(1200) == "acknowledge 1200")
        #expect(line.receipt() == "prepare pull")
        #expect(line.machine.pushed == 1200)
    }

    @Test("nothing unsent, nothing pushed")
    func nothingUnsent() {
        var line = Timeline()
        #expect(line.start(7, 7, cursors: ["p": 4]) == "prepare pull p 4")
    }

    @Test("what is keyed during the sync goes up with it")
    func growingHead() {
        var line = Timeline()
        #expect(line.start(0, 2) == "prepare push 0")
        #expect(line.ready(push: 0, 2, of: 3) == "send push 0-2, prepare push 2")
        #expect(line.accepted(2) == "acknowledge 2")
        #expect(line.ready(push: 2, 3, of: 3) == "send push 2-3")
        #expect(line.receipt() == "")
        #expect(line.accepted(3) == "acknowledge 3")
    }

    @Test("the pull waits for the receipt, so that the station's own changes are not sent back")
    func pullAfterReceipt() {
        var line = Timeline()
        _ = line.start(0, 1)
        _ = line.ready(push: 0, 1, of: 1)
        #expect(line.accepted(1) == "acknowledge 1")
        #expect(line.timer() == "")
        #expect(line.receipt() == "prepare pull")
    }

    @Test("a centre that has more than was sent, from a push whose answer was lost, is believed: the batch made ahead is dropped")
    func centreHasMore() {
        var line = Timeline()
        _ = line.start(0, 900)
        #expect(line.ready(push: 0, 300, of: 900) == "send push 0-300, prepare push 300")
        #expect(line.ready(push: 300, 600, of: 900) == "")
        #expect(line.accepted(500) == "acknowledge 500, prepare push 500")
        #expect(line.ready(push: 500, 900, of: 900) == "send push 500-900")
    }

    @Test("a receipt that fits no request ends the sync", arguments: [0, 500, 1201] as [Int64])
    func impossibleReceipt(through: Int64) {
        var line = Timeline()
        _ = line.start(500, 1200)
        _ = line.ready(push: 500, 1000, of: 1200)
        #expect(line.accepted(through) == "finish untrusted")
    }

    @Test("a receipt with another chain than the file's is another copy's")
    func foreignReceipt() {
        var line = Timeline()
        _ = line.start(0, 1)
        _ = line.ready(push: 0, 1, of: 1)
        _ = line.accepted(1)
        #expect(line.react(.acknowledged(false)) == "recover forked")
    }

    @Test("an answer to another request changes nothing, nor does one of another epoch or of another kind")
    func lateAnswers() {
        var line = Timeline()
        _ = line.start(0, 600)
        _ = line.ready(push: 0, 300, of: 600)
        #expect(line.pushAnswer(line.line(.accepted, 300, request: Timeline.digest(9))) == "")
        #expect(line.pushAnswer(line.line(.forked, request: Timeline.digest(9))) == "")
        #expect(line.pushAnswer(line.line(.accepted, 300, epoch: Timeline.otherEpoch)) == "")
        #expect(line.pulled([]) == "")
        #expect(line.accepted(300) == "acknowledge 300")
        // The same answer once more: a copy of the message took another way.
        #expect(line.pushAnswer(line.line(.accepted, 300, request: line.reference(0))) == "")
    }

    @Test(
        "what no recovery helps against ends the sync, and nothing is acknowledged",
        arguments: [(AnswerOutcome.revoked, "revoked"), (.parked, "untrusted")])
    func outcomes(outcome: AnswerOutcome, code: String) {
        var line = Timeline()
        _ = line.start(5, 9)
        _ = line.ready(push: 5, 9, of: 9)
        #expect(line.pushAnswer(line.line(outcome, 2)) == "finish \(code)")
        #expect(line.machine.stage == .finished)
        #expect(line.machine.pushed == 0)
    }

    @Test("once finished, nothing more is done")
    func finished() {
        var line = Timeline()
        _ = line.start(0, 9)
        _ = line.ready(push: 0, 9, of: 9)
        #expect(line.react(.cancelled) == "finish cancelled")
        #expect(line.accepted(9) == "")
        #expect(line.receipt() == "")
        #expect(line.timer() == "")
        #expect(line.lost() == "")
        #expect(line.start(0, 9) == "")
    }

    @Test("a station's file that fails ends the sync with the file's own words")
    func storeFails() {
        var line = Timeline()
        _ = line.start(0, 9)
        #expect(line.react(.storeFailed("The disk is full.")) == "finish store")
    }
}

import EntryModel
import FieldSync
import Testing

@Suite struct PullTimelineTests {
    @Test("the next pull is on its way while the pages of the last are applied; pages of two answers at most are held")
    func overlap() {
        var line = Timeline()
        #expect(line.start(0, 0) == "prepare pull")
        #expect(line.ready(pull: [:]) == "send pull")
        #expect(line.pulled([("p", 0, 10, 1, true)]) == "apply keys p p 0-10, prepare pull p 10")
        #expect(line.ready(pull: ["p": 10]) == "send pull")
        #expect(line.pulled([("p", 10, 20, 1, true)]) == "")
        #expect(line.applied() == "apply p 10-20, prepare pull p 20")
        #expect(line.ready(pull: ["p": 20]) == "send pull")
        #expect(line.applied() == "")
        #expect(line.pulled([("p", 20, 25, 1, false)]) == "apply p 20-25")
        #expect(line.applied() == "finish complete")
    }

    @Test("how far the feed was read, by the key furthest behind, and how far it goes, is known from each answer")
    func howFar() {
        var line = Timeline()
        _ = line.start(0, 0, cursors: ["p": 8])
        #expect(line.machine.feedEnd == 0)
        _ = line.ready(pull: ["p": 8])
        _ = line.pulled([("d", 0, 90, 1, false), ("p", 8, 30, 1, true)])
        #expect(line.machine.feedRead == 30)
        #expect(line.machine.feedEnd == 90)
    }

    @Test("an idle pull applies nothing and writes the granted keys down once")
    func idle() {
        var line = Timeline()
        _ = line.start(0, 0, cursors: ["p": 8])
        _ = line.ready(pull: ["p": 8])
        #expect(line.pulled([("p", 8, 8, 0, false)]) == "apply keys p")
        #expect(line.applied() == "finish complete")
    }

    @Test("a page without rows still moves its cursor, so that it carries the newest digest")
    func emptyPage() {
        var line = Timeline()
        _ = line.start(0, 0, cursors: ["p": 8])
        _ = line.ready(pull: ["p": 8])
        #expect(line.pulled([("p", 8, 11, 0, false)]) == "apply keys p p 8-11")
    }

    @Test("a key granted anew is read from the beginning; one that was withdrawn is asked for no more")
    func changedKeys() {
        var line = Timeline()
        #expect(line.start(0, 0, cursors: ["p": 8, "q": 3]) == "prepare pull p 8 q 3")
        _ = line.ready(pull: ["p": 8, "q": 3])
        #expect(line.pulled([("p", 8, 8, 0, false), ("r", 0, 5, 1, true)]) == "apply keys p+r r 0-5, prepare pull p 8 r 5")
    }

    @Test("an answer that was full before it came to every key is not the last")
    func fullAnswer() {
        var line = Timeline()
        _ = line.start(0, 0, cursors: ["p": 8, "q": 3])
        _ = line.ready(pull: ["p": 8, "q": 3])
        #expect(line.pulled([("p", 8, 9, 1, false)], keys: ["p", "q"]) == "apply keys p+q p 8-9, prepare pull p 9 q 3")
    }

    @Test("a page for a key that is not granted, or that leaves rows out, or none where more is promised: the answer is not used")
    func impossiblePages() {
        for (pages, keys) in [
            ([("q", 0, 1, 1, false)], ["p"]), ([("p", 9, 12, 1, false)], ["p"]), ([("q", 1, 2, 1, false)], ["p", "q"]),
            ([("p", 8, 8, 0, true)], ["p"]),
        ] as [([(String, Int64, Int64, Int, Bool)], [String])] {
            var line = Timeline()
            _ = line.start(0, 0, cursors: ["p": 8])
            _ = line.ready(pull: ["p": 8])
            #expect(line.pulled(pages.map { ($0.0, $0.1, $0.2, $0.3, $0.4) }, keys: keys) == "finish untrusted")
        }
    }

    @Test("a page below its cursor: the centre was restored; the pull goes on from where both agree, and asks nothing before that is known")
    func restored() {
        var line = Timeline()
        _ = line.start(0, 0, cursors: ["p": 8])
        _ = line.ready(pull: ["p": 8])
        #expect(line.pulled([("p", 4, 6, 1, true)]) == "apply keys p p 4-6")
        #expect(line.react(.applied(PagesApplied(restored: Timeline.cursors(["p": 4])))) == "prepare pull p 4")
        _ = line.ready(pull: ["p": 4])
        #expect(line.pulled([("p", 4, 6, 1, false)]) == "apply keys p p 4-6")
        #expect(line.applied() == "prepare handback 0")
        #expect(line.react(.nothingToHandBack) == "finish complete")
    }

    @Test("a centre that goes back twice in one sync is left alone")
    func restoredTwice() {
        var line = Timeline()
        _ = line.start(0, 0, cursors: ["p": 8])
        _ = line.ready(pull: ["p": 8])
        _ = line.pulled([("p", 4, 6, 1, true)])
        _ = line.react(.applied(PagesApplied(restored: Timeline.cursors(["p": 4]))))
        _ = line.ready(pull: ["p": 4])
        #expect(line.pulled([("p", 0, 2, 1, true)]) == "finish centre-restored")
    }

    @Test("found restored while another pull is on its way: the answer to that one is ignored")
    func restoredUnderWay() {
        var line = Timeline()
        _ = line.start(0, 0, cursors: ["p": 8])
        _ = line.ready(pull: ["p": 8])
        _ = line.pulled([("p", 8, 10, 1, true)])
        _ = line.ready(pull: ["p": 10])
        let late = line.outstanding
        #expect(line.react(.applied(PagesApplied(restored: Timeline.cursors(["p": 4])))) == "prepare pull p 4")
        #expect(line.react(.transportFailed(request: late, TransportFailure(.timeout, address: ""))) == "")
        #expect(line.ready(pull: ["p": 4]) == "send pull")
    }

    @Test("the pull's own outcome counts too: an idle station learns that it was revoked")
    func outcome() {
        var line = Timeline()
        _ = line.start(3, 3)
        _ = line.ready(pull: [:])
        let answer = PullAnswer(answer: line.line(.revoked), keys: [], pages: [])
        #expect(line.react(.pullAnswered(answer, Arrival(clock: line.clock))) == "finish revoked")
    }
}

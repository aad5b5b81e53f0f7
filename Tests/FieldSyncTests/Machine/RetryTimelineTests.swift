import EntryModel
import FieldSync
import TestSupport
import Testing

@Suite struct RetryTimelineTests {
    @Test("a lost answer is waited out and the request made anew, with doubling bounds; six in a row end the sync")
    func backoff() {
        var line = Timeline()
        _ = line.start(0, 5)
        for wait in [500, 1000, 2000, 4000, 8000] {
            #expect(line.ready(push: 0, 5, of: 5) == "send push 0-5")
            #expect(line.lost() == "wait \(wait)")
            #expect(line.timer() == "prepare push 0")
        }
        #expect(line.ready(push: 0, 5, of: 5) == "send push 0-5")
        #expect(line.lost() == "finish unreachable")
    }

    @Test("progress in between starts the count again")
    func progress() {
        var line = Timeline()
        _ = line.start(0, 5)
        _ = line.ready(push: 0, 4, of: 5)
        #expect(line.lost() == "wait 500")
        _ = line.timer()
        _ = line.ready(push: 0, 4, of: 5)
        #expect(line.lost() == "wait 1000")
        _ = line.timer()
        _ = line.ready(push: 0, 4, of: 5)
        _ = line.accepted(4)
        _ = line.ready(push: 4, 5, of: 5)
        #expect(line.lost() == "wait 500")
    }

    @Test("a batch that is made ahead when the one before is lost is thrown away, also when it is ready only after the loss")
    func staleBatches() {
        var line = Timeline()
        _ = line.start(0, 10)
        #expect(line.ready(push: 0, 5, of: 10) == "send push 0-5, prepare push 5")
        #expect(line.lost() == "wait 500")
        #expect(line.ready(push: 5, 10, of: 10) == "")
        #expect(line.timer() == "prepare push 0")
        #expect(line.ready(push: 5, 10, of: 10) == "")
        #expect(line.ready(push: 0, 5, of: 10) == "send push 0-5, prepare push 5")
    }

    @Test("pages go on being applied while a lost pull waits")
    func applyingMeanwhile() {
        var line = Timeline()
        _ = line.start(0, 0)
        _ = line.ready(pull: [:])
        _ = line.pulled([("p", 0, 10, 1, true)])
        _ = line.ready(pull: ["p": 10])
        #expect(line.lost() == "wait 500")
        #expect(line.applied() == "")
        #expect(line.timer() == "prepare pull p 10")
    }

    @Test("Retry-After is the least wait after a problem; the jitter comes on top")
    func retryAfter() {
        var line = Timeline()
        _ = line.start(0, 5)
        _ = line.ready(push: 0, 5, of: 5)
        #expect(line.refused(.busy, retryAfter: 7000) == "wait 7500")
    }

    @Test("Retry-After is honoured on success too, before the next request and not before the end")
    func retryAfterSuccess() {
        var line = Timeline()
        line.chance = 0
        _ = line.start(0, 10)
        _ = line.ready(push: 0, 5, of: 10)
        _ = line.ready(push: 5, 10, of: 10)
        #expect(line.accepted(5, retryAfter: 3000) == "acknowledge 5, wait 3000")
        #expect(line.receipt() == "")
        #expect(line.timer() == "send push 5-10")
        #expect(line.accepted(10) == "acknowledge 10")
        #expect(line.receipt() == "prepare pull")
        _ = line.ready(pull: [:])
        #expect(line.pulled([("p", 0, 3, 1, false)], retryAfter: 3000) == "apply keys p p 0-3")
        #expect(line.applied() == "finish complete")
    }

    @Test("a centre that wants to be left alone for longer than a minute is; what it took is written down first")
    func longRetryAfter() {
        var line = Timeline()
        _ = line.start(0, 10)
        _ = line.ready(push: 0, 5, of: 10)
        #expect(line.accepted(5, retryAfter: 61_000) == "acknowledge 5, finish later")

        var other = Timeline()
        _ = other.start(0, 10)
        _ = other.ready(push: 0, 5, of: 10)
        #expect(other.refused(.busy, retryAfter: 61_000) == "finish later")
    }

    @Test("a problem that trying again cannot cure ends the sync at once", arguments: Problem.Code.allCases)
    func problems(code: Problem.Code) {
        var line = Timeline()
        _ = line.start(0, 5)
        _ = line.ready(push: 0, 5, of: 5)
        #expect(line.refused(code) == (code.isRetryable ? "wait 500" : "finish \(code.rawValue)"))
    }

    @Test("a gateway in front of the centre that fails in its own words is tried again, then named")
    func gateway() {
        var line = Timeline(backoff: Backoff(attempts: 2))
        _ = line.start(0, 5)
        _ = line.ready(push: 0, 5, of: 5)
        #expect(line.react(.refused(request: line.outstanding, nil, status: 502, retryAfterMilliseconds: nil)) == "wait 500")
        _ = line.timer()
        _ = line.ready(push: 0, 5, of: 5)
        #expect(line.react(.refused(request: line.outstanding, nil, status: 502, retryAfterMilliseconds: nil)) == "finish unavailable")
    }

    @Test("no connection and no time are tried again; what only a person can change is not", arguments: TransportFailure.Code.allCases)
    func failures(code: TransportFailure.Code) {
        var line = Timeline()
        _ = line.start(0, 5)
        _ = line.ready(push: 0, 5, of: 5)
        let failure = TransportFailure(code, address: "http://centre")
        let expected = failure.isRetryable ? "wait 500" : "finish \(SyncOutcome.unreachable(failure).code)"
        #expect(line.react(.transportFailed(request: line.outstanding, failure)) == expected)
    }

    @Test("an answer that the centre did not sign ends the sync and changes nothing")
    func unsigned() {
        var line = Timeline()
        _ = line.start(0, 5)
        _ = line.ready(push: 0, 5, of: 5)
        #expect(line.react(.untrusted(request: Timeline.digest(9), .badSignature)) == "")
        #expect(line.react(.untrusted(request: line.outstanding, .badSignature)) == "finish untrusted")
        #expect(line.machine.pushed == 0)
    }

    @Test("a request refused for its time is sent again with the clock as measured, once")
    func clock() {
        var line = Timeline()
        _ = line.start(0, 5)
        _ = line.ready(push: 0, 5, of: 5)
        #expect(line.pushAnswer(line.line(.clock, skew: -900_000)) == "clock -900000, prepare push 0")
        #expect(line.ready(push: 0, 5, of: 5) == "send push 0-5")
        #expect(line.pushAnswer(line.line(.clock, skew: -900_000)) == "finish clock")
    }

    @Test("the clock may be refused again after progress: it can jump during a long sync")
    func clockAgain() {
        var line = Timeline()
        _ = line.start(0, 10)
        _ = line.ready(push: 0, 5, of: 10)
        _ = line.pushAnswer(line.line(.clock, skew: 400_000))
        _ = line.ready(push: 0, 5, of: 10)
        #expect(line.pushAnswer(line.line(.accepted, 5, skew: 400_000)) == "acknowledge 5")
        _ = line.ready(push: 5, 10, of: 10)
        #expect(line.pushAnswer(line.line(.clock, skew: -400_000)) == "clock -400000, prepare push 5")
    }

    @Test("an unknown clock is measured by the first answer; one that is as before, within two seconds, is not written down again")
    func measuredClock() {
        var line = Timeline()
        _ = line.start(0, 10, skew: nil)
        _ = line.ready(push: 0, 5, of: 10)
        #expect(line.pushAnswer(line.line(.accepted, 5, skew: 700)) == "clock 700, acknowledge 5")
        _ = line.ready(push: 5, 10, of: 10)
        #expect(line.pushAnswer(line.line(.accepted, 10, skew: 2700)) == "acknowledge 10")
        #expect(line.receipt() == "")
        #expect(line.receipt() == "prepare pull")
        _ = line.ready(pull: [:])
        let answer = PullAnswer(answer: line.line(.accepted, skew: 2701), keys: [], pages: [])
        #expect(line.react(.pullAnswered(answer, Arrival(clock: line.clock))) == "clock 2701, apply keys ")
    }

    @Test("a wait is never below what was asked, nor above the bound of its attempt")
    func bounds() {
        var random = SeededRandom(seed: 20_261_122)
        for _ in 0..<20_000 {
            let base = Int64.random(in: 1...5_000, using: &random)
            let backoff = Backoff(baseMilliseconds: base, capMilliseconds: Int64.random(in: base...100_000, using: &random))
            let failures = Int.random(in: 1...200, using: &random)
            let asked = random.chance(oneIn: 2) ? Int64.random(in: 0...60_000, using: &random) : nil
            let delay = backoff.delayMilliseconds(failures: failures, retryAfterMilliseconds: asked, chance: random.next())
            let bound = min(Double(backoff.capMilliseconds), Double(base) * Double.exp2(failures - 1))
            #expect(delay >= asked ?? 0)
            #expect(Double(delay - (asked ?? 0)) <= bound)
        }
    }

    @Test("the whole range is drawn from: nothing up to the bound")
    func fullJitter() {
        let backoff = Backoff()
        #expect(backoff.delayMilliseconds(failures: 3, retryAfterMilliseconds: nil, chance: 0) == 0)
        #expect(backoff.delayMilliseconds(failures: 3, retryAfterMilliseconds: nil, chance: .max) == 2000)
        #expect(backoff.delayMilliseconds(failures: 3, retryAfterMilliseconds: nil, chance: .max / 2) == 1000)
        #expect(backoff.delayMilliseconds(failures: 63, retryAfterMilliseconds: nil, chance: .max) == 30_000)
    }
}

extension Double {
    fileprivate static func exp2(_ exponent: Int) -> Double {
        Double(sign: .plus, exponent: min(exponent, 1000), significand: 1)
    }
}

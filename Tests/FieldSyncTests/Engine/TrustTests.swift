import CentralStore
import EntryModel
import FieldStore
import FieldSync
import TestSupport
import Testing

/// Answers that are not the centre's, or not to this request; clocks that are wrong; enrolment.
@Suite struct TrustTests {
    /// A station with three unsent changes.
    private static func station(skew: Int64 = 0) async throws -> (fleet: Fleet, station: Station) {
        let fleet = try await Fleet()
        let station = try await fleet.station("a", skew: skew)
        #expect(await station.sync().outcome == .complete)
        for name in ["Ann", "Bo", "Cy"] { try station.capture(["given_name": name]) }
        return (fleet, station)
    }

    @Test("an answer signed with another key changes nothing, whatever it says")
    func wrongKey() async throws {
        let (_, station) = try await Self.station()
        let thief = SigningKey()
        station.transport.decide { _ in
            .answerIsChanged { answer in
                let body = Array(answer.dropLast(131))
                return (try? Envelope.seal(kind: .pushAnswer, bytes: body, key: thief)) ?? []
            }
        }
        let summary = await station.sync()
        #expect(summary.outcome == .untrusted(.badSignature))
        #expect(try station.database.unsentCount() == 3)
        station.transport.decide { _ in .arrives }
        #expect(await station.sync().outcome == .complete)
        #expect(try station.database.unsentCount() == 0)
    }

    @Test("a byte changed on the way is found", arguments: [0, 40, 200])
    func changedByte(index: Int) async throws {
        let (_, station) = try await Self.station()
        station.transport.decide { _ in
            .answerIsChanged { answer in
                var answer = answer
                answer[index] ^= 1
                return answer
            }
        }
        #expect(await station.sync().outcome.code == "untrusted")
        #expect(try station.database.unsentCount() == 3)
    }

    @Test("an answer to an earlier request, truly signed, is not taken for this one's")
    func replayedAnswer() async throws {
        let (_, station) = try await Self.station()
        let first = station.transport.deliveries.count
        _ = await station.sync()
        let old = try #require(station.transport.deliveries[first].answer)
        try station.capture(["given_name": "Di"])
        station.transport.decide { _ in .answerIsChanged { _ in old } }
        let summary = await station.sync()
        #expect(summary.outcome.code == "otherAnswer")
        #expect(try station.database.unsentCount() == 1)
    }

    @Test("an answer of nothing, or that breaks off, is not to be used")
    func noMessage() async throws {
        let (_, station) = try await Self.station()
        for change in [{ @Sendable (_: [UInt8]) in [] }, { @Sendable in Array($0.dropLast(20)) }] as [@Sendable ([UInt8]) -> [UInt8]] {
            station.transport.decide { _ in .answerIsChanged(change) }
            #expect(await station.sync().outcome.code == "untrusted")
        }
        #expect(try station.database.unsentCount() == 3)
    }

    @Test("a revoked station is told at its next pull, and keeps its unsent work")
    func revoked() async throws {
        let (fleet, station) = try await Self.station()
        try await fleet.vault.revoke(try #require(try station.database.identity?.station))
        let summary = await station.sync()
        #expect(summary.outcome == .revoked)
        #expect(summary.message.contains("revoked"))
        #expect(try station.database.unsentCount() == 3)
    }

    @Test("a clock that is hours off costs one more request, is written down, and is no reason to refuse", arguments: [-7, 7])
    func skewedClock(hours: Int64) async throws {
        let (fleet, station) = try await Self.station(skew: hours * 3_600_000)
        #expect(try station.database.status().skewMilliseconds == hours * 3_600_000)
        #expect(await station.sync().outcome == .complete)
        #expect(try await fleet.comparison().entries == 3)
    }

    @Test("a clock that jumps after it was measured is measured anew, once a sync", arguments: [-1, 1])
    func jumpingClock(sign: Int64) async throws {
        let fleet = try await Fleet()
        let honest = try await fleet.station("honest")
        _ = await honest.sync()
        // A second engine on the same file, whose clock is a day off.
        let clock = fleet.clock
        let jumped = Surroundings(now: { clock.milliseconds + sign * 86_400_000 }, random: { 7 })
        let engine = SyncEngine(database: honest.database, transport: honest.transport, surroundings: jumped) { _ in }
        try honest.capture(["given_name": "Ann"])
        let summary = await engine.synchronize()
        #expect(summary.outcome == .complete)
        #expect(summary.requests == 3)
        #expect(try honest.database.status().skewMilliseconds == sign * 86_400_000)
        #expect(await engine.synchronize().requests == 1)
    }

    // MARK: Enrolment

    @Test("a file that is not enrolled says so, and asks nobody")
    func notEnrolled() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("a", isEnrolled: false)
        #expect(await station.sync().outcome == .notEnrolled)
        #expect(station.transport.deliveries.isEmpty)
    }

    @Test("a lost answer to an enrolment burns nothing: the same code gives the same station")
    func lostEnrolment() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("a", isEnrolled: false)
        station.transport.decide { _ in .answerIsLost }
        await #expect(throws: EnrolmentError.self) { try await station.engine.enrol(code: station.code) }
        #expect(try station.database.identity == nil)
        #expect(station.transport.deliveries.count == 6)
        station.transport.decide { _ in .arrives }
        try await station.engine.enrol(code: station.code)
        #expect(try station.database.identity?.name == "a")
        #expect(try await fleet.vault.stations().count == 1)
        #expect(await station.sync().outcome == .complete)
    }

    @Test("a code that another station used is refused, at once")
    func usedCode() async throws {
        let fleet = try await Fleet()
        let a = try await fleet.station("a")
        let b = try await fleet.station("b", isEnrolled: false)
        let error = await #expect(throws: EnrolmentError.self) { try await b.engine.enrol(code: a.code) }
        guard case .refused(let problem) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(problem.code == .invitationUsed)
        #expect(b.transport.deliveries.count == 1)
        try await b.engine.enrol(code: b.code)
        #expect(try b.database.identity?.name == "b")
    }

    @Test("a code of another centre enrols nothing at this one")
    func otherCentre() async throws {
        let fleet = try await Fleet()
        let other = try await Fleet(seed: 2)
        let station = try await fleet.station("a", isEnrolled: false)
        let foreign = try await other.station("x", isEnrolled: false)
        await #expect(throws: EnrolmentError.self) { try await station.engine.enrol(code: foreign.code) }
        #expect(try station.database.identity == nil)
    }

    @Test("a key that does not fit the code's fingerprint is not pinned")
    func wrongFingerprint() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("a", isEnrolled: false)
        let thief = SigningKey()
        station.transport.decide { delivery in
            .answerIsChanged { bytes in
                guard let message = try? SignedMessage(bytes), var answer = try? EnrolAnswer(line: message.lines[0]) else { return [] }
                answer.signingKey = thief.publicKey.bytes
                return (try? Envelope.seal(kind: .enrolAnswer, lines: [answer.line], key: thief)) ?? []
            }
        }
        await #expect(throws: EnrolmentError.otherCentre) { try await station.engine.enrol(code: station.code) }
        #expect(try station.database.identity == nil)
    }

    @Test("every outcome has its own word, and a sentence that says what is safe", arguments: outcomes)
    func messages(outcome: SyncOutcome) {
        #expect(!outcome.code.isEmpty)
        #expect(outcome.message.hasSuffix(".") || outcome.message.hasSuffix("?"))
        let isQuiet = [.complete, .cancelled, .alreadyRunning, .notEnrolled].contains(outcome)
        #expect(isQuiet || outcome.message.contains("safe") || outcome.message.contains("Nothing is lost"))
    }

    private static let outcomes: [SyncOutcome] = [
        .complete, .cancelled, .alreadyRunning, .notEnrolled, .unreachable(TransportFailure(.timeout, address: "http://centre")),
        .unavailable(nil, status: 502), .unavailable(Problem(.busy), status: 503), .later(milliseconds: 90_000),
        .refused(Problem(.malformed)),
        .untrusted(.badSignature), .untrusted(.unreadable("no")), .clock(skewMilliseconds: -4_000_000), .revoked,
        .rolledBack(centre: 9, own: 3), .forked, .behind(centre: 3, own: 9), .centreRestored, .store("The disk is full."),
    ]
}

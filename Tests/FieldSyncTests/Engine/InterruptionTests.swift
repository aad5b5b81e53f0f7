import CentralStore
import EntryModel
import FieldStore
import FieldSync
import Synchronization
import TestSupport
import Testing

/// Syncs that are broken off at every message, and go on from there.
@Suite struct InterruptionTests {
    /// A station that has 620 changes to send, and another that sent 510; more than one message each.
    private static func busyFleet() async throws -> (fleet: Fleet, a: Station, b: Station) {
        let fleet = try await Fleet()
        let a = try await fleet.station("a")
        let b = try await fleet.station("b")
        _ = await a.sync()
        _ = await b.sync()
        for (station, count) in [(a, 620), (b, 510)] {
            let captures = (0..<count).map { number in
                Capture(
                    promotion: Fleet.promotion, channel: .kiosk,
                    values: [(field: "given_name", keyed: Keyed(text: "\(station.name) \(number)"))])
            }
            _ = try station.database.capture(captures, by: station.operatorID)
        }
        #expect(await b.sync().outcome == .complete)
        return (fleet, a, b)
    }

    private static func expectAllThere(_ fleet: Fleet, _ a: Station, _ b: Station) async throws {
        #expect(await a.sync().outcome == .complete)
        #expect(await b.sync().outcome == .complete)
        let centre = try await fleet.comparison()
        #expect(centre.entries == 1130)
        #expect(try a.comparison() == centre)
        #expect(try b.comparison() == centre)
        #expect(try a.database.unsentCount() == 0)
        #expect(try await fleet.vault.status().changes == 1131)
    }

    @Test("each message in turn, or the answer to it, is lost once: the sync gets through and nothing is doubled")
    func everyLoss() async throws {
        let (fleet, a, b) = try await Self.busyFleet()
        a.transport.decide { delivery in
            switch delivery.number % 3 {
            case 0: .isLost
            case 1: .answerIsLost
            default: .arrives
            }
        }
        let summary = await a.sync()
        #expect(summary.outcome == .complete, "\(summary.message)")
        #expect(summary.pushed == 620)
        #expect(summary.pulled == 510)
        #expect(a.waitedMilliseconds.count == summary.requests * 2 / 3)
        a.transport.decide { _ in .arrives }
        try await Self.expectAllThere(fleet, a, b)
    }

    @Test(
        "the sync is stopped at each of its messages, before it arrives and after: the next goes on from there", arguments: [false, true])
    func everyStop(afterArrival: Bool) async throws {
        let (fleet, a, b) = try await Self.busyFleet()
        var stops = 0
        for _ in 0..<20 {
            let first = a.transport.deliveries.count
            let reached = Gate()
            a.transport.decide { delivery in
                // One message of each sync gets through, so that the next is stopped one message later.
                guard delivery.number > first else { return .arrives }
                if afterArrival, delivery.kind == .push { _ = try? await fleet.centre.answer(delivery.kind, delivery.message) }
                reached.open()
                try await Task.sleep(for: .seconds(60))
                return .isLost
            }
            let sync = Task { await a.sync() }
            let watch = Task {
                await reached.wait()
                sync.cancel()
            }
            let summary = await sync.value
            watch.cancel()
            if summary.outcome == .complete { break }
            #expect(summary.outcome == .cancelled)
            stops += 1
        }
        // One message of each sync got through, and there are two batches to send and a pull.
        #expect(stops == 3)
        a.transport.decide { _ in .arrives }
        try await Self.expectAllThere(fleet, a, b)
    }

    @Test("a message that arrives twice does nothing the second time")
    func duplicates() async throws {
        let (fleet, a, b) = try await Self.busyFleet()
        a.transport.decide { _ in .arrivesTwice }
        let summary = await a.sync()
        #expect(summary.outcome == .complete, "\(summary.message)")
        a.transport.decide { _ in .arrives }
        try await Self.expectAllThere(fleet, a, b)
    }

    @Test("no answer at all: six attempts, then the reason, and everything is still here and unsent")
    func deadNetwork() async throws {
        let (_, a, _) = try await Self.busyFleet()
        a.transport.decide { _ in .isLost }
        let summary = await a.sync()
        #expect(summary.outcome.code == "unreachable")
        #expect(summary.requests == 6)
        #expect(a.waitedMilliseconds.count == 5)
        #expect(try a.database.unsentCount() == 620)
        let failure = try #require(try a.database.status().lastFailure)
        #expect(failure.message == summary.message)
        #expect(failure.message.contains("safe"))
    }

    @Test("a problem changes no state and is told; a busy centre is waited for as long as it asks")
    func problems() async throws {
        let (fleet, a, b) = try await Self.busyFleet()
        a.transport.decide { _ in .isRefused(Problem(.notEnrolled), retryAfterMilliseconds: nil) }
        let refused = await a.sync()
        #expect(refused.outcome == .refused(Problem(.notEnrolled)))
        #expect(try a.database.unsentCount() == 620)

        let before = a.transport.deliveries.count
        a.transport.decide { delivery in
            delivery.number == before
                ? .isRefused(Problem(.busy), retryAfterMilliseconds: 9000) : .arrivesAtBusyCentre(retryAfterMilliseconds: 50)
        }
        let busy = await a.sync()
        #expect(busy.outcome == .complete, "\(busy.message)")
        #expect(a.waitedMilliseconds.first ?? 0 >= 9000)
        #expect(a.waitedMilliseconds.dropFirst().allSatisfy { $0 >= 50 })
        a.transport.decide { _ in .arrives }
        try await Self.expectAllThere(fleet, a, b)
    }

    @Test("a second sync of the same file while one runs is told so and does nothing")
    func twoAtOnce() async throws {
        let (_, a, _) = try await Self.busyFleet()
        let reached = Gate()
        let released = Gate()
        a.transport.decide { _ in
            reached.open()
            await released.wait()
            return .arrives
        }
        async let first = a.sync()
        await reached.wait()
        #expect(await a.sync().outcome == .alreadyRunning)
        released.open()
        #expect(await first.outcome == .complete)
    }

    @Test("messages stay within 500 changes or rows and 1 MiB")
    func bounds() async throws {
        let fleet = try await Fleet()
        let a = try await fleet.station("a")
        let b = try await fleet.station("b")
        _ = await a.sync()
        let long = String(repeating: "x", count: 5000)
        let captures = (0..<900).map { number in
            Capture(
                promotion: Fleet.promotion, channel: .kiosk,
                values: number < 600
                    ? [(field: "given_name", keyed: Keyed(text: "n\(number)"))] : [(field: "note", keyed: Keyed(text: long))])
        }
        _ = try a.database.capture(captures, by: a.operatorID)
        #expect(await a.sync().outcome == .complete)
        #expect(await b.sync().outcome == .complete)
        let pushes = a.transport.deliveries.filter { $0.kind == .push }
        for push in pushes {
            #expect(push.message.count <= Envelope.Limits.bytes)
            let lines = try SignedMessage(push.message).lines
            #expect(lines.count <= 1 + 2 * Envelope.Limits.rows)
        }
        #expect(pushes.count >= 3)
        for pull in b.transport.deliveries.filter({ $0.kind == .pull }) {
            let answer = try #require(pull.answer)
            #expect(answer.count <= Envelope.Limits.answerBytes)
            let rows = try PullAnswer(lines: try SignedMessage(answer).lines).pages.reduce(0) { $0 + $1.rows.count }
            #expect(rows <= Envelope.Limits.rows)
        }
        #expect(try b.comparison() == a.comparison())
    }

    @Test("progress is told in order, from the first message to the last")
    func progress() async throws {
        let (_, a, _) = try await Self.busyFleet()
        let told = Mutex<[SyncProgress]>([])
        _ = await a.engine.synchronize { progress in told.withLock { $0.append(progress) } }
        let steps = told.withLock { $0 }
        #expect(steps.map(\.pushed) == steps.map(\.pushed).sorted())
        #expect(steps.map(\.pulled) == steps.map(\.pulled).sorted())
        #expect(steps.first?.phase == .sending)
        #expect(steps.first?.unsent == 620)
        #expect(steps.last?.phase == .receiving)
        #expect(steps.last?.pushed == 620)
    }
}

/// Opens once; whoever waits goes on then.
private final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    func open() {
        let waiting = state.withLock { state in
            defer { state = (true, []) }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}

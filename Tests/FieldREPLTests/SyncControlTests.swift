import EntryModel
import FieldStore
import FieldSync
import TestSupport
import Testing

@testable import FieldREPL

/// `sync watch`, `sync pause`, `sync log`, `sync why`, and the line that says how far it is.
@MainActor
struct SyncControlTests {
    /// A desk with a person at it.
    private func desk(_ fleet: Fleet, _ name: String) async throws -> StationDesk {
        let bench = try StationDesk(try await fleet.station(name), reader: ListReader([]))
        #expect(await bench.run("sync").ok)
        #expect(await bench.run("use summer").ok)
        return bench
    }

    /// Waits for the watch, which has its own pace.
    private func wait(until isTrue: () throws -> Bool) async throws {
        for _ in 0..<1000 where try !isTrue() { try await Task.sleep(for: .milliseconds(10)) }
        #expect(try isTrue())
    }

    @Test("the watch sends what is keyed and says what came, and only that")
    func watches() async throws {
        let fleet = try await Fleet()
        let left = try await desk(fleet, "left")
        let right = try await desk(fleet, "right")
        #expect(await left.run("new given_name=Sandra").ok)
        #expect(await left.run("sync watch 5s").out == "Syncs by itself every 5 seconds from now on; `sync pause` stops that.\n")
        try await wait { try left.station.database.unsentCount() == 0 }
        try await wait { left.desk.road.next.map { $0 > fleet.clock.milliseconds } ?? false }
        #expect(left.announced.isEmpty)
        #expect(await right.run("sync watch").ok)
        try await wait { !right.announced.isEmpty }
        #expect(right.announced.first?.hasSuffix("Synced: 0 sent, 1 received.") == true)
        for bench in [left, right] {
            #expect(await bench.run("sync pause").ok)
            #expect(bench.desk.road.next == nil)
        }
        #expect(await right.run("new given_name=Wanda").ok)
        #expect(right.desk.prompt.plain.contains("1 unsent, synced"))
        #expect(right.desk.prompt.plain.contains("sync paused"))
        #expect(try right.station.database.syncState().watchSeconds == SyncInterval.standard)
    }

    @Test("a watch that fails says so once, `sync why` says what is safe and what comes next, and it says that it works again")
    func fails() async throws {
        let fleet = try await Fleet()
        let bench = try await desk(fleet, "left")
        #expect(await bench.run("new given_name=Sandra").ok)
        bench.station.transport.decide { _ in throw TransportFailure(.tls, address: "http://loopback") }
        bench.desk.road.watch(seconds: 1)
        try await wait { try bench.station.database.syncLog(limit: 1).first?.times ?? 0 >= 2 }
        #expect(bench.announced.count == 1)
        #expect(bench.announced.first?.contains("Sync failed: ") == true)
        let why = await bench.run("sync why").out
        #expect(why.contains("did not come to its end."))
        #expect(why.contains("1 change is in this file and not yet there"))
        #expect(why.contains("Next: it is tried again by itself in"))
        #expect(bench.desk.prompt.plain.contains("sync failed"))
        bench.station.transport.decide { _ in .arrives }
        try await wait { bench.announced.count > 1 }
        #expect(bench.announced.last?.contains("Syncing works again: 1 sent, 0 received.") == true)
        #expect(await bench.run("sync why").out.hasPrefix("Nothing is wrong: the sync of "))
        await bench.desk.road.stop()
    }

    @Test("new conflicts are told above the line and counted in the prompt until this person has looked at them or decided them")
    func conflicts() async throws {
        let fleet = try await Fleet()
        let left = try await desk(fleet, "left")
        let right = try await desk(fleet, "right")
        #expect(await left.run("new given_name=Sandra city=Martin").ok)
        #expect(await left.run("sync").ok)
        #expect(await right.run("sync").ok)
        let id = try #require(try right.station.database.entries(promotion: "summer", limit: 1).first).id
        #expect(await left.run("edit \(id) city=Inez").ok)
        #expect(await left.run("sync").ok)
        #expect(await right.run("edit \(id) city=Lovely").ok)
        #expect(!right.desk.prompt.plain.contains("conflict"))
        right.desk.road.watch(seconds: 60)
        try await wait { !right.announced.isEmpty }
        #expect(right.announced.first?.contains("1 new conflict. `conflicts` shows what was changed apart.") == true)
        #expect(right.desk.prompt.plain.contains("(1 new conflict, "))
        #expect(await right.run("conflicts").out.contains("Lovely"))
        #expect(!right.desk.prompt.plain.contains("conflict"))
        // Another one, whom nobody has looked at, and somebody else who has looked at none.
        #expect(await left.run("sync").ok)
        #expect(await left.run("new given_name=Wanda city=Martin").ok)
        #expect(await left.run("sync").ok)
        #expect(await right.run("sync").ok)
        let other = try #require(try right.station.database.entries(promotion: "summer", limit: 2).last).id
        #expect(await left.run("edit \(other) city=Inez").ok)
        #expect(await left.run("sync").ok)
        #expect(await right.run("edit \(other) city=Lovely").ok)
        #expect(await right.run("sync").ok)
        #expect(right.desk.prompt.plain.contains("(1 new of 2 conflicts, "))
        right.desk.become(try right.station.database.signIn("Bea", pin: nil))
        #expect(right.desk.prompt.plain.contains("(2 new conflicts, "))
        #expect(await right.run("resolve \(id) city --take 1").ok)
        #expect(right.desk.prompt.plain.contains("(1 new conflict, "))
        #expect(await right.run("resolve \(other) city --take 1").ok)
        #expect(!right.desk.prompt.plain.contains("conflict"))
        await right.desk.road.stop()
    }

    @Test("a sync by hand takes over from the watch, and both are in the log")
    func log() async throws {
        let fleet = try await Fleet()
        let bench = try await desk(fleet, "left")
        #expect(await bench.run("new given_name=Sandra").ok)
        #expect(await bench.run("sync").ok)
        #expect(await bench.run("sync").ok)
        #expect(await bench.run("sync").ok)
        let lines = await bench.run("sync log").out.split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines[0].hasPrefix("BEGAN"))
        #expect(lines[1].contains("complete; 2 times until "))
        #expect(await bench.run("sync log --limit 1").out.split(separator: "\n").count == 2)
        for line in ["sync now", "sync watch 2s", "sync watch soon", "sync pause 3", "sync --limit 3"] {
            #expect(await !bench.run(line).ok, "\(line)")
        }
    }

    @Test("a script says what it waits for when the centre asks to be left alone")
    func waits() async throws {
        let fleet = try await Fleet()
        let bench = try StationDesk(try await fleet.station("left"))
        let next = bench.station.transport.deliveries.count
        bench.station.transport.decide { delivery in
            delivery.number == next ? .isRefused(Problem(.busy), retryAfterMilliseconds: 2000) : .arrives
        }
        #expect(await bench.run("sync").ok)
        #expect(bench.errors.contains("The centre asks to be left alone for a while; going on in 2 seconds."))
    }

    @Test("the progress line says how many, how fast and how much longer, and counts down what it waits for")
    func progress() {
        var text = SyncProgressText()
        #expect(text.line(now: 0) == nil)
        text.take(SyncProgress(phase: .sending, pushed: 0, unsent: 5000, pulled: 0), now: 10_000)
        #expect(text.line(now: 10_100) == "Sending: 0 of 5000")
        text.take(SyncProgress(phase: .sending, pushed: 2000, unsent: 3000, pulled: 0), now: 12_000)
        #expect(text.line(now: 12_000) == "Sending: 2000 of 5000, 1000 a second, 3 seconds left")
        text.take(SyncProgress(phase: .receiving, pushed: 5000, unsent: 0, pulled: 0), now: 20_000)
        text.take(SyncProgress(phase: .receiving, pushed: 5000, unsent: 0, pulled: 1200), now: 21_000)
        #expect(text.line(now: 22_000) == "Receiving: 1200 so far, 600 a second")
        text.take(SyncProgress(phase: .receiving, pushed: 5000, unsent: 0, pulled: 1200, feedRead: 2000, feedEnd: 10_000), now: 22_000)
        #expect(text.line(now: 22_500) == "Receiving: 1200 so far, 480 a second")
        text.take(SyncProgress(phase: .receiving, pushed: 5000, unsent: 0, pulled: 4200, feedRead: 6000, feedEnd: 10_000), now: 24_000)
        #expect(text.line(now: 26_000) == "Receiving: 4200 so far, 700 a second, 4 seconds left")
        text.take(SyncProgress(phase: .receiving, pushed: 5000, unsent: 0, pulled: 6200, feedRead: 10_000, feedEnd: 10_000), now: 26_000)
        #expect(text.line(now: 26_000) == "Receiving: 6200 so far, 1033 a second")
        text.take(SyncProgress(phase: .waiting(milliseconds: 60_000, .asked), pushed: 0, unsent: 1, pulled: 0), now: 30_000)
        #expect(text.line(now: 30_000) == "The centre asks to be left alone for a while; going on in 60 seconds")
        #expect(text.line(now: 88_500) == "The centre asks to be left alone for a while; going on in 2 seconds")
        #expect(text.line(now: 99_000) == "The centre asks to be left alone for a while; going on in 0 seconds")
    }

    @Test("an interval is read as people write it", arguments: [("30", 30), ("45s", 45), ("5m", 300), ("2h", 7200)])
    func intervals(text: String, seconds: Int) throws {
        #expect(try SyncInterval.read(text) == seconds)
    }

    @Test(
        "what is no interval, too short or too long is refused", arguments: ["", "s", "4s", "25h", "-5m", "5 m", "99999999999999999999h"])
    func noIntervals(text: String) {
        #expect(throws: UsageError.self) { try SyncInterval.read(text) }
    }
}

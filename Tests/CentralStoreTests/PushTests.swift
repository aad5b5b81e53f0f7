import CentralStore
import EntryModel
import TestSupport
import Testing

@Suite("Push", .everyStore)
struct PushTests {
    @Test("a first push is accepted, merged and acknowledged through its last change")
    func firstPush() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        let (entry, change) = try station.capture("Ann", batch: "T1")
        let answer = try await station.push()
        #expect(answer.answer.outcome == .accepted)
        #expect(answer.answer.through == 1)
        #expect(answer.answer.chain == station.chain(at: 1))
        #expect(answer.answer.durable == 0)
        #expect(answer.exceptions.isEmpty)
        let stored = try #require(try await bench.vault.entry(entry))
        #expect(stored.promotion == "summer")
        #expect(stored.batch == "T1")
        #expect(stored.envelope == 1)
        #expect(stored.channel == "mailIn")
        #expect(stored.state == Merge.state(of: [change]))
        #expect(try await bench.vault.history(entry).map(\.change.bodyLine) == [change.bodyLine])
    }

    @Test("the same message twice stores nothing twice and gets the same answer")
    func replay() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        try station.capture()
        try station.capture()
        let first = try await station.push()
        let again = try await station.push()
        #expect(first.answer.through == 2)
        #expect(again.answer.outcome == .accepted)
        #expect(again.answer.through == first.answer.through)
        #expect(again.answer.chain == first.answer.chain)
        let status = try await bench.vault.status()
        #expect(status.entries == 2)
        #expect(status.changes == 3)
    }

    @Test("an overlap that is equal is skipped, and what is behind it is taken")
    func overlap() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        for _ in 0..<3 { try station.capture() }
        try await station.push(count: 2)
        let answer = try await station.push()
        #expect(answer.answer.outcome == .accepted)
        #expect(answer.answer.through == 3)
        #expect(try await bench.vault.status().entries == 3)
    }

    @Test("a head below what the centre holds is a station rolled back")
    func rolledBack() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        for _ in 0..<3 { try station.capture() }
        try await station.push()
        let last = station.changes.removeLast()
        let answer = try await station.push(after: 2, lines: [])
        #expect(answer.answer.outcome == .rolledBack)
        #expect(answer.answer.through == 3)
        station.changes.append(last)
        #expect(try await station.push().answer.outcome == .accepted)
    }

    @Test("another chain at the request's start is a fork, and nothing of it is taken")
    func forkedAtStart() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        for _ in 0..<3 { try station.capture() }
        try await station.push(count: 2)
        let answer = try await station.push(after: 2, chain: .zero)
        #expect(answer.answer.outcome == .forked)
        #expect(answer.answer.through == 2)
        #expect(answer.answer.chain == station.chain(at: 2))
        #expect(try await bench.vault.status().entries == 2)
    }

    @Test("other changes in the overlap are a fork: a clone went its own way")
    func forkedInOverlap() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        for _ in 0..<2 { try station.capture() }
        try await station.push()
        station.changes.removeLast()
        try station.capture()
        try station.capture()
        #expect(try await station.push(after: 1).answer.outcome == .forked)
        #expect(try await station.push(after: 0).answer.outcome == .forked)
        #expect(try await bench.vault.status().entries == 2)
    }

    @Test("a request that starts behind the centre's end is told where the centre stands")
    func behind() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        for _ in 0..<3 { try station.capture() }
        try await station.push(count: 1)
        let answer = try await station.push(after: 2)
        #expect(answer.answer.outcome == .behind)
        #expect(answer.answer.through == 1)
        #expect(answer.answer.chain == station.chain(at: 1))
        #expect(try await bench.vault.status().entries == 1)
    }

    @Test("the chain is known at every sequence, however the pushes were cut")
    func chainAnywhere() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        var sent = 0
        for count in [1, 4, 2, 5] {
            for _ in 0..<count { try station.capture() }
            try await station.push(after: sent)
            sent += count
        }
        for sequence in 0...sent {
            #expect(try await station.push(after: sequence, lines: []).answer.outcome == .accepted, "at \(sequence)")
            #expect(try await station.push(after: sequence, lines: [], chain: .zero).answer.outcome == .forked, "at \(sequence)")
        }
    }

    @Test("a revoked station is told so and nothing of it is taken")
    func revoked() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        try station.capture()
        try await bench.vault.revoke(station.id)
        #expect(try await station.push().answer.outcome == .revoked)
        #expect(try await station.pullOnce(after: 0).answer.outcome == .revoked)
        #expect(try await bench.vault.status().entries == 0)
        #expect(try await bench.centre.ledger().contains { $0.kind == .revoked && $0.station == station.id })
    }

    @Test(
        "a clock more than five minutes off is told the centre's time, and nothing else is looked at",
        arguments: [300_001, -300_001, -9_000_000_000_000])
    func clock(error: Int64) async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        try station.capture()
        station.clockError = error
        let answer = try await station.push()
        #expect(answer.answer.outcome == .clock)
        #expect(answer.answer.time == bench.clock.milliseconds)
        #expect(try await station.pullOnce(after: 0).answer.outcome == .clock)
        #expect(try await bench.vault.status().entries == 0)
        station.clockError = error.signum() * 300_000
        #expect(try await station.push().answer.outcome == .accepted)
    }

    @Test("a new epoch takes the same lines again without storing them twice")
    func newEpoch() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        for _ in 0..<2 { try station.capture() }
        try await station.push()
        station.forkedFrom = station.epoch
        station.epoch = Surroundings.system.newID()
        try station.capture()
        let answer = try await station.push()
        #expect(answer.answer.outcome == .accepted)
        #expect(answer.answer.through == 3)
        #expect(answer.exceptions.isEmpty)
        let status = try await bench.vault.status()
        #expect(status.entries == 3)
        #expect(status.changes == 4)
    }

    @Test("what is 30 days old by the centre's clock is durable")
    func durable() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        try station.capture()
        try await station.push()
        bench.clock.advance(by: .seconds(29 * 86_400))
        try station.capture()
        #expect(try await station.push(after: 1).answer.durable == 0)
        bench.clock.advance(by: .seconds(86_400))
        #expect(try await station.push(after: 2, lines: []).answer.durable == 1)
        #expect(try await station.pullOnce(after: 2).answer.durable > 0)
    }

    @Test("two edits of different fields merge, and two of the same field are a conflict")
    func merge() async throws {
        let bench = try await TestBench()
        let first = try await bench.station("one")
        let second = try await bench.station("two")
        let (entry, capture) = try first.capture()
        try await first.push()
        try first.add(.set, .entry(entry), ["phone": .text("+15550001111")])
        try first.add(.set, .entry(entry), ["name": .text("Anna")], base: [HandMadeStation.base(capture, "name")])
        try second.add(.set, .entry(entry), ["name": .text("Anne")], base: [HandMadeStation.base(capture, "name")])
        try await first.push(after: 1)
        #expect(try await bench.vault.entry(entry)?.state.conflicts == [])
        try await second.push()
        #expect(try await bench.vault.entry(entry)?.state.conflicts == ["name"])
        let conflicts = try await bench.vault.conflicts()
        #expect(conflicts.map(\.field) == ["name"])
        #expect(conflicts.first?.heads.count == 2)
        #expect(try await bench.vault.status().conflicts == 1)
    }
}

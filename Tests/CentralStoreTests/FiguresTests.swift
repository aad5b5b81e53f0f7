import CentralStore
import EntryModel
import TestSupport
import Testing

@Suite("Figures of a vault", .everyStore)
struct FiguresTests {
    @Test("they are those of the status, are had without counting, and open no vault for others")
    func figures() async throws {
        let bench = try await TestBench()
        let (first, second) = (try await bench.station("one"), try await bench.station("two"))
        for name in ["Ann", "Bob"] { try first.capture(name) }
        let (entry, capture) = try first.capture("Cyd")
        try first.capture("Dan", form: "summer/7")
        try await first.push()
        try first.add(.set, .entry(entry), ["name": .text("Cid")], base: [HandMadeStation.base(capture, "name")])
        try second.add(.set, .entry(entry), ["name": .text("Sid")], base: [HandMadeStation.base(capture, "name")])
        try await first.push(after: 4)
        try await second.push()
        let status = try await bench.vault.status()
        #expect(status.conflicts == 1)
        func check(_ figures: VaultFigures?) throws {
            let figures = try #require(figures)
            #expect(figures.client == TestBench.client)
            #expect(figures.entries == Int64(status.entries))
            #expect(figures.changes == Int64(status.changes))
            #expect(figures.conflicts == 1)
            #expect(figures.quarantined == 1)
            #expect(figures.position == status.position)
            #expect(figures.seen.compactMap { $0 } == [bench.clock.milliseconds, bench.clock.milliseconds])
            #expect(figures.bytes > 4096)
        }
        try check(try await bench.centre.figures(of: TestBench.client))
        let other = try bench.secondCentre()
        try check(try await other.figures(of: TestBench.client))
        #expect(other.openClients.isEmpty)
        #expect(bench.centre.openClients == [TestBench.client])
        #expect(try await other.figures(of: "nobody") == nil)
        try other.close()
    }
}

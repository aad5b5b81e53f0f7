import CentralStore
import EntryModel
import TestSupport
import Testing

@Suite("Finding changes by their ids", .everyStore)
struct ChangeIndexTests {
    @Test("what staff reject and stations send again is found, whether or not the index has come to it yet")
    func followsTheLog() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        // More than one step of the index, and a rest that it has not come to.
        for _ in 0..<8400 { try station.capture() }
        for start in stride(from: 0, to: 8400, by: 500) { try await station.push(after: start) }
        bench.clock.advance(by: .seconds(60))
        let late = bench.clock.milliseconds
        for _ in 0..<3 { try station.capture() }
        try await station.push(after: 8400)
        // Asks for each change of each chain.
        #expect(try await bench.vault.examine().findings == [])

        // The same changes in another chain, as after a file was copied: none is taken twice.
        let changes = try await bench.vault.status().changes
        station.epoch = Surroundings.system.newID()
        let again = try await station.push()
        #expect(again.answer.through == 500)
        #expect(again.exceptions == [])
        #expect(try await bench.vault.status().changes == changes)
        #expect(try await bench.vault.isolate(station.id, since: late).rejected >= 3)
        #expect(try await bench.vault.examine().findings == [])
    }
}

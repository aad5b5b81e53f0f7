import EntryModel
import Foundation
import TestSupport
import Testing

/// Stations and centre over a simulated network, disk and clock. `SIMULATION_SEEDS` says how many seeds run, `SIMULATION_FIRST` from where.
@Suite("Simulation") struct SimulationRunTests {
    @Test("whatever goes wrong, nothing acknowledged is lost or doubled, and all replicas come to the same")
    func manySeeds() async throws {
        let first = Self.setting("SIMULATION_FIRST") ?? 1
        let count = Self.setting("SIMULATION_SEEDS") ?? 150
        var summary = SimulationSummary()
        await withTaskGroup(of: SimulationResult.self) { group in
            var next = first
            for _ in 0..<min(2, count) {
                let seed = next
                group.addTask { await SimulationResult.run(seed) }
                next += 1
            }
            while var result = await group.next() {
                if let failure = result.failure, let known = RegressionSeed.open[result.seed] {
                    withKnownIssue("\(known)") { Issue.record("\(failure)") }
                    result.failure = nil
                }
                summary.add(result)
                if let failure = result.failure, summary.failed.count <= 5 { Issue.record("\(failure)") }
                if next < first + count {
                    let seed = next
                    group.addTask { await SimulationResult.run(seed) }
                    next += 1
                }
            }
        }
        print(summary.text)
        #expect(summary.failed.isEmpty, "seeds that failed: \(summary.failed.sorted())")
        if count >= 1000 { #expect(summary.rare.isEmpty, "seen too rarely: \(summary.rare)") }
    }

    @Test("the same seed gives the same timeline and the same changes", arguments: [1, 2, 3] as [UInt64])
    func repeats(seed: UInt64) async throws {
        let one = await SimulationResult.run(seed)
        let other = await SimulationResult.run(seed)
        #expect(one.timeline == other.timeline)
        #expect(one.changes == other.changes)
        #expect(one.operations >= 200)
    }

    @Test("what a seed once found stays found", arguments: RegressionSeed.all)
    func regression(_ seed: RegressionSeed) async throws {
        let result = await SimulationResult.run(seed.seed)
        if let failure = result.failure { Issue.record("\(failure)") }
    }

    @Test("a deliberate fault is caught", arguments: Mutation.all)
    func catches(_ mutation: Mutation) async throws {
        var caught: String?
        var seed = mutation.firstSeed - 1
        while caught == nil, seed < mutation.firstSeed + 999 {
            seed += 1
            caught = await SimulationResult.run(seed, mutation: mutation).failure
        }
        #expect(caught != nil, "no seed up to \(seed) caught: \(mutation.name)")
        print("\(mutation.name): seed \(seed): \(caught?.split(separator: "\n").first ?? "")")
    }

    private static func setting(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }
}

/// A seed that once found something.
struct RegressionSeed: Sendable, CustomTestStringConvertible {
    var seed: UInt64
    var found: String

    var testDescription: String { "\(seed): \(found)" }

    /// Seeds that find something which is not put right yet, and what; a run says so each time, and forgets it once the seed passes.
    static let open: [UInt64: String] = [:]

    /// A seed does the same only as long as the simulation draws the same; each was seen to fail without the correction.
    static let all = [
        RegressionSeed(seed: 1, found: "own entries stayed away when a promotion was given back"),
        RegressionSeed(seed: 8, found: "own edits of a shared entry stayed away when a promotion was given back"),
        RegressionSeed(seed: 26, found: "a card keyed again while its capture waits in quarantine counted as one that the station shares"),
        RegressionSeed(seed: 47, found: "an edit in the same message as the capture of a card that another station has was not-entitled"),
        RegressionSeed(seed: 113, found: "what followed such a capture stayed in quarantine after it was released"),
    ]
}

import EntryModel
import FieldStore

/// What came of one seed.
struct SimulationResult: Sendable {
    var seed: UInt64
    var operations = 0
    var faults: [Fault: Int] = [:]
    var sights: [Sight: Int] = [:]
    var timeline: [String] = []
    /// Ids of all changes that were made, sorted.
    var changes: [Digest] = []
    /// What did not hold, with the timeline; `nil` when all was well.
    var failure: String?

    static func run(_ seed: UInt64, mutation: Mutation? = nil, without: Set<Incident> = []) async -> SimulationResult {
        var result = SimulationResult(seed: seed)
        do {
            let simulation = try await Simulation(seed: seed, mutation: mutation, without: without)
            do {
                try await simulation.run()
                if simulation.operations < 200 { result.failure = "seed \(seed): only \(simulation.operations) operations" }
            } catch {
                let cause = (error as? FieldStoreError)?.underlying.map { " (\($0))" } ?? ""
                let error = "\(error)\(cause)"
                let timeline = simulation.record.lines.joined(separator: "\n")
                result.failure =
                    "seed \(seed): \(error)\ntimeline of seed \(seed):\n\(timeline)\nseed \(seed): \(error)\n"
                    + "Once more: ./Tests/run.sh simulate --seeds 1 --first \(seed)"
            }
            result.operations = simulation.operations
            result.faults = simulation.record.faults
            result.sights = simulation.record.sights
            result.timeline = simulation.record.lines
            result.changes = simulation.made.keys.sorted()
        } catch {
            result.failure = "seed \(seed): the simulation could not begin: \(error)"
        }
        return result
    }
}

/// What came of many seeds.
struct SimulationSummary {
    private(set) var seeds = 0
    private(set) var operations = 0
    private(set) var failed: [UInt64] = []
    /// In how many seeds it was seen, and how often in all.
    private var faults: [Fault: (seeds: Int, times: Int)] = [:]
    private var sights: [Sight: (seeds: Int, times: Int)] = [:]

    mutating func add(_ result: SimulationResult) {
        seeds += 1
        operations += result.operations
        if result.failure != nil { failed.append(result.seed) }
        for (fault, times) in result.faults {
            let before = faults[fault] ?? (0, 0)
            faults[fault] = (before.seeds + 1, before.times + times)
        }
        for (sight, times) in result.sights {
            let before = sights[sight] ?? (0, 0)
            sights[sight] = (before.seeds + 1, before.times + times)
        }
    }

    /// What was seen in fewer than 20 of 1,000 seeds.
    var rare: [String] {
        let least = seeds * 20 / 1000
        return Fault.allCases.filter { faults[$0]?.seeds ?? 0 < least }.map(\.rawValue)
            + Sight.allCases.filter { sights[$0]?.seeds ?? 0 < least }.map(\.rawValue)
    }

    var text: String {
        func line(_ name: String, _ count: (seeds: Int, times: Int)?) -> String {
            "  \(name.padding(26)) \(String(count?.seeds ?? 0).padding(6)) seeds, \(count?.times ?? 0) times"
        }
        return """
            \(seeds) seeds, \(operations) operations, \(failed.count) failed
            Faults:
            \(Fault.allCases.map { line($0.rawValue, faults[$0]) }.joined(separator: "\n"))
            Seen:
            \(Sight.allCases.map { line($0.rawValue, sights[$0]) }.joined(separator: "\n"))
            """
    }
}

extension String {
    fileprivate func padding(_ length: Int) -> String {
        self + String(repeating: " ", count: max(0, length - count))
    }
}

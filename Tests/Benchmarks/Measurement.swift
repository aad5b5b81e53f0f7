/// One figure of the report.
struct Figure {
    var name: String
    /// The subject's median.
    var value: Double
    var unit: String
    /// The baseline's median in the same unit and run; `nil` when the figure stands for itself.
    var baseline: Double?
    /// As the figure is judged: the part of the baseline's speed that is reached, or the growth against it.
    var ratio: Double?
    /// What it should reach, in words.
    var target: String?
    var isReached: Bool?
}

enum Stopwatch {
    static func seconds(_ body: () throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        try body()
        return seconds(since: start)
    }

    static func elapsed(_ body: () async throws -> Void) async rethrows -> Double {
        let start = ContinuousClock.now
        try await body()
        return seconds(since: start)
    }

    private static func seconds(since start: ContinuousClock.Instant) -> Double {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}

/// A subject and its baseline, measured in turn (A B B A …) because the machine's speed drifts.
struct Alternation {
    var subject: [Double] = []
    var baseline: [Double] = []

    /// - Parameter rounds: Each round runs both sides twice.
    static func run(
        rounds: Int, subject: () async throws -> Double, baseline: () async throws -> Double
    ) async throws -> Alternation {
        var result = Alternation()
        for _ in 0..<rounds {
            result.subject.append(try await subject())
            result.baseline.append(try await baseline())
            result.baseline.append(try await baseline())
            result.subject.append(try await subject())
        }
        return result
    }
}

extension [Double] {
    var median: Double {
        let sorted = sorted()
        guard !sorted.isEmpty else { return .nan }
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
}

struct BenchmarkError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

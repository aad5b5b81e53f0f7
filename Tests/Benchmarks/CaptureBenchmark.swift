import FieldStore
import Foundation

/// Capture through the public API, with checks, codec, chain and look-ups, against the same rows by bare prepared statements.
enum CaptureBenchmark {
    /// The tables whose rows a capture is about.
    static let tables = ["entry", "change"]

    static func run(_ site: BenchmarkSite, _ cards: SampleCards, _ sizes: Sizes, in folder: String) async throws -> [Figure] {
        [
            try await figure(
                "capture, one transaction each", count: sizes.single, perTransaction: 1, target: 0.7, rounds: sizes.rounds, site, cards,
                folder),
            try await figure(
                "capture, 1,000 a transaction", count: sizes.grouped, perTransaction: 1000, target: 0.4, rounds: sizes.rounds, site, cards,
                folder),
        ]
    }

    private static func figure(
        _ name: String, count: Int, perTransaction: Int, target: Double, rounds: Int, _ site: BenchmarkSite, _ cards: SampleCards,
        _ folder: String
    ) async throws -> Figure {
        let file = "\(folder)/capture.fieldentry"
        let captures = cards.captures(0..<count)
        func subject() throws -> Double {
            try fresh(site.first, file)
            let database = try FieldDatabase(path: file)
            defer { try? database.close() }
            let keyer = try database.operatorID(named: "benchmark")
            return try Stopwatch.seconds {
                var start = 0
                while start < count {
                    let end = min(start + perTransaction, count)
                    _ = try database.capture(Array(captures[start..<end]), by: keyer)
                    start = end
                }
            }
        }
        // The first run warms up and gives the rows.
        _ = try subject()
        let rows = try BareRows(path: file, tables: tables, limit: count + 10)
        let bare = "\(folder)/bare.sqlite"
        let times = try await Alternation.run(
            rounds: rounds, subject: subject,
            baseline: {
                remove(bare)
                return try rows.insert(into: bare, perTransaction: perTransaction)
            })
        return Figure(perEntry: name, times, count: count, target: target)
    }

    /// Puts a copy of an unused station's file in place of the last one.
    private static func fresh(_ template: String, _ file: String) throws {
        remove(file)
        try FileManager.default.copyItem(atPath: template, toPath: file)
    }

    static func remove(_ file: String) {
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + suffix) }
    }
}

extension Figure {
    /// Microseconds an entry, and which part of the baseline's speed that is.
    init(perEntry name: String, _ times: Alternation, count: Int, target: Double) {
        let ratio = times.baseline.median / times.subject.median
        self.init(
            name: name, value: times.subject.median / Double(count) * 1e6, unit: "µs an entry",
            baseline: times.baseline.median / Double(count) * 1e6, ratio: ratio, target: "at least \(target)", isReached: ratio >= target)
    }
}

import FieldStore
import Foundation

/// Push and pull end to end over loopback HTTP, a station and a centre in processes of their own.
enum SyncBenchmark {
    /// Push and pull of many entries against the same rows by bare prepared statements, and the memory of both processes.
    static func bulk(_ site: BenchmarkSite, _ cards: SampleCards, _ sizes: Sizes, in folder: String) async throws -> [Figure] {
        let unsent = try site.copy(to: "\(folder)/unsent")
        try unsent.capture(0..<sizes.bulk, cards)
        let rows = try BareRows(path: unsent.first, tables: CaptureBenchmark.tables, limit: sizes.bulk + 10)
        let bare = "\(folder)/bare.sqlite"
        func baseline() throws -> Double {
            CaptureBenchmark.remove(bare)
            return try rows.insert(into: bare, perTransaction: 1000)
        }
        var memory: [String: Int] = [:]
        func measure(_ name: String, _ situation: BenchmarkSite, _ file: KeyPath<BenchmarkSite, String>, expected: (WorkerReport) -> Int)
            throws
            -> Double
        {
            let copy = try situation.copy(to: "\(folder)/leg")
            let centre = try copy.serve()
            let report = try WorkerReport.sync(copy[keyPath: file])
            guard expected(report) >= sizes.bulk else { throw BenchmarkError("\(name): only \(expected(report)) of \(sizes.bulk)") }
            memory["\(name), station"] = max(memory["\(name), station"] ?? 0, report.peakMemory)
            if let peak = centre.peakMemory { memory["\(name), centre"] = max(memory["\(name), centre"] ?? 0, peak) }
            centre.stop()
            return report.seconds
        }

        let push = try await Alternation.run(
            rounds: sizes.bulkRounds, subject: { try measure("push", unsent, \.first) { $0.pushed } }, baseline: baseline)
        let sent = try BenchmarkSite(folder: "\(folder)/leg", port: site.port).copy(to: "\(folder)/sent")
        let pull = try await Alternation.run(
            rounds: sizes.bulkRounds, subject: { try measure("pull", sent, \.second) { $0.pulled } }, baseline: baseline)

        var figures = [
            Figure(perEntry: "push of \(sizes.bulk) entries", push, count: sizes.bulk, target: 0.25),
            Figure(perEntry: "pull of \(sizes.bulk) entries", pull, count: sizes.bulk, target: 0.35),
        ]
        for (name, bytes) in memory.sorted(by: { $0.key < $1.key }) {
            figures.append(Figure(name: "peak memory, \(name)", value: Double(bytes) / 1_048_576, unit: "MiB"))
        }
        return figures
    }

    /// Idle syncs and syncs of ten entries, with few and with many entries present: only the change may matter.
    static func present(_ site: BenchmarkSite, _ cards: SampleCards, _ sizes: Sizes, in folder: String) async throws -> [Figure] {
        let small = try filled(site, cards, count: sizes.few, "\(folder)/few")
        let large = try filled(site, cards, count: sizes.many, "\(folder)/many")
        var figures: [Figure] = []
        var next = sizes.many
        var times: [String: [Double]] = [:]
        // One centre at a time may have the port; turn about, so that the machine's drift meets both.
        for round in 0..<sizes.syncRounds {
            for (name, filled) in round.isMultiple(of: 2) ? [("few", small), ("many", large)] : [("many", large), ("few", small)] {
                let centre = try filled.site.serve()
                let station = try BenchmarkStation(filled.site.first)
                let keyer = try station.database.operatorID(named: "benchmark")
                try await station.sync()
                for _ in 0..<sizes.syncRepeats {
                    times["idle, \(name)", default: []].append(try await Stopwatch.elapsed { try await station.sync() })
                    _ = try station.database.capture(cards.captures(next..<(next + 10)), by: keyer)
                    next += 10
                    times["ten, \(name)", default: []].append(try await Stopwatch.elapsed { try await station.sync() })
                }
                try await station.close()
                centre.stop()
            }
        }
        for (name, title) in [("idle", "idle sync"), ("ten", "sync of 10 entries")] {
            let few = times["\(name), few"]?.median ?? .nan
            let many = times["\(name), many"]?.median ?? .nan
            figures.append(
                Figure(
                    name: "\(title), \(sizes.many) present against \(sizes.few)", value: many * 1000, unit: "ms", baseline: few * 1000,
                    ratio: many / few, target: "at most 1.2", isReached: many / few <= 1.2))
        }
        figures.append(growth("station", small.report.peakMemory, large.report.peakMemory, sizes))
        if let few = small.centrePeak, let many = large.centrePeak { figures.append(growth("centre", few, many, sizes)) }
        return figures
    }

    private struct Filled {
        var site: BenchmarkSite
        var report: WorkerReport
        var centrePeak: Int?
    }

    private static func filled(_ site: BenchmarkSite, _ cards: SampleCards, count: Int, _ folder: String) throws -> Filled {
        let copy = try site.copy(to: folder)
        try copy.capture(0..<count, cards)
        let centre = try copy.serve()
        defer { centre.stop() }
        let report = try WorkerReport.sync(copy.first)
        guard report.pushed >= count else { throw BenchmarkError("only \(report.pushed) of \(count) were pushed") }
        return Filled(site: copy, report: report, centrePeak: centre.peakMemory)
    }

    private static func growth(_ who: String, _ few: Int, _ many: Int, _ sizes: Sizes) -> Figure {
        let megabytes = { (bytes: Int) in Double(bytes) / 1_048_576 }
        return Figure(
            name: "peak memory, pushing \(sizes.many) against \(sizes.few), \(who)", value: megabytes(many), unit: "MiB",
            baseline: megabytes(few), ratio: megabytes(many) / megabytes(few), target: "at most 64 MiB more",
            isReached: megabytes(many - few) <= 64)
    }
}

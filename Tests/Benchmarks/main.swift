import Foundation
import TestSupport

// Benchmarks [--small] [--json FILE]
//
// Every figure stands beside a baseline measured in the same run; compare ratios, not times. `--small` runs the same code on little data, to
// show that it works; its ratios mean nothing.

struct Sizes {
    var single = 300
    var grouped = 10_000
    var rounds = 5
    var bulk = 50_000
    var bulkRounds = 2
    var few = 10_000
    var many = 200_000
    var syncRounds = 4
    var syncRepeats = 8

    static let small = Sizes(
        single: 20, grouped: 1000, rounds: 1, bulk: 1200, bulkRounds: 1, few: 200, many: 1000, syncRounds: 1, syncRepeats: 2)
}

func benchmarks(_ sizes: Sizes, isSmall: Bool) async throws -> [Figure] {
    let folder = try TemporaryFolder("benchmarks")
    defer { folder.close() }
    let say = { (text: String) in FileHandle.standardError.write(Data("==> \(text)\n".utf8)) }
    let cards = try SampleCards()
    let site = try await BenchmarkSite.make(in: folder.file("site"))
    say("Reading and writing a body")
    var figures = CodecBenchmark.run(repeats: isSmall ? 50 : 2000).map { name, ratio in
        Figure(name: name, value: ratio, unit: "times Foundation's", ratio: ratio, target: "at least 3.5", isReached: ratio >= 3.5)
    }
    say("Capturing")
    figures += try await CaptureBenchmark.run(site, cards, sizes, in: folder.path)
    say("Pushing and pulling \(sizes.bulk) entries")
    figures += try await SyncBenchmark.bulk(site, cards, sizes, in: folder.path)
    say("Syncing with \(sizes.few) and with \(sizes.many) entries present")
    figures += try await SyncBenchmark.present(site, cards, sizes, in: folder.path)
    return figures
}

var arguments = CommandLine.arguments.dropFirst()
if arguments.first == "worker", let file = arguments.dropFirst().first {
    try await WorkerReport.work(file)
} else {
    let isSmall = arguments.contains("--small")
    let report = Report(figures: try await benchmarks(isSmall ? .small : Sizes(), isSmall: isSmall), isSmall: isSmall)
    print(report.table)
    if let index = arguments.firstIndex(of: "--json"), arguments.indices.contains(index + 1) {
        try Data(report.json).write(to: URL(filePath: arguments[index + 1]))
    }
}

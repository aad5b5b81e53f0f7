import Foundation
import TestSupport

// Benchmarks [--small] [--only codec|capture|bulk|present|desk|ingest|clients|load] [--json FILE]
//
// Every figure stands beside a baseline measured in the same run; compare ratios, not times. `--small` runs the same code on little data, to
// show that it works; its ratios mean nothing.

struct Sizes {
    var single = 300
    var grouped = 10_000
    var rounds = 5
    var bulk = 50_000
    var bulkRounds = 3
    var few = 10_000
    var many = 200_000
    var syncRounds = 4
    var syncRepeats = 8
    var deskRounds = 3
    var deskCards = 10
    var ingest = 50_000
    var ingestRounds = 2
    var clients = 1000
    var load = LoadBenchmark.Plan()

    static let small = Sizes(
        single: 20, grouped: 1000, rounds: 1, bulk: 1200, bulkRounds: 1, few: 200, many: 1000, syncRounds: 1, syncRepeats: 2,
        deskRounds: 1, deskCards: 1, ingest: 1200, ingestRounds: 1, clients: 100, load: .small)
}

func benchmarks(_ sizes: Sizes, isSmall: Bool, only: String?) async throws -> [Figure] {
    let folder = try TemporaryFolder("benchmarks")
    defer { folder.close() }
    func isAsked(_ part: String, _ title: String) -> Bool {
        guard only == nil || only == part else { return false }
        FileHandle.standardError.write(Data("==> \(title)\n".utf8))
        return true
    }
    let cards = try SampleCards()
    let site = try await BenchmarkSite.make(in: folder.file("site"))
    var figures: [Figure] = []
    if isAsked("codec", "Reading and writing a body") {
        figures += CodecBenchmark.run(repeats: isSmall ? 50 : 2000).map { name, ratio in
            Figure(name: name, value: ratio, unit: "times Foundation's", ratio: ratio, target: "at least 3.5", isReached: ratio >= 3.5)
        }
    }
    if isAsked("capture", "Capturing") { figures += try await CaptureBenchmark.run(site, cards, sizes, in: folder.path) }
    if isAsked("bulk", "Pushing and pulling \(sizes.bulk) entries") {
        figures += try await SyncBenchmark.bulk(site, cards, sizes, in: folder.path)
    }
    if isAsked("present", "Syncing with \(sizes.few) and with \(sizes.many) entries present") {
        figures += try await SyncBenchmark.present(site, cards, sizes, in: folder.path)
    }
    if isAsked("desk", "Keying at a terminal with \(sizes.many) entries present and with none") {
        figures += try DeskBenchmark.run(site, cards, sizes, in: folder.path)
    }
    if isAsked("ingest", "Ingesting \(sizes.ingest) changes at the centre") {
        figures += try await IngestBenchmark.run(site, cards, sizes, in: folder.path)
    }
    if isAsked("clients", "A centre with \(sizes.clients) clients") { figures += try await ClientsBenchmark.run(sizes, in: folder.path) }
    if isAsked("load", "\(sizes.load.stations) stations on their own schedules") {
        figures += try await LoadBenchmark.run(sizes.load, in: folder.path)
    }
    return figures
}

let arguments = CommandLine.arguments.dropFirst()
if arguments.first == "worker", let file = arguments.dropFirst().first {
    try await WorkerReport.work(file)
} else if arguments.first == "clients", arguments.count == 3, let count = arguments.last.flatMap({ Int($0) }) {
    try await ClientsBenchmark.work(arguments[arguments.startIndex + 1], count)
} else {
    let isSmall = arguments.contains("--small")
    func option(_ name: String) -> String? {
        arguments.firstIndex(of: name).flatMap { arguments.indices.contains($0 + 1) ? arguments[$0 + 1] : nil }
    }
    let figures = try await benchmarks(isSmall ? .small : Sizes(), isSmall: isSmall, only: option("--only"))
    let report = Report(figures: figures, isSmall: isSmall)
    print(report.table)
    if let file = option("--json") { try Data(report.json).write(to: URL(filePath: file)) }
}

import CentralStore
import EntryModel
import FieldStore
import FieldSync
import Foundation
import TestSupport

/// A centre's data and two enrolled stations' files in one folder, so that a whole situation can be copied and measured again and again.
struct BenchmarkSite {
    let folder: String
    /// The stations' files hold the centre's address, so every copy listens on the same port.
    let port: Int

    var centre: String { "\(folder)/centre" }
    var first: String { "\(folder)/first.fieldentry" }
    var second: String { "\(folder)/second.fieldentry" }

    /// A new site: one client, one promotion, two stations that hold its document and nothing else.
    static func make(in folder: String) async throws -> BenchmarkSite {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let site = BenchmarkSite(folder: folder, port: try Processes.freePort())
        try FileManager.default.createDirectory(atPath: site.centre, withIntermediateDirectories: true)
        let centre = try Centre(directory: site.centre)
        try await centre.addClient(SampleCards.client)
        guard let vault = try await centre.vault(SampleCards.client) else { throw BenchmarkError("no vault") }
        try await vault.putPromotion(try SampleCards.document())
        let url = "http://127.0.0.1:\(site.port)"
        let codes = [
            try await centre.invite(client: SampleCards.client, name: "first", url: url),
            try await centre.invite(client: SampleCards.client, name: "second", url: url),
        ]
        try centre.close()
        let server = try BenchmarkCentre(data: site.centre, port: site.port)
        defer { server.stop() }
        for (file, code) in zip([site.first, site.second], codes) {
            let station = try BenchmarkStation(file, url: url)
            try await station.engine.enrol(code: code)
            try await station.sync()
            try await station.close()
        }
        return site
    }

    /// The same site as it is now, in another folder. Nobody may have its files open.
    func copy(to other: String) throws -> BenchmarkSite {
        try? FileManager.default.removeItem(atPath: other)
        try FileManager.default.copyItem(atPath: folder, toPath: other)
        return BenchmarkSite(folder: other, port: port)
    }

    func serve() throws -> BenchmarkCentre {
        try BenchmarkCentre(data: centre, port: port)
    }

    /// The client's vault.
    var vaultFile: String {
        get throws {
            let files = FileManager.default.enumerator(atPath: centre)?.compactMap { $0 as? String } ?? []
            guard let file = files.first(where: { $0.contains(SampleCards.client) && $0.hasSuffix(".sqlite") })
            else { throw BenchmarkError("no vault in \(files)") }
            return "\(centre)/\(file)"
        }
    }

    /// Captures cards at the first station, 1,000 in a transaction, and sends none of them.
    func capture(_ range: Range<Int>, _ cards: SampleCards) throws {
        let database = try FieldDatabase(path: first)
        defer { try? database.close() }
        let keyer = try database.operatorID(named: "benchmark")
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(start + 1000, range.upperBound)
            _ = try database.capture(cards.captures(start..<end), by: keyer)
            start = end
        }
    }
}

/// A station's file with the way to its centre.
struct BenchmarkStation {
    let database: FieldDatabase
    let transport: HTTPTransport
    let engine: SyncEngine

    /// - Parameter url: The centre's address; `nil` for the one that the file holds.
    init(_ file: String, url: String? = nil) throws {
        database = try FieldDatabase(path: file)
        guard let url = try url ?? database.identity?.url else { throw BenchmarkError("\(file) is not enrolled") }
        transport = HTTPTransport(url: url)
        engine = SyncEngine(database: database, transport: transport)
    }

    @discardableResult
    func sync() async throws -> SyncSummary {
        let summary = await engine.synchronize()
        guard summary.outcome == .complete else { throw BenchmarkError(summary.message) }
        return summary
    }

    func close() async throws {
        try await transport.close()
        try database.close()
    }
}

/// What a sync in a process of its own cost.
struct WorkerReport {
    var seconds: Double
    var pushed: Int
    var pulled: Int
    var peakMemory: Int

    /// Syncs a file in a new process, so that its memory can be told from everything else.
    static func sync(_ file: String) throws -> WorkerReport {
        let words = try Processes.run("Benchmarks", ["worker", file]).split(whereSeparator: \.isWhitespace)
        guard words.count == 4, let seconds = Double(words[0]), let pushed = Int(words[1]), let pulled = Int(words[2]),
            let memory = Int(words[3])
        else { throw BenchmarkError("the worker said: \(words.joined(separator: " "))") }
        return WorkerReport(seconds: seconds, pushed: pushed, pulled: pulled, peakMemory: memory)
    }

    /// The worker's side.
    static func work(_ file: String) async throws {
        let station = try BenchmarkStation(file)
        var summary: SyncSummary?
        let seconds = try await Stopwatch.elapsed { summary = try await station.sync() }
        try await station.close()
        print(seconds, summary?.pushed ?? 0, summary?.pulled ?? 0, Processes.ownPeakMemory)
    }
}

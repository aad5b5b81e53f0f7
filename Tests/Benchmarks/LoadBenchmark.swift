import CentralStore
import EntryModel
import Foundation
import TestSupport

/// Thousands of enrolled stations that sync with one `central` on schedules of their own; then all of them at once, as after an outage; then
/// as before.
enum LoadBenchmark {
    struct Plan {
        var stations = 2000
        /// Seconds between two syncs of one station.
        var interval = 30.0
        /// Seconds that each phase lasts.
        var steady = 90.0
        var flood = 20.0
        var recovery = 30.0

        static let small = Plan(stations: 40, interval: 1, steady: 2, flood: 1, recovery: 2)
    }

    static func run(_ plan: Plan, in folder: String) async throws -> [Figure] {
        let site = try await LoadSite(in: "\(folder)/load", stations: plan.stations)
        let server = try BenchmarkCentre(data: site.data, port: site.port)
        defer { server.stop() }
        let steady = await phase(site, seconds: plan.steady, interval: plan.interval)
        let memory = server.peakMemory
        // Nobody waits for anything but what the centre asks for.
        let flood = await phase(site, seconds: plan.flood, interval: 0)
        let recovery = await phase(site, seconds: plan.recovery, interval: plan.interval)
        let lost = try await site.missing()
        var figures = [
            Figure(name: "\(plan.stations) stations, one sync each \(plan.interval) s: requests", value: Double(steady.count), unit: ""),
            Figure(name: "  entries acknowledged a second", value: Double(steady.acknowledged) / plan.steady, unit: "1/s"),
            Figure(name: "  latency of a push, median", value: steady.latency(.push, 0.5), unit: "ms"),
            Figure(name: "  latency of a push, p99", value: steady.latency(.push, 0.99), unit: "ms"),
            Figure(name: "  latency of a pull, median", value: steady.latency(.pull, 0.5), unit: "ms"),
            Figure(name: "  latency of a pull, p99", value: steady.latency(.pull, 0.99), unit: "ms"),
            Figure(name: "  shed", value: Double(steady.shed), unit: ""),
            Figure(
                name: "  errors", value: Double(steady.errors.values.reduce(0, +)), unit: "", target: "none",
                isReached: steady.errors.isEmpty),
            Figure(name: "all at once: answered a second", value: Double(flood.answered) / plan.flood, unit: "1/s"),
            Figure(name: "  shed with 503 or 429 and Retry-After", value: Double(flood.shed), unit: ""),
            Figure(
                name: "  other errors", value: Double(flood.errors.values.reduce(0, +)), unit: "", target: "none",
                isReached: flood.errors.isEmpty),
            Figure(name: "  entries acknowledged a second", value: Double(flood.acknowledged) / plan.flood, unit: "1/s"),
            Figure(name: "afterwards: latency of a push, p99", value: recovery.latency(.push, 0.99), unit: "ms"),
            Figure(
                name: "  errors", value: Double(recovery.errors.values.reduce(0, +)), unit: "", target: "none",
                isReached: recovery.errors.isEmpty),
            Figure(name: "acknowledged and not there", value: Double(lost), unit: "", target: "none", isReached: lost == 0),
        ]
        if let memory, let peak = server.peakMemory {
            figures.append(Figure(name: "peak memory of the centre: on schedule", value: Double(memory) / 1_048_576, unit: "MiB"))
            figures.append(Figure(name: "  all at once", value: Double(peak) / 1_048_576, unit: "MiB"))
        }
        for (name, phase) in [("on schedule", steady), ("all at once", flood), ("afterwards", recovery)] where !phase.errors.isEmpty {
            FileHandle.standardError.write(Data("    \(name): \(phase.errors.sorted { $0.value > $1.value })\n".utf8))
        }
        return figures
    }

    /// What came of all requests of a phase.
    private struct Tally: Sendable {
        var seconds: [MessageKind: [Double]] = [:]
        var shed = 0
        var errors: [String: Int] = [:]
        var acknowledged = 0

        var answered: Int { seconds.values.reduce(0) { $0 + $1.count } }
        var count: Int { answered + shed + errors.values.reduce(0, +) }

        mutating func add(_ exchange: LoadStation.Exchange) {
            acknowledged += exchange.acknowledged
            switch exchange.outcome {
            case .answered: seconds[exchange.kind, default: []].append(exchange.seconds)
            case .shed: shed += 1
            case .failed(let why): errors["\(exchange.kind.rawValue): \(why)", default: 0] += 1
            }
        }

        /// Milliseconds that a part of the requests took at most.
        func latency(_ kind: MessageKind, _ part: Double) -> Double {
            let sorted = (seconds[kind] ?? []).sorted()
            guard !sorted.isEmpty else { return .nan }
            return sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))] * 1000
        }
    }

    private static func phase(_ site: LoadSite, seconds: Double, interval: Double) async -> Tally {
        let end = ContinuousClock.now.advanced(by: .seconds(seconds))
        return await withTaskGroup(of: Tally.self) { group in
            for station in site.stations {
                group.addTask { await work(station, site, until: end, interval: interval) }
            }
            return await group.reduce(into: Tally()) { all, one in
                all.seconds.merge(one.seconds) { $0 + $1 }
                all.shed += one.shed
                all.errors.merge(one.errors) { $0 + $1 }
                all.acknowledged += one.acknowledged
            }
        }
    }

    /// One station's phase: a few entries and a sync, at times of its own.
    private static func work(_ station: LoadStation, _ site: LoadSite, until end: ContinuousClock.Instant, interval: Double) async -> Tally
    {
        var tally = Tally()
        var pause = Double.random(in: 0...interval)
        while true {
            guard ContinuousClock.now.advanced(by: .seconds(pause)) < end else { return tally }
            try? await Task.sleep(for: .seconds(pause))
            do { try await station.capture(await station.unsentCount < 400 ? Int.random(in: 0...4) : 0) } catch {
                tally.errors["capture: \(error)", default: 0] += 1
            }
            let exchanges = await station.sync(site.url)
            for exchange in exchanges { tally.add(exchange) }
            let asked = exchanges.compactMap(\.retryAfterMilliseconds).max() ?? 0
            pause = max(interval * Double.random(in: 0.9...1.1), Double(asked) / 1000)
        }
    }
}

/// A centre whose one client has many stations, each of which shares its entries with nobody, as kiosks do.
struct LoadSite {
    static let client = "load"
    private static let form = Versioned(id: "load", version: 1)

    let data: String
    let port: Int
    let stations: [LoadStation]

    var url: String { "http://127.0.0.1:\(port)" }

    init(in folder: String, stations count: Int) async throws {
        data = "\(folder)/centre"
        port = try Processes.freePort()
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
        let centre = try Centre(directory: data)
        try await centre.addClient(Self.client)
        guard let vault = try await centre.vault(Self.client) else { throw BenchmarkError("no vault") }
        try await vault.putPromotion(try Self.document())
        var stations: [LoadStation] = []
        for number in 0..<count {
            let code = try await centre.invite(client: Self.client, name: "kiosk \(number)", url: "http://127.0.0.1:\(port)")
            let key = SigningKey()
            let request = EnrolRequest(
                code: code, signingKey: key.publicKey.bytes, agreementKey: AgreementKey().publicKeyBytes, time: Surroundings.system.now())
            let message = try Envelope.seal(kind: .enrol, lines: [request.line], key: key)
            let answer = try EnrolAnswer(line: SignedMessage(try await centre.answer(.enrol, message)).lines[0])
            stations.append(LoadStation(id: answer.station, key: key, centreKey: centre.signingKey.publicKey, form: Self.form))
        }
        self.stations = stations
        try centre.close()
    }

    /// The sample promotion's document, with stations that share nothing.
    private static func document() throws -> [UInt8] {
        let file = try String(contentsOf: ProjectFolder.file("Samples/promotions/\(SampleCards.promotion).json"), encoding: .utf8)
        let text = file.replacing("\"\(SampleCards.promotion)\"", with: "\"\(form.id)\"")
            .replacing("\"\(SampleCards.client)\"", with: "\"\(client)\"")
            .replacing(#/"sharing":\s*"[a-z]+"/#, with: "\"sharing\": \"own\"")
        return try Promotion.read(file: Array(text.utf8)).line
    }

    /// How many of the entries that stations were told are safe the centre does not have.
    func missing() async throws -> Int {
        let centre = try Centre(directory: data)
        defer { try? centre.close() }
        var acknowledged: Int64 = 0
        for station in stations { acknowledged += await station.acknowledged }
        guard let status = try await centre.vault(Self.client)?.status() else { throw BenchmarkError("no vault") }
        return max(0, Int(acknowledged) - Int(status.entries))
    }
}

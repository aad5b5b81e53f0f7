import CentralStore
import EntryModel
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Metrics
import TestSupport
import Testing

@testable import CentralServer

@Suite("Metrics")
struct MetricsTests {
    private func parsed(_ factory: PrometheusFactory) throws -> [String: ExpositionParser.Family] {
        try ExpositionParser.parse(factory.exposition)
    }

    @Test("counters, gauges and histograms are exposed as Prometheus reads them, whatever stands in a label")
    func exposition() throws {
        let factory = PrometheusFactory(descriptions: [
            "c_total": .init(help: "A\nline \\ and more."), "g": .init(help: "G."), "h": .init(help: "H.", buckets: [0.5, 2]),
        ])
        let odd = "a\"b\\c\nd{}=,é"
        Counter(label: "c", dimensions: [("x-y", odd), ("a", "1")], factory: factory).increment(by: 3)
        Counter(label: "c", dimensions: [("a", "1"), ("x-y", odd)], factory: factory).increment()
        Meter(label: "g", factory: factory).set(-2.5)
        let recorder = Recorder(label: "h", dimensions: [("k", "v")], aggregate: true, factory: factory)
        for value in [0.5, 1, 2, 3] { recorder.record(value) }
        let families = try parsed(factory)
        #expect(families["c_total"]?.value(["x_y": odd, "a": "1"]) == 4)
        #expect(families["c_total"]?.help == "A\\nline \\\\ and more.")
        #expect(families["g"]?.value() == -2.5)
        let buckets = try #require(families["h"]).samples.filter { $0.name == "h_bucket" }
        #expect(buckets.map { $0.labels["le"] } == ["0.5", "2", "+Inf"])
        #expect(buckets.map(\.value) == [1, 3, 4])
        #expect(families["h"]?.samples.first { $0.name == "h_sum" }?.value == 6.5)
    }

    @Test("the parser of these tests refuses what Prometheus would")
    func parser() throws {
        let good = "# HELP a_total A.\n# TYPE a_total counter\na_total{x=\"1\"} 2\n"
        #expect(try ExpositionParser.parse(good)["a_total"]?.value(["x": "1"]) == 2)
        let bad = [
            "a_total 2\n", good + "a_total{x=\"1\"} 3\n", good + "b 1\n", good.replacing("counter", with: "meter"),
            good.replacing(" 2\n", with: " two\n"), good.replacing("\"1\"", with: "\"1"), good.replacing("\"1\"", with: "\"\\q\""),
            good.replacing(" 2\n", with: " -1\n"), good + good, String(good.dropLast()), good.replacing("a_total", with: "1a_total"),
            "# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n",
            "# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_sum 1\nh_count 2\n",
        ]
        for text in bad { #expect(throws: ExpositionParser.Fault.self, "\(text)") { try ExpositionParser.parse(text) } }
    }

    @Test("a family takes so many series and no more; the rest are counted together")
    func bounded() throws {
        let factory = PrometheusFactory(descriptions: ["c_total": .init(help: "C.")], seriesLimit: 10)
        for number in 0..<100 { Counter(label: "c", dimensions: [("n", String(number))], factory: factory).increment() }
        let family = try #require(try parsed(factory)["c_total"])
        #expect(family.samples.count == 11)
        #expect(family.value(["n": "other"]) == 90)
        #expect(family.value(["n": "7"]) == 1)
    }

    /// A centre that counts, and has taken and given something of everything.
    private func busyCentre() async throws -> (folder: TemporaryFolder, centre: Centre, factory: PrometheusFactory) {
        let folder = try TemporaryFolder("metrics")
        let factory = MetricCatalogue.factory()
        let centre = try Centre(directory: folder.file("data"), metrics: factory)
        for client in ["brightfizz", "other"] {
            try await centre.addClient(client)
            let vault = try #require(try await centre.vault(client))
            try await vault.putPromotion(try TestCentre.document(client: client).line)
        }
        let application = CentreApplication(
            centre: centre, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, metrics: factory
        ).build(address: ListenAddress(host: "127.0.0.1", port: 0))
        let code = try await centre.invite(client: "brightfizz", name: "one", url: "http://127.0.0.1:1")
        try await application.test(.live) { http in
            let key = SigningKey()
            let answer = try await http.send(.enrol, try TestStation.enrolMessage(code, key: key))
            let enrolled = try EnrolAnswer(line: SignedMessage(Array(answer.body.readableBytesView)).lines[0])
            var station = TestStation(key: key, vault: enrolled.vault, id: enrolled.station)
            try station.capture(TestCentre.form, [("given_name", .text("Esmerelda"))])
            try station.capture(TestCentre.form, [("given_name", .text("Gytha"))])
            try station.capture(Versioned(id: "summer", version: 7), [("given_name", .text("Magrat"))])
            let pushed = try await http.send(.push, try station.push())
            try station.acknowledge(PushAnswer(line: SignedMessage(Array(pushed.body.readableBytesView)).lines[0]))
            #expect(try await http.send(.push, Array("nonsense".utf8)).status != .ok)
            #expect(try await http.send(.pull, try station.pull()).status == .ok)
            _ = try await http.execute(uri: "/health", method: .get)
            _ = try await http.execute(uri: "/nowhere/\(code.text)", method: .get)
        }
        await FigureCollector(centre: centre, factory: factory, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }).collect()
        ProcessFigures.publish(to: factory)
        return (folder, centre, factory)
    }

    @Test("what a centre does is counted: messages by outcome, changes by result, ages, latencies, requests")
    func counted() async throws {
        let (_, _, factory) = try await busyCentre()
        let families = try parsed(factory)
        let messages = try #require(families[CentreMeters.messages])
        #expect(messages.value(["kind": "enrol", "outcome": "accepted"]) == 1)
        #expect(messages.value(["kind": "push", "outcome": "accepted"]) == 1)
        #expect(messages.value(["kind": "pull", "outcome": "accepted"]) == 1)
        #expect(messages.samples.contains { $0.labels["kind"] == "push" && $0.labels["outcome"] != "accepted" })
        #expect(families[CentreMeters.changes]?.value(["client": "brightfizz", "result": "accepted"]) == 2)
        #expect(families[CentreMeters.changes]?.value(["client": "brightfizz", "result": "quarantined"]) == 1)
        #expect(try #require(families[CentreMeters.rows]?.value(["client": "brightfizz"])) > 0)
        #expect(families[CentreMeters.changeAge]?.samples.first { $0.name.hasSuffix("_count") }?.value == 3)
        let requests = try #require(families[MetricCatalogue.requests])
        #expect(requests.value(["route": "/v1/push", "status": "200", "method": "POST"]) == 1)
        #expect(requests.value(["route": "NotFound", "status": "404"]) == 1)
        #expect(families[MetricCatalogue.requestSeconds]?.samples.contains { $0.labels["route"] == "/v1/push" } == true)
    }

    @Test("what there is is told by client: entries, quarantine, stations and how long they were not here, sizes")
    func figures() async throws {
        let (_, centre, factory) = try await busyCentre()
        let families = try parsed(factory)
        #expect(families[MetricCatalogue.entries]?.value(["client": "brightfizz"]) == 2)
        #expect(families[MetricCatalogue.entries]?.value(["client": "other"]) == 0)
        #expect(families[MetricCatalogue.quarantined]?.value(["client": "brightfizz"]) == 1)
        #expect(families[MetricCatalogue.stations]?.value(["client": "brightfizz"]) == 1)
        #expect(try #require(families[MetricCatalogue.bytes]?.value(["client": "other"])) > 4096)
        let lag = try #require(families[MetricCatalogue.stationLag])
        #expect(lag.value(["le": "60"]) == 1)
        #expect(families[MetricCatalogue.clients]?.value() == 2)
        #expect(families[MetricCatalogue.openVaults]?.value() == 2)
        #expect(families[MetricCatalogue.unreadable]?.value() == 0)
        #expect(try await centre.figures(of: "nobody") == nil)
        #expect(try await centre.figures(of: "brightfizz")?.changes == 3)
    }

    @Test("closed vaults are looked at in turn and stay closed, an unreadable one is counted, and many clients share one series")
    func turns() async throws {
        let folder = try TemporaryFolder("metrics")
        var centre = try Centre(directory: folder.file("data"))
        for number in 0..<7 { try await centre.addClient("c\(number)") }
        try centre.close()
        centre = try Centre(directory: folder.file("data"))
        try Data("no database".utf8).write(to: URL(filePath: folder.file("data/vaults/c6.sqlite")))
        let factory = MetricCatalogue.factory()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        var limits = FigureCollector.Limits()
        (limits.closedVaults, limits.clients) = (3, 4)
        let collector = FigureCollector(centre: centre, factory: factory, limits: limits, logger: logger)
        for expected in [3, 5, 5] {
            await collector.collect()
            let known = try #require(try parsed(factory)[MetricCatalogue.bytes])
            #expect(known.samples.count == expected)
            #expect(centre.openClients.isEmpty)
        }
        #expect(try parsed(factory)[MetricCatalogue.unreadable]?.value() == 1)
        #expect(try parsed(factory)[MetricCatalogue.bytes]?.samples.contains { $0.labels["client"] == "other" } == true)
    }

    @Test("labels hold nothing that a sender chooses, and each metric says what it is")
    func labels() async throws {
        let (_, _, factory) = try await busyCentre()
        let text = factory.exposition
        for personal in ["Esmerelda", "Gytha", "Magrat", "nonsense", "nowhere"] { #expect(!text.contains(personal)) }
        for (name, family) in try parsed(factory) {
            #expect(MetricCatalogue.descriptions[name]?.help == family.help, "\(name)")
            #expect(
                Set(family.samples.flatMap(\.labels.keys)).isSubset(of: [
                    "kind", "outcome", "client", "result", "method", "route", "status", "le",
                ]))
        }
    }

    @Test("every query of the dashboard asks for metrics that are exposed, and every metric of the centre's is on it")
    func dashboard() async throws {
        let (_, _, factory) = try await busyCentre()
        let families = try parsed(factory)
        let exposed = Set(families.flatMap { [$0.key] + $0.value.samples.map(\.name) })
        let bytes = try Data(contentsOf: ProjectFolder.file("Samples/deploy/grafana-dashboard.json"))
        let dashboard = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
        let panels = try #require(dashboard["panels"] as? [[String: Any]])
        var asked: Set<String> = []
        for panel in panels where panel["type"] as? String != "row" {
            let title = panel["title"] as? String ?? ""
            let targets = try #require(panel["targets"] as? [[String: Any]], "\(title)")
            #expect(!targets.isEmpty)
            for target in targets {
                let query = try #require(target["expr"] as? String, "\(title)")
                let names = query.matches(of: /(field_entry|process)_[a-z_]+/).map { String($0.0) }
                #expect(!names.isEmpty, "\(title): \(query)")
                for name in names { #expect(exposed.contains(name), "\(title) asks for \(name)") }
                asked.formUnion(names)
            }
        }
        for name in families.keys {
            #expect(asked.contains { $0 == name || $0 == name + "_bucket" || $0 == name + "_sum" }, "\(name) is on no panel")
        }
    }

    @Test("central serve gives them on their own address, and nowhere else")
    func served() async throws {
        let folder = try TemporaryFolder("metrics")
        let process = Process()
        process.executableURL = ProjectFolder.products.appending(path: "central")
        process.arguments = [
            "serve", "--data", folder.file("data"), "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--log-format", "json",
        ]
        let (output, log) = (Pipe(), folder.file("log"))
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: URL(filePath: log))
        try process.run()
        defer { if process.isRunning { process.terminate() } }
        var text = ""
        while !text.contains("\n") { text += String(decoding: output.fileHandleForReading.availableData, as: UTF8.self) }
        let port = try #require(text.split(separator: ":").last.flatMap { Int($0.prefix { $0.isNumber }) })
        var metricsPort: Int?
        let deadline = ContinuousClock.now + .seconds(30)
        while metricsPort == nil, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(50))
            let told = try String(contentsOfFile: log, encoding: .utf8)
            metricsPort = told.firstMatch(of: /127\.0\.0\.1:([0-9]+)\/metrics/).flatMap { Int($0.1) }
        }
        let own = try #require(metricsPort)
        #expect(own != port)
        let response = try await TestClient.withClient(host: "127.0.0.1", port: own) { try await $0.get("/metrics") }
        #expect(response.head.headerFields[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
        #expect(try ExpositionParser.parse(String(buffer: try #require(response.body)))[MetricCatalogue.started] != nil)
        #expect(try await TestClient.withClient(host: "127.0.0.1", port: port) { try await $0.get("/metrics") }.status == .notFound)
        process.terminate()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }
}

import ArgumentParser
import CentralStore
import EntryModel
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle

/// `--metrics-listen`.
struct MetricsOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where to serve Prometheus metrics at /metrics; without it nowhere.",
            discussion: """
                An address of its own, because the stations' one is open to everybody, and the metrics name clients and tell how much is \
                done for whom. Whoever reaches this address reads them all, so keep it on the loopback or in a network of your own.
                """, valueName: "host:port"))
    var metricsListen: ListenAddress?

    /// What collects and serves, to be run beside the server.
    func services(_ factory: PrometheusFactory, _ centre: Centre, _ logger: Logger) -> [any Service] {
        guard let metricsListen else { return [] }
        return [
            FigureCollector(centre: centre, factory: factory, logger: logger),
            MetricsService(factory: factory, address: metricsListen, logger: logger),
        ]
    }
}

/// `GET /metrics`, on an address of its own.
struct MetricsService: Service {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    var factory: PrometheusFactory
    var address: ListenAddress
    var logger: Logger

    func run() async throws {
        let (address, logger) = (address, logger)
        let application = Application(
            router: router(),
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port), serverName: nil,
                availableConnectionsDelegate: MaximumAvailableConnections(16, logger: logger)),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? address.port
                logger.info("Metrics are served", metadata: ["url": "\(address.url(port: port))/metrics"])
            },
            logger: logger)
        do {
            try await application.run()
        } catch let error as IOError {
            throw Refusal(
                "central cannot serve metrics on \(address.defaultValueDescription): \(String(cString: strerror(error.errnoCode))).")
        }
    }

    /// The routes, also for tests.
    func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("/metrics") { [factory] _, _ in
            ProcessFigures.publish(to: factory)
            return Response(
                status: .ok, headers: [.contentType: Self.contentType, .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: factory.exposition)))
        }
        return router
    }
}

/// What the system says of this process; nothing where it has no `/proc`.
enum ProcessFigures {
    private static let started = Date().timeIntervalSince1970

    static func publish(to factory: PrometheusFactory) {
        factory.setGauges(MetricCatalogue.started, [([], started)])
        if let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
            let pages = text.split(separator: " ").dropFirst().first.flatMap({ Double($0) })
        {
            factory.setGauges(MetricCatalogue.resident, [([], pages * Double(sysconf(Int32(_SC_PAGESIZE))))])
        }
        if let open = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            factory.setGauges(MetricCatalogue.descriptors, [([], Double(open.count))])
        }
    }
}

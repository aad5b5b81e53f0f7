import CentralStore
import EntryModel
import Hummingbird
import HummingbirdCore
import Logging
import Metrics
import NIOCore

/// The centre as an HTTP server.
struct CentreApplication {
    /// Bounds that keep one server within its memory, whoever calls.
    struct Limits: Sendable {
        var body = MessageBody.Limits()
        /// Bodies arriving at once.
        var arriving = 256
        /// Messages in work at once.
        var working = 64
        /// Commands of the staff in work at once; each may collect megabytes.
        var staffCalls = 4
        /// Answers on their way at once; a client that reads slowly keeps one in memory.
        var answering = 256
        /// Connections at once; who comes beyond is told that the centre is busy, and far beyond waits until somebody leaves.
        var connections = 4000
        /// Of one station, counted by its signature; `nil` for no limit.
        var stationRate: RequestRate? = .steady(50)
        /// Of one address, counted before anything is read; `nil` for no limit.
        var addressRate: RequestRate? = .steady(300)
        var callers = CallerRule()
        /// From a connection to the whole head of its first request.
        var firstHead = TimeAmount.seconds(20)
        /// From a request's head to the last byte of its answer.
        var request = TimeAmount.seconds(120)
        /// How long a connection may stand without a request, or a request without another byte.
        var idle = TimeAmount.seconds(75)
    }

    var centre: Centre
    var surroundings = Surroundings.system
    var limits = Limits()
    /// `nil` for plain HTTP.
    var certificate: ServerCertificate?
    var logger: Logger
    /// What is told first to stop; `nil` for nothing.
    var drain: Drain?
    /// Where requests are counted; `nil` for nowhere.
    var metrics: (any MetricsFactory)?

    /// - Parameters:
    ///   - address: Where it will listen.
    ///   - onReady: Called with the port once connections are accepted.
    /// - Returns: An application that runs until it is told to stop, and then answers what it has begun.
    func build(
        address: ListenAddress, onReady: @escaping @Sendable (Int) async -> Void = { _ in }
    ) -> Application<RouterResponder<CentreRequestContext>> {
        let open = ConnectionCount(limit: limits.connections)
        let router = Router(context: CentreRequestContext.self)
        router.add(middleware: RequestLog(metrics: metrics))
        router.add(middleware: ProblemMiddleware())
        router.add(
            middleware: AddressLimit(
                rate: limits.addressRate.map { RateLimit($0, capacity: 50_000) }, rule: limits.callers, connections: open))
        MessageRoutes(
            centre: centre, body: MessageBody(limits: limits.body), arriving: WorkLimit(limits.arriving),
            working: WorkLimit(limits.working), answering: WorkLimit(limits.answering),
            stations: limits.stationRate.map { RateLimit($0, capacity: 200_000) }
        ).add(to: router)
        StaffRoutes(centre: centre, working: WorkLimit(limits.staffCalls)).add(to: router)
        HealthRoutes(centre: centre, surroundings: surroundings, drain: drain).add(to: router)
        return Application(
            router: router,
            server: connections(counted: open),
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port), serverName: nil,
                availableConnectionsDelegate: MaximumAvailableConnections(limits.connections + limits.connections / 4 + 16, logger: logger)),
            onServerRunning: { channel in await onReady(channel.localAddress?.port ?? address.port) },
            logger: logger)
    }

    /// How the bytes of a connection become requests.
    private func connections(counted count: ConnectionCount) -> HTTPServerBuilder {
        HTTPServerBuilder { [limits, certificate] responder in
            let base = HTTP1Channel(
                responder: responder,
                configuration: .init(
                    additionalChannelHandlers: [UnreadableRequestInstaller(), ConnectionBounds(limits, count)],
                    idleTimeout: limits.idle,
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 8 << 10, maxHeaderListSize: 16 << 10, maxHeaderFieldCount: 64)))
            guard let certificate else { return base }
            return SecuredChannel(base: base, certificate: certificate)
        }
    }
}

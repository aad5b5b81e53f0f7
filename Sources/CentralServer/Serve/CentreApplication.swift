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
        var connections = 1024
        /// How long a connection may stand without a request, or a request without another byte.
        var idle = TimeAmount.seconds(75)
    }

    var centre: Centre
    var surroundings = Surroundings.system
    var limits = Limits()
    /// `nil` for plain HTTP.
    var certificate: ServerCertificate?
    var logger: Logger
    /// Where requests are counted; `nil` for nowhere.
    var metrics: (any MetricsFactory)?

    /// - Parameters:
    ///   - address: Where it will listen.
    ///   - onReady: Called with the port once connections are accepted.
    /// - Returns: An application that runs until it is told to stop, and then answers what it has begun.
    func build(
        address: ListenAddress, onReady: @escaping @Sendable (Int) async -> Void = { _ in }
    ) -> Application<RouterResponder<CentreRequestContext>> {
        let router = Router(context: CentreRequestContext.self)
        router.add(middleware: RequestLog(metrics: metrics))
        router.add(middleware: ProblemMiddleware())
        MessageRoutes(
            centre: centre, body: MessageBody(limits: limits.body), arriving: WorkLimit(limits.arriving),
            working: WorkLimit(limits.working)
        ).add(to: router)
        HealthRoutes(centre: centre, surroundings: surroundings).add(to: router)
        return Application(
            router: router,
            server: connections,
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port), serverName: nil,
                availableConnectionsDelegate: MaximumAvailableConnections(limits.connections, logger: logger)),
            onServerRunning: { channel in await onReady(channel.localAddress?.port ?? address.port) },
            logger: logger)
    }

    /// How the bytes of a connection become requests.
    private var connections: HTTPServerBuilder {
        HTTPServerBuilder { [limits, certificate] responder in
            let base = HTTP1Channel(
                responder: responder,
                configuration: .init(
                    additionalChannelHandlers: [UnreadableRequestInstaller()],
                    idleTimeout: limits.idle,
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 8 << 10, maxHeaderListSize: 16 << 10, maxHeaderFieldCount: 64)))
            guard let certificate else { return base }
            return SecuredChannel(base: base, certificate: certificate)
        }
    }
}

import ArgumentParser
import CentralStore
import Foundation
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals

/// `central serve`: the centre as a server, until SIGTERM or SIGINT.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Answers stations until it is stopped.",
        discussion: """
            Prints one line with its address once it is ready. SIGTERM and SIGINT stop it: what it has begun it answers, what comes then it \
            refuses. With --drain-time they first have /health/ready say no. Every other command may be used meanwhile.

            Examples:
              central serve --listen 127.0.0.1:8080
              central serve --config /etc/field-entry/central.conf
            """)

    @OptionGroup var centre: CentreOptions

    @Option(help: ArgumentHelp("Where to listen; port 0 takes a free one.", valueName: "host:port"))
    var listen = ListenAddress(host: "127.0.0.1", port: 8080)

    @OptionGroup(title: "TLS options") var tls: TLSOptions

    @OptionGroup(title: "Load options") var load: LoadOptions

    @Option(help: "The address that stations reach this server by, if it is another; it goes into enrolment codes.")
    var url: String?

    @OptionGroup var log: LogOptions
    @OptionGroup var metrics: MetricsOptions

    func validate() throws {
        if let url, !isCentreURL(url) { throw ValidationError("--url is not an http or https address: \(url)") }
    }

    func run() async throws {
        let logger = log.logger()
        let factory = metrics.metricsListen.map { _ in MetricCatalogue.factory() }
        let centre = try centre.make(metrics: factory)
        var limits = load.limits
        limits.connections = OpenFileLimit.makeRoom(forConnections: limits.connections)
        if limits.connections < load.connections {
            logger.warning(
                "The system lets this process have fewer connections than asked for",
                metadata: ["connections": "\(limits.connections)", "asked": "\(load.connections)"])
        }
        let certificate = try tls.certificate(listen: listen, url: url)
        if certificate == nil, !listen.isLoopback {
            logger.warning(
                "Listening beyond this machine without TLS, as --insecure asks for: whoever is on the network can read entries on their way.",
                metadata: ["listen": "\(listen.defaultValueDescription)"])
        }
        let drain = Drain(for: .seconds(load.drainTime))
        let parts = CentreApplication(
            centre: centre, limits: limits, certificate: certificate, logger: logger, drain: drain, metrics: factory)
        var application = parts.build(address: listen) { [listen, url, logger] port in
            await announce(centre, url ?? reachableURL(listen, port: port, scheme: certificate == nil ? "http" : "https"), logger)
        }
        if let certificate {
            application.addServices(
                CertificateReload(
                    certificate: certificate, hangUps: await UnixSignalsSequence(trapping: .sighup), logger: logger))
        }
        if let factory { for service in metrics.services(factory, centre, logger) { application.addServices(service) } }
        do {
            try await ServiceGroup(
                configuration: .init(services: [application, drain], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
            ).run()
        } catch let error as IOError {
            throw Refusal("central cannot listen on \(listen.defaultValueDescription): \(String(cString: strerror(error.errnoCode))).")
        }
    }
}

/// Records the address for later invitations, then says that the server is ready.
private func announce(_ centre: Centre, _ url: String, _ logger: Logger) async {
    do {
        try await centre.recordAddress(url)
        try Output.line("central listens on \(url)")
    } catch {
        logger.error("The address could not be recorded or printed", metadata: ["error": "\(type(of: error))", "url": "\(url)"])
    }
}

/// An address that stations can call; `0.0.0.0` is none, so the machine's name stands for it.
private func reachableURL(_ listen: ListenAddress, port: Int, scheme: String) -> String {
    let address = listen.isAny ? ListenAddress(host: ProcessInfo.processInfo.hostName, port: port) : listen
    return address.url(port: port, scheme: scheme)
}

/// Whether the text is an address that a station can call: http or https, a host, nothing behind it but a path without a slash at the end.
func isCentreURL(_ text: String) -> Bool {
    guard let url = URL(string: text), url.scheme == "http" || url.scheme == "https", let host = url.host(), !host.isEmpty
    else { return false }
    return !text.hasSuffix("/") && url.query() == nil && url.fragment() == nil && url.user() == nil
}

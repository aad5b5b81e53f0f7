import AsyncHTTPClient
public import EntryModel
import NIOCore
import NIOHTTP1
import Synchronization

/// The road over HTTP: `POST {address}/v1/{kind}`, packed with gzip both ways; answers plain where the link is fast.
///
/// Connections are kept between requests. Whoever makes a transport has to `close` it. Redirects are not followed: a signed message is for
/// the address that the enrolment code named.
/// - SeeAlso: Protocol/README.md, "HTTP surface".
public final class HTTPTransport: Transport {
    /// Bounds of waiting, milliseconds.
    public struct Timeouts: Sendable {
        public var connectMilliseconds: Int64
        /// From the first byte sent to the last byte received.
        public var requestMilliseconds: Int64

        public init(connectMilliseconds: Int64 = 5_000, requestMilliseconds: Int64 = 30_000) {
            self.connectMilliseconds = connectMilliseconds
            self.requestMilliseconds = requestMilliseconds
        }
    }

    /// Where the centre listens, without a slash at the end.
    public let address: String
    private let timeouts: Timeouts
    /// Whether messages would go as plain text where nobody said that they may.
    private let isRefused: Bool
    private let client: HTTPClient
    private let speed = Mutex(LinkSpeed())

    /// - Parameters:
    ///   - url: As in the enrolment code, such as `https://entries.example.org`.
    ///   - timeouts: 5 seconds to connect and 30 for a whole request unless said.
    ///   - trust: By whom its certificate may be signed; the system's authorities unless said, and no plain HTTP beyond this machine.
    public init(url: String, timeouts: Timeouts = Timeouts(), trust: ConnectionTrust = ConnectionTrust()) {
        address = String(url.reversed().drop { $0 == "/" }.reversed())
        self.timeouts = timeouts
        isRefused = !trust.allowsPlain && HostName.isPlainBeyondThisMachine(url)
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: trust.configuration,
            redirectConfiguration: .disallow,
            timeout: .init(
                connect: .milliseconds(timeouts.connectMilliseconds), read: .milliseconds(timeouts.requestMilliseconds),
                write: .milliseconds(timeouts.requestMilliseconds)),
            decompression: .disabled)
        // Trying again is decided in one place, the state machine; a second loop below it would hide what happens.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Ends all connections. No message can be sent afterwards.
    public func close() async throws {
        try await client.shutdown()
    }

    public func pack(_ message: [UInt8]) -> [UInt8] {
        let packed = Gzip.compress(message)
        // What does not shrink goes as it is, so that packing never carries a message over the limit.
        return packed.count < message.count ? packed : message
    }

    public func send(_ kind: MessageKind, packed: [UInt8]) async throws -> TransportAnswer {
        guard !isRefused else { throw TransportFailure(.insecure, address: address) }
        var request = HTTPClientRequest(url: "\(address)/v1/\(kind.rawValue)")
        request.method = .POST
        request.headers = [
            "content-type": Envelope.mediaType, "accept-encoding": speed.withLock(\.isFast) ? "identity" : "gzip",
            "accept": "\(Envelope.mediaType), \(Problem.mediaType)", "user-agent": "fieldentry",
        ]
        // A message is lines of JSON, which never begin like this.
        if packed.starts(with: [0x1F, 0x8B]) { request.headers.add(name: "content-encoding", value: "gzip") }
        request.body = .bytes(ByteBuffer(bytes: packed))
        do {
            let exchange = try await withinTime { [client, request, timeouts] in
                let response = try await client.execute(request, timeout: .milliseconds(timeouts.requestMilliseconds))
                let start = ContinuousClock.now
                let body = try await Self.body(of: response)
                return (response, body, start.duration(to: .now))
            }
            speed.withLock { $0.note(bytes: exchange.1.count, in: exchange.2) }
            return try answer(exchange.0, body: exchange.1)
        } catch let failure as TransportFailure {
            throw failure
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw failure(of: error)
        }
    }

    /// The client's own deadline ends with the answer's head; this one holds for the whole exchange.
    private func withinTime<Result: Sendable>(_ work: @escaping @Sendable () async throws -> Result) async throws -> Result {
        let limit = Duration.milliseconds(timeouts.requestMilliseconds)
        return try await withThrowingTaskGroup(of: Result.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(for: limit)
                throw HTTPClientError.deadlineExceeded
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }

    /// The body's bytes as they came; ends at the limit, whatever length was announced.
    private static func body(of response: HTTPClientResponse) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await part in response.body {
            guard bytes.count + part.readableBytes <= bodyLimit else { throw BodyTooLarge() }
            bytes.append(contentsOf: part.readableBytesView)
        }
        return bytes
    }

    /// Even bytes that do not shrink stay within this: gzip adds 5 bytes per 16 KiB.
    private static let bodyLimit = Envelope.Limits.answerBytes + 1024

    private func answer(_ response: HTTPClientResponse, body: [UInt8]) throws -> TransportAnswer {
        let status = Int(response.status.code)
        let media = response.headers.first(name: "content-type").map(Self.mediaType) ?? ""
        let retryAfter = response.headers.first(name: "retry-after").flatMap(Self.milliseconds)
        let isProblem = media == Problem.mediaType
        guard (status == 200 && media == Envelope.mediaType) || isProblem else {
            // A gateway in front of the centre that cannot reach it, or that is overrun, says so in its own words.
            guard status >= 500 || status == 429 || status == 408 else {
                throw TransportFailure(.notFieldEntry, address: address, detail: "HTTP status \(status)")
            }
            return TransportAnswer(status: status, retryAfterMilliseconds: retryAfter, body: [], isProblem: true)
        }
        let encoding = response.headers.first(name: "content-encoding")?.lowercased() ?? "identity"
        switch encoding {
        case "identity":
            guard body.count <= Envelope.Limits.answerBytes else { throw TransportFailure(.tooLarge, address: address) }
            return TransportAnswer(status: status, retryAfterMilliseconds: retryAfter, body: body, isProblem: isProblem)
        case "gzip":
            let inflated: [UInt8]
            do {
                inflated = try Gzip.inflate(body, limit: Envelope.Limits.answerBytes)
            } catch .tooLarge {
                throw TransportFailure(.tooLarge, address: address)
            } catch {
                // The connection is the likeliest to have damaged it; sending again is harmless.
                throw TransportFailure(.unreachable, address: address, detail: "\(error)")
            }
            return TransportAnswer(status: status, retryAfterMilliseconds: retryAfter, body: inflated, isProblem: isProblem)
        default:
            throw TransportFailure(.notFieldEntry, address: address, detail: "content encoding unknown")
        }
    }

    /// The media type without its parameters, in lower case.
    private static func mediaType(_ header: String) -> String {
        String(header.prefix { $0 != ";" && $0 != " " }).lowercased()
    }

    /// `Retry-After` in seconds; its other form, a date, needs a clock that can be trusted, and the centre never sends it.
    private static func milliseconds(_ header: String) -> Int64? {
        guard let seconds = Int64(header), 0...86_400 ~= seconds else { return nil }
        return seconds * 1000
    }

    private func failure(of error: any Error) -> TransportFailure {
        if error is BodyTooLarge { return TransportFailure(.tooLarge, address: address) }
        if let error = error as? HTTPClientError {
            switch error {
            case .deadlineExceeded, .readTimeout, .writeTimeout:
                return TransportFailure(.timeout, address: address)
            case .connectTimeout:
                return TransportFailure(.unreachable, address: address, detail: "no connection in time")
            case .tlsHandshakeTimeout:
                return TransportFailure(.tls, address: address, detail: "no answer in time")
            case .remoteConnectionClosed:
                return TransportFailure(.unreachable, address: address, detail: "the connection was closed")
            case .invalidURL, .emptyHost, .emptyScheme, .unsupportedScheme(String(address.prefix { $0 != ":" })):
                return TransportFailure(.notFieldEntry, address: address, detail: "not an address")
            default:
                return TransportFailure(.unreachable, address: address, detail: error.shortDescription)
            }
        }
        if let failure = TransportFailure(securing: error, address: address) { return failure }
        let type = String(reflecting: Swift.type(of: error))
        if type.hasPrefix("NIOHTTP1.HTTPParserError") {
            return TransportFailure(.notFieldEntry, address: address, detail: "the answer is not HTTP")
        }
        return TransportFailure(.unreachable, address: address, detail: Self.reason(of: error))
    }

    /// What the system said, in its own few words; the full description would list every address that was tried.
    private static func reason(of error: any Error) -> String? {
        (error as? IOError).map { "error \($0.errnoCode)" }
    }
}

private struct BodyTooLarge: Error {}

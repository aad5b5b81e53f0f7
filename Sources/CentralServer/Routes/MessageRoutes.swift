import CentralStore
import EntryModel
import HTTPTypes
import Hummingbird
import NIOCore

/// `POST /v1/enrol`, `/v1/push`, `/v1/pull` and `/v1/handback`: a message in, the signed answer out.
///
/// All that a message means is decided by `Centre.answer`; here are only the bounds of HTTP.
/// - SeeAlso: Protocol/README.md, "HTTP surface".
struct MessageRoutes {
    static let prefix = "/v1/"
    /// What stations may send by this road.
    static let kinds: [MessageKind] = [.enrol, .push, .pull, .handback]
    /// Answers up to this size go out as they are: packing them saves nothing worth the time.
    static let packingThresholdBytes = 1 << 10

    /// How long a refused stranger waits at least. Looking into a store takes longer than finding that there is none, above all when it has to
    /// be opened first, and nobody shall learn from that whose entries are kept here.
    static let refusalTime = Duration.milliseconds(100)

    var centre: Centre
    var body: MessageBody
    /// Bodies that may arrive at once; many, because a slow sender holds its place for long.
    var arriving: WorkLimit
    /// Messages that may be in work at once; each holds a few megabytes.
    var working: WorkLimit
    /// Answers that may be on their way at once.
    var answering: WorkLimit
    /// How often one station may come; `nil` for no limit.
    var stations: RateLimit<UniqueID>?

    func add(to router: Router<CentreRequestContext>) {
        for kind in Self.kinds {
            router.post(RouterPath("\(Self.prefix)\(kind.rawValue)")) { request, _ in
                try await answer(kind, request)
            }
        }
    }

    private func answer(_ kind: MessageKind, _ request: Request) async throws -> Response {
        let message = try await read(request)
        let place = try answering.place()
        let packs = ContentCoding.acceptsGzip(request.headers[.acceptEncoding])
        let begun = ContinuousClock.now
        do {
            try working.enter()
            defer { working.leave() }
            return try await Self.answer(centre, kind, message, packs: packs, stations).response(holding: place)
        } catch let problem as Problem where problem.code == .notEnrolled {
            try await Task.sleep(until: begun + Self.refusalTime)
            throw problem
        }
    }

    private func read(_ request: Request) async throws -> [UInt8] {
        try arriving.enter()
        defer { arriving.leave() }
        return try await body.read(request)
    }

    /// Parsing, hashing, signing and packing take milliseconds of a core, so they run on the concurrent pool, wherever the caller stands.
    @concurrent
    private static func answer(
        _ centre: Centre, _ kind: MessageKind, _ message: [UInt8], packs: Bool, _ stations: RateLimit<UniqueID>?
    ) async throws -> Answer {
        let answer = try await centre.answer(kind, message) { station throws(Problem) in try stations?.enter(station) }
        guard packs, answer.count > packingThresholdBytes else { return Answer(isPacked: false, bytes: answer) }
        return Answer(isPacked: true, bytes: Gzip.compress(answer))
    }

    private struct Answer {
        var isPacked: Bool
        var bytes: [UInt8]

        /// - Parameter place: Given back once the last byte is on its way, or the connection is gone.
        func response(holding place: WorkLimit.Place) -> Response {
            var headers: HTTPFields = [.contentType: Envelope.mediaType, .cacheControl: "no-store", .vary: "Accept-Encoding"]
            if isPacked { headers[.contentEncoding] = "gzip" }
            let buffer = ByteBuffer(bytes: bytes)
            let body = ResponseBody(contentLength: buffer.readableBytes) { writer in
                try await writer.write(buffer)
                // Waits until the client has taken nearly all of it.
                try await writer.finish(nil)
                withExtendedLifetime(place) {}
            }
            return Response(status: .ok, headers: headers, body: body)
        }
    }
}

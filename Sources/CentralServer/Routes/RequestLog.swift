import HTTPTypes
import Hummingbird
import Logging
import Metrics

/// One line a request: what came, how it ended, how long it took. No bodies, no header values, no paths but the known ones, since
/// anything a sender chose might be about a person.
///
/// Each request has an id of the server's own making, which every line about it has and the answer gives back in `X-Request-Id`, so that
/// somebody who reports a failure can name it. One that a sender gives is not taken: it would be the sender's words in the log.
struct RequestLog: RouterMiddleware {
    typealias Context = CentreRequestContext

    /// What Hummingbird calls the id in the log's metadata.
    static let idKey = "hb.request.id"
    static let idHeader = HTTPField.Name("X-Request-Id")

    /// Where requests are counted too; `nil` for nowhere.
    var metrics: (any MetricsFactory)?

    func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var response = try await next(request, context)
        // A log that keeps nothing keeps no id either; the answer has one all the same.
        let id = context.logger[metadataKey: Self.idKey]?.description ?? RequestID().description
        if let header = Self.idHeader { response.headers[header] = id }
        let elapsed = ContinuousClock.now - start
        let took = elapsed.components
        let method = Self.known.contains(request.method) ? request.method.rawValue : "other"
        let route = context.endpointPath ?? "none"
        metrics?.answered(method: method, route: route, status: response.status.code, elapsed)
        context.logger.log(
            level: request.uri.path.hasPrefix(HealthRoutes.path) ? .debug : .info, "request",
            metadata: [
                "method": "\(method)",
                "route": "\(route)",
                "status": "\(response.status.code)",
                "bytes": "\(response.body.contentLength ?? -1)",
                "ms": "\(took.seconds * 1000 + took.attoseconds / 1_000_000_000_000_000)",
            ])
        return response
    }

    private static let known: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options, .trace, .connect]
}

import HTTPTypes
import Hummingbird
import Logging

/// One line a request: what came, how it ended, how long it took. No bodies, no header values, no paths but the known ones, since
/// anything a sender chose might be about a person.
struct RequestLog: RouterMiddleware {
    typealias Context = CentreRequestContext

    func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(request, context)
        let took = (ContinuousClock.now - start).components
        context.logger.log(
            level: request.uri.path == HealthRoutes.path ? .debug : .info, "request",
            metadata: [
                "method": "\(Self.known.contains(request.method) ? request.method.rawValue : "other")",
                "route": "\(context.endpointPath ?? "none")",
                "status": "\(response.status.code)",
                "bytes": "\(response.body.contentLength ?? -1)",
                "ms": "\(took.seconds * 1000 + took.attoseconds / 1_000_000_000_000_000)",
            ])
        return response
    }

    private static let known: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options, .trace, .connect]
}

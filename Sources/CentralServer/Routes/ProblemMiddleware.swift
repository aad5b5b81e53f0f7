import EntryModel
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Turns whatever a route throws into a problem of the catalogue, so that nothing but `application/problem+json` says that a request failed.
struct ProblemMiddleware: RouterMiddleware {
    typealias Context = CentreRequestContext

    func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            return respond(to: error, request, context)
        }
    }

    private func respond(to error: any Error, _ request: Request, _ context: Context) -> Response {
        let problem = problem(error, request, context)
        var response = problem.response
        switch problem.code {
        case .internalError, .storageFull:
            // Whoever is called for it has nothing but the log.
            context.logger.error(
                "A request failed", metadata: ["problem": "\(problem.code.rawValue)", "reason": "\(problem.detail ?? "none is known")"])
        case .methodNotAllowed: response.headers[.allow] = Self.allowed(request.uri.path)
        case .unsupportedMedia: response.headers[.acceptEncoding] = "gzip, identity"
        case .tooLarge, .rateLimited, .busy:
            // The rest of the body may still be on its way, and nobody wants it.
            response.headers[.connection] = "close"
            context.closeSoon()
        default: break
        }
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func problem(_ error: any Error, _ request: Request, _ context: Context) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case let error as HTTPError where error.status == .notFound:
            return Self.allowed(request.uri.path) == nil ? Problem(.notFound) : Problem(.methodNotAllowed)
        case let error as HTTPError where error.status.code < 500: return Problem(.malformed)
        case is CancellationError: return Problem(.busy, "the centre is stopping")
        default:
            // The error's text might quote a value, its type does not.
            return Problem(.internalError, "\(type(of: error))")
        }
    }

    /// The methods that a path takes, once another one has found nothing there.
    /// - Returns: `nil` when the path has none at all, or the method was right and the path's end is wrong.
    private static func allowed(_ path: String) -> String? {
        let parts = path.split(separator: "/")
        if path == RemoteCall.path { return "POST" }
        if let health = HealthRoutes.allowed(parts) { return health }
        guard parts.count == 2, parts[0] == "v1", MessageRoutes.kinds.contains(where: { $0.rawValue == parts[1] }) else { return nil }
        return "POST"
    }
}

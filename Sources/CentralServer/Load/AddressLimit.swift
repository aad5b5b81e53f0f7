import EntryModel
import Hummingbird

/// Refuses what comes too fast from one address, before anything else is done for it; and closes the door once too many are inside.
struct AddressLimit: RouterMiddleware {
    typealias Context = CentreRequestContext

    /// What a request that was no station's costs besides: whoever guesses has few guesses.
    static let costOfGuessing = 20.0

    var rate: RateLimit<CallerAddress>?
    var rule: CallerRule
    var connections: ConnectionCount

    func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        // Whoever watches the server has to see it when it is overrun.
        guard !HealthRoutes.isHealth(request.uri.path) else { return try await next(request, context) }
        if connections.isOver { throw Problem(.busy, "too many connections are open") }
        guard let rate, let caller = rule.caller(context.peer, request.headers) else { return try await next(request, context) }
        try rate.enter(caller)
        do {
            let response = try await next(request, context)
            // A token of the staff that opens nothing.
            if response.status == .unauthorized { rate.charge(caller, Self.costOfGuessing) }
            return response
        } catch let problem as Problem {
            switch problem.code {
            case .notEnrolled, .badSignature, .invitationUnknown, .malformed: rate.charge(caller, Self.costOfGuessing)
            default: break
            }
            throw problem
        }
    }
}

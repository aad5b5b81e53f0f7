import ArgumentParser
import CentralStore
import EntryModel
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// `POST /admin/v1/command`: the administration commands for staff who are somewhere else. The same commands, with the same answers; whose they
/// are is told by a token, what they may do by roles.
struct StaffRoutes {
    var centre: Centre
    /// Each may collect megabytes.
    var working: WorkLimit

    func add(to router: Router<CentreRequestContext>) {
        router.post(RouterPath(RemoteCall.path)) { request, context in
            do {
                return try await answer(request, context)
            } catch let refusal as StaffRefusal {
                return Self.response(to: refusal)
            }
        }
    }

    private func answer(_ request: Request, _ context: CentreRequestContext) async throws -> Response {
        guard let token = Self.token(request.headers[.authorization]), let account = try await centre.staff(presenting: token)
        else { throw StaffRefusal.unknown }
        let place = try working.place()
        defer { withExtendedLifetime(place) {} }
        let body = try await request.body.collect(upTo: RemoteCall.greatestBytes)
        guard let call = try? JSONDecoder().decode(RemoteCall.self, from: Data(body.readableBytesView)) else { throw Problem(.malformed) }
        let outcome = try await run(call, account)
        context.logger.info(
            "staff call",
            metadata: ["staff": "\(account.id)", "command": "\(Self.command(call.arguments))", "exit": "\(outcome.exit)"])
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let bytes = try encoder.encode(outcome)
        return Response(
            status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    private func run(_ call: RemoteCall, _ account: StaffAccount) async throws -> RemoteOutcome {
        let collected = CollectedOutput()
        do {
            let parsed = try CentralCommand.parseAsRoot(call.arguments)
            guard var command = parsed as? any RemoteCommand else { throw StaffRefusal.onlyHere }
            let permission = command.permission
            guard account.may(permission) else { throw StaffRefusal.notPermitted(permission) }
            let files = (call.files ?? [:]).mapValues { Array($0.utf8) }
            let session = StaffSession(account: account, centre: centre, permission: permission, files: files)
            try await StaffSession.$current.withValue(session) {
                // Nobody sits at this machine to be asked; what takes something away needs --yes.
                let nobody = Person(isThere: { false }, answer: { nil })
                try await Person.$current.withValue(nobody) {
                    try await Output.$current.withValue(collected.output) { try await command.run() }
                }
            }
            return collected.outcome(exit: 0, message: "")
        } catch let refusal as StaffRefusal {
            throw refusal
        } catch {
            // Help is an error too, to the parser of arguments, and goes to standard output.
            let ending = CentralCommand.ending(of: error)
            return collected.outcome(exit: ending.code, message: ending.message + "\n")
        }
    }

    private static func token(_ header: String?) -> String? {
        let parts = (header ?? "").split(separator: " ")
        return parts.count == 2 && parts[0].lowercased() == "bearer" ? String(parts[1]) : nil
    }

    /// The words of a command without its arguments, which may be about people.
    private static func command(_ arguments: [String]) -> String {
        let known = Set(CentralCommand.configuration.subcommands.compactMap { $0.configuration.commandName })
        return arguments.first.flatMap { known.contains($0) ? $0 : nil } ?? "other"
    }

    private static func response(to refusal: StaffRefusal) -> Response {
        let (status, code): (HTTPResponse.Status, String) =
            switch refusal {
            case .unknown: (.unauthorized, "not-staff")
            case .notPermitted: (.forbidden, "not-permitted")
            case .onlyHere: (.notFound, "not-found")
            }
        let document = JSONValue.object([
            ("type", .string("urn:field-entry:problem:\(code)")), ("title", .string(refusal.description)),
            ("status", .integer(Int64(status.code))), ("code", .string(code)), ("retryable", .bool(false)),
            ("advice", .string("Ask an administrator of the centre.")),
        ])
        var headers: HTTPFields = [.contentType: Problem.mediaType, .cacheControl: "no-store"]
        if status == .unauthorized { headers[.wwwAuthenticate] = "Bearer" }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: document.line)))
    }
}

/// What a command writes, kept until it has ended.
private final class CollectedOutput: Sendable {
    private let written = Mutex((output: "", remarks: ""))

    var output: Output {
        Output(
            result: { text in try self.add(text) { $0.output += text } },
            remark: { text in try self.add(text) { $0.remarks += text } })
    }

    private func add(_ text: String, _ change: (inout (output: String, remarks: String)) -> Void) throws {
        try written.withLock { written in
            guard written.output.utf8.count + written.remarks.utf8.count + text.utf8.count <= RemoteOutcome.greatestBytes else {
                throw Refusal("That is more than can be carried at once. Ask for less, or run the command on the centre's own machine.")
            }
            change(&written)
        }
    }

    func outcome(exit: Int32, message: String) -> RemoteOutcome {
        written.withLock { written in
            let isResult = exit == 0
            return RemoteOutcome(
                exit: exit, output: written.output + (isResult ? message : ""), remarks: written.remarks + (isResult ? "" : message))
        }
    }
}

import CentralStore
import EntryModel
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import TestSupport
import Testing

@testable import CentralServer

/// A centre in a folder of its own, with two clients and a small promotion, as the routes' tests need it.
struct TestCentre {
    static let form = Versioned(id: "summer", version: 1)

    let folder: TemporaryFolder
    let centre: Centre

    init() async throws {
        folder = try TemporaryFolder("central")
        centre = try Centre(directory: folder.file("data"))
        for client in ["brightfizz", "other"] {
            try await centre.addClient(client, name: client)
            let vault = try #require(try await centre.vault(client))
            try await vault.putPromotion(try Self.document(client: client).line)
        }
    }

    /// A promotion with three fields; open for as long as these tests will run.
    static func document(client: String, version: Int64 = 1) throws -> (text: String, line: [UInt8]) {
        let text = """
            {"id": "summer", "version": \(version), "client": "\(client)", "name": "Summer Splash", "kind": "client",
             "dates": {"opens": "2026-01-01", "closes": "2099-01-01", "concludes": "2099-12-31"},
             "timeZone": "America/Chicago", "sharing": "all", "privacyPolicy": "privacy/1",
             "form": {"fields": [
               {"id": "given_name", "kind": "personName", "label": "First name"},
               {"id": "city", "kind": "city", "label": "City"},
               {"id": "client_opt_in", "kind": "consent", "label": "May we write to you?", "purpose": "client",
                "wording": {"id": "news", "version": 1, "text": "Yes, write to me."}}
             ]}}
            """
        return (text, try Promotion.read(file: Array(text.utf8)).line)
    }

    /// - Parameter logger: `nil` for one that drops everything.
    func application(_ limits: CentreApplication.Limits = .init(), logger: Logger? = nil) -> some ApplicationProtocol {
        var silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        silent.logLevel = .critical
        return CentreApplication(centre: centre, limits: limits, logger: logger ?? silent)
            .build(address: ListenAddress(host: "127.0.0.1", port: 0))
    }

    /// Enrols a station over the routes.
    func enrol(_ name: String, client: String = "brightfizz", _ http: any TestClientProtocol) async throws -> TestStation {
        let code = try await centre.invite(client: client, name: name, url: "http://127.0.0.1:1")
        let key = SigningKey()
        let answer = try await http.send(.enrol, try TestStation.enrolMessage(code, key: key))
        let message = try self.answer(answer, kind: .enrolAnswer)
        let enrolled = try EnrolAnswer(line: message.lines[0])
        return TestStation(key: key, vault: enrolled.vault, id: enrolled.station)
    }

    /// Enrols a station without HTTP.
    func enrol(_ code: EnrolmentCode) async throws -> TestStation {
        let key = SigningKey()
        let answer = try SignedMessage(try await centre.answer(.enrol, try TestStation.enrolMessage(code, key: key)))
        let enrolled = try EnrolAnswer(line: answer.lines[0])
        return TestStation(key: key, vault: enrolled.vault, id: enrolled.station)
    }

    /// The signed message of a response that has to be one.
    func answer(_ response: TestResponse, kind: MessageKind) throws -> SignedMessage {
        try #require(response.status == .ok, "\(String(buffer: response.body))")
        #expect(response.headers[.contentType] == Envelope.mediaType)
        var bytes = Array(response.body.readableBytesView)
        if response.headers[.contentEncoding] == "gzip" { bytes = try Gzip.inflate(bytes, limit: Envelope.Limits.answerBytes) }
        let message = try SignedMessage(bytes)
        #expect(message.isSigned(by: centre.signingKey.publicKey, as: kind))
        return message
    }

    /// Pushes all that a station has and takes the answer in.
    func push(_ station: inout TestStation, _ http: any TestClientProtocol) async throws -> PushAnswer {
        let response = try await http.send(.push, try station.push())
        let answer = try PushAnswer(line: try self.answer(response, kind: .pushAnswer).lines[0])
        try station.acknowledge(answer)
        return answer
    }
}

extension TestClientProtocol {
    /// Sends a message as a station does.
    func send(_ kind: MessageKind, _ message: [UInt8], headers: HTTPFields = [:]) async throws -> TestResponse {
        var fields = headers
        if fields[.contentType] == nil { fields[.contentType] = Envelope.mediaType }
        return try await execute(uri: "/v1/\(kind.rawValue)", method: .post, headers: fields, body: ByteBuffer(bytes: message))
    }
}

/// Checks that a response is that problem, in its media type and with its status.
func expectProblem(_ response: TestResponse, _ code: Problem.Code, sourceLocation: SourceLocation = #_sourceLocation) throws {
    #expect(response.status.code == code.status, sourceLocation: sourceLocation)
    #expect(response.headers[.contentType] == Problem.mediaType, sourceLocation: sourceLocation)
    let problem = try #require(Problem(json: Array(response.body.readableBytesView)), sourceLocation: sourceLocation)
    #expect(problem.code == code, sourceLocation: sourceLocation)
}

import CentralStore
import EntryModel
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import TestSupport
import Testing

@testable import CentralServer

@Suite("Problems over HTTP")
struct ProblemTests {
    private let form = TestCentre.form

    @Test("what is no message is malformed", arguments: [MessageKind.enrol, .push, .pull])
    func malformed(_ kind: MessageKind) async throws {
        let test = try await TestCentre()
        try await test.application().test(.router) { http in
            var random = SeededRandom(seed: 7)
            for body in [[], Array("{}\n".utf8), Array("hello".utf8), random.bytes(2000)] {
                try expectProblem(try await http.send(kind, body), .malformed)
            }
            let noGzip = try await http.send(kind, Array("not gzip".utf8), headers: [.contentEncoding: "gzip"])
            try expectProblem(noGzip, .malformed)
            // Signed, and of another kind than the address says.
            let key = SigningKey()
            let strange = try Envelope.seal(kind: kind, lines: [Array("{\"kind\":\"strange\",\"v\":1}".utf8)], key: key)
            try expectProblem(try await http.send(kind, strange), .malformed)
        }
    }

    @Test("a message without a signature, with a bad one or by another key changes nothing")
    func signatures() async throws {
        let test = try await TestCentre()
        try await test.application().test(.router) { http in
            var kiosk = try await test.enrol("Kiosk 1", http)
            try kiosk.capture(form, [("given_name", .text("Ann"))])
            let message = try kiosk.push()
            try expectProblem(try await http.send(.push, Array(message.dropLast(131))), .badSignature)
            var damaged = message
            damaged[damaged.count - 5] ^= 1
            let answer = try await http.send(.push, damaged)
            #expect([401, 400].contains(answer.status.code))
            try expectUnauthorized(try await http.send(.push, try kiosk.push(signedBy: SigningKey())))
            #expect(try await test.centre.vault("brightfizz")?.status().entries == 0)
            _ = try await test.push(&kiosk, http)
            #expect(try await test.centre.vault("brightfizz")?.status().entries == 1)
        }
    }

    @Test("a station of one client has no way into another's vault, and does not learn whether it exists")
    func otherClient() async throws {
        let test = try await TestCentre()
        try await test.application().test(.router) { http in
            var kiosk = try await test.enrol("Kiosk 1", http)
            try kiosk.capture(form, [("given_name", .text("Ann"))])
            let existing = try await http.send(.push, try kiosk.push(for: "other"))
            let missing = try await http.send(.push, try kiosk.push(for: "nobody"))
            try expectUnauthorized(existing)
            #expect(existing.body == missing.body)
            #expect(existing.status == missing.status)
            #expect(try await test.centre.vault("other")?.status().changes == test.centre.vault("brightfizz")?.status().changes)
        }
    }

    private func expectUnauthorized(_ response: TestResponse, sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(response.status == .unauthorized, sourceLocation: sourceLocation)
        let problem = try #require(Problem(json: Array(response.body.readableBytesView)), sourceLocation: sourceLocation)
        #expect([.notEnrolled, .badSignature].contains(problem.code), sourceLocation: sourceLocation)
    }

    @Test("another version of the protocol is not spoken")
    func version() async throws {
        let test = try await TestCentre()
        try await test.application().test(.router) { http in
            let kiosk = try await test.enrol("Kiosk 1", http)
            let line = String(decoding: try SignedMessage(try kiosk.pull()).lines[0], as: UTF8.self)
            let future = line.replacing("\"v\":1,", with: "\"v\":2,")
            #expect(future != line)
            let message = try Envelope.seal(kind: .pull, lines: [Array(future.utf8)], key: kiosk.key)
            try expectProblem(try await http.send(.pull, message), .unsupportedVersion)
        }
    }

    @Test("what is too large is refused as it is, packed, and as a few bytes that would unpack to many")
    func tooLarge() async throws {
        let test = try await TestCentre()
        try await test.application().test(.router) { http in
            let limits = MessageBody.Limits()
            let large = [UInt8](repeating: UInt8(ascii: "a"), count: limits.bytes + 1)
            try expectProblem(try await http.send(.push, large), .tooLarge)
            let bomb = Gzip.compress(large)
            #expect(bomb.count < 10_000)
            try expectProblem(try await http.send(.push, bomb, headers: [.contentEncoding: "gzip"]), .tooLarge)
            var random = SeededRandom(seed: 1)
            let noise = Gzip.compress(random.bytes(limits.packedBytes + 1))
            try expectProblem(try await http.send(.push, noise, headers: [.contentEncoding: "gzip"]), .tooLarge)
            // One byte less is read, and found to be no message.
            let answer = try await http.send(.push, Array(large.dropLast()))
            #expect(answer.status != .contentTooLarge)
        }
    }

    @Test("a large body is refused over a socket too, and the connection ends")
    func tooLargeLive() async throws {
        let test = try await TestCentre()
        try await test.application().test(.live) { http in
            let response = try await http.send(.push, [UInt8](repeating: 0, count: 3 << 20))
            try expectProblem(response, .tooLarge)
            #expect(response.headers[.connection] == "close")
        }
    }

    @Test("other methods, other addresses and other media types are problems as well")
    func addresses() async throws {
        let test = try await TestCentre()
        try await test.application().test(.router) { http in
            for method in [HTTPRequest.Method.get, .put, .delete] {
                let response = try await http.execute(uri: "/v1/push", method: method)
                try expectProblem(response, .methodNotAllowed)
                #expect(response.headers[.allow] == "POST")
            }
            let head = try await http.execute(uri: "/v1/pull", method: .head)
            #expect(head.status == .methodNotAllowed)
            #expect(head.body.readableBytes == 0)
            try expectProblem(try await http.execute(uri: "/health", method: .post), .methodNotAllowed)
            for uri in ["/", "/v1", "/v1/push/x", "/v2/push", "/v1/erase"] {
                try expectProblem(try await http.execute(uri: uri, method: .post), .notFound)
            }
            try expectProblem(try await http.send(.push, [], headers: [.contentType: "application/json"]), .unsupportedMedia)
            try expectProblem(try await http.execute(uri: "/v1/push", method: .post, body: ByteBuffer(bytes: [1])), .unsupportedMedia)
            let coded = try await http.send(.push, [1], headers: [.contentEncoding: "br"])
            try expectProblem(coded, .unsupportedMedia)
            #expect(coded.headers[.acceptEncoding] == "gzip, identity")
        }
    }

    @Test("a centre with all hands full says so, and when to come again")
    func busy() async throws {
        let test = try await TestCentre()
        var noneArrives = CentreApplication.Limits()
        noneArrives.arriving = 0
        var noneIsInWork = CentreApplication.Limits()
        noneIsInWork.working = 0
        for limits in [noneArrives, noneIsInWork] {
            try await test.application(limits).test(.router) { http in
                let response = try await http.send(.push, [])
                try expectProblem(response, .busy)
                #expect(response.headers[.retryAfter] == "2")
            }
        }
    }

    @Test("a body that does not arrive in time does not hold its place for ever")
    func slow() async throws {
        var limits = MessageBody.Limits()
        limits.arrival = .milliseconds(50)
        let (stream, source) = AsyncStream<ByteBuffer>.makeStream()
        source.yield(ByteBuffer(string: "first of many"))
        let request = Request(
            head: HTTPRequest(
                method: .post, scheme: "http", authority: "localhost", path: "/v1/push", headerFields: [.contentType: Envelope.mediaType]),
            body: RequestBody(asyncSequence: stream))
        let problem = await #expect(throws: Problem.self) { try await MessageBody(limits: limits).read(request) }
        #expect(problem?.code == .busy)
        source.finish()
    }

    @Test("a body that breaks off is malformed, and no failure of the centre")
    func broken() async throws {
        struct Reset: Error {}
        let (stream, source) = AsyncThrowingStream<ByteBuffer, any Error>.makeStream()
        source.yield(ByteBuffer(string: "first of many"))
        source.finish(throwing: Reset())
        let request = Request(
            head: HTTPRequest(
                method: .post, scheme: "http", authority: "localhost", path: "/v1/push", headerFields: [.contentType: Envelope.mediaType]),
            body: RequestBody(asyncSequence: stream))
        let problem = await #expect(throws: Problem.self) { try await MessageBody().read(request) }
        #expect(problem?.code == .malformed)
    }

    @Test("places are given back, whatever came of the message")
    func places() throws {
        let limit = WorkLimit(2)
        try limit.enter()
        try limit.enter()
        #expect(throws: Problem.self) { try limit.enter() }
        limit.leave()
        try limit.enter()
    }

    @Test("an unexpected failure is an internal error that quotes nothing")
    func unexpected() async throws {
        struct Leak: Error, CustomStringConvertible { var description: String { "Ann Smith, 12 Elm Street" } }
        let router = Router(context: CentreRequestContext.self)
        router.add(middleware: ProblemMiddleware())
        router.get("/v1/leak") { _, _ -> String in throw Leak() }
        try await Application(router: router).test(.router) { http in
            let response = try await http.execute(uri: "/v1/leak", method: .get)
            try expectProblem(response, .internalError)
            #expect(!String(buffer: response.body).contains("Ann"))
            #expect(response.headers[.retryAfter] == "10")
        }
    }
}

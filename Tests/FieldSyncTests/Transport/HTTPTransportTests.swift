import EntryModel
import TestSupport
import Testing

@testable import FieldSync

@Suite struct HTTPTransportTests {
    /// Long enough to shrink when it is packed; what does not goes as it is.
    private static let message = Array(String(repeating: "{\"kind\":\"push\"}\n", count: 30).utf8)

    /// Sends one push to a server that replies so.
    private static func exchange(
        timeouts: HTTPTransport.Timeouts = .init(connectMilliseconds: 20_000, requestMilliseconds: 20_000),
        _ reply: @escaping @Sendable (Int, ScriptedServer.Request) -> ScriptedServer.Reply
    ) async throws -> (Result<TransportAnswer, TransportFailure>, [ScriptedServer.Request]) {
        let server = try ScriptedServer(reply)
        defer { server.close() }
        let transport = HTTPTransport(url: server.address + "/", timeouts: timeouts)
        do {
            let answer = try await transport.send(.push, message)
            try await transport.close()
            return (.success(answer), server.requests)
        } catch let failure as TransportFailure {
            try await transport.close()
            #expect(failure.address == server.address)
            return (.failure(failure), server.requests)
        }
    }

    /// Why the exchange failed; `nil` when it did not.
    private static func code(
        timeouts: HTTPTransport.Timeouts = .init(connectMilliseconds: 20_000, requestMilliseconds: 20_000),
        _ reply: ScriptedServer.Reply
    ) async throws -> TransportFailure.Code? {
        guard case .failure(let failure) = try await exchange(timeouts: timeouts, { _, _ in reply }).0 else { return nil }
        return failure.code
    }

    @Test("a message goes packed to its own address, and the packed answer comes back as it was")
    func roundTrip() async throws {
        let (result, requests) = try await Self.exchange { _, _ in .message(Array("answer\n".utf8), ["retry-after": "7"]) }
        let answer = try result.get()
        #expect(answer.status == 200)
        #expect(answer.body == Array("answer\n".utf8))
        #expect(!answer.isProblem)
        #expect(answer.retryAfterMilliseconds == 7000)
        let request = try #require(requests.first)
        #expect(request.head.hasPrefix("post /v1/push http/1.1\r\n"))
        #expect(request.head.contains("content-type: application/vnd.fieldentry"))
        #expect(request.head.contains("content-encoding: gzip"))
        #expect(request.head.contains("accept-encoding: gzip"))
        #expect(try Gzip.inflate(request.body, limit: 1000) == Self.message)
    }

    @Test("what a large body took tells whether answers are worth packing; a small one tells nothing")
    func linkSpeed() {
        var speed = LinkSpeed()
        #expect(!speed.isFast)
        speed.note(bytes: 200_000, in: .milliseconds(2))
        #expect(speed.isFast)
        speed.note(bytes: 20_000, in: .seconds(3))
        #expect(speed.isFast)
        speed.note(bytes: 200_000, in: .milliseconds(20))
        #expect(!speed.isFast)
    }

    @Test("answers are asked for plain while large ones come in fast, and packed again as soon as one is slow")
    func asksByLink() async throws {
        let large = [UInt8](repeating: UInt8(ascii: "x"), count: 300_000)
        guard case .bytes(let whole) = ScriptedServer.Reply.answer(200, ["content-type": Envelope.mediaType], large) else { return }
        let parts = [Array(whole[..<100_000]), Array(whole[100_000...])]
        let server = try ScriptedServer { _, request in
            request.head.contains("accept-encoding: gzip") ? .bytes(whole) : .slowly(parts, pauseMilliseconds: 50)
        }
        defer { server.close() }
        let transport = HTTPTransport(url: server.address)
        // On a busy machine even the loopback is slow at times.
        for _ in 0..<200 where !(server.requests.last?.head.contains("accept-encoding: identity") ?? false) {
            #expect(try await transport.send(.pull, Self.message).body == large)
        }
        #expect(server.requests.first?.head.contains("accept-encoding: gzip") ?? false)
        #expect(server.requests.last?.head.contains("accept-encoding: identity") ?? false)
        #expect(try await transport.send(.pull, Self.message).body == large)
        #expect(server.requests.last?.head.contains("accept-encoding: gzip") ?? false)
        try await transport.close()
    }

    @Test("an answer that is not packed is taken as well")
    func identity() async throws {
        let (result, _) = try await Self.exchange { _, _ in
            .answer(200, ["content-type": "Application/vnd.fieldentry; charset=utf-8"], Array("x\n".utf8))
        }
        #expect(try result.get().body == Array("x\n".utf8))
    }

    @Test("connections are kept: two requests, one connection")
    func keepsConnections() async throws {
        let server = try ScriptedServer { _, _ in .message([1]) }
        defer { server.close() }
        let transport = HTTPTransport(url: server.address)
        for _ in 0..<5 { _ = try await transport.send(.pull, Self.message) }
        try await transport.close()
        #expect(server.requests.count == 5)
        #expect(server.requests.allSatisfy { $0.head.hasPrefix("post /v1/pull ") })
    }

    @Test("a problem is told apart from a message, with its Retry-After", arguments: [Problem.Code.busy, .notEnrolled, .malformed])
    func problem(code: Problem.Code) async throws {
        let (result, _) = try await Self.exchange { _, _ in .problem(Problem(code, "detail"), ["retry-after": "2"]) }
        let answer = try result.get()
        #expect(answer.isProblem)
        #expect(answer.status == code.status)
        #expect(answer.retryAfterMilliseconds == 2000)
        #expect(Problem(json: answer.body) == Problem(code, "detail"))
    }

    @Test("a Retry-After that makes no sense is none", arguments: ["", "soon", "-1", "99999999999999999999", "86401"])
    func oddRetryAfter(value: String) async throws {
        let (result, _) = try await Self.exchange { _, _ in .message([1], ["retry-after": value]) }
        #expect(try result.get().retryAfterMilliseconds == nil)
    }

    @Test("a gateway that fails in its own words is a problem without a document", arguments: [502, 503, 504, 429])
    func gateway(status: Int) async throws {
        let (result, _) = try await Self.exchange { _, _ in
            .answer(status, ["content-type": "text/html"], Array("<h1>Bad gateway</h1>".utf8))
        }
        let answer = try result.get()
        #expect(answer.isProblem)
        #expect(answer.status == status)
        #expect(Problem(json: answer.body) == nil)
    }

    @Test("a login page is not a centre, nor is a redirect, which is not followed")
    func notFieldEntry() async throws {
        let page = Array("<html>Please sign in</html>".utf8)
        #expect(try await Self.code(.answer(200, ["content-type": "text/html"], page)) == .notFieldEntry)
        #expect(try await Self.code(.answer(404, ["content-type": "text/plain"])) == .notFieldEntry)
        #expect(try await Self.code(.answer(307, ["location": "http://127.0.0.1:9/"])) == .notFieldEntry)
        #expect(try await Self.code(.answer(200)) == .notFieldEntry)
        #expect(
            try await Self.code(.answer(200, ["content-type": Envelope.mediaType, "content-encoding": "br"], page)) == .notFieldEntry)
    }

    @Test("what is not HTTP at all is not a centre")
    func notHTTP() async throws {
        #expect(try await Self.code(.bytes(Array("220 mail.example.org ESMTP\r\n\r\n".utf8))) == .notFieldEntry)
    }

    @Test("an answer over the limit is refused, packed or not, whatever length it announces")
    func tooLarge() async throws {
        let limit = Envelope.Limits.answerBytes
        let media = ["content-type": Envelope.mediaType]
        #expect(try await Self.code(.answer(200, media, [UInt8](repeating: 32, count: limit + 1))) == .tooLarge)
        #expect(try await Self.code(.message([UInt8](repeating: 32, count: limit + 1))) == .tooLarge)
        #expect(try await Self.code(.answer(200, media, [UInt8](repeating: 32, count: limit + 5000))) == .tooLarge)
        let (result, _) = try await Self.exchange { _, _ in .message([UInt8](repeating: 32, count: limit)) }
        #expect(try result.get().body.count == limit)
    }

    @Test("an answer that was damaged on the way may be asked for again")
    func damaged() async throws {
        var packed = Gzip.compress(Self.message)
        packed[packed.count - 6] ^= 1
        let headers = ["content-type": Envelope.mediaType, "content-encoding": "gzip"]
        #expect(try await Self.code(.answer(200, headers, packed)) == .unreachable)
    }

    @Test("a connection that breaks before, or in the middle of, the answer")
    func broken() async throws {
        #expect(try await Self.code(.close) == .unreachable)
        let server = try ScriptedServer { _, _ in
            .bytes(ScriptedServer.Reply.head(200, ["content-type": Envelope.mediaType, "connection": "close"], length: 100) + [1, 2, 3])
        }
        let transport = HTTPTransport(url: server.address, timeouts: .init(requestMilliseconds: 700))
        let failure = await #expect(throws: TransportFailure.self) { try await transport.send(.push, Self.message) }
        #expect(failure?.isRetryable == true)
        server.close()
        try await transport.close()
    }

    @Test("no answer in time, none at all or one that drips")
    func timeout() async throws {
        let short = HTTPTransport.Timeouts(connectMilliseconds: 20_000, requestMilliseconds: 300)
        let clock = ContinuousClock()
        let before = clock.now
        #expect(try await Self.code(timeouts: short, .silence) == .timeout)
        let head = ScriptedServer.Reply.head(200, ["content-type": Envelope.mediaType], length: 50)
        let drops = [head] + Array(repeating: [UInt8(32)], count: 50)
        let dripping = try await Self.code(timeouts: short, .slowly(drops, pauseMilliseconds: 100))
        #expect(dripping == .timeout)
        #expect(clock.now - before < .seconds(20))
    }

    @Test("nothing listens, or the name is unknown: said at once, not after the time to connect")
    func unreachable() async throws {
        let clock = ContinuousClock()
        let before = clock.now
        let transport = HTTPTransport(url: try ScriptedServer.deadAddress(), timeouts: .init(connectMilliseconds: 29_000))
        let failure = await #expect(throws: TransportFailure.self) { try await transport.send(.push, Self.message) }
        #expect(failure?.code == .unreachable)
        #expect(clock.now - before < .seconds(15))
        try await transport.close()
    }

    @Test("what is asked for TLS and speaks something else")
    func tls() async throws {
        let server = try ScriptedServer(greeting: Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)) { _, _ in .close }
        defer { server.close() }
        let transport = HTTPTransport(
            url: "https://127.0.0.1:\(server.port)", timeouts: .init(connectMilliseconds: 20_000, requestMilliseconds: 20_000))
        let failure = await #expect(throws: TransportFailure.self) { try await transport.send(.push, Self.message) }
        #expect(failure?.code == .tls)
        try await transport.close()
    }

    @Test("what is no address is said to be none", arguments: ["", "centre", "ftp://centre", "http://"])
    func noAddress(url: String) async throws {
        let transport = HTTPTransport(url: url)
        let failure = await #expect(throws: TransportFailure.self) { try await transport.send(.push, Self.message) }
        #expect(failure?.isRetryable == false)
        try await transport.close()
    }

    @Test("a cancelled request ends at once")
    func cancelled() async throws {
        let server = try ScriptedServer { _, _ in .silence }
        defer { server.close() }
        let transport = HTTPTransport(url: server.address)
        let task = Task { try await transport.send(.push, Self.message) }
        while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        try await transport.close()
    }

    @Test("every failure has a sentence with the address and something to do", arguments: TransportFailure.Code.allCases)
    func sentences(code: TransportFailure.Code) {
        let text = TransportFailure(code, address: "http://centre.example.org", detail: "detail").description
        #expect(text.contains("http://centre.example.org"))
        #expect(text.contains("(detail)"))
        #expect(text.hasSuffix("."))
    }
}

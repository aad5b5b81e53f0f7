import CentralStore
import Dispatch
import EntryModel
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import TestSupport
import Testing

@testable import CentralServer

/// Clients that take their time, or more than their share, so that the server would run out of room.
@Suite("Slow clients and too many of them")
struct SlowClientTests {
    /// What a test waits for takes a fraction of this; a loaded machine takes longer than a quiet one.
    private static let patience = 20.0

    /// Sockets wait, and must not do so on the threads that tasks share.
    private func aside<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Swift.Result { try work() }) }
        }
    }

    /// Sends something every 50 ms until the other side ends the connection.
    /// - Returns: Seconds until then; `nil` when it lasts too long.
    private func trickle(_ beginning: String, port: UInt16) async throws -> Double? {
        try await aside {
            let connection = try LoopbackSocket.connection(port: port, timeoutSeconds: 1)
            let start = ContinuousClock.now
            connection.send(Array(beginning.utf8))
            while true {
                let seconds = Double(start.duration(to: .now).components.seconds)
                guard seconds < Self.patience else { return nil }
                usleep(50_000)
                // The first byte after the other side has closed is still taken; it is answered by a reset.
                if !connection.send(Array("x".utf8)) { return seconds }
            }
        }
    }

    @Test(
        "a head, or a body, that trickles in is cut off in time, and so is a connection that says nothing",
        arguments: [
            "POST /v1/push HTTP/1.1\r\nX-Slow: ",
            "POST /v1/push HTTP/1.1\r\nHost: h\r\nContent-Type: \(Envelope.mediaType)\r\nContent-Length: 100000\r\n\r\n",
            "",
        ])
    func trickles(_ beginning: String) async throws {
        let test = try await TestCentre()
        var limits = CentreApplication.Limits()
        limits.firstHead = .milliseconds(400)
        limits.request = .milliseconds(400)
        try await test.application(limits).test(.live) { http in
            let port = try #require(http.port.flatMap { UInt16(exactly: $0) })
            if beginning.isEmpty {
                let ended = try await aside {
                    let connection = try LoopbackSocket.connection(port: port, timeoutSeconds: Int(Self.patience))
                    guard case .end = connection.receive() else { return false }
                    return true
                }
                #expect(ended)
            } else {
                #expect(try await trickle(beginning, port: port) != nil)
            }
        }
    }

    @Test("a client that does not read its answers is cut off in time, with most of them unsent")
    func readsNothing() async throws {
        let test = try await TestCentre()
        var limits = CentreApplication.Limits()
        limits.request = .milliseconds(500)
        // The test's own connection waits meanwhile, however slow the machine is.
        limits.firstHead = .minutes(10)
        try await test.application(limits).test(.live) { http in
            let port = try #require(http.port.flatMap { UInt16(exactly: $0) })
            let answered = try await aside { () -> Int? in
                let connection = try LoopbackSocket.connection(port: port, timeoutSeconds: 3)
                // Some megabytes of answers, more than the system takes off the server's hands.
                let requests = Array(String(repeating: "GET /health HTTP/1.1\r\nHost: h\r\n\r\n", count: 1000).utf8)
                var sent = 0
                while sent < 200, connection.send(requests) { sent += 1 }
                // A busy machine needs a while to come to where it waits for this reader, and only then does the time run.
                sleep(10)
                var bytes = 0
                while true {
                    switch connection.receive() {
                    case .bytes(let more): bytes += more.count
                    case .end: return bytes
                    case .timeout: return nil
                    }
                }
            }
            // Each answer has more than 200 bytes; all of them would be more than 40 MB.
            let bytes = try #require(answered, "the connection was not ended")
            #expect(bytes < 40_000_000)
            #expect(try await http.execute(uri: "/health", method: .get).status == .ok)
        }
    }

    @Test("places for answers are bounded, and given back when an answer is taken or its connection is gone")
    func answers() async throws {
        let test = try await TestCentre()
        var limits = CentreApplication.Limits()
        limits.answering = 1
        try await test.application(limits).test(.live) { http in
            var station = try await test.enrol("Kiosk", http)
            for _ in 0..<10 {
                try station.capture(TestCentre.form, [("given_name", .text("Ann"))])
                _ = try await test.push(&station, http)
                #expect(try await http.send(.push, []).status == .badRequest)
            }
        }
        let limit = WorkLimit(1)
        var place: WorkLimit.Place? = try limit.place()
        #expect(throws: Problem.self) { try limit.place() }
        withExtendedLifetime(place) {}
        place = nil
        place = try limit.place()
        withExtendedLifetime(place) {}
    }

    @Test("with too many connections open, requests are told to come again and health still answers; with fewer all is as before")
    func tooManyConnections() async throws {
        let test = try await TestCentre()
        var limits = CentreApplication.Limits()
        limits.connections = 10
        try await test.application(limits).test(.live) { http in
            var station = try await test.enrol("Kiosk", http)
            try station.capture(TestCentre.form, [("given_name", .text("Ann"))])
            let port = try #require(http.port.flatMap { UInt16(exactly: $0) })
            var held = try (0..<12).map { _ in try LoopbackSocket.connection(port: port) }
            // They are counted once the server has taken them in, which it does by itself.
            for _ in 0..<400 where try await isAnswered(http) { try await Task.sleep(for: .milliseconds(10)) }
            let refused = try await aside { [message = try station.push()] in
                FuzzConnection.exchange(Self.request(message), port: port, endsThere: false, isHead: false)
            }
            guard case .reply(let reply) = refused else {
                Issue.record("no answer: \(refused)")
                return
            }
            #expect(reply.status == 503)
            #expect(reply.headers["retry-after"] == "2")
            #expect(reply.headers["connection"] == "close")
            #expect(Problem(json: reply.body)?.code == .busy)
            let health = try await aside {
                FuzzConnection.exchange(Array("GET /health HTTP/1.1\r\nHost: h\r\n\r\n".utf8), port: port, endsThere: false, isHead: false)
            }
            guard case .reply(let healthy) = health, healthy.status == 200 else {
                Issue.record("health does not answer: \(health)")
                return
            }
            for connection in held { connection.end() }
            held = []
            for _ in 0..<400 where try await !isAnswered(http) { try await Task.sleep(for: .milliseconds(10)) }
            let taken = try await aside { [message = try station.push()] in
                FuzzConnection.exchange(Self.request(message), port: port, endsThere: false, isHead: false)
            }
            guard case .reply(let accepted) = taken, accepted.status == 200 else {
                Issue.record("not taken: \(taken)")
                return
            }
        }
    }

    /// Whether a request gets as far as its message. Over a connection of its own, since a refusal ends it.
    private func isAnswered(_ http: any TestClientProtocol) async throws -> Bool {
        let port = try #require(http.port.flatMap { UInt16(exactly: $0) })
        let outcome = try await aside { FuzzConnection.exchange(Self.request([]), port: port, endsThere: false, isHead: false) }
        guard case .reply(let reply) = outcome else { return false }
        return reply.status != 503
    }

    @Test("a flood beyond what can be in hand is turned away with 503 and a time to come again; what was taken stays, the rest comes later")
    func flood() async throws {
        let test = try await TestCentre()
        var limits = CentreApplication.Limits()
        limits.working = 1
        limits.arriving = 2
        limits.connections = 30
        let application = test.application(limits)
        try await application.test(.live) { http in
            let port = try #require(http.port.flatMap { UInt16(exactly: $0) })
            var stations: [TestStation] = []
            for number in 0..<60 {
                var station = try await test.enrol("Kiosk \(number)", http)
                for _ in 0..<40 { try station.capture(TestCentre.form, [("given_name", .text("Ann"))]) }
                stations.append(station)
            }
            let requests = try stations.map { Self.request(try $0.push()) }
            let replies = try await withThrowingTaskGroup(of: FuzzConnection.Outcome.self) { group in
                for request in requests {
                    group.addTask {
                        try await aside { FuzzConnection.exchange(request, port: port, endsThere: false, isHead: false) }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            var taken = 0
            var refused = 0
            for outcome in replies {
                guard case .reply(let reply) = outcome else {
                    Issue.record("no answer: \(outcome)")
                    continue
                }
                if reply.status == 200 {
                    taken += 1
                } else {
                    refused += 1
                    #expect(reply.status == 503)
                    #expect(reply.headers["retry-after"] == "2")
                }
            }
            #expect(taken > 0 && refused > 0, "\(taken) taken, \(refused) refused")

            // The flood is over: everybody comes again, those who were taken too, and nothing is lost or doubled.
            for request in requests {
                let outcome = try await aside { FuzzConnection.exchange(request, port: port, endsThere: false, isHead: false) }
                guard case .reply(let reply) = outcome, reply.status == 200 else {
                    Issue.record("not taken: \(outcome)")
                    return
                }
            }
            let vault = try #require(try await test.centre.vault("brightfizz"))
            #expect(try await vault.status().entries == 60 * 40)
        }
    }

    private static func request(_ message: [UInt8]) -> [UInt8] {
        let head = "POST /v1/push HTTP/1.1\r\nHost: h\r\nContent-Type: \(Envelope.mediaType)\r\nContent-Length: \(message.count)\r\n\r\n"
        return Array(head.utf8) + message
    }
}

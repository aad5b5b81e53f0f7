import CentralStore
import EntryModel
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Synchronization
import Testing

@testable import CentralServer

@Suite("Rate limits")
struct RateLimitTests {
    /// Seconds that a test moves.
    private final class Seconds: Sendable {
        private let now = Mutex(0.0)

        func advance(by seconds: Double) { now.withLock { $0 += seconds } }
        var read: @Sendable () -> Double { { self.now.withLock { $0 } } }
    }

    private func isLet<Caller>(_ limit: RateLimit<Caller>, _ caller: Caller) -> Bool {
        do {
            try limit.enter(caller)
            return true
        } catch {
            #expect(error.code == .rateLimited)
            return false
        }
    }

    @Test("a burst is let in, then as many as the rate says; a pause fills the bucket again, and no further")
    func bucket() {
        let time = Seconds()
        let limit = RateLimit<Int>(.init(perSecond: 2, burst: 10), capacity: 10, clock: time.read)
        func count(_ tries: Int) -> Int { (0..<tries).filter { _ in isLet(limit, 1) }.count }
        #expect(count(30) == 10)
        time.advance(by: 1)
        #expect(count(30) == 2)
        time.advance(by: 0.4)
        #expect(count(30) == 0)
        time.advance(by: 0.1)
        #expect(count(30) == 1)
        time.advance(by: 1_000_000)
        #expect(count(30) == 10)
    }

    @Test("callers are counted apart, and a debt is paid off before the next one is let in")
    func apart() {
        let time = Seconds()
        let limit = RateLimit<Int>(.init(perSecond: 1, burst: 5), capacity: 10, clock: time.read)
        limit.charge(1, 1000)
        #expect(!isLet(limit, 1))
        #expect(isLet(limit, 2))
        time.advance(by: 5.5)
        #expect(!isLet(limit, 1))
        time.advance(by: 0.5)
        #expect(isLet(limit, 1))
    }

    @Test("however many call, only so many are remembered, and those seen last are not forgotten")
    func bounded() {
        let limit = RateLimit<Int>(.init(perSecond: 0.001, burst: 2), capacity: 100, clock: Seconds().read)
        for caller in 0..<10_000 {
            #expect(isLet(limit, caller))
            #expect(limit.count <= 100)
            if caller % 20 == 0 { _ = isLet(limit, -1) }
        }
        #expect(!isLet(limit, -1))
    }

    @Test("a station that keeps to the protocol never meets the limits: neither a first pull of 200,000 entries, nor 500 changes at a time")
    func defaults() throws {
        let limits = CentreApplication.Limits()
        // Nothing is filled up meanwhile, as if all came in one moment. An entry has been corrected once and verified once.
        let requests = 3 * 200_000 / Envelope.Limits.rows
        let station = RateLimit<Int>(try #require(limits.stationRate), capacity: 10, clock: Seconds().read)
        let address = RateLimit<Int>(try #require(limits.addressRate), capacity: 10, clock: Seconds().read)
        for _ in 0..<requests {
            #expect(isLet(station, 1))
            // Ten of them behind one address.
            for _ in 0..<10 { #expect(isLet(address, 1)) }
        }
    }

    @Test("addresses: loopback in every spelling is told, half of an IPv6 address counts, and a proxy is believed as far as it speaks")
    func addresses() throws {
        func caller(_ peer: String, _ forwarded: String? = nil, by rule: CallerRule = CallerRule()) throws -> CallerAddress? {
            var headers = HTTPFields()
            if let forwarded { headers[try #require(HTTPField.Name("X-Forwarded-For"))] = forwarded }
            return rule.caller(try SocketAddress(ipAddress: peer, port: 4711), headers)
        }
        for text in ["127.0.0.1", "127.8.0.9", "::1", "::ffff:127.0.0.1"] { #expect(try caller(text, "9.9.9.9") == nil) }
        #expect(try caller("::1", by: CallerRule(countsLoopback: true)) == CallerAddress("127.0.0.1"))
        #expect(try caller("::ffff:10.0.0.1") == CallerAddress("10.0.0.1"))
        #expect(try caller("10.0.0.1", "10.0.0.2") == CallerAddress("10.0.0.1"))
        #expect(try caller("2001:db8:1:2::1") == CallerAddress("2001:db8:1:2:ffff::9"))
        #expect(try caller("2001:db8:1:2::1") != CallerAddress("2001:db8:1:3::1"))
        let proxied = CallerRule(proxies: [try #require(CallerAddress("127.0.0.1"))])
        #expect(try caller("127.0.0.1", "1.2.3.4, 10.0.0.7", by: proxied) == CallerAddress("10.0.0.7"))
        #expect(try caller("127.0.0.1", "nonsense", by: proxied) == CallerAddress("127.0.0.1"))
        #expect(CallerRule().caller(nil, [:]) == nil)
    }

    @Test(
        "a station past its limit is told so, when to come again, and that nothing was taken; the others go on, and nobody can use up its share"
    )
    func perStation() async throws {
        let test = try await TestCentre()
        var limits = CentreApplication.Limits()
        limits.stationRate = .init(perSecond: 0.0001, burst: 3)
        try await test.application(limits).test(.router) { http in
            var hasty = try await test.enrol("Hasty", http)
            var calm = try await test.enrol("Calm", http)
            // Requests that only claim to be the calm one's.
            for _ in 0..<20 { _ = try await http.send(.push, try calm.push(signedBy: SigningKey())) }
            for _ in 0..<3 {
                try hasty.capture(TestCentre.form, [("given_name", .text("Ann"))])
                _ = try await test.push(&hasty, http)
            }
            try hasty.capture(TestCentre.form, [("given_name", .text("Bob"))])
            let refused = try await http.send(.push, try hasty.push())
            try expectProblem(refused, .rateLimited)
            #expect(refused.status.code == 429)
            #expect(refused.headers[.retryAfter] == "5")
            let vault = try #require(try await test.centre.vault("brightfizz"))
            #expect(try await vault.status().entries == 3)
            for _ in 0..<3 {
                try calm.capture(TestCentre.form, [("given_name", .text("Cyd"))])
                _ = try await test.push(&calm, http)
            }
        }
    }

    @Test("an address past its limit is told so before its message is read, and one that guesses gets there soon")
    func perAddress() async throws {
        let test = try await TestCentre()
        var limits = CentreApplication.Limits()
        limits.addressRate = .init(perSecond: 0.0001, burst: 50)
        limits.callers.proxies = [try #require(CallerAddress("127.0.0.1"))]
        let header = try #require(HTTPField.Name("X-Forwarded-For"))
        try await test.application(limits).test(.live) { http in
            for _ in 0..<50 {
                let answer = try await http.send(.push, [], headers: [header: "10.0.0.1", .contentType: "text/plain"])
                #expect(answer.status == .unsupportedMediaType)
            }
            let refused = try await http.send(.push, [], headers: [header: "10.0.0.1", .contentType: "text/plain"])
            try expectProblem(refused, .rateLimited)
            #expect(refused.headers[.retryAfter] == "5")
        }
        try await test.application(limits).test(.ahc()) { http in
            var station = try await test.enrol("Kiosk", http)
            for expected in [Problem.Code.notEnrolled, .notEnrolled, .notEnrolled, .rateLimited] {
                let forged = try station.push(signedBy: SigningKey())
                try expectProblem(try await http.send(.push, forged, headers: [header: "6.6.6.6, 10.0.0.2"]), expected)
            }
            #expect(try await http.execute(uri: "/health", method: .get, headers: [header: "10.0.0.2"]).status == .ok)
            // The same proxy's other callers go on.
            try station.capture(TestCentre.form, [("given_name", .text("Ann"))])
            #expect(try await http.send(.push, try station.push(), headers: [header: "10.0.0.3"]).status == .ok)
        }
    }
}

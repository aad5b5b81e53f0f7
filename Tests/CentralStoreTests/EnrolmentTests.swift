import CentralStore
import EntryModel
import TestSupport
import Testing

@Suite("Enrolment", .everyStore)
struct EnrolmentTests {
    private func code(_ bench: TestBench) async throws -> EnrolmentCode {
        try await bench.centre.invite(client: TestBench.client, name: "Kiosk 1", url: "http://127.0.0.1:8080/")
    }

    private func enrol(_ bench: TestBench, _ message: [UInt8]) async throws -> EnrolAnswer {
        try EnrolAnswer(line: HandMadeStation.open(try await bench.centre.answer(.enrol, message), .enrolAnswer, bench.centre)[0])
    }

    @Test("a code makes one station, with its name and promotions, and pins the centre's keys")
    func enrol() async throws {
        let bench = try await TestBench()
        let code = try await code(bench)
        #expect(code.url == "http://127.0.0.1:8080")
        #expect(code.fingerprint == bench.centre.fingerprint)
        #expect(EnrolmentCode(code.text) == code)
        let key = SigningKey()
        let message = try HandMadeStation.enrolMessage(code, key, AgreementKey(), time: bench.clock.milliseconds)
        let answer = try await enrol(bench, message)
        #expect(answer.request == SignedMessage.reference(of: message))
        #expect(answer.vault == TestBench.client)
        #expect(answer.name == "Kiosk 1")
        #expect(Hash.line(answer.signingKey) == code.fingerprint)
        #expect(answer.agreementKey == bench.centre.agreementPublicKey)
        let stations = try await bench.vault.stations()
        #expect(stations.map(\.id) == [answer.station])
        #expect(stations.map(\.name) == ["Kiosk 1"])
        #expect(stations.map(\.promotions) == [["summer"]])
        #expect(try await bench.centre.ledger().map(\.kind) == [.invited, .enrolled])
    }

    @Test("the same code with the same keys gets the same station again")
    func lostAnswer() async throws {
        let bench = try await TestBench()
        let code = try await code(bench)
        let key = SigningKey()
        let agreement = AgreementKey()
        let first = try await enrol(bench, HandMadeStation.enrolMessage(code, key, agreement, time: 1))
        let second = try await enrol(bench, HandMadeStation.enrolMessage(code, key, agreement, time: 2))
        #expect(first.station == second.station)
        #expect(try await bench.vault.stations().count == 1)
    }

    @Test("the same code with another key, either of the two, is refused and stands in the ledger")
    func usedTwice() async throws {
        let bench = try await TestBench()
        let code = try await code(bench)
        let key = SigningKey()
        let agreement = AgreementKey()
        let first = try await enrol(bench, HandMadeStation.enrolMessage(code, key, agreement, time: 1))
        for (otherKey, otherAgreement) in [(SigningKey(), agreement), (key, AgreementKey())] {
            let other = try HandMadeStation.enrolMessage(code, otherKey, otherAgreement, time: 1)
            await #expect(throws: Problem(.invitationUsed)) { try await bench.centre.answer(.enrol, other) }
        }
        let ledger = try await bench.centre.ledger()
        #expect(ledger.map(\.kind) == [.invited, .enrolled, .invitationReused, .invitationReused])
        #expect(ledger.last?.station == first.station)
        #expect(try await bench.vault.stations().count == 1)
    }

    @Test("an unknown code, another centre's fingerprint and another key's signature are refused, and burn nothing")
    func refused() async throws {
        let bench = try await TestBench()
        var code = try await code(bench)
        let good = code
        code.secret = Surroundings.system.randomBytes(16)
        let unknown = try HandMadeStation.enrolMessage(code, SigningKey(), AgreementKey(), time: 1)
        await #expect(throws: Problem(.invitationUnknown)) { try await bench.centre.answer(.enrol, unknown) }
        code = good
        code.fingerprint = .zero
        let misled = try HandMadeStation.enrolMessage(code, SigningKey(), AgreementKey(), time: 1)
        await #expect(throws: Problem(.invitationUnknown)) { try await bench.centre.answer(.enrol, misled) }
        let request = EnrolRequest(
            code: good, signingKey: SigningKey().publicKey.bytes, agreementKey: AgreementKey().publicKeyBytes, time: 1)
        let forged = try Envelope.seal(kind: .enrol, lines: [request.line], key: SigningKey())
        await #expect(throws: Problem(.badSignature)) { try await bench.centre.answer(.enrol, forged) }
        #expect(try await bench.vault.stations().isEmpty)
        _ = try await enrol(bench, HandMadeStation.enrolMessage(good, SigningKey(), AgreementKey(), time: 1))
    }

    @Test("a code that nobody used in time is unknown; one that was used in time stays good for its own keys")
    func expires() async throws {
        let bench = try await TestBench()
        func code(_ name: String, _ seconds: Int64) async throws -> EnrolmentCode {
            try await bench.centre.invite(client: TestBench.client, name: name, url: "http://h", validity: seconds * 1000)
        }
        let used = try HandMadeStation.enrolMessage(try await code("used", 3600), SigningKey(), AgreementKey(), time: 1)
        let inTime = try HandMadeStation.enrolMessage(try await code("in time", 3600), SigningKey(), AgreementKey(), time: 1)
        let late = try HandMadeStation.enrolMessage(try await code("late", 3600), SigningKey(), AgreementKey(), time: 1)
        let standard = try HandMadeStation.enrolMessage(try await self.code(bench), SigningKey(), AgreementKey(), time: 1)
        let first = try await enrol(bench, used)
        bench.clock.advance(by: .seconds(3599))
        _ = try await enrol(bench, inTime)
        bench.clock.advance(by: .seconds(1))
        await #expect(throws: Problem(.invitationUnknown)) { try await bench.centre.answer(.enrol, late) }
        #expect(try await enrol(bench, used).station == first.station)
        bench.clock.advance(by: .seconds(14 * 86_400 - 3600))
        await #expect(throws: Problem(.invitationUnknown)) { try await bench.centre.answer(.enrol, standard) }
        #expect(try await bench.vault.stations().map(\.name).sorted() == ["in time", "used"])
    }

    @Test("without promotions named a station is assigned those that are not concluded")
    func openPromotions() async throws {
        let bench = try await TestBench()
        let concluded = String(decoding: TestBench.document("spring"), as: UTF8.self).replacing("2026-08-01", with: "2026-07-11")
        try await bench.vault.putPromotion(Array(concluded.utf8))
        #expect(try await assigned(bench) == ["spring", "summer"])
        // The first hours of 12 July in UTC are still the 11th in the promotion's own zone.
        bench.clock.milliseconds = 1_783_814_400_000 + 3_600_000
        #expect(try await assigned(bench) == ["spring", "summer"])
        bench.clock.advance(by: .seconds(86_400))
        #expect(try await assigned(bench) == ["summer"])
        bench.clock.advance(by: .seconds(30 * 86_400))
        await #expect(throws: CentreError.self) { try await assigned(bench) }
        _ = try await bench.station(promotions: ["summer"])
    }

    private func assigned(_ bench: TestBench) async throws -> [String] {
        let station = try await bench.station()
        return try #require(try await bench.vault.stations().first { $0.id == station.id }).promotions
    }

    @Test("an invitation needs a client, a promotion that is there, and an address")
    func invitations() async throws {
        let bench = try await TestBench()
        let centre = bench.centre
        await #expect(throws: CentreError.self) { try await centre.invite(client: "nobody", name: "X", url: "http://a") }
        await #expect(throws: CentreError.self) { try await centre.invite(client: TestBench.client, name: "", url: "http://a") }
        await #expect(throws: CentreError.self) { try await centre.invite(client: TestBench.client, name: "X") }
        await #expect(throws: CentreError.self) {
            try await centre.invite(client: TestBench.client, name: "X", promotions: ["winter"], url: "http://a")
        }
        try await centre.recordAddress("http://10.0.0.1:80")
        #expect(try await centre.invite(client: TestBench.client, name: "X").url == "http://10.0.0.1:80")
        try await centre.addClient("empty")
        await #expect(throws: CentreError.self) { try await centre.invite(client: "empty", name: "X") }
    }
}

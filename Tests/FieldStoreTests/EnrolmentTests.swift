import EntryModel
import FieldStore
import TestSupport
import Testing

@Suite("Enrolment")
struct EnrolmentTests {
    private func database() throws -> FieldDatabase {
        try .inMemory(surroundings: StationFixture.surroundings(ManualClock(), seed: 5))
    }

    @Test("the same code gives the same keys, another code others")
    func sameKeys() throws {
        let database = try database()
        let first = try database.prepareEnrolment(code: TestCentre.code())
        let again = try database.prepareEnrolment(code: TestCentre.code())
        let other = try database.prepareEnrolment(code: TestCentre.code(secret: 2))
        #expect(first.request == again.request)
        #expect(first.key.bytes == again.key.bytes)
        #expect(first.request.signingKey == first.key.publicKey.bytes)
        #expect(other.request.signingKey != first.request.signingKey)
        #expect(first.request.isAuthentic(secret: try TestCentre.code().secret, fingerprint: try TestCentre.code().fingerprint))
        #expect(try database.identity == nil)
    }

    @Test("keys survive a restart between request and answer")
    func restart() throws {
        let folder = try TemporaryFolder("enrol")
        let path = folder.file("station.sqlite")
        let request = try FieldDatabase(path: path).prepareEnrolment(code: TestCentre.code()).request
        let database = try FieldDatabase(path: path)
        let again = try database.prepareEnrolment(code: TestCentre.code()).request
        #expect(again.signingKey == request.signingKey)
        #expect(again.agreementKey == request.agreementKey)
        let answer = try TestCentre.answer(again, station: StationFixture.id("a"), name: "Kiosk 1")
        try database.completeEnrolment(code: TestCentre.code(), answer: answer)
        #expect(try database.identity?.signingKey.publicKey.bytes == request.signingKey)
    }

    @Test("the answer makes the station somebody and begins an epoch; taken twice it changes nothing")
    func completes() throws {
        let database = try database()
        let code = try TestCentre.code()
        let request = try database.prepareEnrolment(code: code).request
        let answer = try TestCentre.answer(request, station: StationFixture.id("a"), name: "Kiosk 1")
        try database.completeEnrolment(code: code, answer: answer)
        let identity = try #require(try database.identity)
        #expect(identity.vault == "brightfizz")
        #expect(identity.station == StationFixture.id("a"))
        #expect(identity.name == "Kiosk 1")
        #expect(identity.url == TestCentre.url)
        #expect(identity.centreKey.fingerprint == code.fingerprint)
        #expect(identity.forkedFrom == nil)
        let chain = try database.chainPosition()
        #expect(chain.head.sequence == 0)
        #expect(chain.head.chain == Chain.start(station: identity.station, epoch: identity.epoch))
        #expect(chain.acknowledged == chain.head)
        try database.completeEnrolment(code: code, answer: answer)
        #expect(try database.chainPosition() == chain)
        #expect(try database.prepareEnrolment(code: code).request.signingKey == request.signingKey)
    }

    @Test("an answer with another key than the code names is refused")
    func wrongCentre() throws {
        let database = try database()
        let code = try TestCentre.code()
        let request = try database.prepareEnrolment(code: code).request
        var answer = try TestCentre.answer(request, station: StationFixture.id("a"), name: "Kiosk 1")
        answer.signingKey = try #require(SigningKey(bytes: Array(repeating: 8, count: 32))).publicKey.bytes
        #expect(FieldStoreTests.code { try database.completeEnrolment(code: code, answer: answer) } == .wrongCentre)
        #expect(try database.identity == nil)
    }

    @Test("a file belongs to one station: a second code is refused")
    func second() throws {
        let station = try StationFixture()
        let other = try TestCentre.code(secret: 2)
        #expect(code { try station.database.prepareEnrolment(code: other) } == .alreadyEnrolled)
        #expect(try station.database.identity?.station == station.station)
    }

    @Test("an answer to a request that was never made is refused")
    func unasked() throws {
        let database = try database()
        let code = try TestCentre.code()
        let request = try self.database().prepareEnrolment(code: code).request
        let answer = try TestCentre.answer(request, station: StationFixture.id("a"), name: "Kiosk 1")
        #expect(FieldStoreTests.code { try database.completeEnrolment(code: code, answer: answer) } == .notEnrolled)
    }

    @Test("before enrolment nothing is captured or sent, and the error says what to do")
    func notEnrolled() throws {
        let database = try database()
        let operatorID = try database.operatorID(named: "Ana")
        let error = error {
            try database.capture(Capture(promotion: "brightfizz-summer", channel: .kiosk, values: []), by: operatorID)
        }
        #expect(error?.code == .notEnrolled)
        #expect(error?.message.contains("--enrol") == true)
        #expect(code { try database.chainPosition() } == .notEnrolled)
        #expect(try database.unsentCount() == 0)
        #expect(try database.status().station == nil)
    }

    @Test("an operator has one opaque id, which does not hold the name")
    func operators() throws {
        let database = try database()
        let ana = try database.operatorID(named: "Ana  Maria ")
        #expect(try database.operatorID(named: "Ana Maria") == ana)
        #expect(try database.operatorID(named: "Ben") != ana)
        #expect(Identifier.isValid(ana))
        #expect(ana.hasPrefix("op-") && ana.utf8.count == 15)
        #expect(try database.operatorName(ana) == "Ana Maria")
        #expect(try database.operatorName("op-unknown") == nil)
        #expect(try database.operators().map(\.name) == ["Ana Maria", "Ben"])
        #expect(code { try database.operatorID(named: " ") } == .unknownOperator)
    }
}

import CentralStore
import EntryModel
import TestSupport
import Testing

@Suite("Authentication and isolation", .everyStore)
struct AuthenticationTests {
    @Test("an unknown vault, an unknown station and a wrong key are one and the same problem")
    func noHints() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        let other = try await bench.station("two")
        try station.capture()
        let id = station.id
        station.vault = "nobody"
        let unknownVault = try station.pushMessage()
        station.vault = TestBench.client
        station.id = Surroundings.system.newID()
        let unknownStation = try station.pushMessage()
        station.id = other.id
        let wrongKey = try station.pushMessage()
        station.id = id
        for message in [unknownVault, unknownStation, wrongKey] {
            await #expect(throws: Problem(.notEnrolled)) { try await bench.centre.answer(.push, message) }
        }
        #expect(try await station.push().answer.outcome == .accepted)
    }

    @Test("a message changed on its way, or sent as another kind, is refused")
    func tampered() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        try station.capture("Ann")
        var message = try station.pushMessage()
        let place = try #require(message.firstRange(of: Array("Ann".utf8)))
        message.replaceSubrange(place, with: Array("Bob".utf8))
        await #expect(throws: Problem(.notEnrolled)) { try await bench.centre.answer(.push, message) }
        let push = try station.pushMessage()
        await #expect(throws: Problem.self) { try await bench.centre.answer(.pull, push) }
        await #expect(throws: Problem(.notFound)) { try await bench.centre.answer(.pushAnswer, push) }
        #expect(try await bench.vault.status().entries == 0)
    }

    @Test("what is no message, unsigned, of another version or over the limit has its own problem")
    func malformed() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        func code(_ bytes: [UInt8]) async -> Problem.Code? {
            do throws(Problem) { _ = try await bench.centre.answer(.push, bytes) } catch { return error.code }
            return nil
        }
        #expect(await code([]) == .malformed)
        #expect(await code(Array("{}".utf8)) == .malformed)
        #expect(await code(Array("{}\n{}\n".utf8)) == .badSignature)
        #expect(await code(Array(repeating: 65, count: Envelope.Limits.bytes + 1)) == .tooLarge)
        let line = String(decoding: station.request(.push, after: 0).line, as: UTF8.self)
        func sealed(_ line: String) throws -> [UInt8] { try Envelope.seal(kind: .push, lines: [Array(line.utf8)], key: station.key) }
        #expect(await code(try sealed(line.replacing("\"v\":1", with: "\"v\":2"))) == .unsupportedVersion)
        #expect(await code(try sealed(line.replacing("\"count\":0", with: "\"count\":-1"))) == .malformed)
        #expect(await code(try sealed(line.replacing("\"count\":0", with: "\"count\":501"))) == .malformed)
        #expect(await code(try Envelope.seal(kind: .push, lines: [Array(line.utf8), [65]], key: station.key)) == .malformed)
        #expect(await code(try sealed(line)) == nil)
    }

    @Test("two clients do not see each other: not their stations, nor their entries")
    func isolation() async throws {
        let bench = try await TestBench()
        try await bench.addClient("harborline")
        let otherVault = try #require(try await bench.centre.vault("harborline"))
        try await otherVault.putPromotion(TestBench.document(client: "harborline"))
        let station = try await bench.station()
        let code = try await bench.centre.invite(client: "harborline", name: "H", url: "http://127.0.0.1")
        let foreign = try await HandMadeStation(bench.centre, code: code, clock: bench.clock)
        let (entry, _) = try station.capture()
        try await station.push()
        try await foreign.pull()
        #expect(foreign.pulledIDs.count == 1)
        #expect(try await otherVault.entry(entry) == nil)
        foreign.vault = TestBench.client
        let message = try foreign.pushMessage(lines: [])
        await #expect(throws: Problem(.notEnrolled)) { try await bench.centre.answer(.push, message) }
        #expect(try await bench.vault.stations().map(\.id) == [station.id])
        #expect(try await otherVault.stations().map(\.id) == [foreign.id])
    }
}

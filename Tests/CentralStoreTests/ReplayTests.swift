import CentralStore
import EntryModel
import TestSupport
import Testing

/// What somebody does who has recorded requests on their way, and can only send them again.
@Suite("Replay", .everyStore)
struct ReplayTests {
    /// Everything that a station or staff can see of the vault.
    private struct Scene: Equatable {
        var status: VaultStatus
        var stations: [UniqueID]
        var promotions: [[String]]
        var ledger: [LedgerRecord]
    }

    private func scene(_ bench: TestBench) async throws -> Scene {
        let stations = try await bench.vault.stations()
        return Scene(
            status: try await bench.vault.status(), stations: stations.map(\.id), promotions: stations.map(\.promotions),
            ledger: try await bench.centre.ledger())
    }

    @Test("a recorded request of every kind changes nothing when it comes again: at once, after others, and long after")
    func everyKind() async throws {
        let bench = try await TestBench()
        let other = try await bench.station("other")
        try other.capture("Bea")
        try await other.push()

        let code = try await bench.centre.invite(client: TestBench.client, name: "one", url: "http://127.0.0.1:8080")
        let (key, agreement) = (SigningKey(), AgreementKey())
        let enrolment = try HandMadeStation.enrolMessage(code, key, agreement, time: bench.clock.milliseconds)
        _ = try await bench.centre.answer(.enrol, enrolment)
        let station = try await bench.station("two")
        try await station.pull()
        try station.capture("Ann")
        let push = try station.pushMessage()
        _ = try await bench.centre.answer(.push, push)
        let pull = try Envelope.seal(kind: .pull, lines: [station.request(.pull, after: 1).line], key: station.key)
        let items = station.pulledItems
        #expect(!items.isEmpty)
        let handback = try Envelope.seal(
            kind: .handback, lines: HandbackRequest(request: station.request(.handback, after: 1), items: items).lines, key: station.key)
        let recorded: [(MessageKind, [UInt8])] = [(.enrol, enrolment), (.push, push), (.pull, pull), (.handback, handback)]
        for (kind, message) in recorded { _ = try await bench.centre.answer(kind, message) }

        let before = try await scene(bench)
        for (kind, message) in recorded + recorded.reversed() { _ = try await bench.centre.answer(kind, message) }
        #expect(try await scene(bench) == before)

        // What came meanwhile stays too.
        try station.capture("Cyd")
        try await station.push(after: 1)
        try other.capture("Dan")
        try await other.push(after: 1)
        let later = try await scene(bench)
        for (kind, message) in recorded { _ = try await bench.centre.answer(kind, message) }
        #expect(try await scene(bench) == later)

        bench.clock.advance(by: .seconds(30 * 86_400))
        for (kind, message) in recorded { _ = try? await bench.centre.answer(kind, message) }
        #expect(try await scene(bench) == later)

        // And the station that was played again goes on as before.
        try station.capture("Eve")
        #expect(try await station.push(after: 2).answer.outcome == .accepted)
    }

    @Test("a request is good for one kind, one client and one centre: sent as another, or elsewhere, it is refused")
    func elsewhere() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        try station.capture("Ann")
        let push = try station.pushMessage()
        let elsewhere = try await TestBench()
        for kind in [MessageKind.enrol, .pull, .handback] {
            await #expect(throws: Problem.self) { try await bench.centre.answer(kind, push) }
        }
        await #expect(throws: Problem(.notEnrolled)) { try await elsewhere.centre.answer(.push, push) }
        #expect(try await bench.vault.status().changes == 1)
    }

    @Test("a revoked station is refused at its next request, whatever was recorded of it before")
    func revoked() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        try station.capture("Ann")
        let recorded = try station.pushMessage()
        _ = try await bench.centre.answer(.push, recorded)
        try await bench.vault.revoke(station.id)
        let status = try await bench.vault.status()
        try station.capture("Bob")
        #expect(try await station.push().answer.outcome == .revoked)
        #expect(try await station.pullOnce(after: 1).answer.outcome == .revoked)
        #expect(try await station.pullOnce(after: 1).pages.isEmpty)
        _ = try await bench.centre.answer(.push, recorded)
        #expect(try await bench.vault.status() == status)
    }
}

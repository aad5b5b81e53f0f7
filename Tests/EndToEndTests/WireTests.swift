import EntryModel
import FieldStore
import FieldSync
import Foundation
import TestSupport
import Testing

/// A bad line: bytes that change, go missing or never come, in both directions, between real stations and a real centre.
@Suite("A bad line") struct WireTests {
    private static let rounds = 30
    private static let promotion = LiveJobTests.promotion

    /// A station's file, and the road that is built for each sync as the program builds it.
    private struct Desk {
        let name: String
        let database: FieldDatabase
        let keyer: String
        var entries: [UniqueID] = []

        init(_ name: String, _ file: String) throws {
            self.name = name
            database = try FieldDatabase(path: file)
            keyer = try database.operatorID(named: "Operator of \(name)")
        }

        /// Keys some entries and corrects one.
        mutating func work(round: Int) throws {
            let captures = (0..<25).map { number in
                Capture(
                    promotion: promotion, channel: .kiosk,
                    values: [
                        (field: "given_name", keyed: Keyed(text: "\(name) \(round) \(number)")),
                        (field: "street", keyed: Keyed(text: "\(round * 31 + number) Long Lane")),
                    ])
            }
            entries += try database.capture(captures, by: keyer).map(\.entry)
            let old = entries[(round * 17) % entries.count]
            _ = try database.edit(old, [("city", Keyed(text: "Town \(round)"))], by: keyer)
        }

        /// Waits little, so that a test of many failures ends.
        func sync() async throws -> SyncSummary {
            let url = try #require(try database.identity).url
            let transport = HTTPTransport(url: url, timeouts: .init(connectMilliseconds: 500, requestMilliseconds: 800))
            let engine = SyncEngine(
                database: database, transport: transport, backoff: Backoff(baseMilliseconds: 2, capMilliseconds: 20, attempts: 4))
            let summary = await engine.synchronize()
            try await transport.close()
            return summary
        }
    }

    @Test(
        "bits flipped, bytes left out, connections cut, stalled and refused: nothing is lost or doubled, and an honest line finishes the job",
        .timeLimit(.minutes(3)))
    func everyTrouble() async throws {
        let seed: UInt64 = 11
        let folder = try TemporaryFolder("wire")
        let proxy = try WireProxy()
        defer { proxy.close() }
        var centre = KillableCentre(data: folder.file("centre"), place: folder.file("central"), proxy: proxy)
        try centre.prepare()
        try centre.start()
        for name in ["north", "south"] { try centre.enrol(name, file: folder.file("\(name).fieldentry")) }
        var desks = try ["north", "south"].map { try Desk($0, folder.file("\($0).fieldentry")) }
        for desk in desks { #expect(try await desk.sync().outcome == .complete) }

        proxy.decide { number in Self.fate(seed: seed, number) }
        var outcomes: [String: Int] = [:]
        for round in 0..<Self.rounds {
            for index in desks.indices {
                try desks[index].work(round: round)
                let summary = try await desks[index].sync()
                outcomes[summary.outcome.code, default: 0] += 1
                // What came over such a line is never taken for a copied file, a restored centre or a revoked station.
                #expect(summary.recoveries.isEmpty, "\(summary.message)")
                #expect(!summary.centreWasRestored)
                #expect(!summary.message.isEmpty)
            }
        }
        print("wire: \(proxy.troubles.map { "\($0.key) \($0.value)" }.sorted()), \(outcomes)")
        for trouble in WireProxy.Trouble.allCases { #expect(proxy.troubles[trouble, default: 0] >= 3, "\(trouble) hardly happened") }
        #expect(outcomes.count > 1, "the line was not bad at all")

        proxy.decide { _ in WireProxy.Fate() }
        for _ in 0..<2 { for desk in desks { #expect(try await desk.sync().outcome == .complete) } }
        let expected = Set(desks.flatMap(\.entries))
        #expect(expected.count == Self.rounds * 25 * desks.count)
        var digests: Set<Digest> = []
        for desk in desks {
            let entries = try desk.database.entries(promotion: Self.promotion, limit: 100_000)
            #expect(entries.count == expected.count)
            #expect(Set(entries.map(\.id)) == expected)
            let status = try desk.database.status()
            #expect(status.unsent == 0 && status.quarantinedCount == 0 && status.conflicts == 0)
            #expect(try desk.database.check() == [])
            digests.insert(try desk.database.comparison(promotion: Self.promotion).digest)
            try desk.database.close()
        }
        #expect(digests.count == 1)
        #expect(try centre.central("doctor").status == 0)
        let told = try centre.central("status", "--digests", "--json").output
        #expect(digests.allSatisfy { told.contains($0.hex) }, "the centre differs")
        #expect(centre.stop() == 0)
    }

    @Test("a code is not used up by a bad line: the same code enrols the station once the line is honest")
    func enrolment() async throws {
        let folder = try TemporaryFolder("wire")
        let proxy = try WireProxy()
        defer { proxy.close() }
        var centre = KillableCentre(data: folder.file("centre"), place: folder.file("central"), proxy: proxy)
        try centre.prepare()
        try centre.start()
        let text = try #require(try centre.central("station", "invite", "--client", "brightfizz", "--name", "east").lines.last)
        let code = try #require(EnrolmentCode(text))
        let database = try FieldDatabase(path: folder.file("east.fieldentry"))
        var failures = 0
        // Every connection fails in another way, before and after the centre has acted on the request; the fifth is honest.
        let fates: [WireProxy.Fate] = [
            .init(trouble: .cut, isOfAnswer: false, offset: 200), .init(trouble: .cut, isOfAnswer: true, offset: 300),
            .init(trouble: .flip, isOfAnswer: true, offset: 400), .init(trouble: .stall, isOfAnswer: true, offset: 20),
        ]
        proxy.decide { $0 < fates.count ? fates[$0] : WireProxy.Fate() }
        for _ in 0...fates.count {
            let transport = HTTPTransport(url: code.url, timeouts: .init(connectMilliseconds: 500, requestMilliseconds: 800))
            let engine = SyncEngine(database: database, transport: transport, backoff: Backoff(baseMilliseconds: 2, attempts: 1))
            do { try await engine.enrol(code: code) } catch { failures += 1 }
            try await transport.close()
        }
        #expect(failures == fates.count)
        #expect(try database.identity?.name == "east")
        let listed = try centre.central("station", "list", "--client", "brightfizz", "--json")
        #expect(listed.lines.count == 1, "\(listed.output)")
        #expect(centre.stop() == 0)
    }

    /// A fifth of the connections are honest, the others are in trouble somewhere among their first bytes or further on.
    private static func fate(seed: UInt64, _ number: Int) -> WireProxy.Fate {
        var random = SeededRandom(seed: seed &* 1_000_003 &+ UInt64(number))
        guard !random.chance(oneIn: 5) else { return WireProxy.Fate() }
        // Stalling costs the whole time-out, so it comes seldom.
        let troubles: [WireProxy.Trouble] = [.flip, .flip, .flip, .flip, .cut, .cut, .cut, .gap, .gap, .refuse, .stall]
        let reach = [300, 1500, 6000][Int.random(in: 0..<3, using: &random)]
        return WireProxy.Fate(
            trouble: troubles[Int.random(in: 0..<troubles.count, using: &random)], isOfAnswer: Bool.random(using: &random),
            offset: Int.random(in: 0..<reach, using: &random))
    }
}

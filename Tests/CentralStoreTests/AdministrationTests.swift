import CentralStore
import EntryModel
import Foundation
import TestSupport
import Testing

@Suite("Administration", .everyStore)
struct AdministrationTests {
    @Test("commands of another process work while the server takes pushes, and it sees their effect at once")
    func secondProcess() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        let other = try bench.secondCentre()
        #expect(other.fingerprint == bench.centre.fingerprint)
        let vault = try #require(try await other.vault(TestBench.client))
        for _ in 0..<500 { try station.capture() }
        let messages = try (0..<20).map { try station.pushMessage(after: $0 * 25, count: 25) }
        let centre = bench.centre
        async let pushes: Void = {
            for message in messages { _ = try await centre.answer(.push, message) }
        }()
        for version in 2...6 {
            try await vault.putPromotion(TestBench.document(version: Int64(version), extra: "extra"))
            _ = try await vault.status()
        }
        try await pushes
        #expect(try await vault.status() == (try await bench.vault.status()))
        #expect(try await vault.status().entries == 500)
        // A field that only the other process's document has is known here.
        try station.add(.set, .entry(Surroundings.system.newID()), ["extra": .text("x")], form: "summer/6")
        #expect(try await station.push(after: 500).exceptions.isEmpty)
        try await vault.revoke(station.id)
        #expect(try await station.push(after: 501, lines: []).answer.outcome == .revoked)
    }

    @Test("a client added by another process is served")
    func otherClient() async throws {
        let bench = try await TestBench()
        let other = try bench.secondCentre()
        try await other.addClient("harborline", name: "Harborline")
        let vault = try #require(try await other.vault("harborline"))
        try await vault.putPromotion(TestBench.document(client: "harborline"))
        let code = try await other.invite(client: "harborline", name: "H", url: "http://127.0.0.1")
        let station = try await HandMadeStation(bench.centre, code: code, clock: bench.clock)
        try station.capture()
        #expect(try await station.push().answer.outcome == .accepted)
        #expect(try await bench.centre.clients().map(\.id) == ["brightfizz", "harborline"])
    }

    @Test("everything is there when the directory is opened again")
    func reopen() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        let (entry, _) = try station.capture()
        try await station.push()
        let status = try await bench.vault.status()
        let fingerprint = bench.centre.fingerprint
        try bench.centre.close()
        let again = try bench.secondCentre()
        #expect(again.fingerprint == fingerprint)
        let vault = try #require(try await again.vault(TestBench.client))
        #expect(try await vault.status() == status)
        #expect(try await vault.entry(entry) != nil)
    }

    @Test("the files are the owner's alone")
    func modes() async throws {
        guard BenchStore.current == .sqlite else { return }
        let bench = try await TestBench()
        for name in ["catalog.sqlite", "catalog.sqlite-wal", "vaults/brightfizz.sqlite", "vaults/brightfizz.sqlite-wal"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: bench.folder.file("data/\(name)"))
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
        }
    }

    @Test("a bad id, a second client of the same id and an unknown client are refused")
    func clients() async throws {
        let bench = try await TestBench()
        for id in ["", "Bright", "../x", "1st"] {
            await #expect(throws: CentreError.self) { try await bench.addClient(id) }
        }
        await #expect(throws: CentreError.self) { try await bench.addClient(TestBench.client) }
        #expect(try await bench.centre.vault("nobody") == nil)
        #expect(try await bench.centre.clients().map(\.name) == ["Bright Fizz"])
    }

    @Test("a document with faults, of another client, or that does not follow the last one is refused with every fault")
    func documents() async throws {
        let bench = try await TestBench()
        func faults(_ line: [UInt8]) async throws -> [String] {
            do { try await bench.vault.putPromotion(line) } catch CentreError.document(let faults) { return faults.faults.map(\.path) }
            return []
        }
        #expect(try await faults(Array("{\"id\":\"X\"}".utf8)).contains("$.id"))
        #expect(try await faults(TestBench.document(client: "house")).contains("$.client"))
        #expect(try await faults(TestBench.document(version: 1, extra: "more")) == ["$.version"])
        #expect(try await bench.vault.putPromotion(TestBench.document()).wasThere)
        #expect(try await faults(TestBench.document(version: 2, extra: "more")).isEmpty)
        #expect(try await faults(TestBench.document(version: 3)) == ["$.form.fields"])
        let record = try #require(try await bench.vault.promotions().first)
        #expect(record.versions == [1, 2])
        #expect(record.document == TestBench.document(version: 2, extra: "more"))
    }

    @Test("the sharing scope may change until there are entries")
    func sharing() async throws {
        let bench = try await TestBench()
        try await bench.vault.putPromotion(TestBench.document(version: 2, sharing: .own))
        let station = try await bench.station()
        try station.capture()
        try await station.push()
        await #expect(throws: CentreError.self) { try await bench.vault.putPromotion(TestBench.document(version: 3, sharing: .all)) }
        #expect(try await bench.vault.promotions().first?.promotion.version == 2)
    }

    @Test("entries are listed page by page, found by the beginning of their id, and exported whole")
    func listing() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        let ids = try (0..<450).map { try station.capture("N\($0)").entry }
        try await station.push()
        let first = try await bench.vault.entries(promotion: "summer", limit: 100)
        let second = try await bench.vault.entries(promotion: "summer", after: try #require(first.last).number, limit: 100)
        #expect((first + second).map(\.id) == ids.prefix(200)[...].map { $0 })
        var exported: [UniqueID] = []
        try await bench.vault.export("summer") { exported.append($0.id) }
        #expect(exported == ids)
        #expect(try await bench.vault.entryIDs(withPrefix: ids[7].description).map { $0 } == [ids[7]])
        #expect(try await bench.vault.entryIDs(withPrefix: String(ids[7].description.prefix(8)), limit: 1000).contains(ids[7]))
        #expect(try await bench.vault.entryIDs(withPrefix: "zz").isEmpty)
        await #expect(throws: CentreError.self) { try await bench.vault.entries(promotion: "winter") }
    }

    @Test("stations are listed with what they are assigned, and when they were last seen")
    func stations() async throws {
        let bench = try await TestBench()
        let station = try await bench.station("Kiosk")
        #expect(try await bench.vault.stations().first?.lastSeen == nil)
        bench.clock.advance(by: .seconds(120))
        try await station.pull()
        var record = try #require(try await bench.vault.stations().first)
        #expect(record.lastSeen == bench.clock.milliseconds)
        try station.capture()
        try await station.push()
        try await bench.vault.revoke(station.id)
        record = try #require(try await bench.vault.stations().first)
        #expect(record.name == "Kiosk")
        #expect(record.changes == 1)
        #expect(record.revoked == bench.clock.milliseconds)
        await #expect(throws: CentreError.self) { try await bench.vault.revoke(Surroundings.system.newID()) }
        await #expect(throws: CentreError.self) { try await bench.vault.assign(station.id, ["winter"]) }
    }
}

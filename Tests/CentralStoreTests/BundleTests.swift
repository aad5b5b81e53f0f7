import CentralStore
import EntryModel
import Foundation
import TestSupport
import Testing

/// Bundles that no honest station writes, and the bounds of what the centre keeps.
@Suite("Bundles at the centre", .everyStore) struct BundleTests {
    private func file(_ bench: TestBench, _ messages: [[UInt8]], vault: String = TestBench.client) throws -> String {
        var bytes: [UInt8] = []
        var writer = try BundleWriter(vault: vault, to: .centre, key: bench.centre.agreementPublicKey) { bytes += $0 }
        for message in messages { try writer.add(message) }
        try writer.finish()
        let path = bench.folder.file(UUID().uuidString)
        try Data(bytes).write(to: URL(filePath: path))
        return path
    }

    @Test("messages of two stations, one of a stranger or one signed by another: nothing of the file is taken")
    func mixed() async throws {
        let bench = try await TestBench()
        let one = try await bench.station("one")
        let two = try await bench.station("two")
        try one.capture()
        try two.capture()
        let good = try one.pushMessage()
        let before = try await bench.vault.status()
        await #expect(throws: BundleRefusal.badSignature(message: 2)) {
            try await bench.centre.importBundle(try file(bench, [good, try two.pushMessage()]))
        }
        let stranger = try await TestBench().station()
        stranger.vault = TestBench.client
        await #expect(throws: BundleRefusal.unknownStation(stranger.id)) {
            try await bench.centre.importBundle(try file(bench, [try stranger.pushMessage()]))
        }
        var forged = good
        forged[good.count - 10] = forged[good.count - 10] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
        await #expect(throws: BundleRefusal.badSignature(message: 2)) {
            try await bench.centre.importBundle(try file(bench, [good, forged]))
        }
        #expect(try await bench.vault.status() == before)
        #expect(try await bench.centre.importBundle(try file(bench, [good])).new == 1)
    }

    @Test("a message that is none, an answer, an enrolment, or one of another client: the file is refused with the message's number")
    func badMessages() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        try station.capture()
        let good = try station.pushMessage()
        station.vault = "harborline"
        let other = try station.pushMessage()
        station.vault = TestBench.client
        let answer = try Envelope.seal(kind: .pushAnswer, lines: [Array(#"{"kind":"push-answer"}"#.utf8)], key: station.key)
        let long = try station.pushMessage(lines: [Array(repeating: 32, count: 1 << 20), []])
        for bad in [Array("cards\n".utf8), answer, other, Array(good.dropLast(131)), long, []] {
            let error = await #expect(throws: BundleRefusal.self) { try await bench.centre.importBundle(try file(bench, [good, bad])) }
            guard case .badMessage(2, _)? = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
        #expect(try await bench.vault.status().changes == 1)
        #expect(try await bench.centre.importBundle(try file(bench, [])).station == nil)
    }

    @Test("a request's time does not matter in a file: it may be years off")
    func time() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        station.clockError = -200 * 24 * 3_600_000
        try station.capture()
        #expect(try await bench.centre.importBundle(try file(bench, [try station.pushMessage()])).new == 1)
    }

    @Test("what is kept of a station is bounded, and a file that would pass the bound is refused before anything of it is kept")
    func bound() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        for _ in 1...1004 { try station.capture() }
        let messages = try (1..<1004).map { try station.pushMessage(after: $0, count: 1) }
        #expect(try await bench.centre.importBundle(try file(bench, Array(messages.prefix(900)))).parked == 900)
        await #expect(throws: BundleRefusal.noRoom(station.id, limit: 1000)) {
            try await bench.centre.importBundle(try file(bench, Array(messages.dropFirst(900))))
        }
        #expect(try await bench.vault.parked().count == 900)
        // The one that was missing lets all the others go on.
        #expect(try await bench.centre.importBundle(try file(bench, [try station.pushMessage(count: 1)])).new == 1)
        #expect(try await bench.vault.parked().isEmpty)
        #expect(try await bench.vault.status().entries == 901)
        #expect(try await bench.centre.importBundle(try file(bench, Array(messages.dropFirst(900)))).new == 103)
    }

    @Test("what closed a gap and was interrupted before those behind it goes on when the store is opened")
    func resumes() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        for _ in 1...3 { try station.capture() }
        _ = try await bench.centre.importBundle(try file(bench, [try station.pushMessage(after: 1, count: 2)]))
        #expect(try await bench.vault.parked().count == 1)
        // As a power cut between the two transactions leaves it: the epoch is there, what waited is not taken.
        let connection = try bench.vaultConnection()
        try await connection.transaction(.write) { sql in _ = try sql.execute("UPDATE parked SET reason = 'later'", []) }
        try await station.push(count: 1)
        try await connection.transaction(.write) { sql in _ = try sql.execute("UPDATE parked SET reason = 'gap'", []) }
        try connection.close()
        let second = try bench.secondCentre()
        let vault = try #require(try await second.vault(TestBench.client))
        #expect(try await vault.parked().isEmpty)
        #expect(try await vault.status().entries == 3)
        #expect(try await vault.examine().findings.isEmpty)
    }

    @Test("a change that was taken by its id and put aside is released like any other")
    func quarantinedByID() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        try station.capture()
        try station.capture("Bob", form: "summer/2")
        _ = try await bench.centre.importBundle(try file(bench, [try station.pushMessage(after: 1, count: 1)]))
        let number = try #require(try await bench.vault.parked().first).number
        #expect(try await bench.vault.acceptParked(number: number).new == 1)
        #expect(try await bench.vault.quarantine().map(\.problem) == [.unknownForm])
        try await bench.vault.putPromotion(TestBench.document(version: 2))
        #expect(try await bench.vault.quarantine().isEmpty)
        #expect(try await bench.vault.status().entries == 1)
        try await station.push()
        try await station.pull()
        // Without a place in the chain the line comes back to its maker as well.
        #expect(station.pulledIDs.contains(station.changes[1].id))
        #expect(try await bench.vault.examine().findings.isEmpty)
    }

    @Test("an entry that was erased stays erased, whatever was kept of it")
    func erasedWhileKept() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        let entry = try station.capture().entry
        try station.add(.set, .entry(entry), ["phone": .text("+15424120990")])
        try station.add(.set, .entry(entry), ["name": .text("Marker")], base: [HandMadeStation.base(station.changes[0], "name")])
        try await station.push(count: 1)
        _ = try await bench.centre.importBundle(try file(bench, [try station.pushMessage(after: 2, count: 1)]))
        #expect(try await bench.vault.parked().count == 1)
        try await bench.vault.erase(entry)
        let connection = try bench.vaultConnection()
        let lines = try await connection.transaction(.read) { sql in try sql.map("SELECT lines FROM parked") { $0.blob(0) } }
        try connection.close()
        #expect(lines.count == 1 && Data(lines[0]).firstRange(of: Data("Marker".utf8)) == nil)
        try await station.push(after: 1, count: 1)
        #expect(try await bench.vault.parked().isEmpty)
        #expect(try await bench.vault.entry(entry)?.state.isErased == true)
        #expect(try await bench.vault.quarantine().isEmpty)
        #expect(try await bench.vault.examine().findings.isEmpty)
    }
}

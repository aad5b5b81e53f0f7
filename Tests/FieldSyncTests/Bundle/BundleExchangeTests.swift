import CentralStore
import EntryModel
import FieldStore
import FieldSync
import Foundation
import TestSupport
import Testing

/// Stations that sync by files, with the real centre.
@Suite("Exchange by bundles") struct BundleExchangeTests {
    @Test("a kiosk that never has a network syncs by files in both directions")
    func bothDirections() async throws {
        let fleet = try await Fleet()
        let kiosk = try await fleet.station("kiosk")
        let desk = try await fleet.station("desk")
        await desk.sync()
        try desk.capture(["given_name": "Bob"])
        await desk.sync()

        // The first exchange brings the promotion, and the desk's entry.
        let first = try await fleet.carry(kiosk)
        #expect(first.receipt.messages == 1 && first.receipt.changes == 0)
        #expect(first.summary.pulled == 2 && first.summary.sentences.isEmpty)
        let entry = try kiosk.capture(["given_name": "Ann"])
        for number in 2...1200 { try kiosk.capture(["given_name": "Ann \(number)"]) }

        let (receipt, summary) = try await fleet.carry(kiosk)
        #expect(receipt.new == 1200 && receipt.accepted == 3 && receipt.parked == 0)
        #expect(summary.acknowledged == 1200 && summary.pulled == 0 && summary.unsent == 0)
        #expect(try kiosk.unsent == 0)
        #expect(try kiosk.database.status().lastSync == kiosk.surroundings.now())
        await desk.sync()
        #expect(try desk.shown(entry, "given_name") == "Ann")
        try await expectEqual(fleet, kiosk, desk)
    }

    @Test("files and network are mixed freely: neither doubles what the other brought, in whatever order")
    func mixed() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("tent")
        await station.sync()
        try station.capture(["given_name": "Ann"])
        let early = try fleet.export(station)
        try station.capture(["given_name": "Bob"])
        #expect(await station.sync().pushed == 2)
        // The file arrives after the network brought all of it, and more.
        let late = try await fleet.centre.importBundle(early)
        #expect(late.accepted == 1 && late.new == 0)
        #expect(try station.exchange.take(from: try await fleet.receipts(for: station)).recoveries.isEmpty)

        try station.capture(["given_name": "Cy"])
        let file = try fleet.export(station)
        #expect(try await fleet.centre.importBundle(file).new == 1)
        // Now the network comes after the file: the centre knows the change.
        #expect(await station.sync().outcome == .complete)
        #expect(try station.unsent == 0)
        #expect(try await fleet.comparison().entries == 3)
        #expect(try await fleet.vault.status().changes == 4)
    }

    @Test("a bundle and its receipts taken in twice change nothing the second time")
    func twice() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("tent")
        await station.sync()
        for name in ["Ann", "Bob", "Cy"] { try station.capture(["given_name": name]) }
        let file = try fleet.export(station)
        #expect(try await fleet.centre.importBundle(file).new == 3)
        let before = try await fleet.vault.status()
        let again = try await fleet.centre.importBundle(file)
        #expect(again.accepted == 1 && again.new == 0)
        #expect(try await fleet.vault.status() == before)
        let receipts = try await fleet.receipts(for: station)
        #expect(try station.exchange.take(from: receipts).acknowledged == 3)
        let second = try station.exchange.take(from: receipts)
        #expect(second.acknowledged == 0 && second.pulled == 0 && second.recoveries.isEmpty && second.isAnswer)
    }

    @Test("bundles that come out of order wait at the centre, go on by themselves when the gap closes, and are then acknowledged")
    func outOfOrder() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("tent")
        await station.sync()
        try station.capture(["given_name": "Ann"])
        let first = try fleet.export(station)
        try station.capture(["given_name": "Bob"])
        let second = try fleet.export(station, onlyNew: true)
        try station.capture(["given_name": "Cy"])
        let third = try fleet.export(station, onlyNew: true)

        for file in [third, second] {
            let receipt = try await fleet.centre.importBundle(file)
            #expect(receipt.parked == 1 && receipt.new == 0)
        }
        #expect(try await fleet.centre.importBundle(third).known == 1)
        #expect(try await fleet.vault.parked().map(\.after) == [1, 2])
        #expect(try await fleet.vault.status().parked == 2)
        let waiting = try station.exchange.take(from: try await fleet.receipts(for: station))
        #expect(waiting.acknowledged == 0 && waiting.parked == 2 && waiting.recoveries.isEmpty)
        #expect(try station.unsent == 3)

        #expect(try await fleet.centre.importBundle(first).new == 1)
        #expect(try await fleet.vault.parked().isEmpty)
        #expect(try await fleet.comparison().entries == 3)
        let done = try station.exchange.take(from: try await fleet.receipts(for: station))
        #expect(done.acknowledged == 3 && done.parked == 0)
        try await expectEqual(fleet, station)
    }

    @Test("a gap before a bundle may be closed by the network, and one that staff accept is not taken twice")
    func gapClosedByNetwork() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("tent")
        await station.sync()
        try station.capture(["given_name": "Ann"])
        _ = try fleet.export(station)
        try station.capture(["given_name": "Bob"])
        let second = try fleet.export(station, onlyNew: true)
        #expect(try await fleet.centre.importBundle(second).parked == 1)
        await station.sync()
        #expect(try await fleet.vault.parked().isEmpty)
        #expect(try await fleet.comparison().entries == 2)

        try station.capture(["given_name": "Cy"])
        _ = try fleet.export(station)
        try station.capture(["given_name": "Di"])
        let fourth = try fleet.export(station, onlyNew: true)
        _ = try await fleet.centre.importBundle(fourth)
        let number = try #require(try await fleet.vault.parked().first).number
        #expect(try await fleet.vault.acceptParked(number: number).new == 1)
        await #expect(throws: BundleRefusal.notKept(number)) { try await fleet.vault.acceptParked(number: number) }
        #expect(try await fleet.centre.importBundle(fourth).known == 1)
        #expect(try await fleet.comparison().entries == 3)
        // The station keeps its work until its chain has no gap, and then nothing is doubled.
        #expect(try station.exchange.take(from: try await fleet.receipts(for: station)).acknowledged == 0)
        #expect(try await fleet.carry(station).summary.acknowledged == 2)
        try await expectEqual(fleet, station)
        #expect(try await fleet.vault.status().changes == 5)
    }

    @Test("what the centre puts aside is told with the receipts")
    func exceptions() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("tent")
        await station.sync()
        try station.capture(["given_name": "Ann"])
        let id = try #require(try station.database.identity?.station)
        try await fleet.vault.assign(id, [])
        let (receipt, summary) = try await fleet.carry(station)
        #expect(receipt.accepted == 1)
        #expect(summary.acknowledged == 1)
        #expect(summary.exceptions.map(\.problem) == ["not-entitled"])
        #expect(try station.database.status().quarantinedCount == 1)
        // It goes on at the centre once the station is assigned again, and the next file tells so.
        try await fleet.vault.assign(id, [Fleet.promotion])
        try await fleet.carry(station)
        #expect(try station.database.status().quarantinedCount == 0)
    }

    /// Centre and stations hold the same values.
    private func expectEqual(_ fleet: Fleet, _ stations: Station...) async throws {
        let centre = try await fleet.comparison()
        for station in stations {
            let own = try station.comparison()
            #expect(own.entries == centre.entries && own.digest == centre.digest, "\(station.name)")
        }
        #expect(try await fleet.vault.examine().findings.isEmpty)
    }
}

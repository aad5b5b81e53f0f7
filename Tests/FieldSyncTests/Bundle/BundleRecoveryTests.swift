import CentralStore
import EntryModel
import FieldStore
import FieldSync
import Foundation
import TestSupport
import Testing

/// Copied and restored files, and a restored centre, where nothing but files goes to and fro.
@Suite("Recovery by bundles") struct BundleRecoveryTests {
    @Test("two copies of a station's file that sync by files: the second goes on under an epoch of its own, and nothing is lost or doubled")
    func clones() async throws {
        let fleet = try await Fleet()
        let one = try await fleet.station("one")
        try await fleet.carry(one)
        try one.capture(["given_name": "Ann"])
        try await fleet.carry(one)
        let two = try fleet.copy(one, as: "two")
        try one.capture(["given_name": "Bob"])
        try two.capture(["given_name": "Cy"])
        try await fleet.carry(one)

        let (receipt, summary) = try await fleet.carry(two)
        #expect(receipt.forked == 1 && receipt.new == 1)
        #expect(summary.recoveries.map(\.kind) == [.forked] && summary.acknowledged == 0)
        #expect(try two.unsent == 2)
        #expect(try await fleet.vault.stations().first?.trouble == .forked)
        let after = try await fleet.carry(two)
        #expect(after.receipt.new == 0 && after.summary.acknowledged == 2)
        for station in [one, two, one] { try await fleet.carry(station) }
        for station in [one, two] {
            #expect(try station.comparison().digest == (try await fleet.comparison()).digest)
            #expect(try station.comparison().entries == 3)
        }
    }

    @Test("a receipt carried to another copy of the file acknowledges nothing there")
    func receiptAtClone() async throws {
        let fleet = try await Fleet()
        let one = try await fleet.station("one")
        try await fleet.carry(one)
        try one.capture(["given_name": "Ann"])
        let file = try fleet.export(one)
        // The copy knows the request too, and then goes another way.
        let two = try fleet.copy(one, as: "two")
        let stranger = try fleet.copy(one, as: "three")
        try one.capture(["given_name": "Bob"])
        try two.capture(["given_name": "Cy"])
        _ = try await fleet.centre.importBundle(file)
        let early = try await fleet.receipts(for: one)
        // What the receipt speaks of is in the copy's chain too: that far it is right.
        #expect(try stranger.exchange.take(from: early).acknowledged == 1)

        try await fleet.carry(one)
        let late = try await fleet.receipts(for: one)
        let summary = try two.exchange.take(from: late)
        #expect(summary.acknowledged == 0)
        #expect(summary.recoveries.map(\.kind) == [.forked])
        #expect(try two.unsent == 2)
        #expect(try one.exchange.take(from: late).recoveries.isEmpty)
        for station in [two, one, two] { try await fleet.carry(station) }
        #expect(try two.comparison().digest == (try await fleet.comparison()).digest)
        #expect(try await fleet.comparison().entries == 3)
    }

    @Test("a kiosk put back to yesterday's backup fetches back by file what it forgot, and what it keys then is not lost")
    func rolledBack() async throws {
        let fleet = try await Fleet()
        let kiosk = try await fleet.station("kiosk")
        try await fleet.carry(kiosk)
        let first = try kiosk.capture(["given_name": "Ann"])
        try await fleet.carry(kiosk)
        let restored = try fleet.copy(kiosk, as: "yesterday")
        try kiosk.capture(["given_name": "Bob"])
        try kiosk.edit(first, "city", "Pilgrim")
        try await fleet.carry(kiosk)
        try kiosk.database.close()

        try restored.capture(["given_name": "Cy"])
        // For the centre this is another copy of the file, but it also says how far the file had come once.
        let (receipt, summary) = try await fleet.carry(restored)
        #expect(receipt.forked == 1 && receipt.new == 1)
        #expect(summary.recoveries.map(\.kind) == [.rolledBack])
        for _ in 1...2 { try await fleet.carry(restored) }
        #expect(try restored.comparison().entries == 3)
        #expect(try restored.shown(first, "city") == "Pilgrim")
        #expect(try restored.comparison().digest == (try await fleet.comparison()).digest)
        #expect(try restored.unsent == 0)
    }

    @Test("an idle kiosk that was put back is told by its next receipts, before it keys anything")
    func rolledBackIdle() async throws {
        let fleet = try await Fleet()
        let kiosk = try await fleet.station("kiosk")
        try await fleet.carry(kiosk)
        let restored = try fleet.copy(kiosk, as: "yesterday")
        try kiosk.capture(["given_name": "Ann"])
        try await fleet.carry(kiosk)
        try kiosk.database.close()
        let summary = try await fleet.carry(restored).summary
        #expect(summary.recoveries.map(\.kind) == [.rolledBack])
        try await fleet.carry(restored)
        #expect(try restored.comparison().entries == 1)
    }

    @Test("a centre put back to yesterday's backup gets everything back by files: own changes, and lines of others")
    func restoredCentre() async throws {
        let fleet = try await Fleet()
        let kiosk = try await fleet.station("kiosk")
        let desk = try await fleet.station("desk")
        await desk.sync()
        try await fleet.carry(kiosk)
        try kiosk.capture(["given_name": "Ann"])
        try await fleet.carry(kiosk)
        let backup = try fleet.backUpVault()
        let lost = try desk.capture(["given_name": "Bob"])
        await desk.sync()
        try kiosk.capture(["given_name": "Cy"])
        try await fleet.carry(kiosk)
        #expect(try kiosk.shown(lost, "given_name") == "Bob")
        let expected = try await fleet.comparison()
        // The desk is gone with its file; only the kiosk has what it had sent.
        try await fleet.restoreVault(backup, [kiosk])
        #expect(try await fleet.comparison().entries == 1)

        // Nothing new is keyed: the pull alone shows that the centre has less than it had confirmed.
        var rounds = 0
        while try await fleet.comparison().digest != expected.digest, rounds < 6 {
            try await fleet.carry(kiosk)
            rounds += 1
        }
        #expect(try await fleet.comparison().digest == expected.digest, "after \(rounds) rounds")
        #expect(rounds <= 3)
        try await fleet.carry(kiosk)
        #expect(try kiosk.database.unconfirmedCount() == 0)
        #expect(try kiosk.unsent == 0)
        #expect(try kiosk.comparison().digest == expected.digest)
    }

    @Test("old receipts neither withdraw what a newer sync granted nor move a cursor")
    func staleReceipts() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("tent")
        let id = try #require(try station.database.identity?.station)
        try await fleet.vault.assign(id, [])
        let file = try fleet.export(station)
        _ = try await fleet.centre.importBundle(file)
        let old = try await fleet.receipts(for: station)
        try await fleet.vault.assign(id, [Fleet.promotion])
        await station.sync()
        #expect(try station.database.promotions().map(\.id) == [Fleet.promotion])
        let cursors = try station.database.cursors()
        let summary = try station.exchange.take(from: old)
        #expect(!summary.isAnswer && summary.passedOver == 1)
        #expect(try station.database.promotions().map(\.id) == [Fleet.promotion])
        #expect(try station.database.cursors() == cursors)
    }

    @Test("old receipts do not put back into quarantine what was released since")
    func staleExceptions() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("tent")
        await station.sync()
        let id = try #require(try station.database.identity?.station)
        try await fleet.vault.assign(id, [])
        let entry = try station.capture(["given_name": "Ann"])
        _ = try await fleet.centre.importBundle(try fleet.export(station))
        let old = try await fleet.receipts(for: station)
        let copy = try fleet.copy(station, as: "copy")
        try await fleet.vault.assign(id, [Fleet.promotion])
        await station.sync()
        #expect(try station.exchange.take(from: old).isAnswer)
        #expect(try station.database.status().quarantinedCount == 0)
        #expect(try station.shown(entry, "given_name") == "Ann")
        // Where nothing newer has come they count.
        #expect(try copy.exchange.take(from: old).exceptions.count == 1)
        #expect(try copy.database.status().quarantinedCount == 1)
    }

    @Test("exchanges that overlap for days still move on")
    func overlapping() async throws {
        let fleet = try await Fleet()
        let kiosk = try await fleet.station("kiosk")
        let desk = try await fleet.station("desk")
        await desk.sync()
        try await fleet.carry(kiosk)
        var underway: [String] = []
        for day in 1...6 {
            try kiosk.capture(["given_name": "Kiosk \(day)"])
            try desk.capture(["given_name": "Desk \(day)"])
            await desk.sync()
            _ = try await fleet.centre.importBundle(try fleet.export(kiosk))
            underway.append(try await fleet.receipts(for: kiosk))
            // The stick comes back two days later, when newer ones have gone out.
            if underway.count > 2 { _ = try kiosk.exchange.take(from: underway.removeFirst()) }
        }
        #expect(try kiosk.unsent == 2)
        for file in underway { _ = try kiosk.exchange.take(from: file) }
        #expect(try kiosk.unsent == 0)
        try await fleet.carry(kiosk)
        #expect(try kiosk.comparison().digest == (try await fleet.comparison()).digest)
        #expect(try kiosk.comparison().entries == 12)
    }

    @Test("what was in quarantine, and a restored centre has merged out of a bundle, is decided again")
    func mergedOutOfBundle() async throws {
        let fleet = try await Fleet(sharing: .own)
        let one = try await fleet.station("one")
        _ = await one.engine.synchronize()
        let id = try #require(try one.database.identity?.station)
        let backup = try fleet.backUpVault()
        try one.capture(["given_name": "Ann"])
        let file = try fleet.export(one)
        try one.capture(["given_name": "Bob"])
        try await fleet.vault.assign(id, [])
        _ = await one.engine.synchronize()
        #expect(try one.database.status().quarantined.count == 2)

        try await fleet.restoreVault(backup, [one])
        try await fleet.vault.assign(id, [Fleet.promotion])
        #expect(try await fleet.centre.importBundle(file).new == 1)
        let summary = await one.engine.synchronize()
        #expect(summary.recoveries.map(\.kind) == [.behind])
        #expect(try one.database.status().quarantined.isEmpty)
        #expect(try one.comparison().entries == 2)
        #expect(try one.comparison().digest == (try await fleet.comparison()).digest)
    }

    @Test("what was merged, and a restored centre has put aside out of a bundle, is known to be there, though no receipts come")
    func putAsideOutOfBundle() async throws {
        let fleet = try await Fleet(sharing: .own)
        let one = try await fleet.station("one")
        _ = await one.engine.synchronize()
        let id = try #require(try one.database.identity?.station)
        let backup = try fleet.backUpVault()
        try one.capture(["given_name": "Ann"])
        let file = try fleet.export(one)
        try one.capture(["given_name": "Bob"])
        _ = await one.engine.synchronize()
        #expect(try one.database.status().quarantined.isEmpty)

        try await fleet.restoreVault(backup, [one])
        try await fleet.vault.assign(id, [])
        #expect(try await fleet.centre.importBundle(file).new == 1)
        let summary = await one.engine.synchronize()
        #expect(summary.recoveries.map(\.kind) == [.behind])
        #expect(try one.database.status().quarantined.count == 2)
        #expect(try await fleet.vault.quarantine(limit: 9).count == 2)
    }
}

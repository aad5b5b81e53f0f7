import CentralStore
import EntryModel
import FieldSync
import GRDB
import TestSupport
import Testing

@testable import FieldStore

/// Stations' files that were copied, or put back to an earlier state.
@Suite struct RecoveryTests {
    // MARK: The station's file

    @Test("a file copied to a second machine: both go on keying, one of them under a new epoch, and both end with everything")
    func clone() async throws {
        let fleet = try await Fleet()
        let first = try await fleet.station("first")
        _ = await first.sync()
        var entries = try keyed(first, "Ann", "Bo")
        #expect(await first.sync().outcome == .complete)
        let second = try fleet.copy(first, as: "second")
        entries += try keyed(first, "Cy", "Di")
        entries += try keyed(second, "Ed", "Flo", "Gil")
        #expect(await first.sync().recoveries.isEmpty)

        let summary = await second.sync()
        #expect(summary.outcome == .complete)
        #expect(summary.recoveries.map(\.kind) == [.forked])
        #expect(try second.database.status().lastRecovery?.message == summary.recoveries.first?.sentence)
        let (one, two) = (try #require(try first.database.identity), try #require(try second.database.identity))
        #expect(two.epoch != one.epoch)
        #expect(two.forkedFrom == one.epoch)
        try await fleet.settle([first, second], entries)
        // From here on each has an epoch of its own.
        entries += try keyed(first, "Hal")
        entries += try keyed(second, "Ida")
        #expect(await second.sync().recoveries.isEmpty)
        #expect(await first.sync().recoveries.isEmpty)
        try await fleet.settle([first, second], entries)
    }

    @Test("a copy that only reads learns that it is one, and fetches what the other has sent")
    func idleClone() async throws {
        let fleet = try await Fleet()
        let first = try await fleet.station("first")
        _ = await first.sync()
        var entries = try keyed(first, "Ann")
        _ = await first.sync()
        let second = try fleet.copy(first, as: "second")
        entries += try keyed(first, "Bo", "Cy")
        _ = await first.sync()
        let summary = await second.sync()
        #expect(summary.recoveries.map(\.kind) == [.rolledBack])
        #expect(summary.pulled == 2)
        try await fleet.settle([first, second], entries)
    }

    @Test("a copy of a file sends again what a restored centre has lost of it, though another copy has sent more since")
    func cloneOfRestored() async throws {
        let fleet = try await Fleet()
        let first = try await fleet.station("first")
        _ = await first.sync()
        var entries = try keyed(first, "Ann")
        _ = await first.sync()
        let second = try fleet.copy(first, as: "second")
        let backup = try fleet.backUpVault()
        entries += try keyed(second, "Bo")
        #expect(await second.sync().outcome == .complete)
        try await fleet.restoreVault(backup, [first, second])
        entries += try keyed(first, "Cy", "Di")
        #expect(await first.sync().recoveries.isEmpty)
        #expect(await second.sync().recoveries.map(\.kind) == [.forked])
        try await fleet.settle([first, second], entries)
    }

    @Test("a file restored from yesterday: what it had not confirmed goes again, what it had forgotten comes back, edits included")
    func restoredFile() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("a")
        let reader = try await fleet.station("b")
        _ = await station.sync()
        var entries = try keyed(station, "Ann", "Bo")
        _ = await station.sync()
        // Keyed before the backup, sent after it.
        entries += try keyed(station, "Cy")
        let yesterday = try fleet.copy(station, as: "yesterday")
        entries += try keyed(station, "Di", "Ed")
        try station.edit(entries[0], "note", "changed today")
        #expect(await station.sync().outcome == .complete)

        let restored = try fleet.copy(yesterday, as: "restored")
        entries += try keyed(restored, "Flo")
        let summary = await restored.sync()
        #expect(summary.outcome == .complete)
        #expect(summary.recoveries.map(\.kind) == [.rolledBack])
        // Cy, and Flo; Cy was there already and is not doubled.
        #expect(summary.recoveries.first?.changes == 2)
        #expect(try restored.shown(entries[0], "note") == "changed today")
        try await fleet.settle([restored, reader], entries)
        let operatorID = restored.operatorID
        #expect(try restored.database.undo(by: operatorID).wasCapture)
    }

    @Test("a file rolled back by a snapshot and used more than it had been before is found by its chain")
    func snapshot() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("a")
        _ = await station.sync()
        var entries = try keyed(station, "Ann")
        let snapshot = try fleet.copy(station, as: "snapshot")
        entries += try keyed(station, "Bo")
        _ = await station.sync()
        entries += try keyed(snapshot, "Cy", "Di", "Ed")
        let summary = await snapshot.sync()
        #expect(summary.recoveries.map(\.kind) == [.forked])
        try await fleet.settle([snapshot], entries)
    }

    @Test("a lost answer in the middle of it all costs nothing", arguments: 1...8)
    func interrupted(lost: Int) async throws {
        let fleet = try await Fleet()
        let first = try await fleet.station("first")
        _ = await first.sync()
        var entries = try keyed(first, "Ann")
        _ = await first.sync()
        let second = try fleet.copy(first, as: "second")
        entries += try keyed(first, "Bo")
        entries += try keyed(second, "Cy", "Di")
        _ = await first.sync()
        let before = second.transport.deliveries.count
        second.transport.decide { $0.number - before == lost - 1 ? .answerIsLost : .arrives }
        #expect(await second.sync().outcome == .complete)
        try await fleet.settle([first, second], entries)
    }

    @Test("a file that was repaired lets go what a centre that was put back does not share with it any more")
    func repairedFile() async throws {
        let fleet = try await Fleet(sharing: .batch)
        let (first, second) = (try await fleet.station("first"), try await fleet.station("second"))
        for station in [first, second] { _ = await station.sync() }
        _ = try first.database.openBatch(promotion: Fleet.promotion, label: "MB-1", expected: 2, by: first.operatorID)
        _ = await first.sync()
        let backup = try fleet.backUpVault()
        let entry = try second.capture(["given_name": "Ann"], place: CardPlace(batch: "MB-1", envelope: 1))
        for station in [second, first] { _ = await station.sync() }
        #expect(try first.database.entry(entry) != nil)
        // The entry comes back to the centre where it is now, without ever having been in the first station's batch.
        _ = try second.database.move(entry, to: CardPlace(batch: "MB-2", envelope: 1), by: second.operatorID)
        try await fleet.restoreVault(backup, [first, second])
        #expect(await second.sync().outcome == .complete)

        _ = try first.database.write { try $0.run("UPDATE feed_key SET digest = x'00'") }
        #expect(try first.database.repair().contains { $0.kind == .cursor })
        for station in [first, second, first] { #expect(await station.sync().outcome == .complete) }
        #expect(try first.database.entry(entry) == nil)
        #expect(try second.shown(entry, "given_name") == "Ann")
        #expect(try first.database.check() == [])
    }

    @Test("a centre put back by mistake, and then to where it had been: what it could not merge in between waits no more")
    func putBackTwice() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("a")
        let before = try fleet.backUpVault()
        try await fleet.put(sharing: .all, version: 2, extraField: "shoe")
        _ = await station.sync()
        var entries = [try station.capture(["given_name": "Ann", "shoe": "9"])]
        _ = await station.sync()
        let right = try fleet.backUpVault()
        try await fleet.restoreVault(before, [station])
        entries.append(try station.capture(["given_name": "Bo"]))
        // Its changes come to a centre that does not know their form; it gets no further.
        station.transport.decide { $0.kind == .push ? .arrives : .isLost }
        #expect(await station.sync().exceptions.map(\.problem) == ["unknown-form", "unknown-form"])
        station.transport.decide { _ in .arrives }
        #expect(try station.database.status().quarantinedCount == 2)

        try await fleet.restoreVault(right, [station])
        #expect(await station.sync().recoveries.map(\.kind) == [.behind])
        try await fleet.settle([station], entries)
    }

    @Test("a rejection that a station gets as its target's maker does not keep an entry there that has left its batch")
    func rejectedAndLeft() async throws {
        let fleet = try await Fleet(sharing: .batch)
        let (first, second) = (try await fleet.station("first"), try await fleet.station("second"))
        for station in [first, second] { _ = await station.sync() }
        _ = try first.database.openBatch(promotion: Fleet.promotion, label: "MB-1", expected: 2, by: first.operatorID)
        let entry = try second.capture(["given_name": "Ann"], place: CardPlace(batch: "MB-1", envelope: 1))
        for station in [second, first] { _ = await station.sync() }
        try first.edit(entry, "note", "by first")
        _ = try first.database.write { try $0.run("UPDATE change SET body = x'7B7D' WHERE sequence = 2") }
        #expect(await first.sync().exceptions.map(\.problem) == ["bad-digest"])
        let held = try await fleet.vault.quarantine()
        try await fleet.vault.reject(.number(try #require(held.first).number))
        #expect(await first.sync().outcome == .complete)
        #expect(try first.database.entry(entry) != nil)

        _ = try second.database.move(entry, to: CardPlace(batch: "MB-2", envelope: 1), by: second.operatorID)
        for station in [second, first] { #expect(await station.sync().outcome == .complete) }
        #expect(try first.database.entry(entry) == nil)
    }

    @Test("a rejection from before others captured the card does not keep the entry at its target's maker once it left")
    func rejectedAlone() async throws {
        let fleet = try await Fleet(sharing: .batch)
        let (first, second) = (try await fleet.station("first"), try await fleet.station("second"))
        for station in [first, second] { _ = await station.sync() }
        _ = try first.database.openBatch(promotion: Fleet.promotion, label: "MB-1", expected: 2, by: first.operatorID)
        let entry = try first.capture(["given_name": "Ann"], place: CardPlace(batch: "MB-1", envelope: 1))
        _ = try first.database.write { try $0.run("UPDATE change SET body = x'7B7D' WHERE sequence = 2") }
        #expect(await first.sync().exceptions.map(\.problem) == ["bad-digest"])
        try await fleet.vault.reject(.number(try #require(try await fleet.vault.quarantine().first).number))
        #expect(await first.sync().outcome == .complete)
        _ = try second.capture(["given_name": "Ann"], entry: entry, place: CardPlace(batch: "MB-1", envelope: 1))
        for station in [second, first] { #expect(await station.sync().outcome == .complete) }
        #expect(try first.shown(entry, "given_name") == "Ann")

        _ = try second.database.move(entry, to: CardPlace(batch: "MB-2", envelope: 1), by: second.operatorID)
        for station in [second, first] { #expect(await station.sync().outcome == .complete) }
        #expect(try first.database.entry(entry) == nil)
    }

    @Test("when a batch is withdrawn, what others wrote of it goes, and comes again when it is granted again")
    func withdrawnBatch() async throws {
        let fleet = try await Fleet(sharing: .batch)
        let (first, second) = (try await fleet.station("first"), try await fleet.station("second"))
        for station in [first, second] { _ = await station.sync() }
        _ = try first.capture(["given_name": "Ann"], place: CardPlace(batch: "MB-1", envelope: 1))
        _ = try second.database.openBatch(promotion: Fleet.promotion, label: "MB-1", expected: 2, by: second.operatorID)
        for station in [second, first, first] { #expect(await station.sync().outcome == .complete) }
        func lines() throws -> Int64 {
            try first.database.read { try $0.integer("SELECT count(*) FROM change WHERE batch IS NOT NULL") }
        }
        #expect(try lines() == 1)
        let keys = try first.database.cursors().keys.compactMap { FeedKey($0) }
        try first.database.setGranted(keys.filter { $0 != .batch(promotion: Fleet.promotion, label: "MB-1") })
        #expect(try lines() == 0)
        #expect(await first.sync().outcome == .complete)
        #expect(try lines() == 1)
    }

    @Test("an edit of what a station had by a batch that a restored centre does not grant it any more goes on; its lines are handed back")
    func forgottenBatch() async throws {
        let fleet = try await Fleet(sharing: .batch)
        let (first, second) = (try await fleet.station("first"), try await fleet.station("second"))
        for station in [first, second] { _ = await station.sync() }
        let backup = try fleet.backUpVault()
        let entry = try first.capture(["given_name": "Ann"], place: CardPlace(batch: "MB-1", envelope: 1))
        let own = try second.capture(["given_name": "Bo"], place: CardPlace(batch: "MB-1", envelope: 2))
        for station in [second, first, second] { #expect(await station.sync().outcome == .complete) }
        // What it did in the batch is erased, so nothing says any more that it had worked there.
        try await fleet.vault.erase(own)
        _ = await second.sync()
        try second.edit(entry, "note", "by second")
        try await fleet.restoreVault(backup, [first, second])
        // The other machine does not come back.
        #expect(await second.sync().outcome == .complete)
        #expect(try await fleet.vault.entry(entry)?.state["given_name"]?.heads.count == 1)
        #expect(try await fleet.vault.entry(entry)?.state["note"]?.heads.count == 1)
        #expect(try await fleet.vault.status().quarantined == 0)
        #expect(try second.database.status().quarantinedCount == 0)
    }

    // MARK: What stays

    @Test("a revoked station syncs no more, says so, and keeps what it has not sent")
    func revoked() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("a")
        _ = await station.sync()
        let sent = try keyed(station, "Ann")
        _ = await station.sync()
        let unsent = try keyed(station, "Bo", "Cy")
        try await fleet.vault.revoke(try #require(try station.database.identity).station)
        for _ in 1...2 {
            let summary = await station.sync()
            #expect(summary.outcome == .revoked)
            #expect(summary.message.contains("safe in this file"))
        }
        #expect(try station.database.unsentCount() == 2)
        // The file is locked, and holds it all.
        #expect(try station.database.outgoing(after: 0, maximumRows: 10, maximumBytes: 1 << 20).count == sent.count + unsent.count)
    }
}

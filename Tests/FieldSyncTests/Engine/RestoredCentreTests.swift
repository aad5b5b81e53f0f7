import CentralStore
import EntryModel
import FieldSync
import TestSupport
import Testing

@testable import FieldStore

/// A centre that was put back to an earlier state, alone or together with a station's file.
@Suite struct RestoredCentreTests {
    @Test("a centre restored from yesterday is refilled by the stations, and even one that only reads notices")
    func restoredCentre() async throws {
        let fleet = try await Fleet()
        let (a, b) = (try await fleet.station("a"), try await fleet.station("b"))
        for station in [a, b] { _ = await station.sync() }
        var entries = try keyed(a, "Ann")
        _ = await a.sync()
        _ = await b.sync()
        let backup = try fleet.backUpVault()
        entries += try keyed(a, "Bo", "Cy")
        _ = await a.sync()
        try b.edit(entries[0], "note", "by b")
        for station in [b, a, b] { _ = await station.sync() }
        try await fleet.restoreVault(backup, [a, b])

        let summary = await a.sync()
        #expect(summary.outcome == .complete)
        #expect(summary.centreWasRestored)
        #expect(summary.recoveries.map(\.kind).first == .behind)
        try await fleet.settle([a, b], entries)
        #expect(try a.shown(entries[0], "note") == "by b")
    }

    @Test("an older backup of the whole centre, put back on an empty machine, is refilled by the stations with all that came since")
    func lostMachine() async throws {
        let fleet = try await Fleet()
        let (a, b) = (try await fleet.station("a"), try await fleet.station("b"))
        for station in [a, b] { _ = await station.sync() }
        var entries = try keyed(a, "Ann", "Abe")
        for station in [a, b] { _ = await station.sync() }
        let backup = try await fleet.backUpCentre()
        entries += try keyed(a, "Bo", "Cy")
        entries += try keyed(b, "Di")
        for station in [a, b, a] { _ = await station.sync() }
        try b.edit(entries[0], "note", "by b")
        // What staff decide is the centre's own, and comes back from the stations that got it.
        try await fleet.put(sharing: .all, version: 2, extraField: "extra")
        for station in [b, a] { _ = await station.sync() }
        let lost = try await fleet.comparison()
        try await fleet.restoreCentre(backup, [a, b])
        #expect(try await fleet.comparison().entries == 2)

        for station in [a, b] { #expect(await station.sync().centreWasRestored) }
        try await fleet.settle([a, b], entries)
        #expect(try await fleet.comparison() == lost)
        #expect(try await fleet.vault.promotions().first?.promotion.version == 2)
        #expect(try await fleet.vault.examine().findings == [])
        // It goes on as a centre that stations may be added to.
        let c = try await fleet.station("c")
        #expect(await c.sync().outcome == .complete)
        try await fleet.settle([a, b, c], entries)
    }

    @Test("a centre put back twice, and the second time to where chain and feed are as a station has them: nothing waits there any more")
    func putBackTwiceUnseen() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("a")
        let before = try fleet.backUpVault()
        try await fleet.put(sharing: .all, version: 2, extraField: "shoe")
        _ = await station.sync()
        let entries = [try station.capture(["given_name": "Ann", "shoe": "9"])]
        for _ in 1...2 { #expect(await station.sync().outcome == .complete) }
        let right = try fleet.backUpVault()
        try await fleet.restoreVault(before, [station])
        // It sends its change again, to a centre that does not know its form, and gets no further.
        let first = station.transport.deliveries.count
        station.transport.decide { $0.number == first || $0.kind == .push ? .arrives : .isLost }
        #expect(await station.sync().exceptions.map(\.problem) == ["unknown-form"])
        station.transport.decide { _ in .arrives }
        #expect(try station.database.status().quarantinedCount == 1)

        try await fleet.restoreVault(right, [station])
        #expect(await station.sync().recoveries.isEmpty)
        try await fleet.settle([station], entries)
        // Once a sync has come to its end there is nothing to ask for any more.
        #expect(await station.sync().pushed == 0)
    }

    @Test("a file that was put back learns that nothing of it waits at a centre that was put back and sent it again meanwhile")
    func putBackFile() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("a")
        let before = try fleet.backUpVault()
        try await fleet.put(sharing: .all, version: 2, extraField: "shoe")
        _ = await station.sync()
        let right = try fleet.backUpVault()
        let entries = [try station.capture(["given_name": "Ann", "shoe": "9"])]
        try await fleet.restoreVault(before, [station])
        station.transport.decide { $0.kind == .push ? .arrives : .isLost }
        #expect(await station.sync().exceptions.map(\.problem) == ["unknown-form"])
        station.transport.decide { _ in .arrives }

        // Its file as it is now comes back, when the centre has had the change under the same number of the chain again, and merged it at once.
        let old = try fleet.copy(station, as: "old")
        #expect(try old.database.status().quarantinedCount == 1)
        try await fleet.restoreVault(right, [station, old])
        #expect(await station.sync().recoveries.map(\.kind) == [.behind])
        #expect(await old.sync().recoveries.isEmpty)
        try await fleet.settle([old], entries)
    }

    @Test("a restored centre has forgotten that it released a change; its maker learns of it, though it does not read it any more")
    func forgottenRelease() async throws {
        let fleet = try await Fleet(sharing: .own)
        let (station, _, waiting) = try await refused(fleet)
        let id = try #require(try station.database.identity).station
        try await fleet.vault.assign(id, [Fleet.promotion])
        #expect(await station.sync().outcome == .complete)
        #expect(try station.database.status().quarantinedCount == 0)
        _ = try keyed(station, "Bo")
        #expect(await station.sync().exceptions.isEmpty)

        try await fleet.vault.assign(id, [])
        #expect(await station.sync().outcome == .complete)
        try await fleet.restoreVault(waiting, [station])
        #expect(await station.sync().recoveries.map(\.kind) == [.behind])
        #expect(try await fleet.vault.status().quarantined == 2)
        #expect(try station.database.status().quarantinedCount == 2)
    }

    /// A station whose capture is in quarantine because its promotion was taken from it, and what the vault held then.
    private func refused(_ fleet: Fleet) async throws -> (station: Station, entry: UniqueID, backup: String) {
        let station = try await fleet.station("a")
        _ = await station.sync()
        let entry = try keyed(station, "Ann")[0]
        try await fleet.vault.assign(try #require(try station.database.identity).station, [])
        #expect(await station.sync().exceptions.map(\.problem) == ["not-entitled"])
        return (station, entry, try fleet.backUpVault())
    }

    @Test("what a station kept of a promotion that was taken from it is asked for when it is given back: the centre may have lost it")
    func givenBack() async throws {
        let fleet = try await Fleet(sharing: .own)
        let (station, entry, waiting) = try await refused(fleet)
        let id = try #require(try station.database.identity).station
        try await fleet.vault.reject(.number(try #require(try await fleet.vault.quarantine().first).number))
        for promotions in [[Fleet.promotion], []] {
            try await fleet.vault.assign(id, promotions)
            #expect(await station.sync().outcome == .complete)
        }

        // The centre forgets the rejection while nobody asks for it, and takes the change in.
        try await fleet.restoreVault(waiting, [station])
        try await fleet.vault.assign(id, [Fleet.promotion])
        #expect(try await fleet.vault.entry(entry) != nil)
        let summary = await station.sync()
        #expect(summary.outcome == .complete)
        #expect(summary.recoveries.map(\.kind) == [.handedBack])
        #expect(try station.comparison().digest == (try await fleet.comparison().digest))
        #expect(try await fleet.vault.entry(entry)?.state.fields.isEmpty == true)
        #expect(await station.sync().recoveries.isEmpty)
    }

    /// A station that has dropped its first entry with its promotion, which was safe at the centre for good, and not its second; and the vault before
    /// it was taken away.
    private func dropped(_ fleet: Fleet) async throws -> (station: Station, entries: [UniqueID], backup: String) {
        let station = try await fleet.station("a")
        _ = await station.sync()
        var entries = try keyed(station, "Ann")
        _ = await station.sync()
        fleet.clock.advance(by: .seconds(31 * 86_400))
        entries += try keyed(station, "Bo")
        _ = await station.sync()
        let backup = try fleet.backUpVault()
        try await fleet.vault.assign(try #require(try station.database.identity).station, [])
        #expect(await station.sync().outcome == .complete)
        #expect(try station.database.chainPosition().lacks == 1)
        return (station, entries, backup)
    }

    @Test("what was dropped and came back with its promotion stays when the centre is put back to before both, and rot in it is mended")
    func droppedOnce() async throws {
        let fleet = try await Fleet(sharing: .own)
        let (station, kept, backup) = try await dropped(fleet)
        var entries = kept
        try await fleet.vault.assign(try #require(try station.database.identity).station, [Fleet.promotion])
        #expect(await station.sync().outcome == .complete)
        entries += try keyed(station, "Cy")
        _ = await station.sync()
        try await fleet.restoreVault(backup, [station])
        try await fleet.settle([station], entries)

        _ = try station.database.write { try $0.run("UPDATE change SET body = x'7B7D' WHERE epoch IS NULL AND entry IS NOT NULL") }
        #expect(try station.database.repair().map(\.kind).contains(.rottedBody))
        try await fleet.settle([station], entries)
        #expect(try station.shown(entries[0], "given_name") == "Ann")
    }

    @Test("what was dropped comes back with its promotion though the centre was put back to before that was taken away")
    func givenBackToForgetful() async throws {
        let fleet = try await Fleet(sharing: .own)
        let (station, entries, backup) = try await dropped(fleet)
        try await fleet.vault.assign(try #require(try station.database.identity).station, [Fleet.promotion])
        try await fleet.restoreVault(backup, [station])
        try await fleet.settle([station], entries)
    }
}

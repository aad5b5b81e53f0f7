import CentralStore
import EntryModel
import FieldStore
import FieldSync
import TestSupport
import Testing

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
}

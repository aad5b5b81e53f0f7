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
}

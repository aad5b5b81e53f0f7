import CentralStore
import EntryModel
import FieldStore
import FieldSync
import TestSupport
import Testing

/// What a restored centre cannot get from the chains of its stations: it is handed back.
@Suite struct HandbackTests {
    @Test("what staff and stations that exist no more had written comes back to a restored centre from one that only read it")
    func handback() async throws {
        let fleet = try await Fleet()
        let (gone, reader) = (try await fleet.station("gone"), try await fleet.station("reader"))
        for station in [gone, reader] { _ = await station.sync() }
        var entries = try keyed(gone, "Ann")
        for station in [gone, reader] { _ = await station.sync() }
        let backup = try fleet.backUpVault()
        entries += try keyed(gone, "Bo", "Cy")
        try await fleet.put(sharing: .all, version: 2, extraField: "shoe")
        _ = await gone.sync()
        entries += [try gone.capture(["given_name": "Di", "shoe": "9"])]
        try gone.edit(entries[0], "note", "last words")
        for station in [gone, reader] { _ = await station.sync() }
        try await fleet.restoreVault(backup, [reader])

        let summary = await reader.sync()
        #expect(summary.outcome == .complete)
        #expect(summary.recoveries.map(\.kind) == [.handedBack])
        #expect(summary.recoveries.first?.changes == 5)
        #expect(try reader.database.unconfirmedCount() == 0)
        try await fleet.settle([reader], entries)
        #expect(try reader.shown(entries[0], "note") == "last words")
        let fresh = try await fleet.station("fresh")
        try await fleet.settle([reader, fresh], entries)
        #expect(try fresh.shown(entries[3], "shoe") == "9")
    }

    @Test("both put back at once: a file of yesterday and a centre of the day before, with a reader that saw it all")
    func both() async throws {
        let fleet = try await Fleet()
        let (a, reader) = (try await fleet.station("a"), try await fleet.station("b"))
        for station in [a, reader] { _ = await station.sync() }
        var entries = try keyed(a, "Ann")
        for station in [a, reader] { _ = await station.sync() }
        let backup = try fleet.backUpVault()
        entries += try keyed(a, "Bo")
        _ = await a.sync()
        let yesterday = try fleet.copy(a, as: "yesterday")
        entries += try keyed(a, "Cy", "Di")
        try a.edit(entries[0], "note", "today")
        for station in [a, reader] { _ = await station.sync() }
        try await fleet.restoreVault(backup, [yesterday, reader])
        entries += try keyed(yesterday, "Ed")

        #expect(await yesterday.sync().outcome == .complete)
        #expect(await reader.sync().outcome == .complete)
        try await fleet.settle([yesterday, reader], entries)
        #expect(try yesterday.shown(entries[0], "note") == "today")
    }

    @Test("a centre put back to before a station's new epoch gets the changes of the old one as well")
    func olderEpochs() async throws {
        let fleet = try await Fleet()
        let first = try await fleet.station("first")
        _ = await first.sync()
        let empty = try fleet.backUpVault()
        var entries = try keyed(first, "Ann", "Bo")
        _ = await first.sync()
        let second = try fleet.copy(first, as: "second")
        entries += try keyed(first, "Cy")
        _ = await first.sync()
        let summary = await second.sync()
        #expect(summary.recoveries.map(\.kind) == [.rolledBack])
        entries += try keyed(second, "Di")
        _ = await second.sync()
        try await fleet.restoreVault(empty, [second])
        #expect(await second.sync().outcome == .complete)
        try await fleet.settle([second], entries)
    }
}

import CentralStore
import EntryModel
import FieldSync
import GRDB
import TestSupport
import Testing

@testable import FieldStore

/// Bytes that rotted at a station while the centre has them whole.
@Suite struct RottedLineTests {
    private func rot(_ station: Station, sequence: Int64) throws {
        _ = try station.database.write { database in
            try database.run("UPDATE change SET body = x'7B7D' WHERE sequence = ?", [.integer(sequence)])
        }
    }

    @Test("a line that rotted before its receipt came is asked for by a repair, and comes back from the centre")
    func receiptLost() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("a")
        _ = await station.sync()
        let entries = try keyed(station, "Ann", "Bo")
        station.transport.decide { _ in .answerIsLost }
        #expect(await station.sync().pushed == 0)
        station.transport.decide { _ in .arrives }
        try rot(station, sequence: 1)
        #expect(try station.database.repair().contains { $0.remedy == .people })
        try await fleet.settle([station], entries)
        #expect(try station.shown(entries[0], "given_name") == "Ann")
    }

    @Test("a line that rotted after it was sent, and that a restored centre has got back from another station, comes back too")
    func handedBack() async throws {
        let fleet = try await Fleet()
        let (station, reader) = (try await fleet.station("a"), try await fleet.station("b"))
        for each in [station, reader] { _ = await each.sync() }
        let backup = try fleet.backUpVault()
        let entries = try keyed(station, "Ann", "Bo")
        for each in [station, reader] { _ = await each.sync() }
        try await fleet.restoreVault(backup, [station, reader])
        #expect(await reader.sync().recoveries.map(\.kind) == [.handedBack])
        // It learns that the centre has gone back, and no more.
        let before = station.transport.deliveries.count
        station.transport.decide { $0.number == before ? .arrives : .isLost }
        #expect(await station.sync().recoveries.map(\.kind) == [.behind])
        station.transport.decide { _ in .arrives }
        try rot(station, sequence: 2)
        try station.database.repair()
        try await fleet.settle([station, reader], entries)
        #expect(try station.shown(entries[1], "given_name") == "Bo")
    }

    @Test("of a person who is erased the bytes that rotted go too, though nothing of them is shown")
    func erased() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("a")
        _ = await station.sync()
        let entry = try keyed(station, "Ann")[0]
        try station.edit(entry, "note", "by a")
        _ = await station.sync()
        try rot(station, sequence: 2)
        try await fleet.vault.erase(entry)
        #expect(await station.sync().outcome == .complete)
        let lengths = try station.database.read { database in
            try database.list("SELECT length(body) FROM change WHERE epoch IS NOT NULL") { $0.integer(0) }
        }
        #expect(lengths == [66, 66])
    }
}

import EntryModel
import FieldStore
import FieldSync
import TestSupport
import Testing

extension Fleet {
    /// Syncs everybody until nothing moves; then all hold the same, nothing is doubled, nothing is in conflict and nothing unsent.
    ///
    /// - Parameter entries: All that was ever keyed.
    func settle(_ stations: [Station], _ entries: [UniqueID]) async throws {
        var isMoving = true
        var rounds = 0
        while isMoving {
            rounds += 1
            try #require(rounds <= 5, "the queues drain")
            isMoving = false
            for station in stations {
                let summary = await station.sync()
                #expect(summary.outcome == .complete, "\(station.name): \(summary.message)")
                isMoving = isMoving || summary.pushed > 0 || summary.pulled > 0
            }
        }
        let there = try await comparison()
        #expect(there.entries == Set(entries).count)
        for station in stations {
            let here = try station.comparison()
            #expect(here.entries == there.entries, "\(station.name)")
            #expect(here.digest == there.digest, "\(station.name)")
            let status = try station.database.status()
            #expect(status.conflicts == 0)
            #expect(status.unsent == 0)
            #expect(status.quarantinedCount == 0)
            #expect(try station.database.check() == [])
            for entry in entries { #expect(try station.database.entry(entry) != nil) }
        }
    }
}

/// Keys an entry for each name.
func keyed(_ station: Station, _ names: String...) throws -> [UniqueID] {
    try names.map { try station.capture(["given_name": $0]) }
}

import EntryModel
import TestSupport
import Testing

@testable import CentralStore

@Suite("Examining a vault", .everyStore)
struct DoctorTests {
    /// A vault with entries in several batches, an edit, a conflict, an erasure, a rejection and a fork: everything that is examined.
    private func busyBench() async throws -> TestBench {
        let bench = try await TestBench(sharing: .batch)
        let first = try await bench.station("one")
        let second = try await bench.station("two")
        try first.add(.set, .batch("MB-1"), ["$state": .text("open")])
        let (entry, capture) = try first.capture("Ann", batch: "MB-1")
        let (gone, _) = try first.capture("Bob", batch: "MB-2")
        try first.capture("Cyd", batch: "MB-1")
        try await first.push()
        try first.add(.set, .entry(entry), ["$batch": .text("MB-2")], base: [HandMadeStation.base(capture, "$batch")])
        try first.add(.set, .entry(entry), ["shoe": .text("42")])
        try first.capture("Dan", form: "summer/7")
        try await first.push(after: 4)
        try second.capture("Eve", entry: entry, batch: "MB-3")
        try await second.push()
        try await bench.vault.erase(gone)
        try await bench.vault.reject(.number(1))
        return bench
    }

    /// Runs a statement on the vault's file behind the centre's back.
    private func corrupt(_ bench: TestBench, _ sql: String) throws {
        let connection = try bench.vaultConnection()
        // The two databases write bytes differently.
        let sql =
            connection.dialect == .sqlite
            ? sql
            : sql.replacing("zeroblob(32)", with: "decode(repeat('00', 32), 'hex')").replacing("x'7B7D'", with: "decode('7B7D', 'hex')")
        let changed = try connection.blockingTransaction(.write) { try $0.execute(sql, []) }
        #expect(changed > 0, "nothing was corrupted")
        try connection.close()
    }

    @Test("nothing is found where nothing is wrong, and everything was looked at")
    func healthy() async throws {
        let bench = try await busyBench()
        let examination = try await bench.vault.examine()
        #expect(examination.findings == [])
        #expect(examination.entries == 3)
        #expect(examination.batches == 1)
        #expect(examination.links == 3)
        #expect(examination.changes == 10)
        #expect(examination.feedRows == Int(try await bench.vault.status().position))
        #expect(!examination.hasMore)
    }

    @Test(
        "each kind of damage is found, and what can be worked out again is repaired",
        arguments: [
            ("UPDATE entry SET batch = 'XX' WHERE number = 3", VaultFinding.Area.entry, true),
            ("UPDATE entry SET conflicts = 0, void = 1 WHERE number = 1", .entry, true),
            ("UPDATE entry SET changes = changes + 1 WHERE number = 2", .entry, true),
            ("UPDATE batch SET changes = 9", .batch, true),
            ("UPDATE vault SET quarantined = 5", .count, true),
            ("UPDATE vault SET rejected = 0", .count, true),
            ("UPDATE vault SET erased = 0", .count, true),
            ("UPDATE vault SET change = 3", .count, true),
            ("UPDATE change SET body = x'7B7D' WHERE number = 3", .change, false),
            (
                "INSERT INTO change SELECT number + 100, id, promotion, entry, batch, epoch, sequence, received, header, body FROM change WHERE number = 3",
                .change, false
            ),
            ("UPDATE vault SET indexed = 5", .index, true),
            ("INSERT INTO change_id VALUES (7, 1)", .index, true),
            ("UPDATE feed SET digest = zeroblob(32) WHERE position = 4", .feed, false),
            ("UPDATE feed SET feed_key = 1 WHERE position = 4", .feed, false),
            ("UPDATE vault SET position = position + 1", .feed, false),
            ("UPDATE epoch SET sequence = sequence - 1 WHERE number = 1", .chain, false),
            ("UPDATE epoch SET chain = zeroblob(32) WHERE number = 2", .chain, false),
            ("UPDATE link SET chain = zeroblob(32) WHERE epoch = 1 AND first = 5", .chain, false),
            ("UPDATE link SET last = last + 1 WHERE epoch = 2", .chain, false),
            ("DELETE FROM quarantine", .chain, false),
            ("DELETE FROM membership WHERE entry = 3", .key, false),
            ("DELETE FROM entry WHERE number = 3", .entry, false),
            ("UPDATE entry SET erased = 1 WHERE number = 3", .entry, true),
            ("DELETE FROM archived", .archive, true),
            ("UPDATE archived SET subject = 'batch/summer/MB-9'", .archive, true),
            ("UPDATE archived SET change = 999", .archive, true),
            ("INSERT INTO reach VALUES (1, 999)", .key, true),
        ])
    func damage(sql: String, area: VaultFinding.Area, isRepairable: Bool) async throws {
        let bench = try await busyBench()
        try corrupt(bench, sql)
        let found = try await bench.vault.examine().findings.filter { $0.area == area }
        #expect(!found.isEmpty)
        #expect(found.allSatisfy { !$0.isRepaired && $0.isRepairable == isRepairable })
        let repaired = try await bench.vault.examine(repair: true).findings.filter { $0.area == area }
        #expect(repaired.map(\.isRepaired) == found.map { _ in isRepairable })
        let left = try await bench.vault.examine().findings.filter { $0.area == area }
        #expect(left.isEmpty == isRepairable)
    }

    @Test("a body of an erased entry that still stands is found, wherever it lies, and destroyed")
    func standingBodies() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        let (entry, capture) = try station.capture("Ann")
        try station.add(.set, .entry(entry), ["shoe": .text("42")], form: "summer/7")
        try await station.push()
        try await bench.vault.reject(.number(1))
        let rejected = station.changes[1]
        try station.add(.set, .entry(entry), ["shoe": .text("43")], form: "summer/8")
        let held = station.changes[2]
        try await station.push(after: 2)
        try await bench.vault.erase(entry)
        #expect(try await bench.vault.examine().findings == [])
        let connection = try bench.vaultConnection()
        for (table, change) in [("change", capture), ("change", rejected), ("quarantine", held)] {
            let values: [SQLValue] = [.blob(BodyStore().sealed(change.bodyLine)), .blob(change.id.bytes)]
            let written = try connection.blockingTransaction(.write) { try $0.execute("UPDATE \(table) SET body = ? WHERE id = ?", values) }
            #expect(written == 1)
            let found = try await bench.vault.examine().findings
            #expect(found.map(\.area) == [.entry])
            #expect(found.map(\.subject) == [entry.description])
            #expect(try await bench.vault.examine(repair: true).findings.allSatisfy(\.isRepaired))
            #expect(try await bench.vault.examine().findings == [])
        }
        try connection.close()
    }
}

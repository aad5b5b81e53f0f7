import EntryModel
import Foundation
import TestSupport
import Testing

@testable import CentralStore

/// A vault whose disk is full at each point of what it does: it has happened wholly or not at all, and the next attempt goes on.
@Suite("A full disk at the centre")
struct FullVaultTests {
    /// Every row of the vault, as text.
    private func contents(_ vault: Vault) async throws -> [String] {
        try await vault.connection.transaction(.read) { sql in
            let tables = try sql.map("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name") { $0.text(0) }
            return try tables.flatMap { table in
                let columns = try sql.map("SELECT name FROM pragma_table_info('\(table)')") { $0.text(0) }
                let row = columns.map { "quote(\"\($0)\")" }.joined(separator: " || '|' || ")
                return try sql.map("SELECT \(row) FROM \"\(table)\"") { "\(table): \($0.text(0))" }.sorted()
            }
        }
    }

    private func limit(_ vault: Vault, pages: Int64) async throws {
        try await vault.connection.transaction(.write) { _ = try $0.integer("PRAGMA max_page_count = \(pages)") }
    }

    /// Lets the file grow page by page until the operation succeeds; each failure has to be told as a full disk and leave no trace.
    private func fill(_ vault: Vault, _ operation: () async throws -> Void) async throws {
        let before = try await contents(vault)
        let pages = try await vault.connection.transaction(.read) { try $0.integer("PRAGMA page_count") ?? 0 }
        var failures = 0
        for more in 0..<Int64(600) {
            try await limit(vault, pages: pages + more)
            do {
                try await operation()
                #expect(failures > 0, "the operation needed no page more")
                try await limit(vault, pages: 1 << 30)
                #expect(try await contents(vault) != before)
                #expect(try await vault.examine().findings == [])
                return
            } catch let problem as Problem {
                #expect(problem.code == .storageFull)
            } catch CentreError.storage(let failure) {
                #expect(failure.reason == .full)
            }
            failures += 1
            #expect(try await contents(vault) == before)
        }
        Issue.record("the operation never succeeded")
    }

    @Test(
        "a push of captures, edits and a change for the quarantine is taken whole or not at all, and the same message again is then accepted"
    )
    func push() async throws {
        let bench = try await TestBench(sharing: .batch)
        let station = try await bench.station()
        for number in 0..<60 { try station.capture("Person \(number)", batch: "MB-\(number % 3)") }
        try await station.push()
        for number in 0..<150 {
            let (entry, capture) = try station.capture("Late \(number)", batch: "MB-\(number % 5)")
            try station.add(.set, .entry(entry), ["phone": .text("+15424120990")], base: [HandMadeStation.base(capture, "phone")])
            if number % 40 == 0 { try station.add(.set, .entry(entry), ["shoe": .text("42")]) }
        }
        try await fill(bench.vault) {
            let answer = try await station.push(after: 60)
            #expect(answer.answer.outcome == .accepted)
            #expect(answer.answer.through == Int64(station.changes.count))
            #expect(answer.exceptions.count >= 4)
        }
        #expect(try await bench.vault.status().entries == 210)
    }

    @Test("a handback after a restore is taken whole or not at all")
    func handback() async throws {
        let bench = try await TestBench()
        let reader = try await bench.station("reader")
        let writer = try await bench.station("writer")
        try bench.centre.close()
        let file = bench.folder.file("data/vaults/\(TestBench.client).sqlite")
        let backup = bench.folder.file("backup.sqlite")
        try FileManager.default.copyItem(atPath: file, toPath: backup)

        var centre = try bench.secondCentre()
        (reader.centre, writer.centre) = (centre, centre)
        for number in 0..<150 { try writer.capture("Person \(number)") }
        try await writer.push()
        try await reader.pull()
        try centre.close()
        try FileManager.default.removeItem(atPath: file)
        try FileManager.default.copyItem(atPath: backup, toPath: file)

        centre = try bench.secondCentre()
        reader.centre = centre
        let vault = try #require(try await centre.vault(TestBench.client))
        try await fill(vault) {
            let answer = try await reader.handback()
            #expect(answer.taken.count == 151)
        }
        #expect(try await vault.status().entries == 150)
    }

    @Test("staff put a promotion, release what was held and erase an entry with the disk full: nothing half done")
    func staff() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        let long = String(repeating: "long ", count: 100)
        for number in 0..<60 { try station.capture("Person \(number) \(long)", form: "summer/2") }
        let (gone, _) = try station.capture("Gone")
        try await station.push()
        #expect(try await bench.vault.status().quarantined == 60)
        // The document releases them all.
        try await fill(bench.vault) { try await bench.vault.putPromotion(TestBench.document(version: 2, extra: "shoe")) }
        #expect(try await bench.vault.status().quarantined == 0)
        #expect(try await bench.vault.status().entries == 61)
        try await bench.vault.erase(gone)
        #expect(try await bench.vault.examine().findings == [])
    }
}

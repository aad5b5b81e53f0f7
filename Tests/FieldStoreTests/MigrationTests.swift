import EntryModel
import Foundation
import GRDB
import TestSupport
import Testing

@testable import FieldStore

/// A file that is brought to a newer version, broken off in the middle: it is what it was, and the next attempt brings it there.
@Suite("An interrupted migration")
struct MigrationTests {
    /// A step as a later version may bring one: it makes a table, changes another, and works through every change.
    private static let nextStep = """
        ALTER TABLE entry ADD COLUMN weight INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE body_copy (number INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
        INSERT INTO body_copy SELECT number, CAST(body || body AS BLOB) FROM change;
        SELECT power_cut();
        UPDATE entry SET weight = number;
        """

    private let folder: TemporaryFolder
    private var path: String { folder.file("station.sqlite") }

    init() throws {
        folder = try TemporaryFolder("migration")
    }

    /// Everything that a station's file holds, row by row, and its version.
    private func contents(_ path: String) throws -> [String] {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        return try queue.read { database in
            let tables = try String.fetchAll(database, sql: "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            let rows = try tables.map { try Row.fetchAll(database, sql: "SELECT * FROM \($0)").map(\.description).joined(separator: "\n") }
            return tables + rows + ["\(try Int.fetchOne(database, sql: "PRAGMA user_version") ?? -1)"]
        }
    }

    private func number(_ queue: DatabaseQueue, _ sql: String) throws -> Int {
        try queue.read { try Int.fetchOne($0, sql: sql) ?? -1 }
    }

    private func fill() throws {
        let station = try StationFixture(path: path)
        _ = try station.database.capture(try Cards.captures(120), by: station.operatorID)
        try station.database.close()
    }

    /// Opens the file as the program does, with little memory, so that unfinished work reaches the disk; `power_cut` does what the test says.
    private func open(_ path: String, powerCut: @escaping @Sendable () throws -> Void) throws -> DatabaseQueue {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { database in
            // As `DatabaseFile` does it: what the file is stands in it before there is a write-ahead log.
            if try Int.fetchOne(database, sql: "PRAGMA page_count") == 0 {
                try database.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
            }
            try database.execute(
                sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = 4; PRAGMA cache_spill = ON")
            database.add(
                function: DatabaseFunction("power_cut", argumentCount: 0) { _ in
                    try powerCut()
                    return nil
                })
        }
        return queue
    }

    @Test("a step that fails halfway leaves the file at its version with everything in it, and the repaired step works")
    func failingStep() throws {
        struct Failure: Error {}
        try fill()
        let before = try contents(path)
        let queue = try open(path) { throw Failure() }
        #expect(throws: DatabaseError.self) {
            try queue.writeWithoutTransaction { try Schema.migrate($0, by: Schema.steps + [Self.nextStep]) }
        }
        try queue.close()
        #expect(try contents(path) == before)
        #expect(try FieldDatabase(path: path).status().entries == 120)

        let again = try open(path) {}
        try again.writeWithoutTransaction { try Schema.migrate($0, by: Schema.steps + [Self.nextStep]) }
        #expect(try number(again, "PRAGMA user_version") == Schema.steps.count + 1)
        #expect(try number(again, "SELECT count(*) FROM entry WHERE weight = number") == 120)
    }

    @Test("a power cut in the middle of a step leaves a file that opens as it was", arguments: [0, 1])
    func powerCut(steps: Int) throws {
        // The files as the disk had them at that moment: the database and its write-ahead log, with unfinished pages in it.
        let cut = folder.file("cut.sqlite")
        let path = path
        let before: [String]?
        if steps == 1 {
            try fill()
            before = try contents(path)
        } else {
            before = nil
        }
        let queue = try open(path) {
            for suffix in ["", "-wal"] { try FileManager.default.copyItem(atPath: path + suffix, toPath: cut + suffix) }
        }
        try queue.writeWithoutTransaction { database in
            try Schema.migrate(database, by: Schema.steps + [Self.nextStep])
        }
        try queue.close()
        let log = try #require(try FileManager.default.attributesOfItem(atPath: cut + "-wal")[.size] as? Int)
        #expect(log > 40_000, "nothing unfinished had reached the disk")
        if let before {
            #expect(try contents(cut) == before)
            #expect(try FieldDatabase(path: cut).status().entries == 120)
        } else {
            // Nothing was in it yet; now it becomes a station's file like any other.
            let station = try StationFixture(path: cut)
            try station.capture(["given_name": "Sandra"])
            #expect(try station.database.status().entries == 1)
        }
    }

    @Test("of what a file of schema 9 had dropped the next says only that it was safe for good; a file that holds all has dropped nothing")
    func dropped() throws {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        try queue.writeWithoutTransaction { database in
            try Schema.migrate(database, by: Array(Schema.steps.prefix(9)))
            for (epoch, first) in [(1, 2), (2, 1)] {
                try database.execute(
                    sql: """
                        INSERT INTO epoch (number, id, acknowledged, acknowledged_chain, head, head_chain, durable)
                        VALUES (?, ?, 4, x'', 5, x'', 3)
                        """, arguments: [epoch, Data([UInt8(epoch)])])
                for sequence in first...5 {
                    try database.execute(
                        sql: "INSERT INTO change (id, header, body, epoch, sequence, body_digest) VALUES (?, x'', x'', ?, ?, x'')",
                        arguments: [Data([UInt8(epoch), UInt8(sequence)]), epoch, sequence])
                }
            }
            try Schema.migrate(database, by: Array(Schema.steps.prefix(10)))
        }
        #expect(try queue.read { try Int.fetchAll($0, sql: "SELECT dropped FROM epoch ORDER BY number") } == [3, 0])
    }

    @Test("a disk that is full at any page of the migration leaves the file as it was, and the next attempt with room succeeds")
    func fullDisk() throws {
        try fill()
        let before = try contents(path)
        let queue = try open(path) {}
        let pages = try number(queue, "PRAGMA page_count")
        var failures = 0
        for more in 0..<200 {
            do {
                try queue.writeWithoutTransaction { database in
                    _ = try Int.fetchOne(database, sql: "PRAGMA max_page_count = \(pages + more)")
                    try Schema.migrate(database, by: Schema.steps + [Self.nextStep])
                }
                break
            } catch let error as DatabaseError {
                #expect(error.resultCode == .SQLITE_FULL)
                failures += 1
                if failures % 8 == 1 { #expect(try contents(path) == before) }
            }
        }
        #expect(failures > 8, "the step hardly needed a page")
        #expect(try number(queue, "PRAGMA user_version") == Schema.steps.count + 1)
    }
}

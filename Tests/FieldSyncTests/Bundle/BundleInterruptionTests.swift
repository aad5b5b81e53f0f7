import CentralStore
import EntryModel
import FieldStore
import FieldSync
import Foundation
import TestSupport
import Testing

/// Bundles whose writing or taking in is broken off: the next attempt goes on from what is durable.
@Suite("Interrupted bundles") struct BundleInterruptionTests {
    private static func capture(_ count: Int, at station: Station) throws {
        let captures = (1...count).map { number in
            Capture(
                promotion: Fleet.promotion, channel: .kiosk,
                values: [(field: "given_name", keyed: Keyed(text: "\(station.name) \(number)"))])
        }
        _ = try station.database.capture(captures, by: station.operatorID)
    }

    @Test("a station that stops between two pages of a bundle goes on behind the last page when it takes the file in again")
    func station() async throws {
        let fleet = try await Fleet()
        let kiosk = try await fleet.station("kiosk")
        let desk = try await fleet.station("desk")
        await desk.sync()
        try Self.capture(1200, at: desk)
        await desk.sync()
        _ = try await fleet.centre.importBundle(try fleet.export(kiosk))
        let file = try await fleet.receipts(for: kiosk)
        let exchange = kiosk.exchange
        let stopped = Task {
            try exchange.take(from: file) { pulled in
                if pulled > 600 { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        await #expect(throws: CancellationError.self) { try await stopped.value }
        let between = try kiosk.comparison().entries
        #expect(between > 0 && between < 1200)
        let summary = try exchange.take(from: file)
        #expect(summary.pulled == 1200 - between)
        #expect(try kiosk.comparison().digest == (try await fleet.comparison()).digest)
    }

    @Test("a centre that stops between two messages of a bundle takes in the rest when it gets the file again")
    func centre() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("tent")
        await station.sync()
        try Self.capture(1700, at: station)
        let file = try fleet.export(station)
        let path = "\(fleet.centre.directory)/vaults/\(Fleet.client).sqlite"
        try await Self.execute(
            "CREATE TRIGGER stop BEFORE INSERT ON asked WHEN NEW.number = 3 BEGIN SELECT RAISE(ABORT, 'power cut'); END", path)
        await #expect(throws: CentreError.self) { try await fleet.centre.importBundle(file) }
        #expect(try await fleet.comparison().entries == 1000)
        try await Self.execute("DROP TRIGGER stop", path)
        let receipt = try await fleet.centre.importBundle(file)
        #expect(receipt.new == 700 && receipt.accepted == 4)
        #expect(try station.exchange.take(from: try await fleet.receipts(for: station)).acknowledged == 1700)
        #expect(try await fleet.vault.examine().findings.isEmpty)
    }

    private static func execute(_ statement: String, _ path: String) async throws {
        let connection = try SQLiteConnection(path: path, kind: .vault)
        try await connection.transaction(.write) { sql in _ = try sql.execute(statement, []) }
        try connection.close()
    }

    @Test("a bundle whose writing is stopped leaves no file and nothing to remember, and may be written again")
    func export() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("tent")
        await station.sync()
        try Self.capture(1200, at: station)
        let path = fleet.file()
        let exchange = station.exchange
        let stopped = Task {
            try exchange.export(to: path) { _ in withUnsafeCurrentTask { $0?.cancel() } }
        }
        await #expect(throws: CancellationError.self) { try await stopped.value }
        #expect(!FileManager.default.fileExists(atPath: path) && !FileManager.default.fileExists(atPath: path + ".partial"))
        #expect(try station.database.exports().isEmpty)
        #expect(try exchange.export(to: path).changes == 1200)
        #expect(try station.database.exports().count == 1)
    }

    @Test("a station remembers its last fifty bundles, and what it forgot is passed over without harm")
    func remembered() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("tent")
        await station.sync()
        try station.capture(["given_name": "Ann"])
        _ = try await fleet.centre.importBundle(try fleet.export(station))
        let old = try await fleet.receipts(for: station)
        fleet.clock.advance(by: .seconds(60))
        for _ in 1...FieldDatabase.rememberedExports { _ = try fleet.export(station) }
        #expect(try station.database.exports().count == FieldDatabase.rememberedExports)
        let summary = try station.exchange.take(from: old)
        #expect(!summary.isAnswer && summary.acknowledged == 0)
        #expect(try await fleet.carry(station).summary.acknowledged == 1)
    }
}

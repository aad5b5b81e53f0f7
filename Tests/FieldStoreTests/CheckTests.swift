import EntryModel
import GRDB
import TestSupport
import Testing

@testable import FieldStore

/// Rows are spoiled on purpose behind the program's back; the check finds each, and the repair puts right what it can.
@Suite("Check and repair")
struct CheckTests {
    private let all = FeedKey.promotion("brightfizz-summer")

    /// Entries of its own and of another station, a batch, a void, an edit; all acknowledged.
    private func station() throws -> (station: StationFixture, other: [OutgoingChange]) {
        let (station, other) = (try StationFixture(), try StationFixture("b", seed: 2))
        let own = try station.database.capture(try Cards.captures(3), by: station.operatorID)
        try station.edit(own[0].entry, ["given_name": "Alexandra"])
        _ = try station.database.void(own[1].entry, by: station.operatorID)
        let label = try #require(Cards.captures(1)[0].place?.batch)
        _ = try station.database.openBatch(promotion: "brightfizz-summer", label: label, expected: 3, by: station.operatorID)
        _ = try station.database.closeBatch(promotion: "brightfizz-summer", label: label, by: station.operatorID)
        try station.acknowledgeAll()
        try other.capture(["given_name": "Olga"])
        try other.capture(["given_name": "Otto"])
        let changes = try other.outgoing()
        try station.pull(changes)
        #expect(try station.database.check() == [])
        return (station, changes)
    }

    private func spoil(_ station: StationFixture, _ sql: String) throws {
        try station.database.queue.inDatabase { try $0.execute(sql: sql) }
    }

    @Test(
        "a row that does not say what its changes say is found, and merged anew",
        arguments: [
            "UPDATE entry SET flags = 0 WHERE flags = 1", "UPDATE entry SET conflicts = 3 WHERE number = 1",
            "UPDATE entry SET envelope = 77 WHERE number = 2", "UPDATE entry SET batch = NULL WHERE number = 3",
            "UPDATE entry SET changes = 0 WHERE number = 1", "UPDATE batch SET closed = 0", "UPDATE batch SET expected = 5",
        ])
    func rows(sql: String) throws {
        let (station, _) = try station()
        let digest = try station.database.comparison(promotion: "brightfizz-summer").digest
        try spoil(station, sql)
        #expect(try station.database.check().map(\.kind) == [.row])
        #expect(try station.database.repair().map(\.remedy) == [.repair])
        #expect(try station.database.check() == [])
        #expect(try station.database.comparison(promotion: "brightfizz-summer").digest == digest)
        #expect(try station.database.unsentCount() == 0)
    }

    @Test(
        "a broken chain is found, and goes on in a new epoch",
        arguments: [
            "UPDATE change SET chain = zeroblob(32) WHERE sequence = 2", "UPDATE epoch SET head_chain = zeroblob(32)",
            "UPDATE epoch SET acknowledged = head + 1", "UPDATE change SET sequence = 99 WHERE sequence = 3",
        ])
    func chain(sql: String) throws {
        let (station, _) = try station()
        let unsent = try station.capture(["given_name": "Cy"]).change
        try spoil(station, sql)
        #expect(try station.database.check().map(\.kind) == [.chain])
        try station.database.repair()
        #expect(try station.database.check() == [])
        #expect(try station.outgoing().map(\.id).contains(try #require(unsent)))
    }

    @Test(
        "a cursor that cannot be is found, and read from the beginning",
        arguments: [
            "UPDATE feed_key SET digest = x'00' WHERE name = 'promotion/brightfizz-summer'",
            "UPDATE feed_key SET position = -3 WHERE name = 'promotion/brightfizz-summer'",
            "UPDATE feed_key SET checkpoints = x'0102' WHERE name = 'promotion/brightfizz-summer'",
        ])
    func cursor(sql: String) throws {
        let (station, other) = try station()
        try spoil(station, sql)
        #expect(try station.database.check() == [FileFinding(.cursor, all.description, .repairAndSync)])
        try station.database.repair()
        #expect(try station.database.check() == [])
        #expect(try station.pull(other).heldChanges == 2)
    }

    @Test("rows that belong to nothing are found and go")
    func leftovers() throws {
        let (station, _) = try station()
        for table in ["holding VALUES (999, 1)", "unconfirmed VALUES (999)", "look_up VALUES (1, 999)"] {
            try spoil(station, "INSERT INTO \(table)")
        }
        #expect(try station.database.check().map(\.kind) == [.leftover, .leftover, .leftover])
        try station.database.repair()
        #expect(try station.database.check() == [])
    }

    @Test(
        "a line of another station that rotted is found, forgotten, and comes back whole with the next pull", arguments: ["header", "body"])
    func rottedLine(column: String) throws {
        let (station, other) = try station()
        let digest = try station.database.comparison(promotion: "brightfizz-summer").digest
        try spoil(station, "UPDATE change SET \(column) = x'7B7D' WHERE hex(id) = '\(other[1].id.hex.uppercased())'")
        #expect(try station.database.check().map(\.kind).first == (column == "body" ? .rottedBody : .rottedHeader))
        #expect(try station.database.comparison(promotion: "brightfizz-summer").digest != digest)
        try station.database.repair()
        #expect(try station.database.cursors()[all.description] == nil)
        try station.pull(other)
        #expect(try station.database.check() == [])
        #expect(try station.database.comparison(promotion: "brightfizz-summer").digest == digest)
    }

    @Test("an own line that rotted after it was sent comes back from the centre, whose feed brings those of an earlier epoch")
    func rottedOwnLine() throws {
        let (station, _) = try station()
        let sent = try station.outgoing()
        let digest = try station.database.comparison(promotion: "brightfizz-summer").digest
        let epoch = try station.database.chainPosition().epoch
        try spoil(station, "UPDATE change SET body = x'7B7D' WHERE hex(id) = '\(sent[0].id.hex.uppercased())'")
        let found = try station.database.repair()
        #expect(found.map(\.kind).contains(.rottedBody))
        #expect(try station.database.chainPosition().epoch != epoch)
        try station.pull(sent)
        #expect(try station.database.check() == [])
        #expect(try station.database.comparison(promotion: "brightfizz-summer").digest == digest)
    }

    @Test("an own line that rotted before it was acknowledged stays as it is, and is asked for in a new epoch")
    func rottedUnsentLine() throws {
        let (station, _) = try station()
        let unsent = try #require(try station.capture(["given_name": "Cy"]).change)
        let chain = try station.database.chainPosition()
        try spoil(station, "UPDATE change SET body = x'7B7D' WHERE hex(id) = '\(unsent.hex.uppercased())'")
        let found = try station.database.check()
        #expect(found.map(\.remedy).contains(.people))
        #expect(try station.database.repair() == found)
        #expect(try station.database.chainPosition().epoch != chain.epoch)
        #expect(try station.database.chainPosition().head.sequence == chain.head.sequence)
        #expect(try station.database.cursors().isEmpty)
        let body = try station.database.queue.inDatabase { database in
            try database.first("SELECT body FROM change WHERE id = ?", [.digest(unsent)]) { $0.blob(0) }
        }
        #expect(body == Array("{}".utf8))
    }

    @Test("a document that rotted keeps the file from nothing but keying that promotion, until it has come again")
    func rottedDocument() throws {
        let (station, _) = try station()
        let document = try TestCentre.document("brightfizz-summer")
        try spoil(station, "UPDATE change SET body = x'7B7D' WHERE entry IS NULL AND batch IS NULL")
        try station.database.repair()
        try station.database.apply(TestCentre.page(.documents(promotion: "brightfizz-summer"), from: 0, [document]))
        #expect(try station.database.promotions().map(\.id) == ["brightfizz-summer"])
        #expect(try station.database.check() == [])
        try station.capture(["given_name": "Cy"])
    }
}

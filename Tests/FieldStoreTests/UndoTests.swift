import EntryModel
import FieldStore
import Testing

@Suite("Undo")
struct UndoTests {
    @Test("an edit is set back to what it replaced, then the edit before it, then the capture is voided")
    func backwards() throws {
        let station = try StationFixture()
        let captured = try station.capture(["given_name": "Sandra"])
        let entry = captured.entry
        try station.edit(entry, ["given_name": "Alexandra", "city": "Martin"])
        let last = try station.edit(entry, ["given_name": "Sandrine"])

        var undone = try station.database.undo(by: station.operatorID)
        #expect(undone.action == last.change)
        #expect(undone.fields == ["given_name"])
        #expect(try station.text(entry, "given_name") == "Alexandra")

        undone = try station.database.undo(by: station.operatorID)
        #expect(undone.fields == ["given_name", "city"])
        #expect(undone.superseded.isEmpty)
        #expect(try station.text(entry, "given_name") == "Sandra")
        #expect(try station.text(entry, "city") == nil)

        undone = try station.database.undo(by: station.operatorID)
        #expect(undone.wasCapture)
        #expect(undone.action == captured.change)
        #expect(undone.superseded.isEmpty)
        #expect(try station.database.entry(entry)?.isVoid == true)
        #expect(code { try station.database.undo(by: station.operatorID) } == .nothingToUndo)
    }

    @Test("a void is restored, a restore is voided again")
    func void() throws {
        let station = try StationFixture()
        let entry = try station.capture(["given_name": "Sandra"]).entry
        _ = try station.database.void(entry, by: station.operatorID)
        _ = try station.database.restore(entry, by: station.operatorID)
        #expect(try station.database.undo(by: station.operatorID).kind == .restore)
        #expect(try station.database.entry(entry)?.isVoid == true)
        #expect(try station.database.undo(by: station.operatorID).kind == .void)
        #expect(try station.database.entry(entry)?.isVoid == false)
    }

    @Test("what somebody else has set since stays and is reported")
    func superseded() throws {
        let a = try StationFixture("a", seed: 1)
        let b = try StationFixture("b", seed: 2)
        let entry = try a.capture(["given_name": "Sandra"]).entry
        try a.edit(entry, ["given_name": "Alexandra", "city": "Martin"])
        try b.pull(from: a)
        try b.edit(entry, ["given_name": "Sandrine"])
        try a.pull(from: b)
        let undone = try a.database.undo(by: a.operatorID)
        #expect(undone.superseded == ["given_name"])
        #expect(undone.fields == ["city"])
        #expect(try a.text(entry, "given_name") == "Sandrine")
        #expect(try a.text(entry, "city") == nil)
    }

    @Test("a captured entry that somebody has worked on since is not voided")
    func supersededCapture() throws {
        let a = try StationFixture("a", seed: 1)
        let b = try StationFixture("b", seed: 2)
        let entry = try a.capture(["given_name": "Sandra"]).entry
        try b.pull(from: a)
        try b.edit(entry, ["given_name": "Sandrine"])
        try a.pull(from: b)
        let undone = try a.database.undo(by: a.operatorID)
        #expect(undone.change == nil)
        #expect(undone.superseded == ["given_name"])
        #expect(try a.database.entry(entry)?.isVoid == false)
    }

    @Test("each operator undoes only what is theirs")
    func operators() throws {
        let station = try StationFixture()
        let entry = try station.capture(["given_name": "Sandra"]).entry
        let other = try station.database.operatorID(named: "Ben")
        _ = try station.database.edit(entry, [("city", Keyed(text: "Paris"))], by: other)
        let undone = try station.database.undo(by: other)
        #expect(undone.fields == ["city"])
        #expect(code { try station.database.undo(by: other) } == .nothingToUndo)
        #expect(try station.database.undo(by: station.operatorID).wasCapture)
    }

    @Test("opening, closing and expecting are undone in a batch too")
    func batch() throws {
        let station = try StationFixture()
        _ = try station.database.openBatch(promotion: "brightfizz-summer", label: "MB-1", expected: 50, by: station.operatorID)
        _ = try station.database.openBatch(promotion: "brightfizz-summer", label: "MB-1", expected: 0, by: station.operatorID)
        _ = try station.database.closeBatch(promotion: "brightfizz-summer", label: "MB-1", by: station.operatorID)
        #expect(try station.database.undo(by: station.operatorID).subject == .batch("MB-1"))
        var batch = try #require(try station.database.batch(promotion: "brightfizz-summer", label: "MB-1"))
        #expect(batch.state == .open)
        #expect(batch.expected == 0)
        _ = try station.database.undo(by: station.operatorID)
        batch = try #require(try station.database.batch(promotion: "brightfizz-summer", label: "MB-1"))
        #expect(batch.expected == 50)
    }
}

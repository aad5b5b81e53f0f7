import EntryModel
import FieldStore
import TestSupport
import Testing

@Suite("Edit, void and restore")
struct EditTests {
    @Test("an edit replaces what stood, and names it as its base")
    func edit() throws {
        let station = try StationFixture()
        let entry = try station.capture(["given_name": "Sandra", "city": "Martin"])
        let edited = try station.edit(entry.entry, ["given_name": "Alexandra"])
        #expect(edited.fields == ["given_name"])
        #expect(try station.text(entry.entry, "given_name") == "Alexandra")
        let sent = try station.outgoing()[1]
        let body = try #require(try Change(headerLine: sent.headerLine, bodyLine: sent.bodyLine).body)
        #expect(body.base == [ChangeBody.Base(change: try #require(entry.change), fields: ["given_name"])])
        #expect(body.set.map(\.field) == ["given_name"])
    }

    @Test("values that stand already are left out, and when nothing is left nothing is written")
    func unchanged() throws {
        let station = try StationFixture()
        let entry = try station.capture(["given_name": "Sandra", "phone": "542 412 0990"]).entry
        let before = try station.database.chainPosition()
        let edited = try station.edit(entry, ["given_name": "Sandra", "phone": "(542) 412-0990", "unit": ""])
        #expect(edited.change == nil)
        #expect(edited.fields.isEmpty)
        #expect(try station.database.chainPosition() == before)
        #expect(try station.edit(entry, ["given_name": "Sandra", "city": "Martin"]).fields == ["city"])
    }

    @Test("an edit reports what the fields say against each other")
    func across() throws {
        let station = try StationFixture()
        let entry = try station.capture(["zip": "41649", "city": "Martin", "state": "KY"]).entry
        let edited = try station.edit(entry, ["state": "CA"])
        #expect(edited.findings.contains { $0.code == "zip-state" })
    }

    @Test("an unknown field, a field given twice, an unknown entry: each a clear error")
    func refusals() throws {
        let station = try StationFixture()
        let entry = try station.capture(["given_name": "Sandra"]).entry
        #expect(code { try station.edit(entry, ["shoe_size": "9"]) } == .unknownField)
        #expect(code { try station.edit(entry, ["city": "A", "city": "B"]) } == .invalid)
        #expect(code { try station.edit(StationFixture.id("none"), ["city": "A"]) } == .unknownEntry)
        #expect(try station.database.unsentCount() == 1)
    }

    @Test("a void entry leaves the count and comes back when it is restored")
    func void() throws {
        let station = try StationFixture()
        let entry = try station.capture(["given_name": "Sandra"], place: CardPlace(batch: "MB-1", envelope: 1)).entry
        #expect(try station.database.void(entry, reason: "duplicate", by: station.operatorID).change != nil)
        #expect(try station.database.entry(entry)?.isVoid == true)
        #expect(try station.database.void(entry, by: station.operatorID).change == nil)
        #expect(try station.database.status().voidEntries == 1)
        #expect(try station.database.batch(promotion: "brightfizz-summer", label: "MB-1")?.void == 1)
        #expect(try station.database.entries(promotion: "brightfizz-summer", limit: 9, includingVoid: false).isEmpty)
        #expect(try station.database.entries(promotion: "brightfizz-summer", limit: 9).count == 1)
        #expect(try station.database.restore(entry, by: station.operatorID).change != nil)
        #expect(try station.database.entry(entry)?.isVoid == false)
        #expect(try station.database.restore(entry, by: station.operatorID).change == nil)
        #expect(code { try station.database.void(entry, reason: "Not a code", by: station.operatorID) } == .invalid)
    }

    @Test("a card moves to another batch, and out of all of them")
    func move() throws {
        let station = try StationFixture()
        let entry = try station.capture(["given_name": "Sandra"], place: CardPlace(batch: "MB-1", envelope: 1)).entry
        let there = CardPlace(batch: "MB-2", envelope: 1)
        #expect(try station.database.move(entry, to: there, by: station.operatorID).fields == ["$batch"])
        #expect(try station.database.entry(entry)?.place == there)
        #expect(try station.database.batch(promotion: "brightfizz-summer", label: "MB-1")?.entries == 0)
        #expect(try station.database.batch(promotion: "brightfizz-summer", label: "MB-2")?.entries == 1)
        #expect(try station.database.move(entry, to: nil, by: station.operatorID).fields == ["$batch", "$envelope", "$card"])
        #expect(try station.database.entry(entry)?.place == nil)
    }

    @Test("the history tells each change with the values before and after it")
    func history() throws {
        let station = try StationFixture()
        let entry = try station.capture(["given_name": "Sandra", "city": "Martin"]).entry
        station.clock.advance(by: .seconds(60))
        try station.edit(entry, ["given_name": "Alexandra"])
        _ = try station.database.void(entry, reason: "duplicate", by: station.operatorID)
        let history = try station.database.history(entry)
        #expect(history.map(\.kind) == [.set, .set, .void])
        #expect(history[1].stamp == history[0].stamp + 60_000)
        #expect(history[1].fields.map(\.field) == ["given_name"])
        #expect(history[1].fields[0].old.map(\.value) == [.text("Sandra")])
        #expect(history[1].fields[0].new.value == .text("Alexandra"))
        #expect(history[2].reason == "duplicate")
        #expect(history.allSatisfy { $0.isOwn && !$0.isSent && $0.operatorName == "Operator a" })
        try station.acknowledgeAll()
        #expect(try station.database.history(entry).allSatisfy(\.isSent))
    }

    @Test("pages of entries come in order, without gaps or doubles")
    func pages() throws {
        let station = try StationFixture()
        _ = try station.database.capture(try Cards.captures(25), by: station.operatorID)
        var cursor: EntryCursor?
        var seen: [UniqueID] = []
        while true {
            let page = try station.database.entries(promotion: "brightfizz-summer", after: cursor, limit: 10)
            seen += page.map(\.id)
            cursor = page.last?.cursor
            if page.count < 10 { break }
        }
        #expect(seen.count == 25)
        #expect(Set(seen).count == 25)
        #expect(try station.database.entries(promotion: "brightfizz-summer", batch: "MB-0001", limit: 100).count == 25)
        #expect(try station.database.entries(promotion: "brightfizz-summer", batch: "MB-9999", limit: 100).isEmpty)
        #expect(try station.database.entries(promotion: "winter", limit: 100).isEmpty)
    }
}

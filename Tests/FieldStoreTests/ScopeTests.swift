import EntryModel
import FieldStore
import Testing

@Suite("What a station is entitled to")
struct ScopeTests {
    private let batch1 = FeedKey.batch(promotion: "brightfizz-summer", label: "MB-1")
    private let batch2 = FeedKey.batch(promotion: "brightfizz-summer", label: "MB-2")
    private let documents = FeedKey.documents(promotion: "brightfizz-summer")
    private let all = FeedKey.promotion("brightfizz-summer")

    private func own(_ station: StationFixture) -> FeedKey {
        .station(promotion: "brightfizz-summer", station: station.station)
    }

    private func leave(_ entry: UniqueID, _ key: FeedKey, at station: StationFixture) throws -> PageResult {
        let from = try station.database.cursors()[key.description]?.at.position ?? 0
        return try station.database.apply(TestCentre.page(key, from: from, [.leave(entry: entry)]))
    }

    /// Station b, which holds an entry of a's in batch 1.
    private func brought() throws -> (a: StationFixture, b: StationFixture, entry: UniqueID) {
        let a = try StationFixture("a", seed: 1)
        let b = try StationFixture("b", seed: 2)
        try b.database.setGranted([documents, own(b), batch1, batch2])
        let entry = try a.capture(["given_name": "Sandra"], place: CardPlace(batch: "MB-1", envelope: 1)).entry
        try b.pull(from: a, key: batch1)
        return (a, b, entry)
    }

    @Test("an entry that leaves its key is dropped, with its words")
    func leaves() throws {
        let (_, b, entry) = try brought()
        #expect(try b.database.find("sandra", limit: 9).count == 1)
        #expect(try leave(entry, batch1, at: b).droppedEntries == 1)
        #expect(try b.database.entry(entry) == nil)
        #expect(try b.database.find("sandra", limit: 9).isEmpty)
        #expect(try b.database.status().entries == 0)
        #expect(code { try b.edit(entry, ["city": "Paris"]) } == .unknownEntry)
        #expect(try leave(entry, batch1, at: b).droppedEntries == 0)
    }

    @Test("an entry that another key brought stays")
    func heldTwice() throws {
        let (a, b, entry) = try brought()
        try b.pull(from: a, key: batch2)
        #expect(try leave(entry, batch1, at: b).droppedEntries == 0)
        #expect(try b.database.entry(entry) != nil)
        #expect(try leave(entry, batch2, at: b).droppedEntries == 1)
        #expect(try b.database.entry(entry) == nil)
    }

    @Test("of a batch that is withdrawn what others wrote goes, and what staff have rejected stays so", arguments: [true, false])
    func withdrawnBatch(onlyTheBatch: Bool) throws {
        let (a, b) = (try StationFixture("a", seed: 1), try StationFixture("b", seed: 2))
        try b.database.setGranted([documents, own(b), batch1])
        _ = try a.database.openBatch(promotion: "brightfizz-summer", label: "MB-1", expected: 0, by: a.operatorID)
        try b.pull(from: a, key: batch1)
        _ = try b.database.closeBatch(promotion: "brightfizz-summer", label: "MB-1", by: b.operatorID)
        let header = ChangeHeader(
            station: ChangeHeader.central, operatorID: "staff", stamp: 1, skew: nil, kind: .reject,
            form: Versioned(id: "brightfizz-summer", version: 1), subject: .batch("MB-1"), target: try b.outgoing()[0].id)
        let reject = try Change(header: header, body: ChangeBody(salt: Array(repeating: 4, count: 16)))
        try b.database.apply(TestCentre.page(batch1, from: 1, [reject]))
        func batch() throws -> BatchView? { try b.database.batch(promotion: "brightfizz-summer", label: "MB-1") }
        #expect(try batch()?.expected == 0)
        #expect(try batch()?.state == .open)
        try b.database.setGranted(onlyTheBatch ? [documents, own(b)] : [])
        #expect(try batch()?.expected == nil)
        #expect(try batch()?.state == .open)
    }

    @Test("an entry with unsent changes stays in sight until they are sent, and its lines until they are safe for good")
    func unsent() throws {
        let (_, b, entry) = try brought()
        try b.edit(entry, ["city": "Paris"])
        #expect(try leave(entry, batch1, at: b).droppedEntries == 0)
        #expect(try b.database.entry(entry)?.unsentCount == 1)
        #expect(try b.outgoing().count == 1)
        #expect(try b.acknowledgeAll())
        #expect(try b.database.entry(entry) == nil)
        #expect(try b.database.find("sandra", limit: 9).isEmpty)
        #expect(try b.outgoing().count == 1)
        #expect(try b.acknowledgeAll(durable: 1))
        #expect(try b.outgoing().isEmpty)
        // The chain is still known where it was acknowledged.
        let head = try b.database.chainPosition().head
        #expect(try b.database.chain(at: 1) == head.chain)
        #expect(try b.acknowledgeAll(durable: 1))
    }

    @Test("a card that both captured stays while the centre has not decided about it, and is not compared")
    func undecided() throws {
        let (a, b, entry) = try brought()
        let place = CardPlace(batch: "MB-1", envelope: 9)
        func card(_ name: String, _ station: StationFixture) throws -> Captured {
            let card = Capture.card(promotion: "brightfizz-summer", place: place, values: [("given_name", Keyed(text: name))])
            return try station.database.capture(card, by: station.operatorID)
        }
        let twin = try card("Alexandra", b)
        #expect(try card("Sandra", a).entry == twin.entry)
        try b.pull(from: a, after: 1, key: batch1)
        #expect(try b.database.comparison(promotion: "brightfizz-summer").entries == 2)
        let waiting = PushAnswer.Exception(id: try #require(twin.change), state: .quarantined, problem: "unknown-form")
        try b.acknowledgeAll(durable: 1, exceptions: [waiting])
        #expect(try leave(twin.entry, batch1, at: b).droppedEntries == 0)
        #expect(try b.database.history(twin.entry).count == 2)
        #expect(try b.database.comparison(promotion: "brightfizz-summer").entries == 1)
        // Its release brings the whole entry into the station's own key.
        try b.pull(from: a, after: 1, key: own(b))
        #expect(try b.database.comparison(promotion: "brightfizz-summer").entries == 2)
        #expect(try b.database.entry(entry) != nil)
    }

    @Test("a card that is keyed again after its entry had left is the station's own once the centre has taken it")
    func keyedAgain() throws {
        let (_, b, _) = try brought()
        let place = CardPlace(batch: "MB-1", envelope: 9)
        let card = Capture.card(promotion: "brightfizz-summer", place: place, values: [("given_name", Keyed(text: "Sandra"))])
        let a = try StationFixture("c", seed: 3)
        _ = try a.database.capture(card, by: a.operatorID)
        try b.pull(from: a, key: batch1)
        let entry = try #require(card.entry)
        try b.edit(entry, ["city": "Paris"])
        try b.acknowledgeAll()
        #expect(try leave(entry, batch1, at: b).droppedEntries == 1)
        let again = try b.database.capture(card, by: b.operatorID)
        #expect(again.isNew)
        #expect(try b.database.entry(entry) != nil)
        #expect(try b.database.comparison(promotion: "brightfizz-summer").entries == 1)
        try b.acknowledgeAll()
        #expect(try b.database.entry(entry) != nil)
        #expect(try b.database.comparison(promotion: "brightfizz-summer").entries == 2)
    }

    @Test("an entry that comes back after it left is here again, whole")
    func comesBack() throws {
        let (a, b, entry) = try brought()
        try b.edit(entry, ["city": "Paris"])
        _ = try leave(entry, batch1, at: b)
        try b.acknowledgeAll()
        #expect(try b.database.entry(entry) == nil)
        // Its own line was kept, and the others come with the entry.
        #expect(try b.pull(from: a, key: batch2).newChanges == 1)
        #expect(try b.text(entry, "city") == "Paris")
        #expect(try b.database.find("sandra", limit: 9).count == 1)
    }

    @Test("a withdrawn key takes along what it alone brought, but no own capture and nothing unsent")
    func withdrawn() throws {
        let (a, b, entry) = try brought()
        let mine = try b.capture(["given_name": "Thomas"]).entry
        let edited = try a.capture(["given_name": "Ute"], place: CardPlace(batch: "MB-1", envelope: 2)).entry
        try b.pull(from: a, after: 1, key: batch1)
        try b.edit(edited, ["city": "Paris"])
        #expect(try b.database.setGranted([documents, own(b), batch2]) == 1)
        #expect(try b.database.entry(entry) == nil)
        #expect(try b.database.entry(mine) != nil)
        #expect(try b.database.entry(edited) != nil)
        #expect(try b.database.cursors()[batch1.description] == nil)
        try b.acknowledgeAll()
        #expect(try b.database.entry(mine) != nil)
        #expect(try b.database.entry(edited) == nil)
        #expect(try b.database.setGranted([documents, own(b), batch2]) == 0)
    }

    @Test("from all entries to its own: others' go, its own stay, unsent and sent")
    func narrowed() throws {
        let a = try StationFixture("a", seed: 1)
        let b = try StationFixture("b", seed: 2)
        try b.database.setGranted([documents, all])
        _ = try a.database.capture(try Cards.captures(20), by: a.operatorID)
        try b.pull(from: a)
        let sent = try b.capture(["given_name": "Thomas"]).entry
        try b.acknowledgeAll()
        let unsent = try b.capture(["given_name": "Ute"]).entry
        #expect(try b.database.setGranted([documents, own(b)]) == 20)
        #expect(try b.database.status().entries == 2)
        #expect(try b.database.entry(sent) != nil)
        #expect(try b.database.entry(unsent) != nil)
    }

    @Test("a promotion that is withdrawn takes no more entries, and what is unsent can still be sent")
    func unassigned() throws {
        let station = try StationFixture()
        try station.database.setGranted([documents, all])
        let sent = try station.capture(["given_name": "Sandra"]).entry
        try station.acknowledgeAll()
        let unsent = try station.capture(["given_name": "Thomas"]).entry
        try station.database.setGranted([])
        #expect(try station.database.promotions().isEmpty)
        #expect(try station.database.promotion("brightfizz-summer") != nil)
        #expect(code { try station.capture(["given_name": "Ute"]) } == .unknownPromotion)
        #expect(try station.database.entry(sent) == nil)
        #expect(try station.database.entry(unsent) != nil)
        #expect(try station.outgoing().count == 2)
        try station.database.setGranted([documents, all])
        #expect(try station.database.promotions().count == 1)
        #expect(try station.capture(["given_name": "Ute"]).isNew)
    }
}

import EntryModel
import FieldStore
import Testing

@Suite("Batches")
struct BatchTests {
    private let promotion = "brightfizz-summer"

    @Test("figures count envelopes: two cards of one envelope are one, and an envelope is void only when all its cards are")
    func figures() throws {
        let station = try StationFixture()
        let database = station.database
        _ = try database.openBatch(promotion: promotion, label: "MB-1", expected: 5, by: station.operatorID)
        let first = try station.capture(["city": "A"], place: CardPlace(batch: "MB-1", envelope: 1, card: 1)).entry
        let second = try station.capture(["city": "B"], place: CardPlace(batch: "MB-1", envelope: 1, card: 2)).entry
        try station.capture(["city": "C"], place: CardPlace(batch: "MB-1", envelope: 2))
        _ = try database.setException(promotion: promotion, label: "MB-1", envelope: 3, code: "empty", by: station.operatorID)
        _ = try database.setException(promotion: promotion, label: "MB-1", envelope: 4, code: "void", by: station.operatorID)
        _ = try database.setException(promotion: promotion, label: "MB-1", envelope: 2, code: "foreign", by: station.operatorID)
        _ = try database.void(first, by: station.operatorID)
        var batch = try #require(try database.batch(promotion: promotion, label: "MB-1"))
        #expect(batch.keyed == 2)
        #expect(batch.void == 1)
        #expect(batch.exceptions.map(\.envelope) == [3])
        #expect(batch.entries == 3)
        #expect(batch.counted == 4)
        #expect(batch.isComplete == false)
        #expect(batch.lastEnvelope == 4)
        _ = try database.void(second, by: station.operatorID)
        batch = try #require(try database.batch(promotion: promotion, label: "MB-1"))
        #expect(batch.keyed == 1)
        #expect(batch.void == 2)
        _ = try database.setException(promotion: promotion, label: "MB-1", envelope: 3, code: nil, by: station.operatorID)
        #expect(try database.batch(promotion: promotion, label: "MB-1")?.exceptions.isEmpty == true)
    }

    @Test("an envelope that nothing is known of is named, and so is one of which a card was keyed twice")
    func missing() throws {
        let station = try StationFixture()
        let database = station.database
        _ = try database.openBatch(promotion: promotion, label: "MB-1", expected: 9, by: station.operatorID)
        for envelope: Int64 in [2, 2, 5] { try station.capture(["city": "A"], place: CardPlace(batch: "MB-1", envelope: envelope)) }
        _ = try database.setException(promotion: promotion, label: "MB-1", envelope: 4, code: "empty", by: station.operatorID)
        var batch = try #require(try database.batch(promotion: promotion, label: "MB-1"))
        #expect(batch.missing == [1...1, 3...3, 6...9])
        #expect(batch.missingCount == 6)
        #expect(batch.opened == 5)
        #expect(batch.keyedTwice == [2])
        #expect(!batch.isBalanced)
        let second = try #require(try database.entries(promotion: promotion, label: "MB-1", envelope: 2).last)
        _ = try database.void(second.id, by: station.operatorID)
        batch = try #require(try database.batch(promotion: promotion, label: "MB-1"))
        #expect(batch.keyedTwice.isEmpty)
        #expect(batch.keyed == 2)
    }

    @Test("an envelope is made void with all that lies in it, in one action, or by itself when it is empty")
    func voidEnvelope() throws {
        let station = try StationFixture()
        let database = station.database
        _ = try database.openBatch(promotion: promotion, label: "MB-1", expected: 2, by: station.operatorID)
        for card: Int64 in [1, 2] { try station.capture(["city": "A"], place: CardPlace(batch: "MB-1", envelope: 1, card: card)) }
        func void(_ envelope: Int64) throws -> (batch: BatchView, entries: Int) {
            try database.voidEnvelope(
                promotion: promotion, label: "MB-1", envelope: envelope, reason: "unreadable", by: station.operatorID)
        }
        let full = try void(1)
        #expect(full.entries == 2)
        #expect(full.batch.void == 1)
        let empty = try void(2)
        #expect(empty.entries == 0)
        #expect(empty.batch.void == 2)
        #expect(empty.batch.isBalanced)
        #expect(code { try void(0) } == .invalid)
    }

    @Test("two stations that open one label apart end up in one batch, and what they both keyed of it shows at both")
    func twoStations() throws {
        let a = try StationFixture("a", seed: 1)
        let b = try StationFixture("b", seed: 2)
        for station in [a, b] {
            _ = try station.database.openBatch(promotion: promotion, label: "MB-1", expected: 3, by: station.operatorID)
            try station.capture(["city": "Martin"], place: CardPlace(batch: "MB-1", envelope: 1))
        }
        try a.capture(["city": "Inez"], place: CardPlace(batch: "MB-1", envelope: 2))
        try b.capture(["city": "Inez"], place: CardPlace(batch: "MB-1", envelope: 3))
        try a.pull(from: b)
        try b.pull(from: a)
        for station in [a, b] {
            let batches = try station.database.batches(promotion: promotion)
            #expect(batches.map(\.label) == ["MB-1"])
            #expect(batches.map(\.keyed) == [3])
            #expect(batches.map(\.keyedTwice) == [[1]])
            #expect(batches.map(\.conflicts) == [[]])
        }
    }

    @Test("a closed batch to which another station adds an envelope no longer adds up, and says so")
    func changedSinceClosed() throws {
        let a = try StationFixture("a", seed: 1)
        let b = try StationFixture("b", seed: 2)
        _ = try a.database.openBatch(promotion: promotion, label: "MB-1", expected: 1, by: a.operatorID)
        try a.capture(["city": "Martin"], place: CardPlace(batch: "MB-1", envelope: 1))
        #expect(try a.database.closeBatch(promotion: promotion, label: "MB-1", by: a.operatorID).differsSinceClosed == false)
        try b.capture(["city": "Inez"], place: CardPlace(batch: "MB-1", envelope: 2))
        try a.pull(from: b)
        let batch = try #require(try a.database.batch(promotion: promotion, label: "MB-1"))
        #expect(batch.state == .closed)
        #expect(batch.differsSinceClosed)
    }

    @Test("a closed batch takes no more cards until it is open again")
    func closed() throws {
        let station = try StationFixture()
        try station.capture(["city": "A"], place: CardPlace(batch: "MB-1", envelope: 1))
        _ = try station.database.openBatch(promotion: promotion, label: "MB-1", expected: 1, by: station.operatorID)
        #expect(try station.database.closeBatch(promotion: promotion, label: "MB-1", by: station.operatorID).state == .closed)
        let before = try station.database.chainPosition()
        #expect(code { try station.capture(["city": "B"], place: CardPlace(batch: "MB-1", envelope: 2)) } == .closedBatch)
        #expect(try station.database.chainPosition() == before)
        #expect(try station.database.closeBatch(promotion: promotion, label: "MB-1", by: station.operatorID).state == .closed)
        #expect(try station.database.chainPosition() == before)
        #expect(try station.database.reopenBatch(promotion: promotion, label: "MB-1", by: station.operatorID).state == .open)
        #expect(try station.capture(["city": "B"], place: CardPlace(batch: "MB-1", envelope: 2)).isNew)
    }

    @Test("closing refuses while figures differ, says which envelopes, and changes nothing")
    func unbalanced() throws {
        let station = try StationFixture()
        let database = station.database
        try station.capture(["city": "A"], place: CardPlace(batch: "MB-1", envelope: 2))
        func refusal() throws -> String {
            let before = try database.chainPosition()
            let error = #expect(throws: FieldStoreError.self) {
                try database.closeBatch(promotion: promotion, label: "MB-1", by: station.operatorID)
            }
            #expect(error?.code == .unbalancedBatch)
            #expect(try database.chainPosition() == before)
            return error?.message ?? ""
        }
        #expect(try refusal().contains("Nobody said how many envelopes there are"))
        _ = try database.openBatch(promotion: promotion, label: "MB-1", expected: 4, by: station.operatorID)
        #expect(try refusal().contains("Missing: #1, #3-#4."))
        _ = try database.openBatch(promotion: promotion, label: "MB-1", expected: 2, by: station.operatorID)
        try station.capture(["city": "B"], place: CardPlace(batch: "MB-1", envelope: 2))
        _ = try database.setException(promotion: promotion, label: "MB-1", envelope: 1, code: "empty", by: station.operatorID)
        #expect(try refusal().contains("Keyed twice: #2;"))
        _ = try database.undo(by: station.operatorID)
        _ = try database.undo(by: station.operatorID)
        #expect(try refusal().contains("Missing: #1."))
        _ = try database.setException(promotion: promotion, label: "MB-1", envelope: 1, code: "foreign", by: station.operatorID)
        #expect(try database.closeBatch(promotion: promotion, label: "MB-1", by: station.operatorID).state == .closed)
    }

    @Test(
        "taking back a reopening closes the batch, so it is refused while figures differ, and says what was counted like any other closing")
    func undoneReopening() throws {
        let station = try StationFixture()
        let database = station.database
        _ = try database.openBatch(promotion: promotion, label: "MB-1", expected: 1, by: station.operatorID)
        try station.capture(["city": "A"], place: CardPlace(batch: "MB-1", envelope: 1))
        _ = try database.closeBatch(promotion: promotion, label: "MB-1", by: station.operatorID)
        _ = try database.reopenBatch(promotion: promotion, label: "MB-1", by: station.operatorID)
        // Somebody else's card: it is not what is undone.
        let other = try database.capture(
            Capture(
                promotion: promotion, entry: nil, channel: .mailIn, place: CardPlace(batch: "MB-1", envelope: 2),
                values: [("city", Keyed(text: "B"))]), by: "op-other"
        ).entry
        let before = try database.chainPosition()
        let error = #expect(throws: FieldStoreError.self) { try database.undo(by: station.operatorID) }
        #expect(error?.code == .unbalancedBatch)
        #expect(try database.chainPosition() == before)
        #expect(try database.batch(promotion: promotion, label: "MB-1")?.state == .open)
        _ = try database.void(other, by: "op-other")
        _ = try database.openBatch(promotion: promotion, label: "MB-1", expected: 2, by: "op-other")
        #expect(try database.undo(by: station.operatorID).fields == ["$state"])
        let closed = try #require(try database.batch(promotion: promotion, label: "MB-1"))
        #expect(closed.state == .closed)
        #expect(!closed.differsSinceClosed)
        // Totals alone would not show this.
        _ = try database.restore(other, by: "op-other")
        #expect(try database.batch(promotion: promotion, label: "MB-1")?.differsSinceClosed == true)
    }

    @Test("cards that change places in a closed batch are noticed at every station, whichever came first, until they lie as counted again")
    func moved() throws {
        let (a, b) = (try StationFixture("a", seed: 1), try StationFixture("b", seed: 2))
        let (late, early) = (try StationFixture("c", seed: 3), try StationFixture("d", seed: 4))
        _ = try a.database.openBatch(promotion: promotion, label: "MB-1", expected: 2, by: a.operatorID)
        let places = [1, 2].map { CardPlace(batch: "MB-1", envelope: $0) }
        let entries = try places.map { try a.capture(["city": "Martin"], place: $0).entry }
        try b.pull(from: a)
        let opened = try a.outgoing()
        #expect(try a.database.closeBatch(promotion: promotion, label: "MB-1", by: a.operatorID).differsSinceClosed == false)
        let closing = try a.outgoing(after: Int64(opened.count))
        for (entry, place) in zip(entries, places.reversed()) { _ = try b.database.move(entry, to: place, by: b.operatorID) }
        let moves = try b.outgoing()
        for changes in [opened, closing, moves] { try late.pull(changes) }
        for changes in [opened, moves, closing] { try early.pull(changes) }
        try a.pull(moves)
        for station in [a, late, early] {
            let batch = try #require(try station.database.batch(promotion: promotion, label: "MB-1"))
            #expect(batch.isBalanced && batch.countedOtherwise && batch.differsSinceClosed)
            #expect(batch.problems == ["It was closed, and other cards or envelopes are in it since; `batch reopen` opens it."])
        }
        for (entry, place) in zip(entries, places) { _ = try a.database.move(entry, to: place, by: a.operatorID) }
        #expect(try a.database.batch(promotion: promotion, label: "MB-1")?.differsSinceClosed == false)
        _ = try a.database.reopenBatch(promotion: promotion, label: "MB-1", by: a.operatorID)
        _ = try a.database.move(entries[0], to: CardPlace(batch: "MB-1", envelope: 1, card: 2), by: a.operatorID)
        #expect(try a.database.closeBatch(promotion: promotion, label: "MB-1", by: a.operatorID).differsSinceClosed == false)
    }

    @Test("an exception with another code counts otherwise; a closing that says nothing of what it counted is believed")
    func exceptionChanged() throws {
        let (a, b) = (try StationFixture("a", seed: 1), try StationFixture("b", seed: 2))
        _ = try a.database.openBatch(promotion: promotion, label: "MB-1", expected: 1, by: a.operatorID)
        _ = try a.database.setException(promotion: promotion, label: "MB-1", envelope: 1, code: "empty", by: a.operatorID)
        let open = try a.outgoing()
        _ = try a.database.closeBatch(promotion: promotion, label: "MB-1", by: a.operatorID)
        let closing = try #require(try a.outgoing(after: Int64(open.count)).first)
        _ = try a.database.setException(promotion: promotion, label: "MB-1", envelope: 1, code: "foreign", by: a.operatorID)
        #expect(try a.database.batch(promotion: promotion, label: "MB-1")?.countedOtherwise == true)

        try b.pull(open)
        let counted = try Change(headerLine: closing.headerLine, bodyLine: closing.bodyLine)
        var body = try #require(counted.body)
        #expect(body.counted != nil)
        body.counted = nil
        let silent = try Change(header: counted.header, body: body)
        _ = try b.database.apply(TestCentre.page(.promotion(promotion), from: Int64(open.count), [silent]))
        _ = try b.database.setException(promotion: promotion, label: "MB-1", envelope: 1, code: "foreign", by: b.operatorID)
        let batch = try #require(try b.database.batch(promotion: promotion, label: "MB-1"))
        #expect(batch.state == .closed && !batch.differsSinceClosed)
    }

    @Test("a batch's changes reach another station and count there")
    func synced() throws {
        let a = try StationFixture("a", seed: 1)
        let b = try StationFixture("b", seed: 2)
        _ = try a.database.openBatch(promotion: promotion, label: "MB-1", expected: 2, by: a.operatorID)
        try a.capture(["city": "A"], place: CardPlace(batch: "MB-1", envelope: 1))
        _ = try a.database.setException(promotion: promotion, label: "MB-1", envelope: 2, code: "foreign", by: a.operatorID)
        _ = try a.database.closeBatch(promotion: promotion, label: "MB-1", by: a.operatorID)
        try b.pull(from: a)
        let batch = try #require(try b.database.batch(promotion: promotion, label: "MB-1"))
        #expect(batch.state == .closed)
        #expect(batch.isComplete == true)
        #expect(batch.exceptions.map(\.code) == ["foreign"])
        #expect(try a.database.comparison(promotion: promotion) == b.database.comparison(promotion: promotion))
    }

    @Test("an unknown batch, a wrong label or number: each a clear error and no change")
    func refusals() throws {
        let station = try StationFixture()
        let database = station.database
        #expect(code { try database.closeBatch(promotion: promotion, label: "MB-1", by: station.operatorID) } == .unknownBatch)
        #expect(code { try database.openBatch(promotion: promotion, label: "mb", by: station.operatorID) } == .invalid)
        #expect(code { try database.openBatch(promotion: promotion, label: "MB-1", expected: -1, by: station.operatorID) } == .invalid)
        #expect(code { try database.openBatch(promotion: "winter", label: "MB-1", by: station.operatorID) } == .unknownPromotion)
        #expect(
            code { try database.setException(promotion: promotion, label: "MB-1", envelope: 0, code: "empty", by: station.operatorID) }
                == .invalid)
        #expect(try database.batches(promotion: promotion).isEmpty)
        #expect(try database.unsentCount() == 0)
    }
}

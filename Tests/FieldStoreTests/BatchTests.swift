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

    @Test("a closed batch takes no more cards until it is open again")
    func closed() throws {
        let station = try StationFixture()
        try station.capture(["city": "A"], place: CardPlace(batch: "MB-1", envelope: 1))
        #expect(try station.database.closeBatch(promotion: promotion, label: "MB-1", by: station.operatorID).state == .closed)
        let before = try station.database.chainPosition()
        #expect(code { try station.capture(["city": "B"], place: CardPlace(batch: "MB-1", envelope: 2)) } == .closedBatch)
        #expect(try station.database.chainPosition() == before)
        #expect(try station.database.closeBatch(promotion: promotion, label: "MB-1", by: station.operatorID).state == .closed)
        #expect(try station.database.chainPosition() == before)
        #expect(try station.database.reopenBatch(promotion: promotion, label: "MB-1", by: station.operatorID).state == .open)
        #expect(try station.capture(["city": "B"], place: CardPlace(batch: "MB-1", envelope: 2)).isNew)
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

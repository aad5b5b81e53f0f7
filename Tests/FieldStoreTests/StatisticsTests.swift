import EntryModel
import FieldStore
import TestSupport
import Testing

@Suite("Statistics of operators")
struct StatisticsTests {
    private let promotion = "brightfizz-summer"
    private let station: StationFixture
    private let database: FieldDatabase
    private let second: String

    init() throws {
        station = try StationFixture()
        database = station.database
        second = try database.operatorID(named: "Second")
    }

    /// Keys a card as the form does.
    private func key(_ name: String, envelope: Int64, keystrokes: Int = 40, milliseconds: Int64 = 30_000) throws -> UniqueID {
        let capture = Capture(
            promotion: promotion, channel: .mailIn, place: CardPlace(batch: "MB-1", envelope: envelope),
            values: [("family_name", Keyed(text: name))])
        let effort = KeyingEffort(keystrokes: keystrokes, milliseconds: milliseconds)
        return try database.capture(capture, by: station.operatorID, effort: effort).entry
    }

    private func figures(_ operatorID: String, since: Int64? = nil) throws -> OperatorStatistics? {
        try database.statistics(promotion: promotion, since: since, of: operatorID).first
    }

    @Test("pauses are left out of the time at the form, and a clock that was put back adds nothing")
    func effort() {
        var effort = KeyingEffort()
        effort.add(line: "Dương", milliseconds: 2_000)
        effort.add(line: "", milliseconds: 59_999)
        effort.add(line: "x", milliseconds: 60_000)
        effort.add(line: "y", milliseconds: -5)
        #expect(effort == KeyingEffort(keystrokes: 6 + 1 + 2 + 2, milliseconds: 61_999))
    }

    @Test("cards keyed by hand count with what they took; cards of a file and of scripts are nobody's keying")
    func cards() throws {
        _ = try key("Dương", envelope: 1)
        _ = try key("Lê", envelope: 2, keystrokes: 20, milliseconds: 42_000)
        try station.capture(["family_name": "Script"], place: CardPlace(batch: "MB-1", envelope: 3))
        _ = try database.capture(try Cards.captures(5), by: station.operatorID)
        let figures = try #require(try figures(station.operatorID))
        #expect(figures.cards == 2)
        #expect(figures.effort == KeyingEffort(keystrokes: 60, milliseconds: 72_000))
        #expect(OperatorStatistics.hourly(figures.cards, milliseconds: figures.effort.milliseconds) == 100)
        #expect(figures.name == "Operator a")
        #expect(try self.figures(second) == nil)
    }

    @Test("corrections count with whoever keyed what was corrected: one's own apart from those of others")
    func corrections() throws {
        let entry = try key("Duong", envelope: 1)
        try station.edit(entry, ["family_name": "Dương", "unit": "4"])
        _ = try database.edit(entry, [("family_name", Keyed(text: "Dang"))], by: second)
        let figures = try #require(try figures(station.operatorID))
        #expect(figures.corrected == 1 && figures.correctedByOthers == 1)
        #expect(try self.figures(second) == nil)
    }

    @Test(
        "a second keying counts with both: fields checked and mistaken with the first, verified, differing, changed and peeked with the second"
    )
    func secondKeying() throws {
        let entries = try ["Dương", "Duong", "Lee"].enumerated().map { try key($1, envelope: Int64($0 + 1)) }
        let effort = KeyingEffort(keystrokes: 6, milliseconds: 3_000)
        _ = try database.peek(entries[0], field: "family_name", by: second)
        _ = try database.peek(entries[0], field: "family_name", by: second)
        _ = try database.keyAgain(entries[0], field: "family_name", Keyed(text: "Dương"), effort: effort, by: second)
        for (entry, decision) in [(entries[1], SecondDecision.keyed(Keyed(text: "Dương"))), (entries[2], .stands)] {
            guard case .differs(let difference) = try database.keyAgain(entry, field: "family_name", Keyed(text: "Dương"), by: second)
            else { throw FixtureError.badCards }
            _ = try database.decide(entry, difference, decision, effort: effort, by: second)
        }
        let first = try #require(try figures(station.operatorID))
        #expect(first.checked == 3 && first.mistaken == 1 && first.verified == 0 && first.peeks == 0)
        #expect(first.corrected == 0 && first.correctedByOthers == 0)
        let again = try #require(try figures(second))
        #expect(again.verified == 3 && again.differed == 2 && again.changed == 1 && again.peeks == 1 && again.cards == 0)
        #expect(again.effortAgain == KeyingEffort(keystrokes: 18, milliseconds: 9_000))
    }

    @Test("figures are kept by the hour: from a moment on only what came since counts, and no row grows with the cards")
    func since() throws {
        for envelope in 1...9 as ClosedRange<Int64> { _ = try key("Dương", envelope: envelope) }
        station.clock.advance(by: .seconds(7200))
        let later = station.clock.milliseconds
        _ = try key("Lê", envelope: 10)
        #expect(try figures(station.operatorID)?.cards == 10)
        #expect(try figures(station.operatorID, since: later)?.cards == 1)
        #expect(try database.statistics(promotion: "county-fairs").isEmpty)
        station.clock.advance(by: .seconds(7200))
        #expect(try figures(station.operatorID, since: station.clock.milliseconds) == nil)
    }

    @Test("what a card took by the time it was broken off is kept with its draft")
    func draft() throws {
        let effort = KeyingEffort(keystrokes: 12, milliseconds: 4_500)
        try database.saveDraft(Draft(promotion: promotion, values: [("family_name", Keyed(text: "Dương"))], effort: effort))
        let kept = try #require(try database.draft(promotion: promotion))
        #expect(kept.effort == effort)
        #expect(kept.values.map(\.field) == ["family_name"])
    }
}

@Suite("Known cards")
struct KnownCardTests {
    private let promotion = "brightfizz-summer"
    private let station: StationFixture
    private let database: FieldDatabase

    init() throws {
        station = try StationFixture()
        database = station.database
        _ = try database.openBatch(promotion: promotion, label: "MB-1", expected: 2, by: station.operatorID)
    }

    private func known(_ values: KeyValuePairs<String, String>, envelope: Int64 = 2) -> Capture {
        Capture(
            promotion: promotion, channel: .mailIn, place: CardPlace(batch: "MB-1", envelope: envelope),
            values: values.map { ($0.key, Keyed(text: $0.value)) })
    }

    @Test("a known card is no entry: its envelope is put aside, the batch adds up, and what was keyed is in no line that is sent")
    func noEntry() throws {
        #expect(try database.addKnownCards([known(["family_name": "Marlowe", "phone": "2125550123"])], by: station.operatorID) == [.added])
        try station.capture(["family_name": "Dương"], place: CardPlace(batch: "MB-1", envelope: 1))
        let captured = try database.capture(known(["family_name": "Marlow", "phone": "(212) 555-0123"]), by: station.operatorID)
        #expect(captured.isKnownCard && captured.isNew)
        #expect(try database.entry(captured.entry) == nil)
        #expect(try database.status().entries == 1)
        let batch = try #require(try database.batch(promotion: promotion, label: "MB-1"))
        #expect(batch.exceptions.map(\.code) == [FieldDatabase.knownAnswer])
        #expect(batch.isBalanced)
        for sent in try station.outgoing() { #expect(!String(decoding: sent.bodyLine, as: UTF8.self).contains("Marlow")) }
        let card = try #require(try database.knownCards(promotion: promotion).first)
        #expect(card.operatorID == station.operatorID && card.fields == 2 && card.wrong == 1)
        #expect(try database.closeBatch(promotion: promotion, label: "MB-1", by: station.operatorID).state == .closed)
        #expect(try database.check() == [])
    }

    @Test("each field is compared by its normal form, a blank one too, and counts once with whoever keyed it first")
    func compared() throws {
        let truth = known(["family_name": "Marlowe", "unit": "", "zip": "41649", "birth_date": "1967-06-21"])
        _ = try database.addKnownCards([truth], by: station.operatorID)
        let keyed = known(["family_name": "Marlowe", "unit": "4", "zip": "41649", "birth_date": "6/21/67", "city": "Inez"])
        _ = try database.capture(keyed, by: station.operatorID)
        let known = try #require(try database.knownCards(promotion: promotion).first)
        #expect(known.fields == 4 && known.wrong == 1)
        _ = try database.undo(by: station.operatorID)
        let second = try database.operatorID(named: "Second")
        _ = try database.capture(keyed, by: second)
        #expect(try database.knownCards(promotion: promotion).first?.operatorID == station.operatorID)
        #expect(try database.batch(promotion: promotion, label: "MB-1")?.exceptions.map(\.envelope) == [2])
        #expect(try database.statistics(of: second).isEmpty)
    }

    @Test("the true error stands in the statistics by field")
    func statistics() throws {
        _ = try database.addKnownCards(
            [known(["family_name": "Marlowe"], envelope: 1), known(["family_name": "Ortiz"], envelope: 2)], by: station.operatorID)
        let effort = KeyingEffort(keystrokes: 9, milliseconds: 4_000)
        _ = try database.capture(known(["family_name": "Marlow"], envelope: 1), by: station.operatorID, effort: effort)
        _ = try database.capture(known(["family_name": "Ortiz"], envelope: 2), by: station.operatorID, effort: effort)
        let figures = try #require(try database.statistics(of: station.operatorID).first)
        #expect(figures.cards == 2)
        #expect(figures.known.map(\.field) == ["family_name"])
        #expect(figures.knownFields == 2 && figures.knownErrors == 1)
    }

    @Test("an import into the place of a known card is an entry; a place that has one takes no known card; a closed batch takes neither")
    func places() throws {
        _ = try database.addKnownCards([known(["family_name": "Marlowe"])], by: station.operatorID)
        let place = CardPlace(batch: "MB-1", envelope: 2)
        let imported = Capture.card(promotion: promotion, place: place, values: [("family_name", Keyed(text: "Real"))])
        #expect(try database.capture(imported, by: station.operatorID).isKnownCard == false)
        #expect(try database.addKnownCards([known(["family_name": "Late"])], by: station.operatorID) == [.occupied])
        _ = try database.addKnownCards([known(["family_name": "Marlowe"], envelope: 3)], by: station.operatorID)
        #expect(try database.addKnownCards([known(["family_name": "Other"], envelope: 3)], by: station.operatorID) == [.held])
        _ = try database.setException(promotion: promotion, label: "MB-1", envelope: 1, code: "empty", by: station.operatorID)
        _ = try database.closeBatch(promotion: promotion, label: "MB-1", by: station.operatorID)
        #expect(code { try database.capture(known(["family_name": "x"], envelope: 3), by: station.operatorID) } == .closedBatch)
        #expect(try database.knownCards(promotion: promotion).filter { $0.keyed != nil }.isEmpty)
        #expect(try database.removeKnownCards(promotion: promotion, batch: "MB-1") == 2)
        #expect(try database.knownCards(promotion: promotion).isEmpty)
    }

    @Test("a known card without a place, or of a field that the form lacks, adds nothing of its file")
    func refusals() throws {
        var nowhere = known(["family_name": "Marlowe"])
        nowhere.place = nil
        #expect(code { try database.addKnownCards([known(["family_name": "A"]), nowhere], by: station.operatorID) } == .invalid)
        #expect(code { try database.addKnownCards([known(["nickname": "A"])], by: station.operatorID) } == .unknownField)
        #expect(try database.knownCards(promotion: promotion).isEmpty)
    }
}

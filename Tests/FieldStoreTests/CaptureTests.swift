import EntryModel
import FieldStore
import Testing

@Suite("Capture")
struct CaptureTests {
    @Test("an entry is stored with its normal forms beside what was keyed")
    func normalForms() throws {
        let station = try StationFixture()
        let captured = try station.capture(["given_name": "  Sandra ", "phone": "(542) 412-0990", "client_opt_in": "yes"])
        let entry = try #require(try station.database.entry(captured.entry))
        #expect(entry.value(of: "given_name")?.value == .text("Sandra"))
        #expect(entry.value(of: "phone") == Assignment(field: "phone", value: .text("+15424120990"), keyed: "(542) 412-0990"))
        #expect(entry.value(of: "client_opt_in")?.wording?.id == "brightfizz-card-client")
        #expect(entry.channel == .kiosk)
        #expect(entry.place == nil)
        #expect(entry.changeCount == 1)
        #expect(entry.unsentCount == 1)
    }

    @Test("a blank consent is no answer, and what is missing is a finding, not a refusal")
    func blankConsent() throws {
        let station = try StationFixture()
        let captured = try station.capture(["given_name": "Sandra", "client_opt_in": ""])
        #expect(captured.isNew)
        #expect(captured.findings.contains { $0.field == "family_name" && $0.code == "missing" })
        #expect(try station.database.entry(captured.entry)?.value(of: "client_opt_in")?.value == .null)
    }

    @Test("a card in a batch says where it lies, and opens the batch")
    func place() throws {
        let station = try StationFixture()
        let place = CardPlace(batch: "MB-0001", envelope: 12, card: 2)
        let captured = try station.capture(["given_name": "Sandra"], place: place)
        let entry = try #require(try station.database.entry(captured.entry))
        #expect(entry.place == place)
        #expect(entry.channel == .mailIn)
        let batch = try #require(try station.database.batch(promotion: "brightfizz-summer", label: "MB-0001"))
        #expect(batch.state == .open)
        #expect(batch.keyed == 1)
        #expect(batch.lastEnvelope == 12)
    }

    @Test("the change sets channel and place beside the fields, in one change without a base")
    func oneChange() throws {
        let station = try StationFixture()
        try station.capture(["given_name": "Sandra"], place: CardPlace(batch: "MB-0001", envelope: 1))
        let sent = try #require(try station.outgoing().first)
        let change = try Change(headerLine: sent.headerLine, bodyLine: sent.bodyLine)
        #expect(change.id == sent.id)
        #expect(change.header.kind == .set)
        #expect(change.header.form.description == "brightfizz-summer/1")
        #expect(change.header.station == station.station.description)
        #expect(change.body?.base.isEmpty == true)
        #expect(change.body?.assignment(of: "$channel")?.value == .text("mailIn"))
        #expect(change.body?.assignment(of: "$envelope")?.value == .integer(1))
        #expect(change.body?.assignment(of: "$card")?.value == .integer(1))
    }

    @Test("capturing an entry that is here already changes nothing, even after edits and in a closed batch")
    func again() throws {
        let station = try StationFixture()
        let card = try #require(try Cards.captures(1).first)
        let first = try station.database.capture(card, by: station.operatorID)
        try station.edit(first.entry, ["given_name": "Alexandra"])
        _ = try station.database.openBatch(promotion: card.promotion, label: "MB-0001", expected: 1, by: station.operatorID)
        _ = try station.database.closeBatch(promotion: card.promotion, label: "MB-0001", by: station.operatorID)
        let before = try station.database.chainPosition()
        let again = try station.database.capture(card, by: station.operatorID)
        #expect(!again.isNew)
        #expect(again.change == nil)
        #expect(again.entry == first.entry)
        #expect(try station.database.chainPosition() == before)
        #expect(try station.text(first.entry, "given_name") == "Alexandra")
    }

    @Test("2,400 cards go in with one call, and once more adds nothing")
    func cards() throws {
        let station = try StationFixture()
        let cards = try Cards.captures()
        #expect(cards.count == 2400)
        let captured = try station.database.capture(cards, by: station.operatorID)
        #expect(captured.count { $0.isNew } == 2400)
        let status = try station.database.status()
        #expect(status.entries == 2400)
        #expect(status.changes == 2400 + 1)
        #expect(status.unsent == 2400)
        #expect(try station.database.batches(promotion: "brightfizz-summer").count == 47)
        #expect(try station.database.batches(promotion: "brightfizz-summer").reduce(0) { $0 + $1.entries } == 2400)
        let again = try station.database.capture(cards, by: station.operatorID)
        #expect(again.allSatisfy { !$0.isNew })
        #expect(try station.database.status().changes == 2400 + 1)
        for change in try station.outgoing() {
            #expect(try Change(headerLine: change.headerLine, bodyLine: change.bodyLine).id == change.id)
        }
    }

    @Test("a flag of the operator stands with the value")
    func flag() throws {
        let station = try StationFixture()
        let captured = try station.database.capture(
            Capture(
                promotion: "brightfizz-summer", channel: .kiosk,
                values: [("given_name", Keyed(text: "S", flag: "illegible"))]), by: station.operatorID)
        #expect(try station.database.entry(captured.entry)?.flags.contains { $0 == ("given_name", "illegible") } == true)
        #expect(throws: FieldStoreError.self) {
            try station.database.capture(
                Capture(
                    promotion: "brightfizz-summer", channel: .kiosk,
                    values: [("given_name", Keyed(text: "S", flag: "No Code"))]), by: station.operatorID)
        }
    }

    @Test("one capture that cannot be stored takes the whole call back")
    func allOrNothing() throws {
        let station = try StationFixture()
        var cards = try Cards.captures(10)
        cards[9].values.append(("no_such_field", Keyed(text: "x")))
        let before = try station.database.chainPosition()
        #expect(code { try station.database.capture(cards, by: station.operatorID) } == .unknownField)
        #expect(try station.database.chainPosition() == before)
        #expect(try station.database.status().entries == 0)
        #expect(try station.database.batches(promotion: "brightfizz-summer").isEmpty)
    }

    @Test("what is too long to be sent is refused, and the field is named")
    func tooLong() throws {
        let station = try StationFixture()
        let error = error { try station.capture(["given_name": "Sandra", "street": String(repeating: "x", count: 70_000)]) }
        #expect(error?.code == .limit)
        #expect(error?.message.contains("street") == true)
        #expect(try station.database.status().entries == 0)
    }

    @Test("odd characters come back from the log as they were stored")
    func oddCharacters() throws {
        let station = try StationFixture()
        let odd = "A\u{0}\u{1}\u{7}\"\\/\u{2028}é e\u{301} \u{10FFFF}\u{200D}👩‍👩‍👧 \u{202E}x"
        let captured = try station.capture(["given_name": "\(odd)", "street": "\(odd)"])
        for change in try station.outgoing() {
            #expect(try Change(headerLine: change.headerLine, bodyLine: change.bodyLine).id == change.id)
        }
        #expect(try station.text(captured.entry, "street")?.contains("👩‍👩‍👧") == true)
    }

    @Test("a promotion that is not held, a label and a number that are none: each a clear error")
    func refusals() throws {
        let station = try StationFixture()
        #expect(code { try station.capture([:], promotion: "winter") } == .unknownPromotion)
        #expect(code { try station.capture([:], place: CardPlace(batch: "mb 1", envelope: 1)) } == .invalid)
        #expect(code { try station.capture([:], place: CardPlace(batch: "MB-1", envelope: 0)) } == .invalid)
        #expect(code { try station.capture([:], place: CardPlace(batch: "MB-1", envelope: 1, card: -1)) } == .invalid)
        #expect(
            code {
                try station.database.capture(Capture(promotion: "brightfizz-summer", channel: .kiosk, values: []), by: "Ana Maria")
            } == .unknownOperator)
        #expect(try station.database.status().changes == 1)
    }

    @Test("at a kiosk a two-digit birth year is read by the station's own day")
    func kioskDay() throws {
        let station = try StationFixture()
        let captured = try station.capture(["birth_date": "05/02/27"])
        #expect(try station.text(captured.entry, "birth_date") == "1927-05-02")
    }

    @Test("a draft survives until it is discarded, and no other promotion sees it")
    func draft() throws {
        let station = try StationFixture()
        let promotion = "brightfizz-summer"
        #expect(try station.database.draft(promotion: promotion) == nil)
        let place = CardPlace(batch: "MB-1", envelope: 7, card: 2)
        let begun: [(field: String, keyed: Keyed)] = [("given_name", Keyed(text: "Sán\"dra", flag: "illegible"))]
        try station.database.saveDraft(Draft(promotion: promotion, values: begun))
        try station.database.saveDraft(
            Draft(
                promotion: promotion, channel: .mailIn, place: place, operatorID: station.operatorID,
                values: begun + [("city", Keyed(text: ""))]))
        let draft = try #require(try station.database.draft(promotion: promotion))
        #expect(draft.values.map(\.field) == ["given_name", "city"])
        #expect(draft.values.map(\.keyed) == [Keyed(text: "Sán\"dra", flag: "illegible"), Keyed(text: "")])
        #expect(draft.place == place)
        #expect(draft.channel == .mailIn)
        #expect(draft.operatorID == station.operatorID)
        #expect(try station.database.drafts().map(\.promotion) == [promotion])
        #expect(try station.database.draft(promotion: "county-fairs") == nil)
        try station.database.discardDraft(promotion: "brightfizz-summer")
        #expect(try station.database.draft(promotion: "brightfizz-summer") == nil)
    }

    @Test("a finished draft goes as its entry comes; while the entry is refused it stays")
    func finishedDraft() throws {
        let station = try StationFixture()
        let promotion = "brightfizz-summer"
        let draft = Draft(promotion: promotion, values: [("city", Keyed(text: "Martin"))])
        try station.database.saveDraft(draft)
        try station.capture(["city": "Inez"])
        #expect(try station.database.draft(promotion: promotion) != nil, "another card was keyed meanwhile")
        let nowhere = Capture(
            promotion: promotion, channel: .mailIn, place: CardPlace(batch: "MB-1", envelope: 0), values: draft.values)
        #expect(code { try station.database.capture(nowhere, by: station.operatorID, endsDraft: true) } == .invalid)
        #expect(try station.database.draft(promotion: promotion) != nil)
        let card = Capture(promotion: promotion, channel: .kiosk, values: draft.values)
        #expect(try station.database.capture(card, by: station.operatorID, endsDraft: true).isNew)
        #expect(try station.database.drafts().isEmpty)
    }
}

/// The error that a body throws, if it is one of the store's.
func error<Result>(_ body: () throws -> Result) -> FieldStoreError? {
    do {
        _ = try body()
        return nil
    } catch { return error as? FieldStoreError }
}

func code<Result>(_ body: () throws -> Result) -> FieldStoreError.Code? {
    error(body)?.code
}

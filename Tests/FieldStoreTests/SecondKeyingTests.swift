import EntryModel
import FieldStore
import TestSupport
import Testing

@Suite("Second keying")
struct SecondKeyingTests {
    private let promotion = "brightfizz-summer"
    private let field = "family_name"
    private let station: StationFixture
    private let database: FieldDatabase
    /// Who keys again; the first keying is the station's own operator's.
    private let second: String

    init() throws {
        station = try StationFixture()
        database = station.database
        second = try database.operatorID(named: "Second")
    }

    @discardableResult
    private func card(_ name: String = "Dương", envelope: Int64 = 1) throws -> UniqueID {
        try station.capture(["family_name": name, "phone": "2125550123"], place: CardPlace(batch: "MB-1", envelope: envelope)).entry
    }

    private func again(_ entry: UniqueID, _ text: String, by person: String? = nil) throws -> SecondKeying {
        try database.keyAgain(entry, field: field, Keyed(text: text), by: person ?? second)
    }

    private func difference(_ keying: SecondKeying) throws -> SecondKeying.Difference {
        guard case .differs(let difference) = keying else { throw FixtureError.badCards }
        return difference
    }

    @Test("what agrees is verified by one change that names the first keying's head, and nothing waits any more")
    func agrees() throws {
        let entry = try card()
        #expect(try database.secondKeying(promotion: promotion, batch: "MB-1", for: second).map(\.open) == [[field]])
        guard case .agrees = try again(entry, " Dương ") else { throw FixtureError.badCards }
        let sent = try #require(try station.outgoing().last)
        let change = try Change(headerLine: sent.headerLine, bodyLine: sent.bodyLine)
        #expect(change.header.kind == .verify && change.header.operatorID == second)
        let verification = try #require(change.body?.verify.first)
        #expect(verification.agrees && !verification.peeked && !verification.differed)
        #expect(change.body?.set.isEmpty == true)
        let view = try #require(try database.entry(entry))
        #expect(view.verified.map(\.operatorName) == ["Second"])
        #expect(try database.secondKeying(of: entry, for: second).waiting == [])
    }

    @Test("normal forms are compared: punctuation makes no difference, and the value as keyed first stays")
    func normalForms() throws {
        let entry = try card()
        guard case .agrees = try database.keyAgain(entry, field: "phone", Keyed(text: "(212) 555-0123"), by: second) else {
            throw FixtureError.badCards
        }
        #expect(try database.entry(entry)?.value(of: "phone")?.keyed == "2125550123")
    }

    @Test("what differs stores nothing until somebody decides; another value is a change that replaces the first, and verified with it")
    func differs() throws {
        let entry = try card()
        let before = try database.chainPosition()
        let difference = try difference(again(entry, "Duong"))
        #expect(try database.chainPosition() == before)
        #expect(difference.first.value == .text("Dương") && difference.second.value == .text("Duong"))
        #expect(difference.firstOperatorID == station.operatorID)
        let done = try database.decide(entry, difference, .keyed(Keyed(text: "Duong")), by: second)
        #expect(done.change != nil)
        #expect(try station.text(entry, field) == "Duong")
        let history = try database.history(entry)
        #expect(history.map(\.kind) == [.set, .set, .verify])
        #expect(history[1].reason == "double-key" && history[1].fields.map(\.old.first?.value) == [.text("Dương")])
        #expect(history[2].verifications.map(\.differed) == [true])
        #expect(try database.entry(entry)?.verified.map(\.field) == [field])
    }

    @Test("what stands is verified as decided, and nothing is set; a third keying that says what stands does the same")
    func stands() throws {
        for decision in [SecondDecision.stands, .keyed(Keyed(text: "Dương"))] {
            let entry = try card()
            #expect(try database.decide(entry, difference(again(entry, "Duong")), decision, by: second).change == nil)
            #expect(try database.history(entry).map(\.kind) == [.set, .verify])
            #expect(try database.history(entry)[1].verifications.map(\.differed) == [true])
        }
    }

    @Test("a field that is changed after its second keying waits again, and history says that the keying does not count")
    func changedAfterwards() throws {
        let entry = try card()
        _ = try again(entry, "Dương")
        try station.edit(entry, ["family_name": "Dang"])
        #expect(try database.secondKeying(of: entry, for: second).waiting == [field])
        #expect(try database.entry(entry)?.verified.isEmpty == true)
        #expect(try database.history(entry)[1].verifications.map(\.counts) == [false])
        #expect(try database.secondKeying(of: entry, for: station.operatorID).own == [field])
    }

    @Test("whoever keyed a field cannot key it again, not even after a look; the value that somebody corrected is theirs")
    func ownKeying() throws {
        let entry = try card()
        let before = try database.chainPosition()
        #expect(code { try again(entry, "Dương", by: station.operatorID) } == .sameOperator)
        #expect(code { try database.peek(entry, field: field, by: station.operatorID) } == .sameOperator)
        #expect(try database.chainPosition() == before)
        _ = try database.edit(entry, [(field, Keyed(text: "Dang"))], by: second)
        #expect(code { try again(entry, "Dang") } == .sameOperator)
        guard case .agrees = try again(entry, "Dang", by: station.operatorID) else { throw FixtureError.badCards }
    }

    @Test("a look at the first keying stands in the second one, also when the program ended between, and only in this person's")
    func peek() throws {
        let entry = try card()
        #expect(try database.peek(entry, field: field, by: second).value == .text("Dương"))
        let third = try database.operatorID(named: "Third")
        _ = try again(entry, "Dương", by: third)
        #expect(try database.history(entry).last?.verifications.map(\.peeked) == [false])
        station.clock.advance(by: .seconds(1))
        _ = try again(entry, "Dương")
        #expect(try database.history(entry).last?.verifications.map(\.peeked) == [true])
        #expect(try database.entry(entry)?.verified.map(\.peeked) == [true])
        // The next value is another one, of which nothing was seen.
        try station.edit(entry, ["family_name": "Dang"])
        _ = try again(entry, "Dang")
        #expect(try database.history(entry).last?.verifications.map(\.peeked) == [false])
    }

    @Test("what is seen beside the second keying is no look; who breaks off there and keys once more has looked")
    func besideSecond() throws {
        let entries = try [card(envelope: 1), card(envelope: 2), card(envelope: 3)]
        for (index, entry) in entries.enumerated() {
            let difference = try difference(again(entry, "Duong"))
            _ = try database.peek(entry, field: field, isBesideSecond: true, by: second)
            switch index {
            case 0: _ = try database.decide(entry, difference, .stands, by: second)
            case 1: _ = try again(entry, "Dương")
            default: _ = try database.decide(entry, self.difference(again(entry, "Duong")), .stands, by: second)
            }
        }
        #expect(try entries.map { try database.entry($0)?.verified.map(\.peeked) } == [[false], [true], [true]])
        #expect(try database.statistics(of: second).first?.peeks == 2)
    }

    @Test("a decision about a value that somebody has replaced meanwhile is refused and changes nothing")
    func meanwhile() throws {
        let entry = try card()
        let difference = try difference(again(entry, "Duong"))
        try station.edit(entry, ["family_name": "Dang"])
        let before = try database.chainPosition()
        #expect(code { try database.decide(entry, difference, .stands, by: second) } == .unknownChange)
        #expect(code { try database.decide(entry, difference, .keyed(Keyed(text: "X")), by: second) } == .unknownChange)
        #expect(try database.chainPosition() == before)
    }

    @Test("void cards and fields in conflict are not keyed twice, and say why")
    func refusals() throws {
        let entry = try card()
        let other = try StationFixture("b", seed: 2)
        try other.pull(from: station)
        try station.edit(entry, ["family_name": "Dang"])
        try other.edit(entry, ["family_name": "Dong"])
        try station.pull(from: other)
        #expect(try database.secondKeying(of: entry, for: second).inConflict == [field])
        #expect(code { try again(entry, "Dang") } == .invalid)
        let void = try card(envelope: 2)
        _ = try database.void(void, by: station.operatorID)
        #expect(code { try again(void, "Dương") } == .invalid)
        #expect(try database.secondKeying(promotion: promotion, batch: "MB-1", for: nil).map(\.entry) == [entry])
        #expect(code { try database.keyAgain(entry, field: "nickname", Keyed(text: ""), by: second) } == .unknownField)
    }

    @Test("a field that nobody keyed at all is verified as blank, or keyed now")
    func neverKeyed() throws {
        let blank = try station.capture(["given_name": "Sandra"], place: CardPlace(batch: "MB-1", envelope: 1)).entry
        guard case .agrees = try database.keyAgain(blank, field: "phone", Keyed(text: ""), by: second) else {
            throw FixtureError.badCards
        }
        #expect(try database.entry(blank)?.verified.map(\.field) == ["phone"])
        let missed = try difference(database.keyAgain(blank, field: "unit", Keyed(text: "4b"), by: second))
        #expect(missed.first.value.isNull && missed.heads.isEmpty)
        _ = try database.decide(blank, missed, .keyed(Keyed(text: "4b")), by: second)
        #expect(try station.text(blank, "unit") == "4b")
    }

    @Test("undo takes back the value that was decided, so that the field waits again; what only agreed is passed over")
    func undo() throws {
        let entry = try card()
        _ = try database.decide(entry, difference(again(entry, "Duong")), .keyed(Keyed(text: "Duong")), by: second)
        #expect(try database.undo(by: second).fields == [field])
        #expect(try station.text(entry, field) == "Dương")
        #expect(try database.entry(entry)?.verified.isEmpty == true)
        #expect(code { try database.undo(by: second) } == .nothingToUndo)
    }

    @Test("where the promotion wants a sample only its cards wait, the same at every station; any other can be keyed again all the same")
    func sample() throws {
        for envelope in 1...40 as ClosedRange<Int64> { try card(envelope: envelope) }
        #expect(try database.secondKeying(promotion: promotion, batch: "MB-1", for: second).count == 40)
        let sampled = try TestCentre.document(promotion) { document in
            guard case .object(let members) = document else { return document }
            return .object(
                members.map { $0.name == "version" ? ($0.name, .integer(2)) : $0 } + [("doubleKeySample", .integer(25))])
        }
        let other = try StationFixture("b", seed: 2)
        for database in [database, other.database] {
            let from = try database.cursors()["documents/\(promotion)"]?.at.position ?? 0
            _ = try database.apply(TestCentre.page(.documents(promotion: promotion), from: from, [sampled]))
        }
        try other.pull(from: station)
        let waiting = try database.secondKeying(promotion: promotion, batch: "MB-1", for: second).map(\.entry)
        #expect(3...18 ~= waiting.count)
        #expect(try other.database.secondKeying(promotion: promotion, batch: "MB-1", for: nil).map(\.entry) == waiting)
        let left = try #require(try database.entries(promotion: promotion, limit: 40).first { !waiting.contains($0.id) }).id
        #expect(try database.secondKeying(of: left, for: second).open == [field])
        _ = try again(left, "Dương")
        #expect(try database.entry(left)?.verified.map(\.field) == [field])
    }

    @Test("a second keying reaches other stations, and what is verified there is the same")
    func synced() throws {
        let entries = try [card("Dương", envelope: 1), card("Nguyễn", envelope: 2)]
        _ = try again(entries[0], "Dương")
        _ = try database.peek(entries[1], field: field, by: second)
        _ = try database.decide(entries[1], difference(again(entries[1], "Nguyen")), .keyed(Keyed(text: "Nguyen")), by: second)
        let other = try StationFixture("b", seed: 2)
        try other.pull(from: station)
        for entry in entries {
            let (here, there) = (try #require(try database.entry(entry)), try #require(try other.database.entry(entry)))
            #expect(here.state == there.state)
            #expect(there.verified.map(\.field) == [field])
            #expect(here.verified.map(\.peeked) == there.verified.map(\.peeked))
        }
        #expect(try other.database.comparison(promotion: promotion) == database.comparison(promotion: promotion))
    }
}

/// What two people key, at random, and what comes of it.
@Suite("Second keying, at random")
struct SecondKeyingPropertyTests {
    private let texts = ["Dương", "Duong", "duong", "Dang", "", "D", "Dương Lê"]

    @Test(
        "whatever two people key, what is shown after it is what one of them keyed and chose, and history keeps all of it",
        arguments: 1...40)
    func chosen(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        func any() -> String { texts[Int.random(in: 0..<texts.count, using: &random)] }
        let station = try StationFixture(seed: UInt64(seed))
        let database = station.database
        let second = try database.operatorID(named: "Second")
        for envelope in 1...5 as ClosedRange<Int64> {
            let first = any()
            let entry = try station.capture(["family_name": first], place: CardPlace(batch: "MB-1", envelope: envelope)).entry
            if random.chance(oneIn: 4) { _ = try database.peek(entry, field: "family_name", by: second) }
            let keyed = any()
            var chosen = first
            switch try database.keyAgain(entry, field: "family_name", Keyed(text: keyed), by: second) {
            case .agrees: #expect(first == keyed, "seed \(seed)")
            case .differs(let difference):
                #expect(first != keyed, "seed \(seed)")
                #expect(try database.secondKeying(of: entry, for: second).waiting == ["family_name"])
                let third = any()
                let decisions: [(SecondDecision, String)] = [
                    (.stands, first), (.keyed(Keyed(text: keyed)), keyed), (.keyed(Keyed(text: third)), third),
                ]
                let decision = decisions[Int.random(in: 0..<3, using: &random)]
                _ = try database.decide(entry, difference, decision.0, by: second)
                chosen = decision.1
            }
            let view = try #require(try database.entry(entry))
            #expect((view.value(of: "family_name")?.value.text ?? "") == chosen, "seed \(seed)")
            #expect(view.verified.map(\.field) == ["family_name"], "seed \(seed)")
            let values = try database.history(entry).flatMap(\.fields).filter { $0.field == "family_name" }.map { $0.new.value.text ?? "" }
            #expect(values == (first == chosen ? [first] : [first, chosen]), "seed \(seed)")
            #expect(try database.history(entry).last?.kind == .verify)
        }
        #expect(try database.secondKeying(promotion: "brightfizz-summer", batch: "MB-1", for: second).allSatisfy { $0.waiting.isEmpty })
        #expect(try database.check() == [])
    }
}

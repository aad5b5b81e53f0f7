import EntryModel
import FieldStore
import TestSupport
import Testing

@Suite("Conflicts")
struct ConflictTests {
    /// Two stations that hold the same entry and are then apart.
    private func apart(_ values: KeyValuePairs<String, String>) throws -> (a: StationFixture, b: StationFixture, entry: UniqueID) {
        let a = try StationFixture("a", seed: 1)
        let b = try StationFixture("b", seed: 2)
        let entry = try a.capture(values).entry
        try b.pull(from: a)
        return (a, b, entry)
    }

    private func exchange(_ a: StationFixture, _ b: StationFixture, after: (a: Int64, b: Int64)) throws {
        let ofA = try a.outgoing(after: after.a)
        let ofB = try b.outgoing(after: after.b)
        try a.pull(ofB)
        try b.pull(ofA)
    }

    private func digests(_ a: StationFixture, _ b: StationFixture) throws -> Set<Digest> {
        Set([
            try a.database.comparison(promotion: "brightfizz-summer").digest,
            try b.database.comparison(promotion: "brightfizz-summer").digest,
        ])
    }

    @Test("edits of different fields merge, and both stations hold the same heads")
    func merges() throws {
        let (a, b, entry) = try apart(["given_name": "Sandra", "city": "Martin"])
        try a.edit(entry, ["given_name": "Alexandra"])
        try b.edit(entry, ["city": "Paris"])
        try exchange(a, b, after: (1, 0))
        for station in [a, b] {
            #expect(try station.text(entry, "given_name") == "Alexandra")
            #expect(try station.text(entry, "city") == "Paris")
            #expect(try station.database.conflicts(limit: 9).isEmpty)
        }
        #expect(try digests(a, b).count == 1)
    }

    @Test("edits of one field conflict, a choice settles it at both stations")
    func resolves() throws {
        let (a, b, entry) = try apart(["given_name": "Sandra"])
        try a.edit(entry, ["given_name": "Alexandra"])
        b.clock.advance(by: .seconds(5))
        try b.edit(entry, ["given_name": "Sandrine"])
        let result = try a.pull(try b.outgoing())
        #expect(result.newConflicts == 1)
        try b.pull(try a.outgoing(after: 1))
        for station in [a, b] {
            let conflict = try #require(try station.database.conflicts(limit: 9).first)
            #expect(conflict.field == "given_name")
            #expect(conflict.heads.map(\.assignment.value) == [.text("Alexandra"), .text("Sandrine")])
            #expect(conflict.heads.map(\.isShown) == [false, true])
            #expect(try station.database.status().conflicts == 1)
            #expect(try station.database.entry(entry)?.conflicts == ["given_name"])
        }
        #expect(try a.database.conflicts(promotion: "brightfizz-summer", limit: 9).count == 1)
        #expect(try a.database.conflicts(promotion: "county-fairs", limit: 9).isEmpty)
        let heads = try #require(try a.database.conflicts(limit: 1).first?.heads)
        let resolved = try a.database.resolve(entry, field: "given_name", .head(heads[0].change), by: a.operatorID)
        #expect(resolved.change != nil)
        try b.pull(try a.outgoing(after: 2))
        for station in [a, b] {
            #expect(try station.text(entry, "given_name") == "Alexandra")
            #expect(try station.database.conflicts(limit: 9).isEmpty)
            #expect(try station.database.status().conflicts == 0)
        }
        #expect(try digests(a, b).count == 1)
        #expect(code { try a.database.resolve(entry, field: "given_name", .head(heads[1].change), by: a.operatorID) } == .noConflict)
    }

    @Test("a conflict is settled by another value as well, and by none that does not stand")
    func resolvesByKeying() throws {
        let (a, b, entry) = try apart(["phone": "542 412 0990"])
        try a.edit(entry, ["phone": "542 412 0991"])
        try b.edit(entry, ["phone": "542 412 0992"])
        try exchange(a, b, after: (1, 0))
        #expect(code { try b.database.resolve(entry, field: "phone", .head(.zero), by: b.operatorID) } == .unknownChange)
        #expect(code { try b.database.resolve(entry, field: "phone", .void, by: b.operatorID) } == .invalid)
        _ = try b.database.resolve(entry, field: "phone", .keyed(Keyed(text: "(542) 412-0993")), by: b.operatorID)
        #expect(try b.text(entry, "phone") == "+15424120993")
        #expect(try b.database.conflicts(limit: 9).isEmpty)
    }

    @Test("a consent that is yes here and no there shows no until somebody decides")
    func consent() throws {
        let (a, b, entry) = try apart(["given_name": "Sandra"])
        try a.edit(entry, ["client_opt_in": "no"])
        b.clock.advance(by: .seconds(5))
        try b.edit(entry, ["client_opt_in": "yes"])
        try exchange(a, b, after: (1, 0))
        for station in [a, b] {
            #expect(try station.database.entry(entry)?.value(of: "client_opt_in")?.value == .bool(false))
            #expect(try station.database.conflicts(limit: 9).map(\.policy) == [.restrictive])
        }
    }

    @Test("a void against an edit is contested and shown as not void, until somebody voids or keeps it", arguments: [true, false])
    func contested(isVoid: Bool) throws {
        let (a, b, entry) = try apart(["given_name": "Sandra"])
        _ = try a.database.void(entry, by: a.operatorID)
        try b.edit(entry, ["given_name": "Alexandra"])
        try exchange(a, b, after: (1, 0))
        for station in [a, b] {
            #expect(try station.database.entry(entry)?.isVoid == false)
            let conflict = try #require(try station.database.conflicts(limit: 9).first)
            #expect(conflict.field == "$void")
            #expect(conflict.unseen.map(\.assignment.value) == [.text("Alexandra")])
        }
        #expect(code { try b.database.resolve(entry, field: "$void", .keyed(Keyed(text: "yes")), by: b.operatorID) } == .invalid)
        _ = try b.database.resolve(entry, field: "$void", isVoid ? .void : .keep, by: b.operatorID)
        try a.pull(try b.outgoing(after: 1))
        for station in [a, b] {
            #expect(try station.database.entry(entry)?.isVoid == isVoid)
            #expect(try station.database.conflicts(limit: 9).isEmpty)
        }
        #expect(try digests(a, b).count == 1)
    }

    @Test("the same card imported at two stations is one entry without a conflict, also when it was edited at one of them")
    func importedTwice() throws {
        let a = try StationFixture("a", seed: 1)
        let b = try StationFixture("b", seed: 2)
        let cards = try Cards.captures(20)
        let entry = try a.database.capture(cards, by: a.operatorID)[0].entry
        try a.edit(entry, ["given_name": "Alexandra"])
        _ = try b.database.capture(cards, by: b.operatorID)
        try exchange(a, b, after: (0, 0))
        for station in [a, b] {
            #expect(try station.database.status().entries == 20)
            #expect(try station.database.conflicts(limit: 9).isEmpty)
            #expect(try station.text(entry, "given_name") == "Alexandra")
        }
        #expect(try digests(a, b).count == 1)
    }

    @Test("an erased entry keeps digests only, and its words are gone from the look-ups")
    func erased() throws {
        let (a, _, entry) = try apart(["given_name": "Sandra", "family_name": "Dương"])
        #expect(try a.database.find("Sandra", limit: 9).count == 1)
        let header = ChangeHeader(
            station: ChangeHeader.central, operatorID: "staff", stamp: a.clock.milliseconds, skew: nil, kind: .erase,
            form: Versioned(id: "brightfizz-summer", version: 1), subject: .entry(entry))
        let erase = try Change(header: header, body: ChangeBody(salt: Array(repeating: 1, count: 16)))
        try a.database.apply(TestCentre.page(.promotion("brightfizz-summer"), from: 0, [erase]))
        let view = try #require(try a.database.entry(entry))
        #expect(view.isErased)
        #expect(view.shown.isEmpty)
        #expect(try a.database.find("Sandra", limit: 9).isEmpty)
        let sent = try #require(try a.outgoing().first)
        #expect(Change.goneBody(sent.bodyLine) != nil)
        #expect(Change.id(headerLine: sent.headerLine, bodyLine: sent.bodyLine) == sent.id)
        #expect(code { try a.edit(entry, ["given_name": "Sandra"]) } == .erased)
    }
}

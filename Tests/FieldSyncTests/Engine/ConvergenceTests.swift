import CentralStore
import EntryModel
import FieldStore
import FieldSync
import TestSupport
import Testing

/// Two stations that edit apart and then sync, against a real centre.
@Suite struct ConvergenceTests {
    /// Two stations that both hold one entry.
    struct Pair {
        let fleet: Fleet
        let a: Station
        let b: Station
        let entry: UniqueID

        init() async throws {
            fleet = try await Fleet()
            a = try await fleet.station("a")
            b = try await fleet.station("b")
            #expect(await a.sync().outcome == .complete)
            entry = try a.capture(["given_name": "Ann", "family_name": "Lee", "city": "Chicago"])
            #expect(await a.sync().outcome == .complete)
            #expect(await b.sync().outcome == .complete)
            #expect(try b.shown(entry, "given_name") == "Ann")
        }

        /// Both send, then both fetch what the other sent.
        func syncAll() async {
            for station in [a, b, a] { #expect(await station.sync().outcome == .complete) }
        }

        /// Both stations and the centre hold the same heads.
        func expectAgreement(_ location: SourceLocation = #_sourceLocation) async throws {
            let centre = try await fleet.comparison()
            for station in [a, b] {
                let own = try station.comparison()
                #expect(own.entries == centre.entries, sourceLocation: location)
                #expect(own.digest == centre.digest, "\(station.name)", sourceLocation: location)
            }
        }
    }

    @Test("the first pull after enrolment brings the promotion; entries then go both ways")
    func firstSync() async throws {
        let fleet = try await Fleet()
        let a = try await fleet.station("a")
        #expect(try a.database.promotions().isEmpty)
        let first = await a.sync()
        #expect(first.outcome == .complete, "\(first.message)")
        #expect(try a.database.promotions().map(\.id) == [Fleet.promotion])
        try a.capture(["given_name": "Ann"])
        let second = await a.sync()
        #expect(second.pushed == 1)
        #expect(second.pulled == 0)
        #expect(try a.database.unsentCount() == 0)
        let b = try await fleet.station("b")
        let other = await b.sync()
        #expect(other.pushed == 0)
        #expect(other.pulled == 2)
        #expect(try b.comparison() == a.comparison())
    }

    @Test("edits of different fields both stand, and nobody has to decide")
    func differentFields() async throws {
        let pair = try await Pair()
        try pair.a.edit(pair.entry, "given_name", "Anna")
        try pair.b.edit(pair.entry, "family_name", "Li")
        await pair.syncAll()
        for station in [pair.a, pair.b] {
            #expect(try station.shown(pair.entry, "given_name") == "Anna")
            #expect(try station.shown(pair.entry, "family_name") == "Li")
            #expect(try station.conflicts(pair.entry) == [])
        }
        try await pair.expectAgreement()
    }

    @Test("edits of the same field are kept, both of them, until someone decides at one station; then all three agree")
    func sameField() async throws {
        let pair = try await Pair()
        try pair.a.edit(pair.entry, "given_name", "Anna")
        pair.fleet.clock.advance(by: .seconds(60))
        try pair.b.edit(pair.entry, "given_name", "Anne")
        _ = await pair.a.sync()
        let summary = await pair.b.sync()
        #expect(summary.newConflicts == 1)
        _ = await pair.a.sync()
        for station in [pair.a, pair.b] {
            #expect(try station.conflicts(pair.entry) == ["given_name"])
            #expect(try station.shown(pair.entry, "given_name") == "Anne")
        }
        try await pair.expectAgreement()

        let conflict = try #require(try pair.b.database.conflicts(limit: 10).first)
        let anna = try #require(conflict.heads.first { $0.assignment.value == .text("Anna") })
        _ = try pair.b.database.resolve(pair.entry, field: "given_name", .head(anna.change), by: pair.b.operatorID)
        _ = await pair.b.sync()
        _ = await pair.a.sync()
        for station in [pair.a, pair.b] {
            #expect(try station.conflicts(pair.entry) == [])
            #expect(try station.shown(pair.entry, "given_name") == "Anna")
        }
        try await pair.expectAgreement()
    }

    @Test("the same edit at both stations is no conflict, and a later edit replaces both")
    func sameEdit() async throws {
        let pair = try await Pair()
        try pair.a.edit(pair.entry, "city", "Evanston")
        try pair.b.edit(pair.entry, "city", "Evanston")
        await pair.syncAll()
        #expect(try pair.b.conflicts(pair.entry) == [])
        try pair.a.edit(pair.entry, "city", "Skokie")
        await pair.syncAll()
        for station in [pair.a, pair.b] { #expect(try station.shown(pair.entry, "city") == "Skokie") }
        try await pair.expectAgreement()
    }

    @Test("a void against an edit is contested and shown as not void at both; keeping it settles both")
    func voidAgainstEdit() async throws {
        let pair = try await Pair()
        try pair.a.void(pair.entry)
        try pair.b.edit(pair.entry, "note", "Card is torn")
        await pair.syncAll()
        for station in [pair.a, pair.b] {
            let entry = try #require(try station.database.entry(pair.entry))
            #expect(!entry.isVoid)
            #expect(entry.conflicts == ["$void"])
        }
        _ = try pair.a.database.resolve(pair.entry, field: "$void", .void, by: pair.a.operatorID)
        await pair.syncAll()
        for station in [pair.a, pair.b] {
            let entry = try #require(try station.database.entry(pair.entry))
            #expect(entry.isVoid)
            #expect(entry.conflicts == [])
        }
        try await pair.expectAgreement()
    }

    @Test("consent yes against no is shown as no until someone decides", arguments: [true, false])
    func consent(yesIsLater: Bool) async throws {
        let pair = try await Pair()
        try pair.a.edit(pair.entry, "opt_in", yesIsLater ? "no" : "yes")
        pair.fleet.clock.advance(by: .seconds(60))
        try pair.b.edit(pair.entry, "opt_in", yesIsLater ? "yes" : "no")
        await pair.syncAll()
        for station in [pair.a, pair.b] {
            #expect(try station.shown(pair.entry, "opt_in") == "no")
            #expect(try station.conflicts(pair.entry) == ["opt_in"])
        }
        try await pair.expectAgreement()
    }

    @Test("a decision by the central staff reaches both stations")
    func staffDecision() async throws {
        let pair = try await Pair()
        try pair.a.edit(pair.entry, "given_name", "Anna")
        try pair.b.edit(pair.entry, "given_name", "Anne")
        await pair.syncAll()
        try await pair.fleet.vault.resolve(pair.entry, field: "given_name", .keyed(Keyed(text: "Annie")))
        await pair.syncAll()
        for station in [pair.a, pair.b] {
            #expect(try station.shown(pair.entry, "given_name") == "Annie")
            #expect(try station.conflicts(pair.entry) == [])
        }
        try await pair.expectAgreement()
    }

    @Test("a decision at each side at once is a conflict again, with two values")
    func twoDecisions() async throws {
        let pair = try await Pair()
        try pair.a.edit(pair.entry, "given_name", "Anna")
        try pair.b.edit(pair.entry, "given_name", "Anne")
        await pair.syncAll()
        for (station, name) in [(pair.a, "Nan"), (pair.b, "Nancy")] {
            _ = try station.database.resolve(pair.entry, field: "given_name", .keyed(Keyed(text: name)), by: station.operatorID)
        }
        await pair.syncAll()
        let conflict = try #require(try pair.a.database.conflicts(limit: 10).first)
        #expect(Set(conflict.heads.map(\.assignment.value.description)) == ["Nan", "Nancy"])
        try await pair.expectAgreement()
    }

    @Test("importing the same card at the other station adds no entry and no conflict there, even after edits")
    func importedTwice() async throws {
        let pair = try await Pair()
        let place = CardPlace(batch: "MB-0001", envelope: 1, card: 1)
        let card = UniqueID.card(promotion: Fleet.promotion, batch: "MB-0001", envelope: 1, card: 1)
        let values = ["given_name": "Bo", "family_name": "Ek", "opt_in": "yes"]
        try pair.a.capture(values, entry: card, place: place)
        try pair.a.edit(card, "given_name", "Bob")
        _ = await pair.a.sync()
        // Before the other station has heard of it, so that the import makes a change of its own.
        try pair.b.capture(values, entry: card, place: place)
        await pair.syncAll()
        for station in [pair.a, pair.b] {
            #expect(try station.comparison().entries == 2)
            #expect(try station.conflicts(card) == [])
            #expect(try station.shown(card, "given_name") == "Bob")
        }
        try await pair.expectAgreement()
        // And after it has: nothing happens at all.
        let unsent = try pair.b.database.unsentCount()
        try pair.b.capture(values, entry: card, place: place)
        #expect(try pair.b.database.unsentCount() == unsent)
    }

    @Test("an idle sync is one request and brings nothing")
    func idle() async throws {
        let pair = try await Pair()
        await pair.syncAll()
        let summary = await pair.a.sync()
        #expect(summary.outcome == .complete)
        #expect(summary.requests == 1)
        #expect(summary.pushed == 0)
        #expect(summary.pulled == 0)
    }

    @Test("a change that the centre puts in quarantine is told, also when the first answer is lost, and blocks nothing behind it")
    func quarantine() async throws {
        let fleet = try await Fleet()
        let a = try await fleet.station("a")
        _ = await a.sync()
        let entry = try a.capture(["given_name": "Ann"])
        let station = try #require(try a.database.identity?.station)
        try await fleet.vault.assign(station, [])
        let first = a.transport.deliveries.count
        a.transport.decide { $0.number == first ? .answerIsLost : .arrives }
        let summary = await a.sync()
        #expect(summary.outcome == .complete)
        #expect(summary.exceptions.map(\.problem) == [Problem.Code.notEntitled.rawValue])
        #expect(try a.database.unsentCount() == 0)
        #expect(try a.database.status().quarantined.map(\.entry) == [entry])

        try await fleet.vault.assign(station, [Fleet.promotion])
        _ = await a.sync()
        let other = try a.capture(["given_name": "Bo"])
        let next = await a.sync()
        #expect(next.pushed == 1)
        #expect(next.exceptions.isEmpty)
        #expect(try await fleet.vault.entry(other) != nil)
    }
}

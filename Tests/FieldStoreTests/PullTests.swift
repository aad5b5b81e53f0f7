import EntryModel
import FieldStore
import Testing

@Suite("Pull")
struct PullTests {
    private let all = FeedKey.promotion("brightfizz-summer")

    @Test("a page brings another station's entries, its cursor moves with it")
    func applies() throws {
        let a = try StationFixture("a", seed: 1)
        let b = try StationFixture("b", seed: 2)
        _ = try a.database.capture(try Cards.captures(40), by: a.operatorID)
        let result = try b.pull(from: a)
        #expect(!result.isCentreRestored)
        #expect(result.newChanges == 40)
        #expect(result.newEntries == 40)
        #expect(result.newConflicts == 0)
        #expect(try b.database.cursors()[all.description]?.at == .init(position: 40, digest: TestCentre.digest(at: 40)))
        #expect(try a.database.comparison(promotion: "brightfizz-summer") == b.database.comparison(promotion: "brightfizz-summer"))
        #expect(try b.database.unsentCount() == 0)
        #expect(try b.database.batches(promotion: "brightfizz-summer").map(\.entries) == [40])
        let entry = try #require(try b.database.entries(promotion: "brightfizz-summer", limit: 1).first)
        #expect(entry.place == CardPlace(batch: "MB-0001", envelope: 1))
        #expect(entry.channel == .mailIn)
        #expect(try b.database.history(entry.id).allSatisfy { !$0.isOwn && $0.isSent && $0.operatorName == nil })
    }

    @Test("changes of one entry in one page, in any order, give what they give one by one")
    func anyOrder() throws {
        let a = try StationFixture("a", seed: 1)
        let entry = try a.capture(["given_name": "Sandra"]).entry
        try a.edit(entry, ["given_name": "Alexandra"])
        try a.edit(entry, ["given_name": "Sandrine", "city": "Martin"])
        let digest = try a.database.comparison(promotion: "brightfizz-summer").digest
        let changes = try a.outgoing()
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0]] {
            let b = try StationFixture("b", seed: 2)
            #expect(try b.pull(order.map { changes[$0] }).touchedEntries == 1)
            #expect(try b.database.comparison(promotion: "brightfizz-summer").digest == digest)
            #expect(try b.text(entry, "given_name") == "Sandrine")
            let oneByOne = try StationFixture("c", seed: 3)
            for index in order { try oneByOne.pull([changes[index]]) }
            #expect(try oneByOne.database.comparison(promotion: "brightfizz-summer").digest == digest)
        }
    }

    @Test("the same rows again change nothing but the cursor")
    func twice() throws {
        let a = try StationFixture("a", seed: 1)
        let b = try StationFixture("b", seed: 2)
        _ = try a.database.capture(try Cards.captures(10), by: a.operatorID)
        try b.pull(from: a)
        let before = try b.database.status()
        let again = try b.pull(from: a)
        #expect(again.newChanges == 0)
        #expect(again.heldChanges == 10)
        let after = try b.database.status()
        #expect(after.changes == before.changes)
        #expect(after.entries == before.entries)
    }

    @Test("a page that starts above the cursor is refused, one that starts below means a restored centre")
    func outOfPlace() throws {
        let a = try StationFixture("a", seed: 1)
        let b = try StationFixture("b", seed: 2)
        _ = try a.database.capture(try Cards.captures(30), by: a.operatorID)
        let changes = try a.outgoing()
        #expect(code { try b.database.apply(TestCentre.page(all, from: 1, changes)) } == .pageOutOfPlace)
        #expect(try b.database.status().entries == 0)
        for start in [0, 10, 20] { try b.pull(Array(changes[start..<start + 10])) }
        #expect(try b.database.cursors()[all.description]?.checkpoints.map(\.position) == [20, 10])

        // The centre's feed ends at 25 now, with other rows above 10 than before.
        let restored = try b.database.apply(TestCentre.page(all, from: 10, Array(changes[10..<25])))
        #expect(restored.isCentreRestored)
        #expect(restored.newChanges == 0)
        #expect(restored.heldChanges == 15)
        let cursor = try #require(try b.database.cursors()[all.description])
        #expect(cursor.at == .init(position: 25, digest: TestCentre.digest(at: 25)))
        #expect(cursor.checkpoints.map(\.position) == [10])
        #expect(try b.database.status().entries == 30)
        // What the page did not bring again is to be handed back, in bounded portions, with the MAC that came with it.
        #expect(try b.database.unconfirmedCount() == 5)
        let first = try b.database.handback(after: 0, maximumRows: 2, maximumBytes: .max)
        #expect(first.map(\.item.headerLine) == changes[25..<27].map(\.headerLine))
        #expect(first.allSatisfy { $0.item.mac == TestCentre.mac })
        #expect(try b.database.handback(after: first[1].number, maximumRows: 500, maximumBytes: .max).count == 3)
        #expect(try b.database.handback(after: 0, maximumRows: 500, maximumBytes: 1).count == 1)
        try b.database.settleHandback(taken: changes[25..<28].map(\.id), refused: [changes[28].id])
        try b.database.settleHandback(taken: changes[25..<28].map(\.id), refused: [])
        #expect(try b.database.unconfirmedCount() == 1)
        #expect(try b.database.status().lastRecovery != nil)
        #expect(try b.pull(Array(changes[29...])).heldChanges == 1)
        #expect(try b.database.unconfirmedCount() == 0)

        // From a place that was never named only the whole way is safe.
        let unknown = try b.database.apply(TestCentre.page(all, from: 3, Array(changes[3..<5])))
        #expect(unknown.isCentreRestored)
        #expect(unknown.heldChanges == 0)
        #expect(try b.database.cursors()[all.description] == nil)
        #expect(try b.database.status().entries == 30)
        #expect(try b.database.unconfirmedCount() == 30)
        try b.pull(changes)
        #expect(try b.database.unconfirmedCount() == 0)
    }

    @Test("nothing is withdrawn while a restored centre may have lost it")
    func withdrawnWhileUnconfirmed() throws {
        let a = try StationFixture("a", seed: 1)
        let b = try StationFixture("b", seed: 2)
        let documents = FeedKey.documents(promotion: "brightfizz-summer")
        try b.database.setGranted([documents, all])
        _ = try a.database.capture(try Cards.captures(4), by: a.operatorID)
        let changes = try a.outgoing()
        try b.pull(changes)
        try b.database.apply(TestCentre.page(all, from: 0, Array(changes[..<1])))
        #expect(try b.database.setGranted([documents]) == 0)
        #expect(try b.database.status().entries == 4)
        try b.database.settleHandback(taken: changes.map(\.id), refused: [])
        #expect(try b.database.setGranted([documents]) == 4)
        #expect(try b.database.status().entries == 0)
    }

    @Test("of many checkpoints eight stay, the older the farther apart")
    func checkpoints() throws {
        let station = try StationFixture()
        for end in 1...200 as ClosedRange<Int64> {
            let page = PullAnswer.KeyPage(
                key: all, from: end - 1, to: end, digest: TestCentre.digest(at: end), more: false, rows: [])
            try station.database.apply(page)
        }
        let cursor = try #require(try station.database.cursors()[all.description])
        #expect(cursor.at.position == 200)
        #expect(cursor.checkpoints.count == 8)
        let positions = cursor.checkpoints.map(\.position)
        #expect(positions.first == 199)
        #expect(positions == positions.sorted(by: >))
        #expect(try #require(positions.last) < 100)
    }

    @Test("a page with one bad row changes nothing", arguments: ["body", "id", "promotion"])
    func badRow(kind: String) throws {
        let a = try StationFixture("a", seed: 1, promotions: ["brightfizz-summer", "county-fairs"])
        let b = try StationFixture("b", seed: 2)
        _ = try a.database.capture(try Cards.captures(5), by: a.operatorID)
        try a.capture([:], promotion: "county-fairs")
        var changes = try a.outgoing()
        let foreign = changes.removeLast()
        switch kind {
        case "body": changes[3].bodyLine = Array("{}".utf8)
        case "id": changes[3].id = changes[2].id
        default: changes[3] = foreign
        }
        #expect(code { try b.database.apply(TestCentre.page(all, from: 0, changes)) } == .badPage)
        #expect(try b.database.status().entries == 0)
        #expect(try b.database.cursors()[all.description] == nil)
    }

    @Test("documents install their promotions, the newest one is keyed by, in whatever order they come")
    func documents() throws {
        let station = try StationFixture()
        let key = FeedKey.documents(promotion: "brightfizz-summer")
        func version(_ number: Int64) throws -> Change {
            try TestCentre.document("brightfizz-summer") { document in
                guard case .object(let members) = document else { return document }
                return .object(members.map { $0.name == "version" ? ("version", .integer(number)) : $0 })
            }
        }
        let result = try station.database.apply(TestCentre.page(key, from: 1, [try version(3)]))
        #expect(result.documents == ["brightfizz-summer"])
        #expect(try station.database.promotion("brightfizz-summer")?.version == 3)
        try station.database.apply(TestCentre.page(key, from: 2, [try version(2)]))
        #expect(try station.database.promotion("brightfizz-summer")?.version == 3)
        try station.capture(["given_name": "Sandra"])
        #expect(try ChangeHeader(line: try #require(try station.outgoing().first).headerLine).form.version == 3)
    }

    @Test("entries may come before their promotion's document")
    func beforeDocument() throws {
        let a = try StationFixture("a", seed: 1)
        let b = try StationFixture("b", seed: 2, promotions: [])
        let entry = try a.capture(["given_name": "Sandra"]).entry
        try b.pull(from: a)
        #expect(try b.text(entry, "given_name") == "Sandra")
        #expect(code { try b.edit(entry, ["given_name": "X"]) } == .unknownPromotion)
        try b.database.apply(try TestCentre.documentPage("brightfizz-summer"))
        #expect(try b.edit(entry, ["given_name": "X"]).change != nil)
    }

    @Test("a rejected change is taken out, as if it had never been")
    func reject() throws {
        let a = try StationFixture("a", seed: 1)
        let b = try StationFixture("b", seed: 2)
        let entry = try a.capture(["given_name": "Sandra"]).entry
        let edited = try a.edit(entry, ["given_name": "Alexandra"])
        try b.pull(from: a)
        let header = ChangeHeader(
            station: ChangeHeader.central, operatorID: "staff", stamp: 1, skew: nil, kind: .reject,
            form: Versioned(id: "brightfizz-summer", version: 1), subject: .entry(entry), target: edited.change)
        let reject = try Change(header: header, body: ChangeBody(salt: Array(repeating: 1, count: 16)))
        for station in [a, b] {
            let from = try station.database.cursors()[all.description]?.at.position ?? 0
            try station.database.apply(TestCentre.page(all, from: from, [reject]))
            #expect(try station.text(entry, "given_name") == "Sandra")
        }
        #expect(try a.database.comparison(promotion: "brightfizz-summer") == b.database.comparison(promotion: "brightfizz-summer"))
    }

    @Test("a rejected change that the centre could not read is taken out of the entry that only this station knows of")
    func rejectUnread() throws {
        let station = try StationFixture()
        let entry = try station.capture(["given_name": "Sandra"]).entry
        let edited = try #require(try station.edit(entry, ["given_name": "Alexandra"]).change)
        try station.acknowledgeAll(exceptions: [PushAnswer.Exception(id: edited, state: .quarantined, problem: "bad-line")])
        #expect(try station.text(entry, "given_name") == "Alexandra")
        let header = ChangeHeader(
            station: ChangeHeader.central, operatorID: "staff", stamp: 1, skew: nil, kind: .reject,
            form: Versioned(id: "brightfizz-summer", version: 1), subject: .promotion, target: edited)
        let reject = try Change(header: header, body: ChangeBody(salt: Array(repeating: 1, count: 16)))
        let page = TestCentre.page(.documents(promotion: "brightfizz-summer"), from: 1, [reject])
        #expect(try station.database.status().quarantinedCount == 1)
        try station.database.apply(page)
        #expect(try station.text(entry, "given_name") == "Sandra")
        #expect(try station.database.status().quarantinedCount == 0)
        #expect(try station.database.history(entry).map(\.quarantined) == [nil, "rejected", nil])
        let again = TestCentre.page(.documents(promotion: "brightfizz-summer"), from: 2, [reject])
        #expect(try station.database.apply(again).newChanges == 0)
        // A centre that was put back to before it gets the rejection back, though it stands here with the entry.
        #expect(try station.database.unconfirmedCount() == 0)
        let restored = try station.database.apply(TestCentre.page(.documents(promotion: "brightfizz-summer"), from: 1, [] as [Change]))
        #expect(restored.isCentreRestored)
        #expect(try station.database.unconfirmedCount() == 1)
        let lines = try station.database.handback(after: 0, maximumRows: 9, maximumBytes: 1 << 20)
        #expect(lines.map(\.item.headerLine) == [reject.headerLine])
    }
}

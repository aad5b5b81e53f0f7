import CentralStore
import EntryModel
import FieldSync
import GRDB
import TestSupport
import Testing

@testable import FieldStore

@Suite("Comparing with the centre") struct ComparisonTests {
    private func keyed(_ station: Station, _ count: Int) throws {
        for number in 0..<count {
            let place = number.isMultiple(of: 2) ? CardPlace(batch: "MB-\(number % 3 + 1)", envelope: Int64(number + 1)) : nil
            _ = try station.capture(["given_name": "\(station.name) \(number)"], place: place)
        }
    }

    /// Two stations that share what the promotion lets them share, with everything synced.
    private func fleet(_ sharing: Promotion.Sharing) async throws -> (Fleet, Station, Station) {
        let fleet = try await Fleet(sharing: sharing)
        let first = try await fleet.station("first")
        let second = try await fleet.station("second")
        for station in [first, second] {
            #expect(await station.sync().outcome == .complete)
            try keyed(station, 12)
            _ = try station.database.openBatch(promotion: Fleet.promotion, label: "MB-1", expected: 12, by: station.operatorID)
        }
        for station in [first, second, first, second] { #expect(await station.sync().outcome == .complete) }
        return (fleet, first, second)
    }

    @Test("stations that are in step find nothing, whatever they share", arguments: Promotion.Sharing.allCases)
    func inStep(sharing: Promotion.Sharing) async throws {
        let (_, first, second) = try await fleet(sharing)
        for station in [first, second] {
            // What nobody has sent yet is not compared.
            try keyed(station, 1)
            let comparison = await station.engine.compare()
            #expect(comparison.outcome == .complete)
            #expect(comparison.compared >= 1)
            #expect(comparison.differences.isEmpty)
            #expect(comparison.skipped.isEmpty)
        }
    }

    @Test("a line that vanished here is named and fetched again", arguments: [Promotion.Sharing.batch, .all])
    func vanished(sharing: Promotion.Sharing) async throws {
        let (_, first, _) = try await fleet(sharing)
        let entry = try first.database.write { database -> UniqueID? in
            let found = try database.first(
                "SELECT c.number, e.id FROM change c JOIN entry e ON e.number = c.entry WHERE c.epoch IS NULL LIMIT 1"
            ) { ($0.integer(0), try $0.id(1)) }
            guard let (number, id) = found else { return nil }
            try database.run("DELETE FROM change WHERE number = ?", [.integer(number)])
            return id
        }
        let lost = try #require(entry)
        let comparison = await first.engine.compare()
        #expect(comparison.outcome == .complete)
        #expect(comparison.differences.contains { $0.subjects == [lost.description] && $0.here == $0.there - 1 })
        let repaired = await first.engine.compare(repairs: true)
        #expect(repaired.outcome == .complete)
        #expect(repaired.differences.isEmpty)
        #expect(try first.database.history(lost).count == 1)
    }

    @Test(
        "what is read again is confirmed by the pages that come; a centre put back in between gets the rest handed back",
        arguments: [Promotion.Sharing.batch, .all])
    func readAgain(sharing: Promotion.Sharing) async throws {
        let fleet = try await Fleet(sharing: sharing)
        let (first, second) = (try await fleet.station("first"), try await fleet.station("second"))
        for station in [first, second] { #expect(await station.sync().outcome == .complete) }
        let place = CardPlace(batch: "MB-1", envelope: 1)
        var entries = [try first.capture(["given_name": "Ann"], place: place)]
        for station in [first, second, first] { #expect(await station.sync().outcome == .complete) }
        _ = try second.database.openBatch(promotion: Fleet.promotion, label: "MB-1", expected: 2, by: second.operatorID)
        for station in [second, first] { #expect(await station.sync().outcome == .complete) }
        let backup = try fleet.backUpVault()
        entries.append(try second.capture(["given_name": "Bo"], place: CardPlace(batch: "MB-1", envelope: 2)))
        for station in [second, first] { #expect(await station.sync().outcome == .complete) }

        let keys = try first.database.cursors().keys.compactMap { FeedKey($0) }
        try first.database.readAgain(keys)
        #expect(try first.database.cursors().isEmpty)
        #expect(try first.database.unconfirmedCount() > 0)
        #expect(await first.sync().outcome == .complete)
        #expect(try first.database.unconfirmedCount() == 0)

        // The second station's own file is gone, and the first has just forgotten how far it read: it alone has the second entry.
        try first.database.readAgain(keys)
        try await fleet.restoreVault(backup, [first])
        try await fleet.settle([first], entries)
    }

    @Test("who may not read a key learns nothing of it by comparing")
    func notGranted() async throws {
        let (fleet, first, second) = try await fleet(.own)
        let own = try #require(try first.database.identity)
        let other = try #require(try second.database.identity?.station)
        let state = try first.database.chainPosition()
        for key in [FeedKey.station(promotion: Fleet.promotion, station: other), .promotion(Fleet.promotion), .promotion("none")] {
            var request = RequestLine(
                kind: .pull, vault: own.vault, station: own.station, epoch: state.epoch, forkedFrom: nil,
                after: state.acknowledged.sequence, chain: state.acknowledged.chain, count: 0, head: state.head,
                time: fleet.clock.milliseconds)
            request.cursors = try first.database.cursors()
            request.compare = KeyComparison.Request(key: key)
            let message = try Envelope.seal(kind: .pull, lines: [request.line], key: own.signingKey)
            let answer = try PullAnswer(lines: SignedMessage(try await fleet.centre.answer(.pull, message)).lines)
            #expect(answer.answer.outcome == .accepted)
            #expect(answer.comparison == nil)
        }
    }

    @Test("a comparison reads as it was written, of a key and of a part")
    func line() throws {
        let header = ChangeHeader(
            station: ChangeHeader.central, operatorID: "staff", stamp: 1, skew: nil, kind: .set,
            form: Versioned(id: "summer", version: 1), subject: .batch("MB-1"))
        let body = ChangeBody(salt: Array(repeating: 1, count: 16), set: [Assignment(field: "$state", value: .text("open"))])
        let state = Merge.state(of: [try Change(header: header, body: body)])
        for part in [nil, 0, 200, 255] as [UInt8?] {
            var comparison = KeyComparison(KeyComparison.Request(key: .promotion("summer"), part: part))
            for number in 0..<600 { comparison.add("batch/summer/MB-\(number)", state) }
            #expect(comparison.subjects == (part == nil ? 600 : Int64(comparison.sums.count)))
            var answer = PullAnswer(
                answer: AnswerLine(
                    request: .zero, outcome: .accepted, epoch: Surroundings.system.newID(), through: 0, chain: .zero, durable: 0, time: 1),
                keys: [], pages: [])
            answer.comparison = comparison
            let lines = answer.bytes.split(separator: 10).map(Array.init)
            #expect(try PullAnswer(lines: lines).comparison == comparison)
        }
    }
}

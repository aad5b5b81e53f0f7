import EntryModel
import FieldStore
import TestSupport
import Testing

@Suite("Push")
struct PushTests {
    @Test("own changes stand in one chain, in the order in which they were made")
    func chain() throws {
        let station = try StationFixture()
        let entry = try station.capture(["given_name": "Sandra"]).entry
        try station.edit(entry, ["given_name": "Alexandra"])
        _ = try station.database.openBatch(promotion: "brightfizz-summer", label: "MB-1", by: station.operatorID)
        _ = try station.database.capture(try Cards.captures(30), by: station.operatorID)
        let identity = try #require(try station.database.identity)
        var chain = Chain.start(station: identity.station, epoch: identity.epoch)
        #expect(try station.database.chain(at: 0) == chain)
        for (index, change) in try station.outgoing().enumerated() {
            #expect(change.sequence == Int64(index + 1))
            #expect(Change.id(headerLine: change.headerLine, bodyLine: change.bodyLine) == change.id)
            chain = Chain.next(chain, change.id)
            #expect(try station.database.chain(at: change.sequence) == chain)
        }
        let head = try station.database.chainPosition().head
        #expect(head == RequestLine.ChainPosition(sequence: 33, chain: chain))
        #expect(try station.database.chain(at: 34) == nil)
    }

    @Test("a batch of outgoing changes keeps within rows and bytes, but always has one")
    func bounds() throws {
        let station = try StationFixture()
        _ = try station.database.capture(try Cards.captures(20), by: station.operatorID)
        let all = try station.outgoing()
        #expect(try station.database.outgoing(after: 0, maximumRows: 7, maximumBytes: .max).map(\.sequence) == Array(1...7))
        #expect(try station.database.outgoing(after: 18, maximumRows: 7, maximumBytes: .max).map(\.sequence) == [19, 20])
        #expect(try station.database.outgoing(after: 20, maximumRows: 7, maximumBytes: .max).isEmpty)
        #expect(try station.database.outgoing(after: 3, maximumRows: 7, maximumBytes: 1).map(\.sequence) == [4])
        let three = all[0].messageBytes + all[1].messageBytes + all[2].messageBytes
        #expect(try station.database.outgoing(after: 0, maximumRows: 7, maximumBytes: three).count == 3)
        #expect(try station.database.outgoing(after: 0, maximumRows: 7, maximumBytes: three - 1).count == 2)
    }

    @Test("an answer that came by file says nothing of a change that a later answer has told of, and all of one that none has")
    func answersOutOfTurn() throws {
        let station = try StationFixture()
        _ = try station.database.capture(try Cards.captures(4), by: station.operatorID)
        let ids = try station.outgoing().map(\.id)
        let identity = try #require(try station.database.identity)
        let state = try station.database.chainPosition()
        let pull = RequestLine(
            kind: .pull, vault: identity.vault, station: identity.station, epoch: identity.epoch, forkedFrom: nil,
            after: state.head.sequence, chain: state.head.chain, count: 0, head: state.head, time: 1)
        try station.database.noteExport(state, requests: [ids[0]], pull: (reference: ids[1], line: pull.line))
        func answer(_ through: Int64, at time: Int64, _ quarantined: [Digest] = []) throws {
            let exceptions = quarantined.map { PushAnswer.Exception(id: $0, state: .quarantined, problem: "not-entitled") }
            let chain = try #require(try station.database.chain(at: through))
            let isOld = try station.database.chainPosition().acknowledged.sequence >= through
            #expect(
                try station.database.acknowledge(
                    through: through, chain: chain, exceptions: exceptions, durable: 0, isOld: isOld, at: time))
        }
        try answer(2, at: 200)
        try answer(4, at: 400)
        // Each was in quarantine when the bundle was taken in, and the push has said meanwhile that it is merged.
        try answer(2, at: 100, [ids[0]])
        try answer(4, at: 300, [ids[2]])
        #expect(try station.database.status().quarantinedCount == 0)
        try answer(4, at: 300, [ids[1]])
        #expect(try station.database.status().quarantinedCount == 1)
        try answer(4, at: 500, [ids[2]])
        #expect(try station.database.status().quarantinedCount == 2)
    }

    @Test("an answer acknowledges only with this station's own chain, and again without harm")
    func acknowledges() throws {
        let station = try StationFixture()
        _ = try station.database.capture(try Cards.captures(10), by: station.operatorID)
        let fifth = try #require(try station.database.chain(at: 5))
        let before = try station.database.chainPosition()
        #expect(try station.database.acknowledge(through: 5, chain: .zero, exceptions: [], durable: 0) == false)
        #expect(try station.database.acknowledge(through: 6, chain: fifth, exceptions: [], durable: 0) == false)
        #expect(try station.database.acknowledge(through: 11, chain: fifth, exceptions: [], durable: 0) == false)
        #expect(try station.database.chainPosition() == before)
        #expect(try station.database.acknowledge(through: 5, chain: fifth, exceptions: [], durable: 0))
        let after = try station.database.chainPosition()
        #expect(after.acknowledged == RequestLine.ChainPosition(sequence: 5, chain: fifth))
        #expect(after.unsent == 5)
        #expect(try station.database.acknowledge(through: 5, chain: fifth, exceptions: [], durable: 0))
        let third = try #require(try station.database.chain(at: 3))
        #expect(try station.database.acknowledge(through: 3, chain: third, exceptions: [], durable: 0))
        #expect(try station.database.chainPosition() == after)
    }

    @Test("what the centre keeps in quarantine is shown, left out of the comparison, and released by the feed")
    func quarantine() throws {
        let station = try StationFixture()
        let kept = try station.capture(["given_name": "Sandra"])
        let free = try station.database.comparison(promotion: "brightfizz-summer")
        let bad = try station.capture(["given_name": "Thomas"])
        let id = try #require(bad.change)
        let exception = PushAnswer.Exception(id: id, state: .quarantined, problem: "unknown-form")
        #expect(try station.acknowledgeAll(exceptions: [exception]))
        #expect(try station.acknowledgeAll(exceptions: [exception]))
        let status = try station.database.status()
        #expect(status.unsent == 0)
        #expect(status.quarantinedCount == 1)
        #expect(status.quarantined.map(\.problem) == [.unknownForm])
        #expect(status.quarantined.map(\.entry) == [bad.entry])
        #expect(try station.database.entry(bad.entry)?.quarantinedCount == 1)
        #expect(try station.database.entry(kept.entry)?.quarantinedCount == 0)
        #expect(try station.database.history(bad.entry).map(\.quarantined) == ["unknown-form"])
        #expect(try station.database.comparison(promotion: "brightfizz-summer") == free)
        let result = try station.pull(try station.outgoing(after: 1))
        #expect(result.newChanges == 0)
        #expect(result.heldChanges == 1)
        #expect(try station.database.status().quarantinedCount == 0)
        #expect(try station.database.comparison(promotion: "brightfizz-summer").entries == 2)
    }

    @Test("a change of which the centre says that it was erased keeps its digest only")
    func erased() throws {
        let station = try StationFixture()
        let captured = try station.capture(["given_name": "Sandra"])
        let exception = PushAnswer.Exception(id: try #require(captured.change), state: .erased, problem: "erased")
        #expect(try station.acknowledgeAll(exceptions: [exception]))
        let sent = try #require(try station.outgoing().first)
        #expect(Change.goneBody(sent.bodyLine) != nil)
        #expect(Change.id(headerLine: sent.headerLine, bodyLine: sent.bodyLine) == captured.change)
        #expect(try station.database.find("sandra", limit: 9).isEmpty)
    }

    @Test("of an erased entry nothing waits in quarantine, also when the answer that says so comes after the erasure")
    func quarantinedAfterErasure() throws {
        let station = try StationFixture()
        let captured = try station.capture(["given_name": "Sandra"])
        let header = ChangeHeader(
            station: ChangeHeader.central, operatorID: "staff", stamp: station.clock.milliseconds, skew: nil, kind: .erase,
            form: Versioned(id: "brightfizz-summer", version: 1), subject: .entry(captured.entry))
        let erase = try Change(header: header, body: ChangeBody(salt: Array(repeating: 1, count: 16)))
        try station.database.apply(TestCentre.page(.promotion("brightfizz-summer"), from: 0, [erase]))
        let id = try #require(captured.change)
        #expect(try station.acknowledgeAll(exceptions: [PushAnswer.Exception(id: id, state: .quarantined, problem: "unknown-form")]))
        #expect(try station.database.status().quarantinedCount == 0)
        #expect(try station.database.status().unsent == 0)
    }

    @Test("status tells what is unsent and since when, the clock's error, and how the last sync ended")
    func status() throws {
        let station = try StationFixture()
        let start = station.clock.milliseconds
        #expect(try station.database.status().oldestUnsentStamp == nil)
        try station.capture(["given_name": "Sandra"])
        station.clock.advance(by: .seconds(60))
        try station.capture(["given_name": "Thomas"])
        #expect(try station.database.status().oldestUnsentStamp == start)
        let first = try #require(try station.database.chain(at: 1))
        #expect(try station.database.acknowledge(through: 1, chain: first, exceptions: [], durable: 1))
        var status = try station.database.status()
        #expect(status.oldestUnsentStamp == start + 60_000)
        #expect(status.unsent == 1)
        #expect(status.durable == 1)
        #expect(try station.database.unsentCount() == 1)

        try station.database.recordSync(.failed("The centre could not be reached."))
        status = try station.database.status()
        #expect(status.lastFailure?.message == "The centre could not be reached.")
        #expect(status.lastSync == nil)
        try station.database.recordSync(.succeeded)
        status = try station.database.status()
        #expect(status.lastFailure == nil)
        #expect(status.lastSync == start + 60_000)

        try station.database.recordClock(skew: -7000)
        #expect(try station.database.status().skewMilliseconds == -7000)
        try station.capture(["given_name": "Ute"])
        let sent = try #require(try station.outgoing().last)
        #expect(try ChangeHeader(line: sent.headerLine).skew == -7000)
    }
}

import EntryModel
import GRDB
import TestSupport
import Testing

@testable import FieldStore

/// A chain that is put right: new epochs, and going back with a centre that went back.
@Suite("Epochs")
struct EpochTests {
    /// Three changes, two of them acknowledged.
    private func station() throws -> (station: StationFixture, changes: [OutgoingChange]) {
        let station = try StationFixture()
        for name in ["Ann", "Bo", "Cy"] { try station.capture(["given_name": name]) }
        let chain = try #require(try station.database.chain(at: 2))
        #expect(try station.database.acknowledge(through: 2, chain: chain, exceptions: [], durable: 0))
        return (station, try station.outgoing())
    }

    private func lines(_ changes: [OutgoingChange]) -> [[[UInt8]]] { changes.map { [$0.headerLine, $0.bodyLine] } }

    @Test("rolled back: a new epoch, and what was not acknowledged goes again byte for byte, with a chain of its own")
    func rolledBack() throws {
        let (station, changes) = try station()
        let before = try station.database.chainPosition()
        let recovery = try station.database.recover(from: .rolledBack)
        #expect(recovery == Recovery(.rolledBack, changes: 1))
        let after = try station.database.chainPosition()
        #expect(after.epoch != before.epoch)
        #expect(after.forkedFrom == before.epoch)
        #expect(after.acknowledged.sequence == 0)
        #expect(after.head.sequence == 1)
        #expect(after.head.chain == Chain.next(Chain.start(station: station.station, epoch: after.epoch), changes[2].id))
        let again = try station.outgoing()
        #expect(lines(again) == lines([changes[2]]))
        #expect(again.map(\.sequence) == [1])
        #expect(again.map(\.id) == [changes[2].id])
        try station.capture(["given_name": "Di"])
        #expect(try station.outgoing().map(\.sequence) == [1, 2])
        #expect(try station.database.check() == [])
        #expect(try station.database.status().lastRecovery?.message == recovery.sentence)
    }

    @Test("forked: everything of the epoch goes again, in its order")
    func forked() throws {
        let (station, changes) = try station()
        #expect(try station.database.recover(from: .forked) == Recovery(.forked, changes: 3))
        let again = try station.outgoing()
        #expect(lines(again) == lines(changes))
        #expect(again.map(\.sequence) == [1, 2, 3])
        #expect(try station.database.check() == [])
        let file = try station.database.undo(by: station.operatorID)
        #expect(file.action == changes[2].id)
    }

    @Test("what was done in an earlier epoch can still be undone")
    func undo() throws {
        let (station, changes) = try station()
        try station.database.recover(from: .rolledBack)
        let undone = try (0..<3).map { _ in try station.database.undo(by: station.operatorID).action }
        #expect(undone == [changes[2].id, changes[1].id, changes[0].id])
    }

    @Test("behind, and equal there: the acknowledgement goes back in the same epoch")
    func behind() throws {
        let (station, changes) = try station()
        let before = try station.database.chainPosition()
        let first = try #require(try station.database.chain(at: 1))
        #expect(try station.database.recover(from: .behind(through: 1, chain: first)) == Recovery(.behind, changes: 2))
        let after = try station.database.chainPosition()
        #expect(after.epoch == before.epoch)
        #expect(after.acknowledged == RequestLine.ChainPosition(sequence: 1, chain: first))
        #expect(lines(try station.outgoing(after: 1)) == lines(Array(changes[1...])))
        #expect(try station.database.check() == [])
    }

    @Test("behind, and another chain there: as forked")
    func behindAndForked() throws {
        let (station, changes) = try station()
        let recovery = try station.database.recover(from: .behind(through: 1, chain: TestCentre.digest(at: 9)))
        #expect(recovery == Recovery(.forked, changes: 3))
        #expect(lines(try station.outgoing()) == lines(changes))
    }

    @Test("behind, and what it lacks has left this file for good: a new epoch with what is still here")
    func behindWithGap() throws {
        let station = try StationFixture()
        let all = FeedKey.promotion("brightfizz-summer")
        try station.database.setGranted([.documents(promotion: "brightfizz-summer"), all])
        for name in ["Ann", "Bo"] { try station.capture(["given_name": name]) }
        let first = try #require(try station.database.chain(at: 1))
        try station.acknowledgeAll(durable: 2)
        try station.database.setGranted([.documents(promotion: "brightfizz-summer")])
        #expect(try station.database.status().changes == 1)
        #expect(try station.database.chainPosition().lacks == 2)
        try station.capture(["given_name": "Cy"])
        let recovery = try station.database.recover(from: .behind(through: 1, chain: first))
        #expect(recovery == Recovery(.behind, changes: 1))
        #expect(try station.outgoing().map(\.sequence) == [1])
        #expect(try station.database.chainPosition().lacks == 0)
        #expect(try station.database.check() == [])
    }

    @Test("an entry of an earlier epoch stays until the feed has shown that the centre holds it")
    func earlierEpoch() throws {
        let (station, changes) = try station()
        try station.database.setGranted([.documents(promotion: "brightfizz-summer"), .promotion("brightfizz-summer")])
        try station.database.recover(from: .rolledBack)
        try station.acknowledgeAll(durable: 1)
        try station.pull([changes[0]])
        try station.database.setGranted([.documents(promotion: "brightfizz-summer")])
        #expect(try station.database.status().entries == 0)
        // Of the three the second was never seen in the feed.
        #expect(try station.database.queue.inDatabase { try Int.fetchOne($0, sql: "SELECT count(*) FROM entry") } == 1)
    }

    // MARK: Bytes that rotted

    /// Changes a byte of a stored line behind the program's back.
    private func rot(_ station: StationFixture, _ column: String, of id: Digest) throws {
        try station.database.queue.inDatabase { database in
            let bytes = try #require(
                try [UInt8].fetch(database, sql: "SELECT \(column) FROM change WHERE hex(id) = '\(id.hex.uppercased())'"))
            var changed = bytes
            changed[bytes.count / 2] = 0x0A
            try database.execute(
                sql: "UPDATE change SET \(column) = x'\(Hex.encode(changed))' WHERE hex(id) = '\(id.hex.uppercased())'")
        }
    }

    @Test("a body that rotted goes up as its digest, under its id; the entry shows without it, and nothing is held up")
    func rottedBody() throws {
        let (station, changes) = try station()
        let entry = try station.capture(["given_name": "Di", "city": "Martin"]).entry
        try station.edit(entry, ["given_name": "Diana"])
        let edit = try station.outgoing()[4]
        try rot(station, "body", of: edit.id)
        let outgoing = try station.outgoing()
        #expect(outgoing.count == 5)
        #expect(outgoing[4].bodyLine == Array("\"\(Hash.line(edit.bodyLine).hex)\"".utf8))
        #expect(Change.id(headerLine: outgoing[4].headerLine, bodyLine: outgoing[4].bodyLine) == edit.id)
        #expect(lines(Array(outgoing[..<3])) == lines(changes))
        #expect(try station.text(entry, "given_name") == "Di")
        #expect(try station.database.check().map(\.kind) == [.rottedBody])
        #expect(try station.database.check().map(\.remedy) == [.people])
        #expect(try station.acknowledgeAll(exceptions: [.init(id: edit.id, state: .quarantined, problem: "bad-digest")]))
        #expect(try station.database.status().quarantinedCount == 1)
        #expect(try station.database.check().map(\.remedy) == [.repairAndSync])
    }

    @Test("a header that rotted breaks the chain once: in the new epoch the line goes up as it is, under the id that its bytes give")
    func rottedHeader() throws {
        let (station, changes) = try station()
        try rot(station, "header", of: changes[2].id)
        #expect(try station.database.check().map(\.kind).contains(.rottedHeader))
        try station.database.recover(from: .forked)
        let outgoing = try station.outgoing()
        #expect(lines(Array(outgoing[..<2])) == lines(Array(changes[..<2])))
        #expect(outgoing[2].id != changes[2].id)
        #expect(!outgoing[2].headerLine.contains(0x0A))
        for change in outgoing { #expect(Change.id(headerLine: change.headerLine, bodyLine: change.bodyLine) == change.id) }
        let start = Chain.start(station: station.station, epoch: try station.database.chainPosition().epoch)
        #expect(try station.database.chainPosition().head.chain == Chain.next(start, outgoing.map(\.id)))
    }

    // MARK: Rejected

    @Test("a reject takes its target out everywhere: an own change in quarantine loses its flag, and the entry shows without it")
    func rejected() throws {
        let station = try StationFixture()
        let entry = try station.capture(["given_name": "Ann"]).entry
        try station.edit(entry, ["given_name": "Bad"])
        let edit = try station.outgoing()[1]
        try station.acknowledgeAll(exceptions: [.init(id: edit.id, state: .quarantined, problem: "over-limit")])
        #expect(try station.database.entry(entry)?.quarantinedCount == 1)
        let header = ChangeHeader(
            station: ChangeHeader.central, operatorID: "staff", stamp: 1, skew: nil, kind: .reject,
            form: Versioned(id: "brightfizz-summer", version: 1), subject: .entry(entry), target: edit.id)
        let reject = try Change(header: header, body: ChangeBody(salt: Array(repeating: 4, count: 16)))
        let all = FeedKey.promotion("brightfizz-summer")
        try station.database.apply(TestCentre.page(all, from: 0, [reject]))
        #expect(try station.text(entry, "given_name") == "Ann")
        #expect(try station.database.entry(entry)?.quarantinedCount == 0)
        #expect(try station.database.status().quarantinedCount == 0)
        // A restored centre may put it aside once more; the decision stands.
        try station.acknowledgeAll(exceptions: [.init(id: edit.id, state: .quarantined, problem: "over-limit")])
        #expect(try station.database.status().quarantinedCount == 0)
        let other = try StationFixture("b", seed: 2)
        try other.pull(station.outgoing())
        #expect(try other.text(entry, "given_name") == "Bad")
        try other.database.apply(TestCentre.page(all, from: 2, [reject]))
        #expect(try other.text(entry, "given_name") == "Ann")
    }
}

extension [UInt8] {
    fileprivate static func fetch(_ database: Database, sql: String) throws -> [UInt8]? {
        try database.first(sql) { $0.blob(0) }
    }
}

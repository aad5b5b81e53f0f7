import EntryModel
import TestSupport
import Testing

@testable import CentralStore

@Suite("Decisions about the quarantine", .everyStore)
struct DecisionTests {
    /// A station with a capture in quarantine because its form has no such field, an edit that waits behind it, and another entry.
    private func held(sharing: Promotion.Sharing = .all) async throws -> (TestBench, HandMadeStation, UniqueID, [Change]) {
        let bench = try await TestBench(sharing: sharing)
        let station = try await bench.station()
        let entry = Surroundings.system.newID()
        let capture = try station.add(.set, .entry(entry), ["name": .text("Ann"), "shoe": .text("42")])
        let edit = try station.add(.set, .entry(entry), ["name": .text("Anna")], base: [HandMadeStation.base(capture, "name")])
        try station.capture("Bob")
        #expect(try await station.push().exceptions.map(\.problem) == ["unknown-field", "waits-for-quarantined"])
        return (bench, station, entry, [capture, edit])
    }

    @Test("a released change is in the log once, with what waited behind it, in order, and is no exception any more")
    func release() async throws {
        let (bench, station, entry, changes) = try await held()
        let decision = try await bench.vault.release(.number(1))
        #expect(decision == QuarantineDecision(id: changes[0].id, changes: 2, wasDone: false))
        #expect(try await bench.vault.history(entry).map(\.change.id) == changes.map(\.id))
        #expect(try await bench.vault.status().quarantined == 0)
        let status = try await bench.vault.status()
        #expect(try await bench.vault.release(.number(1)) == QuarantineDecision(id: changes[0].id, changes: 0, wasDone: true))
        #expect(try await bench.vault.release(.id(changes[0].id)).wasDone)
        #expect(try await bench.vault.status() == status)
        #expect(try await station.push().exceptions.isEmpty)
        #expect(try await bench.vault.status() == status)
        // Its maker holds it as quarantined, so it gets its own lines back.
        try await station.pull()
        #expect(changes.allSatisfy { station.pulledIDs.contains($0.id) })
    }

    @Test(
        "what changes an entry that nobody has captured is not released where it would be in no key", arguments: Promotion.Sharing.allCases)
    func orphan(sharing: Promotion.Sharing) async throws {
        let bench = try await TestBench(sharing: sharing)
        let station = try await bench.station()
        let (entry, capture) = try station.capture(form: "summer/2")
        try await station.push()
        try await bench.vault.reject(.id(capture.id))
        // Its maker does not know that yet.
        let void = try station.add(
            .void, .entry(entry), ["$void": .bool(true)], seen: [capture.id], form: "summer/2")
        #expect(try await station.push(after: 1).exceptions.map(\.problem) == ["unknown-form"])
        if sharing == .all {
            #expect(try await bench.vault.release(.id(void.id)).changes == 1)
        } else {
            let error = await #expect(throws: CentreError.self) { try await bench.vault.release(.id(void.id)) }
            guard case .cannotRelease? = error else { return #expect(Bool(false), "\(String(describing: error))") }
            #expect(try await bench.vault.reject(.id(void.id)).changes == 1)
        }
        try await station.pull(after: 0)
        #expect(try station.state(of: entry).fields.isEmpty == (sharing != .all))
        #expect(try await bench.vault.status().quarantined == 0)
    }

    @Test("of an erased entry nothing is left of what was rejected either, and its maker is told of the erasure")
    func rejectedAndErased() async throws {
        let bench = try await TestBench(sharing: .own)
        let (maker, other) = (try await bench.station("one"), try await bench.station("two"))
        let (entry, _) = try other.capture("Ann")
        try await other.push()
        let (_, rejected) = try maker.capture("Anna", entry: entry, form: "summer/2")
        try await maker.push()
        try await bench.vault.reject(.id(rejected.id))
        try await bench.vault.erase(entry)
        func body() throws -> [UInt8]? {
            try bench.vault.connection.blockingTransaction(.read) { sql in
                try sql.map("SELECT body FROM change WHERE id = ?", [.blob(rejected.id.bytes)]) { BodyStore().opened($0.blob(0)) }.first
            }
        }
        #expect(try body() == rejected.goneBodyLine)
        try await maker.pull()
        #expect(try maker.state(of: entry).isErased)
    }

    @Test("what cannot be merged is not released, and the quarantine stays as it was")
    func notReleased() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        let (entry, capture) = try station.capture(form: "summer/2")
        try station.add(.set, .entry(entry), ["name": .text("Anna")], base: [HandMadeStation.base(capture, "name")])
        try station.capture(form: "winter/1")
        try station.add(.erase, .entry(Surroundings.system.newID()))
        var lines = station.changes.flatMap { [$0.headerLine, $0.bodyLine] }
        lines += [Array("{}".utf8), Array("{}".utf8)]
        let chain = Chain.start(station: station.id, epoch: station.epoch)
        #expect(try await station.push(lines: lines, head: 5, chain: chain).exceptions.count == 5)
        for number in 2...5 as ClosedRange<Int64> {
            let error = await #expect(throws: CentreError.self) { try await bench.vault.release(.number(number)) }
            guard case .cannotRelease(number, _)? = error else { return #expect(Bool(false), "\(number): \(String(describing: error))") }
        }
        #expect(try await bench.vault.quarantine().map(\.number) == [1, 2, 3, 4, 5])
        await #expect(throws: CentreError.self) { try await bench.vault.release(.number(6)) }
        // A version that is not known yet can be vouched for.
        #expect(try await bench.vault.release(.number(1)).changes == 2)
    }

    @Test("a seventeenth head is released once the conflict is settled, and not before")
    func heads() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        let (entry, _) = try station.capture("0")
        for index in 1...16 { try station.add(.set, .entry(entry), ["name": .text("\(index)")]) }
        try await station.push()
        let error = await #expect(throws: CentreError.self) { try await bench.vault.release(.number(1)) }
        guard case .cannotRelease(1, _)? = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(try await bench.vault.quarantine().map(\.number) == [1])
        let head = try #require(try await bench.vault.entry(entry)?.state["name"]?.heads.first)
        try await bench.vault.resolve(entry, field: "name", .head(head.change))
        try await bench.vault.release(.number(1))
        #expect(try await bench.vault.entry(entry)?.state["name"]?.heads.count == 2)
    }

    @Test(
        "rejecting an entry's capture rejects what waits behind it, reaches the maker through the feed, and leaves no exception",
        arguments: [Promotion.Sharing.own, .batch, .all])
    func rejectCapture(sharing: Promotion.Sharing) async throws {
        let (bench, station, entry, changes) = try await held(sharing: sharing)
        #expect(try await bench.vault.reject(.number(1)) == QuarantineDecision(id: changes[0].id, changes: 2, wasDone: false))
        #expect(try await bench.vault.reject(.number(2)).wasDone)
        #expect(try await bench.vault.status().quarantined == 0)
        #expect(try await bench.vault.entry(entry) == nil)
        #expect(try await bench.vault.status().entries == 1)
        try await station.pull()
        let rejects = try rejects(station)
        #expect(Set(rejects.compactMap(\.header.target)) == Set(changes.map(\.id)))
        #expect(rejects.allSatisfy { $0.header.subject == .entry(entry) && $0.header.isByCentre })
        // The same lines again, in the same epoch and in a new one, are known and stay out.
        let status = try await bench.vault.status()
        #expect(try await station.push().exceptions.isEmpty)
        station.epoch = Surroundings.system.newID()
        #expect(try await station.push().exceptions.isEmpty)
        #expect(try await bench.vault.status() == status)
        #expect(try await bench.vault.entry(entry) == nil)
        let error = await #expect(throws: CentreError.self) { try await bench.vault.release(.number(1)) }
        #expect(error?.description.contains("rejected") == true)
    }

    private func rejects(_ station: HandMadeStation) throws -> [Change] {
        try station.pulled.compactMap { row -> Change? in
            guard case .change(_, _, let header, let body) = row.content else { return nil }
            let change = try Change(headerLine: header, bodyLine: body)
            return change.header.kind == .reject ? change : nil
        }
    }

    @Test("rejecting an edit lets what waits behind it go on")
    func rejectEdit() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        let (entry, capture) = try station.capture("Ann")
        let bad = try station.add(.set, .entry(entry), ["shoe": .text("42")])
        let good = try station.add(.set, .entry(entry), ["name": .text("Anna")], base: [HandMadeStation.base(capture, "name")])
        try await station.push()
        #expect(try await bench.vault.reject(.id(bad.id), by: "op-boss").changes == 1)
        #expect(try await bench.vault.status().quarantined == 0)
        #expect(try await bench.vault.entry(entry)?.state["name"]?.heads.map(\.change) == [good.id])
        try await station.pull()
        #expect(try rejects(station).map(\.header.target) == [bad.id])
        #expect(try rejects(station).map(\.header.operatorID) == ["op-boss"])
        #expect(station.pulledIDs.contains(good.id))
    }

    @Test("a line of which nothing can be read, or that the station may not even name, is rejected among the documents that it reads")
    func rejectBlind() async throws {
        let bench = try await TestBench(sharing: .own)
        let station = try await bench.station()
        try station.capture(form: "winter/1")
        var lines = station.changes.flatMap { [$0.headerLine, $0.bodyLine] }
        lines += [[0xFF], [0xFE]]
        let chain = Chain.start(station: station.id, epoch: station.epoch)
        let exceptions = try await station.push(lines: lines, head: 2, chain: chain).exceptions
        #expect(exceptions.map(\.problem) == ["unknown-promotion", "bad-line"])
        for number in [1, 2] as [Int64] { try await bench.vault.reject(.number(number)) }
        station.changes = []
        let answer = try await station.pullOnce(after: 0, head: 2)
        let documents = try #require(answer.pages.first { $0.key == .documents(promotion: "summer") })
        let targets = try documents.rows.compactMap { row -> Digest? in
            guard case .change(_, _, let header, _) = row.content else { return nil }
            return try ChangeHeader(line: header).target
        }
        #expect(targets == exceptions.map(\.id))
        #expect(try await bench.vault.status().quarantined == 0)
    }

    @Test("isolating a station revokes it and rejects what came from it since, and nothing of anyone else's")
    func isolate() async throws {
        let bench = try await TestBench()
        let thief = try await bench.station("thief")
        let other = try await bench.station("other")
        let (old, _) = try thief.capture("Old")
        try await thief.push()
        let (good, capture) = try other.capture("Good")
        try await other.push()
        bench.clock.advance(by: .seconds(60))
        let since = bench.clock.milliseconds
        let (new, _) = try thief.capture("New")
        try thief.add(.set, .entry(good), ["name": .text("Bad")], base: [HandMadeStation.base(capture, "name")])
        try thief.add(.void, .entry(old), ["$void": .bool(true)], seen: [thief.changes[0].id])
        try thief.add(.set, .entry(Surroundings.system.newID()), ["shoe": .text("1")])
        try await thief.push(after: 1)
        #expect(try await bench.vault.entry(old)?.state.void == .void)
        #expect(try await bench.vault.isolate(thief.id, since: since) == Isolation(rejected: 3, rejectedBefore: 0, quarantined: 1))
        #expect(try await bench.vault.isolate(thief.id, since: since) == Isolation(rejected: 0, rejectedBefore: 3, quarantined: 1))
        #expect(try await bench.vault.entry(old)?.state.void == .no)
        #expect(try await bench.vault.entry(old)?.state["name"]?.heads.map(\.assignment.value) == [.text("Old")])
        #expect(try await bench.vault.entry(good)?.state["name"]?.heads.map(\.change) == [capture.id])
        #expect(try await bench.vault.entry(new)?.state.fields.isEmpty == true)
        #expect(try await thief.push().answer.outcome == .revoked)
        let reader = try await bench.station("reader")
        try await reader.pull()
        for entry in [old, good, new] { #expect(try reader.state(of: entry).fields == (try await bench.vault.entry(entry)?.state.fields)) }
    }
}

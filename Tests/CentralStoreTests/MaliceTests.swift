import CentralStore
import EntryModel
import TestSupport
import Testing

@Suite("A station that means harm", .everyStore)
struct MaliceTests {
    @Test("an entry is made void by a void and by nothing that calls itself otherwise")
    func void() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        let (entry, capture) = try station.capture()
        try station.add(.set, .entry(entry), ["$void": .bool(true)], seen: [capture.id])
        #expect(try await station.push().exceptions.map(\.problem) == ["unknown-field"])
        let (other, second) = try station.capture()
        try station.add(.restore, .entry(other), ["$void": .bool(true)], seen: [second.id])
        let (third, last) = try station.capture()
        try station.add(.void, .entry(third), ["$void": .bool(true), "name": .text("Eve")], seen: [last.id])
        let answer = try await station.push(after: 2)
        #expect(answer.exceptions.map(\.problem) == ["unknown-field", "unknown-field"])
        for entry in [entry, other, third] { #expect(try await bench.vault.entry(entry)?.state.void == .no) }
    }

    @Test("naming ids that it was never given touches no other entry")
    func unknownIDs() async throws {
        let bench = try await TestBench()
        let victim = try await bench.station("victim")
        let thief = try await bench.station("thief")
        let (entry, capture) = try victim.capture("Ann")
        try await victim.push()
        let before = try await bench.vault.entry(entry)?.state
        let bases = [HandMadeStation.base(capture, "name"), ChangeBody.Base(change: Hash.line([1]), fields: ["name"])]
        try thief.add(.set, .entry(Surroundings.system.newID()), ["name": .text("Eve")], base: bases)
        try thief.add(.void, .entry(Surroundings.system.newID()), ["$void": .bool(true)], seen: [capture.id])
        #expect(try await thief.push().exceptions.isEmpty)
        #expect(try await bench.vault.entry(entry)?.state == before)
    }

    @Test("an entry in none of its keys is not its to change", arguments: [Promotion.Sharing.own, .batch])
    func outsideItsKeys(sharing: Promotion.Sharing) async throws {
        let bench = try await TestBench(sharing: sharing)
        let victim = try await bench.station("victim")
        let thief = try await bench.station("thief")
        let (entry, capture) = try victim.capture("Ann", batch: "MB-1")
        try await victim.push()
        let before = try await bench.vault.entry(entry)
        try thief.add(.set, .entry(entry), ["name": .text("Eve")], base: [HandMadeStation.base(capture, "name")])
        try thief.add(.void, .entry(entry), ["$void": .bool(true)], seen: [capture.id])
        try thief.add(.verify, .entry(entry))
        #expect(try await thief.push().exceptions.map(\.problem) == ["not-entitled", "waits-for-quarantined", "waits-for-quarantined"])
        #expect(try await bench.vault.entry(entry)?.state == before?.state)
        try await thief.pull()
        #expect(!thief.pulledIDs.contains(capture.id))
        // Its maker goes on as if nothing had been.
        try victim.add(.set, .entry(entry), ["name": .text("Anna")], base: [HandMadeStation.base(capture, "name")])
        #expect(try await victim.push(after: 1).exceptions.isEmpty)
        #expect(try await bench.vault.entry(entry)?.state["name"]?.heads.map(\.change) == [victim.changes[1].id])
        // Staff reject one after the other; none of them slips in behind another.
        for held in try await bench.vault.quarantine() {
            #expect(try await bench.vault.quarantine().first?.problem == .notEntitled)
            try await bench.vault.reject(.id(held.id))
        }
        #expect(try await bench.vault.status().quarantined == 0)
        #expect(try await bench.vault.entry(entry)?.state["name"]?.heads.map(\.change) == [victim.changes[1].id])
        #expect(try await bench.vault.entry(entry)?.state.void == .no)
    }

    @Test("an entry of a batch that it works on, and one that has left a key of its own, are its to change")
    func withinItsKeys() async throws {
        let bench = try await TestBench(sharing: .batch)
        let first = try await bench.station("one")
        let second = try await bench.station("two")
        let (entry, capture) = try first.capture("Ann", batch: "MB-1")
        try await first.push()
        // The batch is worked on in the same message, before and after the entry has left it.
        try second.add(.set, .batch("MB-1"), ["$state": .text("open")])
        let edit = try second.add(.set, .entry(entry), ["name": .text("Anna")], base: [HandMadeStation.base(capture, "name")])
        #expect(try await second.push().exceptions.isEmpty)
        try first.add(.set, .entry(entry), ["$batch": .text("MB-2")], base: [HandMadeStation.base(capture, "$batch")])
        try await first.push(after: 1)
        try second.add(.set, .entry(entry), ["name": .text("Anne")], base: [HandMadeStation.base(edit, "name")])
        #expect(try await second.push(after: 2).exceptions.isEmpty)
    }

    @Test(
        "who captures a card that another station has captured goes on with it in the same message",
        arguments: [Promotion.Sharing.own, .batch])
    func twinAndEdit(sharing: Promotion.Sharing) async throws {
        let bench = try await TestBench(sharing: sharing)
        let first = try await bench.station("one")
        let second = try await bench.station("two")
        let (entry, _) = try first.capture("Ann", batch: "MB-1")
        try await first.push()
        let twin = try second.add(.set, .entry(entry), ["name": .text("Ann"), "$channel": .text("kiosk")])
        let edit = try second.add(.set, .entry(entry), ["name": .text("Anna")], base: [HandMadeStation.base(twin, "name")])
        try second.add(.void, .entry(entry), ["$void": .bool(true)], seen: [edit.id])
        #expect(try await second.push().exceptions.isEmpty)
    }

    @Test("what follows a capture that is held up waits with it, and goes on with it")
    func twinInQuarantine() async throws {
        let bench = try await TestBench(sharing: .own)
        let first = try await bench.station("one")
        let second = try await bench.station("two")
        let (entry, _) = try first.capture("Ann")
        try await first.push()
        let twin = try second.add(.set, .entry(entry), ["name": .text("Ann"), "$channel": .text("kiosk")], form: "summer/2")
        try second.add(.set, .entry(entry), ["name": .text("Anna")], base: [HandMadeStation.base(twin, "name")])
        #expect(try await second.push().exceptions.map(\.problem) == ["unknown-form", "waits-for-quarantined"])
        _ = try await bench.vault.putPromotion(TestBench.document(version: 2, sharing: .own))
        #expect(try await bench.vault.status().quarantined == 0)
        #expect(try await second.push().exceptions.isEmpty)
    }

    @Test("a move that the centre hears of late lets in what was refused for want of it")
    func lateMove() async throws {
        let bench = try await TestBench(sharing: .batch)
        let first = try await bench.station("one")
        let second = try await bench.station("two")
        let (entry, capture) = try first.capture("Ann", batch: "MB-1")
        try await first.push()
        try second.add(.set, .batch("MB-2"), ["$state": .text("open")])
        let edit = try second.add(.set, .entry(entry), ["name": .text("Anna")], base: [HandMadeStation.base(capture, "name")])
        #expect(try await second.push().exceptions.map(\.problem) == ["not-entitled"])
        let move = try first.add(.set, .entry(entry), ["$batch": .text("MB-2")], base: [HandMadeStation.base(capture, "$batch")])
        _ = try await first.push(after: 1)
        #expect(try await bench.vault.status().quarantined == 0)
        #expect(Set(try await bench.vault.history(entry).map(\.change.id)) == [capture.id, edit.id, move.id])
    }

    @Test("a stamp in 2099 decides nothing but what is shown of two values that both stand")
    func stamp() async throws {
        let bench = try await TestBench()
        let victim = try await bench.station("victim")
        let thief = try await bench.station("thief")
        let (entry, capture) = try victim.capture("Ann")
        try await victim.push()
        let header = ChangeHeader(
            station: thief.id.description, operatorID: "op-1", stamp: 4_070_908_800_000, skew: 0, kind: .set,
            form: try #require(Versioned("summer/1")), subject: .entry(entry))
        thief.changes.append(
            try Change(header: header, body: ChangeBody(salt: thief.salt, set: [Assignment(field: "name", value: .text("Eve"))])))
        #expect(try await thief.push().exceptions.isEmpty)
        #expect(try await bench.vault.conflicts().map(\.field) == ["name"])
        // Whoever saw both replaces both, whatever their stamps say.
        let bases = [capture, thief.changes[0]].map { HandMadeStation.base($0, "name") }
        let edit = try victim.add(.set, .entry(entry), ["name": .text("Anna")], base: bases)
        try await victim.push(after: 1)
        #expect(try await bench.vault.entry(entry)?.state["name"]?.heads.map(\.change) == [edit.id])
    }

    @Test("10,000 bases are over the limit, and so is one more than the limit")
    func bases() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        func lines(_ count: Int) throws -> [[UInt8]] {
            let bases = (0..<count).map { "\"\(Hash.line(Array(String($0).utf8)).hex)\":[]" }.joined(separator: ",")
            let body = "{\"salt\":\"\(String(repeating: "0", count: 32))\",\"set\":{\"name\":\"Eve\"},\"base\":{\(bases)}}"
            return [try station.header(.set, .entry(Surroundings.system.newID())).line, Array(body.utf8)]
        }
        let (entry, change) = try station.capture()
        let all = try lines(10_000) + lines(65) + [change.headerLine, change.bodyLine]
        let answer = try await station.push(lines: all, head: 3, chain: Chain.start(station: station.id, epoch: station.epoch))
        #expect(answer.exceptions.map(\.problem) == ["over-limit", "over-limit"])
        #expect(try await bench.vault.entry(entry) != nil)
    }

    @Test("two histories under one name are a fork, which staff see at the station; so is a rollback")
    func equivocation() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        try station.capture("Ann")
        try await station.push()
        #expect(try await bench.vault.stations().map(\.trouble) == [nil])
        let told = station.changes
        station.changes = []
        let (other, _) = try station.capture("Eve")
        bench.clock.advance(by: .seconds(5))
        #expect(try await station.push().answer.outcome == .forked)
        #expect(try await bench.vault.entry(other) == nil)
        #expect(try await bench.vault.stations().map(\.trouble) == [.forked])
        #expect(try await bench.vault.stations().map(\.troubled) == [bench.clock.milliseconds])
        #expect(try await station.pullOnce().answer.outcome == .forked)
        station.changes = told
        try station.capture("Bob")
        try await station.push(after: 1)
        station.changes = Array(told)
        #expect(try await station.pullOnce().answer.outcome == .rolledBack)
        #expect(try await bench.vault.stations().map(\.trouble) == [.rolledBack])
    }

    @Test("a message recorded and sent again has no effect, also after others")
    func replay() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        try station.capture("Ann")
        let recorded = try station.pushMessage()
        _ = try await bench.centre.answer(.push, recorded)
        let status = try await bench.vault.status()
        _ = try await bench.centre.answer(.push, recorded)
        #expect(try await bench.vault.status() == status)
        try station.capture("Bob")
        try await station.push(after: 1)
        let later = try await bench.vault.status()
        let answer = try PushAnswer(
            line: HandMadeStation.open(try await bench.centre.answer(.push, recorded), .pushAnswer, bench.centre)[0])
        #expect(answer.answer.outcome == .rolledBack)
        #expect(try await bench.vault.status() == later)
        // Minutes later not even that much is said.
        bench.clock.advance(by: .seconds(301))
        let late = try PushAnswer(
            line: HandMadeStation.open(try await bench.centre.answer(.push, recorded), .pushAnswer, bench.centre)[0])
        #expect(late.answer.outcome == .clock)
    }
}

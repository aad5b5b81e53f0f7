import CentralStore
import EntryModel
import TestSupport
import Testing

@Suite("Quarantine", .everyStore)
struct QuarantineTests {
    /// Pushes one bad change between two good ones and expects only the bad one to be an exception, again when it is sent again.
    private func expect(
        _ problem: Problem.Code, _ station: HandMadeStation, _ bench: TestBench, _ bad: (HandMadeStation) throws -> [[UInt8]]
    ) async throws {
        let (before, _) = try station.capture("Before")
        let lines = station.changes.last.map { [$0.headerLine, $0.bodyLine] } ?? []
        let badLines = try bad(station)
        let (after, change) = try station.capture("After")
        let all = lines + badLines + [change.headerLine, change.bodyLine]
        let id = Change.id(headerLine: badLines[0], bodyLine: badLines[1])
        let chain = Chain.start(station: station.id, epoch: station.epoch)
        let ids = stride(from: 0, to: all.count, by: 2).map { Change.id(headerLine: all[$0], bodyLine: all[$0 + 1]) }
        for _ in 0..<2 {
            let answer = try await station.push(lines: all, head: 3, chain: chain)
            #expect(answer.answer.outcome == .accepted)
            #expect(answer.answer.through == 3)
            #expect(answer.answer.chain == Chain.next(chain, ids))
            #expect(answer.exceptions == [PushAnswer.Exception(id: id, state: .quarantined, problem: problem.rawValue)])
        }
        #expect(try await bench.vault.entry(before) != nil)
        #expect(try await bench.vault.entry(after) != nil)
        let held = try await bench.vault.quarantine()
        #expect(held.map(\.id) == [id])
        #expect(held.map(\.problem) == [problem])
        #expect(held.map(\.station) == [station.id])
        #expect(try await bench.vault.status().quarantined == 1)
    }

    /// The lines of the change made last, taken out of the chain that the station keeps.
    private func lines(_ station: HandMadeStation, _ make: (HandMadeStation) throws -> Void) rethrows -> [[UInt8]] {
        try make(station)
        let change = station.changes.removeLast()
        return [change.headerLine, change.bodyLine]
    }

    private func expect(_ problem: Problem.Code, promotions: [String]? = nil, _ make: (HandMadeStation) throws -> Void) async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        try await expect(problem, station, bench) { station in try lines(station, make) }
    }

    @Test("a line that is no change is kept, and those around it go on")
    func badLine() async throws {
        let bench = try await TestBench()
        try await expect(.badLine, try await bench.station(), bench) { _ in [Array("{}".utf8), Array("{\"salt\":1}".utf8)] }
    }

    @Test("a line that is not even text is kept")
    func noText() async throws {
        let bench = try await TestBench()
        try await expect(.badLine, try await bench.station(), bench) { _ in [[0xFF, 0, 0xFE], []] }
    }

    @Test("a body that is gone is kept as its digest")
    func goneBody() async throws {
        let bench = try await TestBench()
        try await expect(.badDigest, try await bench.station(), bench) { station in
            try station.capture()
            let change = station.changes.removeLast()
            return [change.headerLine, change.goneBodyLine]
        }
    }

    @Test("a body over the limit is kept")
    func tooLong() async throws {
        let bench = try await TestBench()
        try await expect(.overLimit, try await bench.station(), bench) { station in
            let body = Array("{\"salt\":\"\(String(repeating: "0", count: 32))\",\"set\":{\"name\":\"".utf8)
            return [
                try station.header(.set, .entry(Surroundings.system.newID())).line,
                body + Array(repeating: 65, count: 70_000) + Array("\"}}".utf8),
            ]
        }
    }

    @Test("an unknown promotion is kept until its document comes")
    func unknownPromotion() async throws {
        try await expect(.unknownPromotion) { try $0.capture(form: "winter/1") }
    }

    @Test("an unknown version of the form is kept until its document comes")
    func unknownForm() async throws {
        try await expect(.unknownForm) { try $0.capture(form: "summer/2") }
    }

    @Test("a field that the form does not have is kept")
    func unknownField() async throws {
        try await expect(.unknownField) { try $0.add(.set, .entry(Surroundings.system.newID()), ["shoe": .text("42")]) }
    }

    @Test("a field of batches set on an entry is kept")
    func fieldOfBatch() async throws {
        try await expect(.unknownField) { try $0.add(.set, .entry(Surroundings.system.newID()), ["$state": .text("open")]) }
    }

    @Test("a change in another station's name is kept")
    func foreignStation() async throws {
        try await expect(.notEntitled) {
            try $0.add(.set, .entry(Surroundings.system.newID()), ["name": .text("X")], station: Surroundings.system.newID().description)
        }
    }

    @Test("a change in the centre's name is kept")
    func centreName() async throws {
        try await expect(.notEntitled) {
            try $0.add(.set, .entry(Surroundings.system.newID()), ["name": .text("X")], station: ChangeHeader.central)
        }
    }

    @Test("what only staff may do is kept", arguments: [ChangeHeader.Kind.erase, .reject])
    func staffKinds(kind: ChangeHeader.Kind) async throws {
        try await expect(.notEntitled) {
            try $0.add(kind, .entry(Surroundings.system.newID()), target: kind == .reject ? Digest.zero : nil)
        }
    }

    @Test("a change of a promotion that the station is not assigned is kept")
    func notAssigned() async throws {
        let bench = try await TestBench()
        try await bench.vault.putPromotion(TestBench.document("winter"))
        let station = try await bench.station(promotions: ["summer"])
        try await expect(.notEntitled, station, bench) { station in try lines(station) { try $0.capture(form: "winter/1") } }
    }

    @Test("an entry cannot move to another promotion")
    func otherPromotion() async throws {
        let bench = try await TestBench()
        try await bench.vault.putPromotion(TestBench.document("winter"))
        let station = try await bench.station()
        let (entry, _) = try station.capture()
        try station.add(.set, .entry(entry), ["phone": .text("1")], form: "winter/1")
        try await station.push(count: 1)
        let answer = try await station.push()
        #expect(answer.exceptions.map(\.problem) == ["not-entitled"])
        #expect(try await bench.vault.entry(entry)?.promotion == "summer")
    }

    @Test("later changes of an entry in quarantine wait behind it, in the same push and in later ones; other entries go on")
    func waiting() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        let (entry, bad) = try station.capture(form: "summer/2")
        let same = try station.add(.set, .entry(entry), ["phone": .text("1")])
        try station.capture()
        #expect(try await station.push().exceptions.map(\.problem) == ["unknown-form", "waits-for-quarantined"])
        let later = try station.add(.set, .entry(entry), ["phone": .text("2")])
        try station.capture()
        let answer = try await station.push(after: 3)
        #expect(answer.exceptions.map(\.id) == [later.id])
        #expect(answer.exceptions.map(\.problem) == ["waits-for-quarantined"])
        #expect(try await bench.vault.status().entries == 2)
        #expect(try await bench.vault.quarantine().map(\.id) == [bad.id, same.id, later.id])
        let page = try await bench.vault.quarantine(after: 1, limit: 1)
        #expect(page.map(\.id) == [same.id])
    }

    @Test("a seventeenth head is kept, and what is behind it waits")
    func tooManyHeads() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        let (entry, _) = try station.capture("0")
        for index in 1...16 { try station.add(.set, .entry(entry), ["name": .text("\(index)")]) }
        try station.add(.set, .entry(entry), ["phone": .text("1")])
        let answer = try await station.push()
        #expect(answer.exceptions.map(\.problem) == ["over-limit", "waits-for-quarantined"])
        #expect(answer.exceptions.map(\.id) == station.changes.suffix(2).map(\.id))
        let stored = try #require(try await bench.vault.entry(entry))
        #expect(stored.state["name"]?.heads.count == 16)
        #expect(stored.changes == 16)
        #expect(try await station.push(after: 10).exceptions == answer.exceptions)
    }

    @Test("a document releases what waited for it, in order, and the maker gets its own lines back")
    func release() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        let (entry, first) = try station.capture("Ann", form: "summer/2")
        let second = try station.add(
            .set, .entry(entry), ["name": .text("Anna")], base: [HandMadeStation.base(first, "name")])
        let (other, still) = try station.capture("Bob", form: "summer/3")
        try await station.push()
        #expect(try await bench.vault.status().quarantined == 3)
        let receipt = try await bench.vault.putPromotion(TestBench.document(version: 2))
        #expect(receipt.released == 2)
        #expect(receipt.version == 2)
        #expect(!receipt.wasThere)
        #expect(try await bench.vault.entry(entry)?.state["name"]?.heads.map(\.change) == [second.id])
        #expect(try await bench.vault.entry(other) == nil)
        #expect(try await bench.vault.quarantine().map(\.id) == [still.id])
        #expect(try await station.push().exceptions.map(\.id) == [still.id])
        try await station.pull()
        #expect(station.pulledIDs.contains(first.id))
        #expect(station.pulledIDs.contains(second.id))
        #expect(try station.state(of: entry) == (try await bench.vault.entry(entry)?.state))
        try await bench.vault.putPromotion(TestBench.document(version: 3))
        #expect(try await bench.vault.status().quarantined == 0)
        #expect(try await station.push().exceptions.isEmpty)
    }

    @Test("what came before a capture that waited for an assignment goes on with the capture")
    func releaseBehindCapture() async throws {
        let bench = try await TestBench(sharing: .batch)
        let (first, second) = (try await bench.station("one"), try await bench.station("two"))
        let (entry, capture) = try first.capture("Ann", batch: "T1")
        try second.capture("Cid", batch: "T1")
        let edit = try second.add(.set, .entry(entry), ["name": .text("Bea")], base: [HandMadeStation.base(capture, "name")])
        try await second.push()
        try await bench.vault.assign(first.id, [])
        try await first.push()
        #expect(try await bench.vault.quarantine().map(\.id) == [edit.id, capture.id])
        try await bench.vault.assign(first.id, ["summer"])
        #expect(try await bench.vault.status().quarantined == 0)
    }

    @Test("a new promotion releases what stations sent of it, once they are assigned")
    func releasePromotion() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        for _ in 0..<30 { try station.capture(form: "winter/1") }
        try await station.push()
        #expect(try await bench.vault.status().quarantined == 30)
        #expect(try await bench.vault.putPromotion(TestBench.document("winter")).released == 0)
        #expect(try await bench.vault.quarantine().allSatisfy { $0.problem == .notEntitled })
        try await bench.vault.assign(station.id, ["summer", "winter"])
        #expect(try await bench.vault.status().quarantined == 0)
        #expect(try await bench.vault.status().entries == 30)
    }
}

import CentralStore
import EntryModel
import TestSupport
import Testing

@Suite("Sharing scope", .everyStore)
struct ScopeTests {
    private func names(_ answer: PullAnswer) -> [String] { answer.keys.map(\.description) }

    @Test("under `own` a station gets what it captured, with others' edits of it that staff let in, and nothing else")
    func own() async throws {
        let bench = try await TestBench(sharing: .own)
        let first = try await bench.station("one")
        let second = try await bench.station("two")
        let (entry, capture) = try first.capture()
        try first.capture()
        try await first.push()
        let edit = try second.add(.set, .entry(entry), ["name": .text("Bea")], base: [HandMadeStation.base(capture, "name")])
        try second.capture()
        #expect(try await second.push().exceptions.map(\.problem) == ["not-entitled"])
        try await bench.vault.release(.id(edit.id))
        let answers = try await first.pull()
        #expect(names(answers[0]) == ["documents/summer", "station/summer/\(first.id)"])
        #expect(first.pulledIDs.dropFirst() == [edit.id])
        // Its maker learns that it waits no longer, and that the entry is none of its own.
        try await second.pull()
        #expect(second.pulledIDs.dropFirst() == [edit.id])
        #expect(second.left == [entry])
    }

    @Test("under `own` a card captured at two stations is at both, with its whole history")
    func twins() async throws {
        let bench = try await TestBench(sharing: .own)
        let first = try await bench.station("one")
        let second = try await bench.station("two")
        let (entry, capture) = try first.capture()
        let edit = try first.add(.set, .entry(entry), ["phone": .text("1")])
        try await first.push()
        let twin = try second.capture("Ann", entry: entry)
        try await second.push()
        try await first.pull()
        try await second.pull()
        #expect(first.pulledIDs.dropFirst() == [twin.change.id])
        #expect(Array(second.pulledIDs.dropFirst().prefix(2)) == [capture.id, edit.id])
        let state = try #require(try await bench.vault.entry(entry)?.state)
        #expect(state.conflicts.isEmpty)
    }

    @Test("under `batch` a station gets the batches that it works on, whoever keyed their entries")
    func batch() async throws {
        let bench = try await TestBench(sharing: .batch)
        let first = try await bench.station("one")
        let second = try await bench.station("two")
        let third = try await bench.station("three")
        let one = try first.capture("Ann", batch: "T1")
        let other = try first.capture("Ben", batch: "T2")
        try await first.push()
        let two = try second.capture("Cid", batch: "T1")
        try await second.push()
        var answer = try await first.pull()[0]
        #expect(Set(names(answer)) == ["documents/summer", "station/summer/\(first.id)", "batch/summer/T1", "batch/summer/T2"])
        #expect(first.pulledIDs.dropFirst() == [two.change.id])
        answer = try await second.pull()[0]
        #expect(Set(names(answer)) == ["documents/summer", "station/summer/\(second.id)", "batch/summer/T1"])
        #expect(second.pulledIDs.contains(one.change.id))
        #expect(!second.pulledIDs.contains(other.change.id))
        try await third.pull()
        #expect(third.pulledIDs.count == 1)
    }

    @Test("under `batch` an entry that moves leaves its old batch and comes into the new one with its whole history")
    func move() async throws {
        let bench = try await TestBench(sharing: .batch)
        let first = try await bench.station("one")
        let old = try await bench.station("two")
        let new = try await bench.station("three")
        let (entry, capture) = try first.capture("Ann", batch: "T1")
        try await first.push()
        try old.capture("Bea", batch: "T1")
        try await old.push()
        try new.capture("Cid", batch: "T2")
        try await new.push()
        try await old.pull()
        try await new.pull()
        #expect(old.pulledIDs.contains(capture.id))
        #expect(!new.pulledIDs.contains(capture.id))
        let move = try first.add(
            .set, .entry(entry), ["$batch": .text("T2")], base: [HandMadeStation.base(capture, "$batch")])
        try await first.push()
        try await old.pull()
        try await new.pull()
        #expect(old.left == [entry])
        #expect(!old.pulledIDs.contains(move.id))
        #expect(Array(new.pulledIDs.suffix(2)) == [capture.id, move.id])
        #expect(try await bench.vault.entry(entry)?.batch == "T2")
        // And back again: the old batch's stations dropped it, so they get all of it once more.
        try first.add(.set, .entry(entry), ["$batch": .text("T1")], base: [HandMadeStation.base(move, "$batch")])
        try await first.push()
        try await old.pull()
        try await new.pull()
        #expect(Array(old.pulledIDs.suffix(3)) == [capture.id, move.id, first.changes[2].id])
        #expect(new.left == [entry])
    }

    @Test("a station reads every batch that it put an entry into, also when the entry left it in the same message")
    func passedThrough() async throws {
        let bench = try await TestBench(sharing: .batch)
        let (first, second) = (try await bench.station("one"), try await bench.station("two"))
        let (entry, capture) = try first.capture("Ann", batch: "T1")
        let move = try first.add(.set, .entry(entry), ["$batch": .text("T2")], base: [HandMadeStation.base(capture, "$batch")])
        try first.add(.set, .entry(entry), ["$batch": .null], base: [HandMadeStation.base(move, "$batch")])
        try await first.push()
        let other = try second.capture("Cid", batch: "T1")
        try await second.push()
        let answer = try await first.pull()[0]
        #expect(Set(names(answer)) == ["documents/summer", "station/summer/\(first.id)", "batch/summer/T1", "batch/summer/T2"])
        #expect(first.pulledIDs.contains(other.change.id))
    }

    @Test("an entry that passed through a batch within one message may be changed by those who read that batch, and by nobody else")
    func reachOfPassing() async throws {
        let bench = try await TestBench(sharing: .batch)
        let (first, second) = (try await bench.station("one"), try await bench.station("two"))
        let third = try await bench.station("three")
        let (entry, capture) = try first.capture("Ann", batch: "T1")
        try first.add(.set, .entry(entry), ["$batch": .null], base: [HandMadeStation.base(capture, "$batch")])
        try await first.push()
        for (station, batch) in [(second, "T1"), (third, "T2")] {
            try station.capture("Cid", batch: batch)
            try station.add(.set, .entry(entry), ["name": .text("Bea")], base: [HandMadeStation.base(capture, "name")])
        }
        #expect(try await second.push().exceptions.isEmpty)
        #expect(try await third.push().exceptions.map(\.problem) == ["not-entitled"])
    }

    @Test("what was refused goes on when the entry passes through the maker's batch within one message, and the maker learns of it")
    func releasedByPassing() async throws {
        let bench = try await TestBench(sharing: .batch)
        let (first, second) = (try await bench.station("one"), try await bench.station("two"))
        let (entry, capture) = try first.capture("Ann")
        try await first.push()
        try second.capture("Cid", batch: "T1")
        let edit = try second.add(.set, .entry(entry), ["name": .text("Bea")], base: [HandMadeStation.base(capture, "name")])
        #expect(try await second.push().exceptions.map(\.problem) == ["not-entitled"])
        let move = try first.add(.set, .entry(entry), ["$batch": .text("T1")], base: [HandMadeStation.base(capture, "$batch")])
        try first.add(.set, .entry(entry), ["$batch": .null], base: [HandMadeStation.base(move, "$batch")])
        try await first.push(after: 1)
        #expect(try await bench.vault.status().quarantined == 0)
        #expect(try await bench.vault.entry(entry)?.state["name"]?.heads.map(\.change) == [edit.id])
        try await second.pull()
        #expect(second.pulledIDs.contains(edit.id))
        #expect(second.left == [entry])
    }

    @Test("a station may change what is in the batch that a card of its own turns out to be in, also before it captures that card")
    func admitted() async throws {
        let bench = try await TestBench(sharing: .batch)
        let (first, second) = (try await bench.station("one"), try await bench.station("two"))
        let (entry, capture) = try first.capture("Ann", batch: "T1")
        let (card, _) = try first.capture("Cid", batch: "T1")
        try await first.push()
        let edit = try second.add(.set, .entry(entry), ["name": .text("Bea")], base: [HandMadeStation.base(capture, "name")])
        #expect(try await second.push().exceptions.map(\.problem) == ["not-entitled"])
        // Elsewhere, as far as it knows; that it is in the first batch as well gives it that batch.
        try second.capture("Cid", entry: card, batch: "T2")
        let void = try second.add(.void, .entry(entry), ["$void": .bool(true)], seen: [capture.id, edit.id])
        #expect(try await second.push(after: 1).exceptions.isEmpty)
        #expect(try await bench.vault.status().quarantined == 0)
        #expect(try await bench.vault.entry(entry)?.state["$void"]?.heads.map(\.change) == [void.id])
    }

    @Test("batches are shared as their promotion says", arguments: Promotion.Sharing.allCases)
    func batches(sharing: Promotion.Sharing) async throws {
        let bench = try await TestBench(sharing: sharing)
        let first = try await bench.station("one")
        let second = try await bench.station("two")
        let opened = try first.add(.set, .batch("T1"), ["$state": .text("open"), "$expected": .integer(30)])
        try await first.push()
        let closed = try second.add(.set, .batch("T1"), ["$state": .text("closed")], base: [HandMadeStation.base(opened, "$state")])
        try await second.push()
        try await first.pull(after: 0)
        try await second.pull(after: 0)
        #expect(first.pulledIDs.contains(opened.id))
        #expect(first.pulledIDs.contains(closed.id) == (sharing != .own))
        #expect(second.pulledIDs.contains(opened.id) == (sharing != .own))
        let digest = try await bench.vault.comparison("summer").digest
        #expect(digest == Merge.state(of: [opened, closed]).comparisonDigest(subject: "batch/summer/T1"))
    }

    @Test("an assignment taken away withdraws its keys at the next pull, and one given brings them from the beginning")
    func assignment() async throws {
        let bench = try await TestBench()
        try await bench.vault.putPromotion(TestBench.document("winter"))
        let station = try await bench.station(promotions: ["winter"])
        let writer = try await bench.station("two")
        try writer.capture()
        try await writer.push()
        #expect(names(try await station.pullOnce()) == ["documents/winter", "promotion/winter"])
        try await bench.vault.assign(station.id, ["summer"])
        #expect(names(try await station.pullOnce()) == ["documents/summer", "promotion/summer"])
        try await station.pull()
        #expect(station.pulledIDs.contains(writer.changes[0].id))
        try await bench.vault.assign(station.id, [])
        #expect(names(try await station.pullOnce()).isEmpty)
    }
}

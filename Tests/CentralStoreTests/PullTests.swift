import CentralStore
import EntryModel
import TestSupport
import Testing

@Suite("Pull", .everyStore)
struct PullTests {
    @Test("pages come in commit order, and their digests are those of the feed")
    func order() async throws {
        let bench = try await TestBench()
        let writer = try await bench.station("one")
        let reader = try await bench.station("two")
        for index in 0..<1203 {
            try writer.capture("N\(index)")
            if writer.changes.count.isMultiple(of: 400) { try await writer.push(after: writer.changes.count - 400) }
        }
        try await writer.push(after: 1200)
        let answers = try await reader.pull()
        #expect(answers.count >= 3)
        #expect(answers.flatMap(\.pages).allSatisfy { $0.rows.count <= Envelope.Limits.rows })
        #expect(reader.pulledIDs.dropFirst() == writer.changes.map(\.id)[...])
        let positions = reader.pulled.map(\.position)
        #expect(positions == Array(1...1204))
        // The digest at the end, recomputed from what the pages brought: one document and the entries.
        let documents = FeedDigest.key("documents/summer")
        let entries = FeedDigest.key("promotion/summer")
        var digest = FeedDigest.start(vault: TestBench.client)
        for (index, id) in reader.pulledIDs.enumerated() {
            digest = FeedDigest.next(digest, keyDigest: index == 0 ? documents : entries, kind: .change, id: id)
        }
        #expect(reader.cursors["promotion/summer"]?.at == .init(position: 1204, digest: digest))
        #expect(reader.cursors["documents/summer"]?.at == .init(position: 1204, digest: digest))
        #expect(try await bench.vault.status().digest == digest)
    }

    @Test("each row carries the centre's mac over vault and id, the same every time and another for each change")
    func macs() async throws {
        let bench = try await TestBench()
        let writer = try await bench.station("one")
        let reader = try await bench.station("two")
        for _ in 0..<3 { try writer.capture() }
        try await writer.push()
        func macs(_ answer: PullAnswer) -> [[UInt8]] {
            answer.pages.flatMap(\.rows).compactMap { if case .change(_, let mac, _, _) = $0.content { mac } else { nil } }
        }
        let first = macs(try await reader.pullOnce())
        #expect(first.count == 4)
        #expect(Set(first).count == 4)
        #expect(first.allSatisfy { $0.count == 32 })
        #expect(macs(try await reader.pullOnce()) == first)
    }

    @Test("the asker's own lines that its request proved are left out, and the digest still fits")
    func ownLines() async throws {
        let bench = try await TestBench()
        let first = try await bench.station("one")
        let second = try await bench.station("two")
        try first.capture()
        try second.capture()
        try await first.push()
        try await second.push()
        try await first.pull()
        #expect(first.pulledIDs.count == 2)
        #expect(!first.pulledIDs.contains(first.changes[0].id))
        #expect(first.pulledIDs.contains(second.changes[0].id))
        #expect(first.cursors["promotion/summer"]?.at.digest == (try await bench.vault.status().digest))
        // What the request does not prove, it gets: an answer to its push may have been lost.
        try await second.pull(after: 0)
        #expect(second.pulledIDs.contains(second.changes[0].id))
    }

    @Test("own lines that the asker says it may lack come to it, and no others")
    func lackedLines() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        for name in ["Ann", "Bo", "Cy"] { try station.capture(name) }
        try await station.push()
        station.lacks = 2
        try await station.pull()
        #expect(station.pulledIDs.dropFirst() == station.changes[0...1].map(\.id)[...])
    }

    @Test("a station in a new epoch gets back what it made in the old one")
    func forgotten() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        try station.capture()
        try await station.push()
        let old = station.changes
        station.changes = []
        station.epoch = Surroundings.system.newID()
        try await station.pull()
        #expect(station.pulledIDs.contains(old[0].id))
    }

    @Test("a key without rows gets an empty page up to the vault's end, so that its cursor has the newest digest")
    func emptyPages() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        try await station.pull()
        let answer = try await station.pullOnce()
        let status = try await bench.vault.status()
        #expect(answer.keys.map(\.description) == ["documents/summer", "promotion/summer"])
        #expect(answer.pages.map(\.key) == answer.keys)
        #expect(answer.pages.allSatisfy { $0.rows.isEmpty && !$0.more && $0.to == status.position && $0.digest == status.digest })
    }

    @Test("a cursor whose digest is not the vault's goes back to the newest common checkpoint, else to the beginning")
    func restored() async throws {
        let bench = try await TestBench()
        let writer = try await bench.station("one")
        let reader = try await bench.station("two")
        try writer.capture()
        try await writer.push()
        try await reader.pull()
        let good = try #require(reader.cursors["promotion/summer"]).at
        try writer.capture()
        try await writer.push(after: 1)
        let wrong = RequestLine.Cursor.Checkpoint(position: 3, digest: .zero)
        let beyond = RequestLine.Cursor.Checkpoint(position: 99, digest: good.digest)
        reader.cursors["promotion/summer"] = RequestLine.Cursor(at: wrong, checkpoints: [beyond, good])
        var page = try #require(try await reader.pullOnce().pages.last)
        #expect(page.from == good.position)
        #expect(page.rows.count == 1)
        reader.cursors["promotion/summer"] = RequestLine.Cursor(at: beyond, checkpoints: [wrong])
        page = try #require(try await reader.pullOnce().pages.last)
        #expect(page.from == 0)
        #expect(page.rows.count == 2)
    }

    @Test("a pull whose chain does not fit gets the outcome and no pages")
    func outcomes() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        for _ in 0..<2 { try station.capture() }
        try await station.push()
        for (answer, outcome) in [
            (try await station.pullOnce(after: 1, head: 1), AnswerOutcome.rolledBack),
            (try await station.pullOnce(after: 2, chain: .zero), .forked),
            (try await station.pullOnce(after: 3, head: 3), .behind),
        ] {
            #expect(answer.answer.outcome == outcome)
            #expect(answer.answer.through == 2)
            #expect(answer.keys.isEmpty)
            #expect(answer.pages.isEmpty)
        }
    }

    @Test("an answer stays within its size, and a document as large as a message still gets through")
    func sizes() async throws {
        let bench = try await TestBench()
        let writer = try await bench.station("one")
        let reader = try await bench.station("two")
        let choices = (0..<6000).map { "{\"value\":\"c\($0)\",\"label\":\"\($0)\(String(repeating: "x", count: 120))\"}" }.joined(
            separator: ",")
        let text = String(decoding: TestBench.document("winter"), as: UTF8.self)
            .replacing("]}}", with: ",{\"id\":\"shop\",\"kind\":\"choice\",\"label\":\"Shop\",\"choices\":[\(choices)]}]}}")
        #expect(text.utf8.count > 800_000)
        try await bench.vault.putPromotion(Array(text.utf8))
        try await bench.vault.assign(reader.id, ["summer", "winter"])
        for index in 0..<40 {
            try writer.add(.set, .entry(Surroundings.system.newID()), ["name": .text(String(repeating: "é", count: 30_000) + "\(index)")])
        }
        for start in stride(from: 0, to: 40, by: 10) { try await writer.push(after: start, count: 10) }
        let answers = try await reader.pull()
        #expect(answers.count >= 3)
        #expect(reader.pulledIDs.count == 42)
    }
}

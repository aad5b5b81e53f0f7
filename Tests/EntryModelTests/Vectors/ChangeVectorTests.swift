import TestSupport
import Testing

@testable import EntryModel

@Suite("Vectors: change, chain and merge")
struct ChangeVectorTests {
    @Test("two lines are one change with one id, or are refused", arguments: VectorCase.load(try Vectors.load("change")))
    func change(_ vector: VectorCase) throws {
        let headerLine = Array(try vector.text("header").utf8)
        let bodyLine = Array(try vector.text("body").utf8)
        if let reason = vector.mustFail {
            let error = #expect(throws: ChangeError.self) { try Change(headerLine: headerLine, bodyLine: bodyLine) }
            guard case .line(let line, let why) = error else { return }
            #expect(line.rawValue == (try vector.text("line")))
            #expect(why.reason.rawValue == reason)
            return
        }
        let change = try Change(headerLine: headerLine, bodyLine: bodyLine)
        #expect(change.id == (try vector.digest("expected", "id")))
        #expect(Change.id(headerLine: headerLine, bodyLine: bodyLine) == change.id)
        #expect(Hash.line(headerLine) == (try vector.digest("expected", "header")))
        #expect(change.goneBodyLine == Array(try vector.text("expected", "gone").utf8))
        let gone = try Change(headerLine: headerLine, bodyLine: change.goneBodyLine)
        #expect(gone.id == change.id && gone.body == nil)
        guard try vector.bool("rewritten") else { return }
        #expect(change.header.line == headerLine)
        if let body = change.body {
            #expect(body.line == bodyLine)
            #expect(try Change(header: change.header, body: body).id == change.id)
        }
    }

    @Test("the chain has the same links", arguments: VectorCase.load(try Vectors.load("chain")))
    func chain(_ vector: VectorCase) throws {
        let ids = try vector.texts("ids").compactMap { Digest(hex: $0) }
        var links = [Chain.start(station: try vector.uniqueID("station"), epoch: try vector.uniqueID("epoch"))]
        for id in ids { links.append(Chain.next(links[links.count - 1], id)) }
        #expect(links.map(\.hex) == (try vector.texts("expected")))
        #expect(Chain.next(links[0], ids) == links.last)
    }

    @Test("the same changes come to the same state in any order and however often", arguments: VectorCase.load(try Vectors.load("merge")))
    func merge(_ vector: VectorCase) throws {
        let changes = try vector.list("changes").map { pair in
            guard case .array(let lines) = pair, case .string(let header) = lines.first, case .string(let body) = lines.last
            else { throw VectorCase.Missing(path: ["changes"], kind: "pairs of lines") }
            return try Change(headerLine: Array(header.utf8), bodyLine: Array(body.utf8))
        }
        var random = SeededRandom(seed: 9)
        try check(Merge.state(of: changes), vector)
        try check(Merge.state(of: changes.reversed()), vector)
        for _ in 0..<5 {
            try check(Merge.state(of: (changes + changes.filter { _ in random.chance(oneIn: 2) }).shuffled(using: &random)), vector)
        }
    }

    private func check(_ state: EntryState, _ vector: VectorCase) throws {
        let heads = state.fields.map { field in (name: field.name, value: JSONValue.array(field.heads.map { .string($0.change.hex) })) }
        #expect(JSONValue.object(heads).line == JSONValue.object(try vector.members("expected", "heads")).line)
        #expect(state.conflicts == (try vector.texts("expected", "conflicts")))
        #expect(state.fields.filter(\.waits).map(\.name) == (try vector.texts("expected", "waits")))
        #expect(state.void.rawValue == (try vector.text("expected", "void")))
        #expect(state.isErased == (try vector.bool("expected", "erased")))
        let verified = state.verified.sorted { $0.key < $1.key }.map { (name: $0.key, value: JSONValue.bool($0.value)) }
        #expect(JSONValue.object(verified).line == JSONValue.object(try vector.members("expected", "verified")).line)
        for policy in ConflictPolicy.allCases {
            let shown = state.fields.compactMap { field in
                field.shown(by: policy).map { (name: field.name, value: JSONValue.string($0.change.hex)) }
            }
            #expect(JSONValue.object(shown).line == JSONValue.object(try vector.members("expected", "shown", policy.rawValue)).line)
        }
        #expect(state.comparisonDigest(subject: try vector.text("subject")) == (try vector.digest("expected", "digest")))
    }
}

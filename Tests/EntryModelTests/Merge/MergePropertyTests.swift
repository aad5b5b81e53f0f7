import TestSupport
import Testing

@testable import EntryModel

@Suite struct MergePropertyTests {
    private static let seeds = Array(UInt64(1)...150)

    @Test("any order of the same changes, causal or not, comes to the same state and digest", arguments: seeds)
    func order(seed: UInt64) throws {
        let changes = try RandomHistory(seed: seed).changes
        let state = Merge.state(of: changes)
        let digest = state.comparisonDigest(subject: "e")
        var random = SeededRandom(seed: seed)
        for _ in 0..<4 {
            let shuffled = Merge.state(of: changes.shuffled(using: &random))
            #expect(shuffled == state)
            #expect(shuffled.comparisonDigest(subject: "e") == digest)
        }
    }

    @Test("a part first and the rest later comes to the same as all at once", arguments: seeds)
    func parts(seed: UInt64) throws {
        let changes = try RandomHistory(seed: seed).changes
        var random = SeededRandom(seed: seed)
        let first = RandomHistory.part(of: changes, &random)
        let ids = Set(first.map(\.id))
        // A store that has the first part keeps its changes and merges all of them again when the rest arrives.
        let rest = changes.filter { !ids.contains($0.id) }.shuffled(using: &random)
        #expect(Merge.state(of: first + rest) == Merge.state(of: changes))
    }

    @Test("applying twice changes nothing", arguments: seeds)
    func twice(seed: UInt64) throws {
        let changes = try RandomHistory(seed: seed).changes
        var random = SeededRandom(seed: seed)
        let again = RandomHistory.part(of: changes, &random)
        #expect(Merge.state(of: changes + again) == Merge.state(of: changes))
    }

    @Test("no value disappears except by being named in a base, or as the twin of one that is", arguments: seeds)
    func nothingIsLost(seed: UInt64) throws {
        let all = try RandomHistory(seed: seed).changes
        var random = SeededRandom(seed: seed)
        for changes in [all, RandomHistory.part(of: all, &random), RandomHistory.part(of: all, &random)] {
            let state = Merge.state(of: changes)
            guard !state.isErased else {
                #expect(state.fields.isEmpty)
                continue
            }
            let rejected = Set(changes.compactMap(\.header.target))
            let live = changes.filter { !rejected.contains($0.id) }
            func replaced(_ field: String) -> Set<Digest> {
                Set(live.flatMap { $0.body?.base ?? [] }.filter { $0.fields.contains(field) }.map(\.change))
            }
            func isBaseless(_ change: Change, _ field: String) -> Bool {
                change.body?.base.contains { $0.fields.contains(field) } == false
            }
            for change in live {
                for assignment in change.body?.set ?? [] {
                    let field = assignment.field
                    let isHead = state[field]?.heads.contains { $0.change == change.id } == true
                    let isTwin =
                        isBaseless(change, field)
                        && live.contains { other in
                            replaced(field).contains(other.id) && isBaseless(other, field)
                                && other.body?.assignment(of: field)?.agrees(with: assignment) == true
                        }
                    #expect(isHead != (replaced(field).contains(change.id) || isTwin), "\(field) of \(change.id)")
                }
            }
            // And nothing comes from nowhere.
            #expect(Set(state.headIDs).isSubset(of: live.map(\.id)))
        }
    }

    @Test("a change that replaces all heads settles every conflict it is about", arguments: seeds)
    func resolution(seed: UInt64) throws {
        let changes = try RandomHistory(seed: seed).changes
        let state = Merge.state(of: changes)
        for field in state.conflicts {
            let head = try #require(state[field]?.heads.last)
            let seen = field == "$void" ? state.headIDs : []
            let body = ChangeBody(
                salt: [UInt8](repeating: 1, count: 16), set: [head.assignment], base: state.bases(of: [field]), seen: seen)
            let header = ChangeHeader(
                station: ChangeHeader.central, operatorID: "staff", stamp: 0, skew: 0, kind: .set, form: Versioned(id: "p", version: 1),
                subject: changes[0].header.subject)
            let settled = Merge.state(of: changes + [try Change(header: header, body: body)])
            #expect(settled[field]?.heads.count == 1)
            #expect(!settled.conflicts.contains(field))
        }
    }

    @Test("the histories hold conflicts, voids, twins and waits, so that the tests above say something")
    func histories() throws {
        var random = SeededRandom(seed: 1)
        let states = try Self.seeds.map { Merge.state(of: try RandomHistory(seed: $0).changes) }
        let parts = try Self.seeds.map { Merge.state(of: RandomHistory.part(of: try RandomHistory(seed: $0).changes, &random)) }
        #expect(states.count { !$0.conflicts.isEmpty } > 30)
        #expect(states.count { $0.void == .void } > 5)
        #expect(states.count { $0.void == .contested } > 10)
        #expect(states.contains { $0.isErased })
        #expect(parts.contains { state in state.fields.contains { $0.waits } })
    }
}

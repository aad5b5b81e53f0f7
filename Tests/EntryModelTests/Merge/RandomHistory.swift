import TestSupport

@testable import EntryModel

/// What a few stations and staff could have made of one entry, some of them while apart: every base, `seen` and resolution is of what its
/// maker held at that time.
struct RandomHistory {
    private(set) var changes: [Change] = []
    private var random: SeededRandom
    private let entry = UniqueID(high: 0x01A0_C8A5_0000_7C00, low: 0xA000_0000_0000_0001)
    /// By replica, the centre first: which of `changes` it holds.
    private var held: [Set<Int>]
    private static let fields = ["given_name", "city", "consent", "note"]

    init(seed: UInt64, replicas: Int = 4, length: Int = 24) throws {
        random = SeededRandom(seed: seed)
        held = Array(repeating: [], count: replicas)
        while changes.count < length {
            let replica = Int.random(in: 0..<replicas, using: &random)
            if random.chance(oneIn: 3) {
                let other = Int.random(in: 0..<replicas, using: &random)
                held[replica].formUnion(held[other].filter { _ in !random.chance(oneIn: 5) })
            } else {
                try act(replica)
            }
        }
        // Voids made in the midst of it are nearly always contested in the end.
        guard random.chance(oneIn: 4) else { return }
        held[0] = Set(changes.indices)
        try void(0, Merge.state(of: changes))
    }

    private mutating func void(_ replica: Int, _ state: EntryState) throws {
        let set = [Assignment(field: "$void", value: .bool(true))]
        try add(.void, ChangeBody(salt: salt(), set: set, base: state.bases(of: ["$void"]), seen: state.headIDs), replica)
    }

    private mutating func act(_ replica: Int) throws {
        let seen = held[replica].sorted().map { changes[$0] }
        let state = Merge.state(of: seen)
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<5: try add(.set, ChangeBody(salt: salt(), set: assignments()), replica)
        case 5..<12:
            let set = assignments()
            try add(.set, ChangeBody(salt: salt(), set: set, base: state.bases(of: set.map(\.field))), replica)
        case 12..<14:
            try void(replica, state)
        case 14:
            let set = [Assignment(field: "$void", value: .bool(false))]
            try add(.restore, ChangeBody(salt: salt(), set: set, base: state.bases(of: ["$void"])), replica)
        case 15..<17:
            guard let field = state.conflicts.randomElement(using: &random), let head = state[field]?.heads.randomElement(using: &random)
            else { return }
            try add(.set, ChangeBody(salt: salt(), set: [head.assignment], base: state.bases(of: [field])), replica)
        case 17:
            guard let field = state.fields.randomElement(using: &random) else { return }
            let verification = ChangeBody.Verification(
                field: field.name, heads: field.heads.map(\.change), agrees: random.chance(oneIn: 2))
            try add(.verify, ChangeBody(salt: salt(), verify: [verification]), replica)
        case 18:
            guard let target = seen.randomElement(using: &random) else { return }
            try add(.reject, ChangeBody(salt: salt()), 0, target: target.id)
        default:
            // Rare, because nothing comes of a history after it.
            if random.chance(oneIn: 20) { try add(.erase, ChangeBody(salt: salt()), 0) }
        }
    }

    private mutating func add(_ kind: ChangeHeader.Kind, _ body: ChangeBody, _ replica: Int, target: Digest? = nil) throws {
        let station =
            replica == 0 ? ChangeHeader.central : UniqueID(high: 0x01A0_C8A4_5C00_7A11, low: 1 << 63 | UInt64(replica)).description
        let header = ChangeHeader(
            station: station, operatorID: "op-\(replica)", stamp: 1_790_078_400_000 + Int64.random(in: -5...5, using: &random),
            skew: random.chance(oneIn: 3) ? nil : Int64.random(in: -3...3, using: &random), kind: kind,
            form: Versioned(id: "p", version: 1), subject: .entry(entry), target: target)
        held[replica].insert(changes.count)
        changes.append(try Change(header: header, body: body))
    }

    private mutating func salt() -> [UInt8] { random.bytes(16) }

    /// Few different values, so that equal ones meet.
    private mutating func assignments() -> [Assignment] {
        var set: [Assignment] = []
        for field in Self.fields where set.isEmpty || random.chance(oneIn: 2) {
            let value: Scalar =
                field == "consent"
                ? [.null, .bool(true), .bool(false)].randomElement(using: &random) ?? .null
                : .text(["Martin", "Marten", "Morton"].randomElement(using: &random) ?? "")
            let keyed = random.chance(oneIn: 4) ? "as typed \(random.next() % 3)" : nil
            set.append(Assignment(field: field, value: value, keyed: keyed, flag: random.chance(oneIn: 8) ? "illegible" : nil))
        }
        return set
    }

    /// Some of the changes, causes left out as often as not.
    static func part(of changes: [Change], _ random: inout SeededRandom) -> [Change] {
        changes.filter { _ in random.chance(oneIn: 2) }
    }
}

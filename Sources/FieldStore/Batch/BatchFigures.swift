import EntryModel
import GRDB

/// What is counted of a batch, in envelopes.
struct BatchFigures {
    var keyed: Int64 = 0
    var void: Int64 = 0
    var entries: Int64 = 0
    var lastEnvelope: Int64 = 0
    var exceptions: [(envelope: Int64, code: String)] = []
    /// Numbers that nothing is known of.
    var missing: [ClosedRange<Int64>] = []
    var keyedTwice: [Int64] = []

    /// - Parameters:
    ///   - state: What the batch's own changes say.
    ///   - expected: How many envelopes should be there; `nil` when nobody said.
    init(_ batch: Int64, _ state: EntryState, expected: Int64?, _ database: Database) throws {
        var filled = try countEntries(batch, database)
        for field in state.fields where field.name.hasPrefix("$envelope.") {
            guard let envelope = Int64(field.name.dropFirst(10)), let code = field.shown(by: .latest)?.assignment.value.text else {
                continue
            }
            lastEnvelope = max(lastEnvelope, envelope)
            // An envelope with a card in it is no exception, whatever was said of it before.
            guard filled.insert(envelope).inserted else { continue }
            if code == "void" { void += 1 } else { exceptions.append((envelope, code)) }
        }
        exceptions.sort { $0.envelope < $1.envelope }
        missing = Self.gaps(in: filled, through: max(expected ?? 0, lastEnvelope))
    }

    /// Goes through the batch's entries envelope by envelope.
    /// - Returns: The envelopes that have an entry.
    private mutating func countEntries(_ batch: Int64, _ database: Database) throws -> Set<Int64> {
        var counting: [Int64: Set<Int64>] = [:]
        // Erased entries no longer say where they lay.
        try database.rows(
            "SELECT envelope, card, flags & 1 FROM entry WHERE batch = ? AND envelope IS NOT NULL AND flags & 16 = 0 ORDER BY envelope",
            [.integer(batch)]
        ) { row in
            let envelope = row.integer(0)
            entries += 1
            lastEnvelope = max(lastEnvelope, envelope)
            let isCounting = row.integer(2) == 0
            let isFirst = isCounting ? counting[envelope, default: []].insert(row.integer(1)).inserted : true
            if !isCounting, counting[envelope] == nil { counting[envelope] = [] }
            if !isFirst, keyedTwice.last != envelope { keyedTwice.append(envelope) }
        }
        for cards in counting.values {
            if cards.isEmpty { void += 1 } else { keyed += 1 }
        }
        return Set(counting.keys)
    }

    /// The numbers from 1 on that are not there.
    private static func gaps(in numbers: Set<Int64>, through last: Int64) -> [ClosedRange<Int64>] {
        var gaps: [ClosedRange<Int64>] = []
        var next: Int64 = 1
        for number in numbers.sorted() where number >= next {
            if number > next { gaps.append(next...(number - 1)) }
            next = number + 1
        }
        if next <= last { gaps.append(next...last) }
        return gaps
    }
}

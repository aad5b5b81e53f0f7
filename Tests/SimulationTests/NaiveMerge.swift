import EntryModel

/// The merge once more, written from the rules M1 to M8 and M13 of Protocol/README.md and from nothing else.
///
/// Slow and plain: every question looks through all changes again. The simulator holds the replicas against it.
struct NaiveMerge {
    private let log: [Change]
    private let live: [Change]

    /// - Parameter log: All changes of one subject, in any order; repeats do no harm.
    init(_ log: [Change]) {
        self.log = log
        // M1: a reject that is itself rejected still counts.
        let targets = log.compactMap(\.header.target)
        var known: Set<Digest> = []
        live = log.filter { known.insert($0.id).inserted && !targets.contains($0.id) }
    }

    /// M7.
    var isErased: Bool { log.contains { $0.header.kind == .erase } }

    /// Every field that is set, sorted.
    var fields: [String] {
        isErased ? [] : Set(live.flatMap { $0.body?.set.map(\.field) ?? [] }).sorted().filter { !heads($0).isEmpty }
    }

    /// M2 and M3.
    func heads(_ field: String) -> [Change] {
        guard !isErased else { return [] }
        let setters = live.filter { value($0, field) != nil }
        let replaced = Set(live.flatMap { bases($0, field) })
        let replacedTwins = setters.filter { replaced.contains($0.id) && bases($0, field).isEmpty }
        return setters.filter { change in
            guard !replaced.contains(change.id) else { return false }
            let hasTwin = replacedTwins.contains { isEqual($0, change, field) }
            return !(bases(change, field).isEmpty && hasTwin)
        }
    }

    /// M5 and M6: what people have to decide about; M8 for `$void`.
    var conflicts: [String] {
        fields.filter { field in
            let heads = heads(field)
            let differ = heads.contains { !isEqual($0, heads[0], field) }
            return (differ || (field == "$void" && void == .contested)) && !waits(field)
        }
    }

    private func waits(_ field: String) -> Bool {
        let heads = heads(field)
        guard heads.count > 1 else { return false }
        let here = Set(log.map(\.id)).union(log.compactMap(\.header.target))
        return heads.contains { bases($0, field).contains { !here.contains($0) } }
    }

    enum Void { case no, void, contested }

    /// M8.
    var void: Void {
        let heads = heads("$void")
        guard heads.contains(where: { value($0, "$void")?.value == .bool(true) }) else { return .no }
        guard heads.allSatisfy({ value($0, "$void")?.value == .bool(true) }) else { return .contested }
        let seen = Set(heads.flatMap { $0.body?.seen ?? [] })
        for field in fields where field != "$void" {
            for head in self.heads(field) where !seen.contains(head.id) {
                let hasSeenTwin = live.contains { twin in
                    seen.contains(twin.id) && value(twin, field) != nil && bases(twin, field).isEmpty && bases(head, field).isEmpty
                        && isEqual(twin, head, field)
                }
                if !hasSeenTwin { return .contested }
            }
        }
        return .void
    }

    /// Every pair of field and head as text, sorted: what two replicas have to agree about.
    var headLines: [String] {
        fields.flatMap { field in heads(field).map { "\(field) \($0.id)" } }.sorted()
    }

    /// M13.
    func comparisonDigest(subject: String) -> Digest {
        var sum = Digest.zero
        for field in fields {
            for head in heads(field) {
                var hash = Hash("")
                hash.add(subject)
                hash.add(field)
                hash.add(head.id)
                sum = sum &+ hash.digest
            }
        }
        return sum
    }

    // MARK: What one change says

    private func value(_ change: Change, _ field: String) -> Assignment? {
        change.body?.set.first { $0.field == field }
    }

    private func bases(_ change: Change, _ field: String) -> [Digest] {
        (change.body?.base ?? []).filter { $0.fields.contains(field) }.map(\.change)
    }

    /// M4; text by its bytes.
    private func isEqual(_ left: Change, _ right: Change, _ field: String) -> Bool {
        guard let left = value(left, field), let right = value(right, field) else { return false }
        let sameValue =
            switch (left.value, right.value) {
            case (.null, .null): true
            case (.bool(let one), .bool(let other)): one == other
            case (.integer(let one), .integer(let other)): one == other
            case (.text(let one), .text(let other)): Array(one.utf8) == Array(other.utf8)
            default: false
            }
        return sameValue && left.flag == right.flag && left.wording?.description == right.wording?.description
    }
}

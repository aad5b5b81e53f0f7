/// The merge: pure, idempotent and free of order.
///
/// A change names the values that it replaces (its base); a value that no live change has replaced is a head. Clocks play no part. A base may
/// name changes that have not arrived.
/// - SeeAlso: Protocol/README.md, "Merge"; vectors in Protocol/vectors/merge.json.
public enum Merge {
    /// Merges all logged changes of one entry or batch.
    ///
    /// - Parameter changes: Every change of one subject that the log holds, `reject` and `erase` included, in any order; repeats do no harm.
    /// - Returns: The heads of every field and what follows from them.
    public static func state(of changes: [Change]) -> EntryState {
        if changes.contains(where: { $0.header.kind == .erase }) {
            return EntryState(fields: [], void: .no, isErased: true, verified: [:])
        }
        var known = Set<Digest>(minimumCapacity: changes.count)
        var rejected = Set<Digest>()
        for change in changes {
            known.insert(change.id)
            if let target = change.header.target { rejected.insert(target) }
        }
        var live: [Change] = []
        var taken = Set<Digest>(minimumCapacity: changes.count)
        for change in changes where !rejected.contains(change.id) && taken.insert(change.id).inserted {
            live.append(change)
        }
        known.formUnion(rejected)
        let fields = Self.fields(of: live, known: known)
        let verifications = verifications(fields, live: live)
        return EntryState(
            fields: fields, void: void(fields, live: live), isErased: false, verified: verifications.mapValues(\.agrees),
            verifications: verifications.mapValues(\.change))
    }

    /// Everything that live changes say of one field.
    private struct Claims {
        var setters: [(change: Change, assignment: Assignment)] = []
        var replaced: Set<Digest> = []
    }

    private static func fields(of live: [Change], known: Set<Digest>) -> [EntryState.Field] {
        var claims: [String: Claims] = [:]
        for change in live {
            guard let body = change.body else { continue }
            for assignment in body.set { claims[assignment.field, default: Claims()].setters.append((change, assignment)) }
            for base in body.base {
                for field in base.fields { claims[field, default: Claims()].replaced.insert(base.change) }
            }
        }
        var fields: [EntryState.Field] = []
        fields.reserveCapacity(claims.count)
        for (name, claims) in claims {
            let heads = Self.heads(name, claims)
            guard !heads.isEmpty else { continue }
            let waits =
                heads.count > 1
                && claims.setters.contains { setter in
                    heads.contains { $0.change == setter.change.id }
                        && (setter.change.body?.base ?? []).contains { !known.contains($0.change) && $0.fields.contains(name) }
                }
            fields.append(EntryState.Field(name: name, heads: heads, waits: waits))
        }
        return fields.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    private static func heads(_ name: String, _ claims: Claims) -> [EntryState.Head] {
        // Captures of one card at two stations: equal values set without a base are one value, so replacing one replaces all.
        let replacedValues =
            claims.replaced.isEmpty
            ? []
            : claims.setters.filter {
                claims.replaced.contains($0.change.id) && isBaseless($0.change, name)
            }
        var heads: [EntryState.Head] = []
        for setter in claims.setters where !claims.replaced.contains(setter.change.id) {
            if !replacedValues.isEmpty, isBaseless(setter.change, name),
                replacedValues.contains(where: { $0.assignment.agrees(with: setter.assignment) })
            {
                continue
            }
            heads.append(
                EntryState.Head(
                    change: setter.change.id, assignment: setter.assignment, orderingTime: setter.change.header.orderingTime))
        }
        return heads.count > 1 ? heads.sorted(by: EntryState.Head.precedes) : heads
    }

    private static func isBaseless(_ change: Change, _ field: String) -> Bool {
        !(change.body?.base ?? []).contains { $0.fields.contains(field) }
    }

    /// Void while all `$void` heads are true and every other head was seen by one of them.
    private static func void(_ fields: [EntryState.Field], live: [Change]) -> EntryState.Void {
        guard let voidHeads = fields.first(where: { $0.name == "$void" })?.heads,
            voidHeads.contains(where: { $0.assignment.value == .bool(true) })
        else { return .no }
        guard voidHeads.allSatisfy({ $0.assignment.value == .bool(true) }) else { return .contested }
        let voids = Set(voidHeads.map(\.change))
        let seen = Set(live.lazy.filter { voids.contains($0.id) }.flatMap { $0.body?.seen ?? [] })
        for field in fields where field.name != "$void" {
            for head in field.heads where !seen.contains(head.change) {
                // One card captured twice is one value: having seen either capture is enough.
                let capturedTwin = live.contains {
                    seen.contains($0.id) && isBaseless($0, field.name) && isBaseless(head, field.name, live)
                        && $0.body?.assignment(of: field.name)?.agrees(with: head.assignment) == true
                }
                guard capturedTwin else { return .contested }
            }
        }
        return .void
    }

    private static func isBaseless(_ head: EntryState.Head, _ field: String, _ live: [Change]) -> Bool {
        live.first { $0.id == head.change }.map { isBaseless($0, field) } ?? false
    }

    /// Per field the second keying that counts: the last of those that name exactly its heads.
    private static func verifications(_ fields: [EntryState.Field], live: [Change]) -> [String: (agrees: Bool, change: Digest)] {
        var counting: [String: (agrees: Bool, change: Digest)] = [:]
        let changes = live.filter { $0.header.kind == .verify }
            .sorted { ($0.header.orderingTime, $0.id) < ($1.header.orderingTime, $1.id) }
        for change in changes {
            for verification in change.body?.verify ?? [] {
                guard let heads = fields.first(where: { $0.name == verification.field })?.heads,
                    Set(heads.map(\.change)) == Set(verification.heads)
                else { continue }
                counting[verification.field] = (verification.agrees, change.id)
            }
        }
        return counting
    }
}

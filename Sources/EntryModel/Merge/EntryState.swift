/// What a merge makes of an entry's (or a batch's) changes: per field the values that no other change has replaced.
///
/// The same set of changes gives the same state, in whatever order they came and however often.
/// - SeeAlso: Protocol/README.md, "Merge".
public struct EntryState: Sendable, Equatable {
    /// One value that stands: a change's assignment to a field.
    public struct Head: Sendable, Equatable {
        public var change: Digest
        public var assignment: Assignment
        /// Stamp less skew, milliseconds since 1970 UTC; decides only what is shown.
        public var orderingTime: Int64

        /// Policies pick by this order: time, then id.
        static func precedes(_ left: Head, _ right: Head) -> Bool {
            (left.orderingTime, left.change) < (right.orderingTime, right.change)
        }
    }

    /// All heads of one field, oldest first.
    public struct Field: Sendable, Equatable {
        public var name: String
        public var heads: [Head]
        /// A head's base names a change that is not here yet and may prove another head replaced.
        public var waits: Bool

        /// Whether heads differ, whether or not people should see it yet.
        public var differs: Bool {
            guard heads.count > 1, let first = heads.first else { return false }
            return heads.dropFirst().contains { !$0.assignment.agrees(with: first.assignment) }
        }

        /// Whether a person has to decide.
        public var isConflict: Bool { differs && !waits }
    }

    public enum Void: String, Sendable { case no, void, contested }

    /// In the order of their names' bytes; a field without heads is absent.
    public var fields: [Field]
    public var void: Void
    /// For ever: an erased entry has no heads, whatever comes later.
    public var isErased: Bool
    /// Fields whose second keying counts, because the heads it named still stand: agrees or not.
    public var verified: [String: Bool]
    /// Of the same fields the change whose second keying counts.
    public var verifications: [String: Digest] = [:]

    /// Nothing captured yet.
    public static let empty = EntryState(fields: [], void: .no, isErased: false, verified: [:])

    /// The heads of one field; `nil` when it was never set.
    public subscript(name: String) -> Field? {
        fields.first { $0.name == name }
    }

    /// The names of the fields that a person has to decide about, sorted; a contested void counts as one of `$void`.
    public var conflicts: [String] {
        fields.filter { $0.isConflict || ($0.name == "$void" && void == .contested && !$0.waits) }.map(\.name)
    }

    /// The ids of all heads, each once, sorted: what a `void` writes as `seen`.
    public var headIDs: [Digest] {
        Set(fields.flatMap { $0.heads.map(\.change) }).sorted()
    }
}

extension EntryState.Field {
    /// The head that is shown while there is no decision.
    ///
    /// - Parameter policy: By the newest promotion document held.
    public func shown(by policy: ConflictPolicy) -> EntryState.Head? {
        switch policy {
        case .latest: return heads.last
        case .first: return heads.first
        case .restrictive:
            return heads.last { $0.assignment.value != .bool(true) } ?? heads.last
        }
    }
}

/// Which head of a field in conflict is shown meanwhile; it never removes a value.
public enum ConflictPolicy: String, Sendable, CaseIterable {
    /// The greatest in the order (stamp − skew, id).
    case latest
    /// The least.
    case first
    /// Anything but yes before yes, then latest.
    case restrictive
}

extension EntryState {
    /// The sum modulo 2^256 of H(subject ‖ field ‖ change id) over all heads.
    ///
    /// - Parameter subject: The entry's id in lower case; of a batch `batch/P/LABEL`.
    /// - Returns: Equal at two replicas when, and for all practical purposes only when, both have the same heads.
    public func comparisonDigest(subject: String) -> Digest {
        var sum = Digest.zero
        for field in fields {
            for head in field.heads {
                var hash = Hash(subject)
                hash.add(field.name)
                hash.add(head.change)
                sum = sum &+ hash.digest
            }
        }
        return sum
    }
}

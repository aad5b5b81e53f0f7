public import EntryModel

/// What the centre found wrong with the station's chain.
/// - SeeAlso: Protocol/README.md, "Chain check".
public enum ChainFinding: Sendable, Equatable {
    /// The centre has more of this epoch than the file.
    case rolledBack
    /// The centre has other changes at the same place.
    case forked
    /// The centre has only so many of the changes that it had confirmed, with its chain there.
    case behind(through: Int64, chain: Digest)
}

/// What was done about a file or a centre that had been put back to an earlier state; nothing is lost by any of it.
public struct Recovery: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        case rolledBack = "rolled-back"
        case forked
        case behind
        case handedBack = "handed-back"
    }

    public var kind: Kind
    /// Changes that are sent to the centre again, or were handed back to it.
    public var changes: Int64

    public init(_ kind: Kind, changes: Int64) {
        self.kind = kind
        self.changes = changes
    }

    /// One sentence for the operator: what happened, what was done, what is safe.
    public var sentence: String {
        let again = changes == 1 ? "1 change" : "\(changes) changes"
        return switch kind {
        case .rolledBack:
            "This file had been put back to an earlier state, such as from a backup, so it sends \(again) again under a new number "
                + "and fetches back what it had forgotten; nothing that the centre confirmed is lost."
        case .forked:
            "Another copy of this file has been in use, so this one goes on under a number of its own, sends \(again) again "
                + "and fetches what the other has sent; nothing is lost and nothing is doubled."
        case .behind:
            "The centre had been put back to an earlier state, such as from a backup, so this file sends it \(again) again "
                + "that it had lost; nothing keyed here is lost."
        case .handedBack:
            "The centre had been put back to an earlier state, such as from a backup, and got back from this file \(again) "
                + "of others that it had lost."
        }
    }
}

/// A line that the centre had sent and may have lost.
public struct HandbackLine: Sendable {
    /// Where it stands in the file; ascending.
    public var number: Int64
    public var item: HandbackRequest.Item
}

/// What all messages share.
public enum Wire {
    /// The protocol version that this code speaks, `v` of every first line.
    public static let version: Int64 = 1
    /// How far a request's `time` may be from the centre's clock, milliseconds.
    public static let clockToleranceMilliseconds: Int64 = 300_000
}

/// How the centre found the station's chain, or its clock. Only `accepted` acknowledges anything.
public enum AnswerOutcome: String, Sendable, CaseIterable {
    case accepted, revoked, rolledBack, forked, behind, parked
    /// The request's time was too far off; the answer's `time` tells how far.
    case clock
}

extension ChainCheck.Outcome {
    /// As an answer names it.
    public var answer: AnswerOutcome {
        switch self {
        case .revoked: .revoked
        case .rolledBack: .rolledBack
        case .accepted: .accepted
        case .forked: .forked
        case .behind: .behind
        case .parked: .parked
        }
    }
}

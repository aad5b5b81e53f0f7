/// What all messages share.
public enum Wire {
    /// The protocol versions that this code speaks, `v` of every first line; the newest is spoken where both ends know it.
    ///
    /// A task may stand for a program of another age, which is how a test brings two of them together.
    /// - SeeAlso: Protocol/README.md, "Versioning".
    @TaskLocal public static var versions: ClosedRange<Int64> = 1...1
    /// The newest of them.
    public static var version: Int64 { versions.upperBound }
    /// How far a request's `time` may be from the centre's clock, milliseconds.
    public static let clockToleranceMilliseconds: Int64 = 300_000

    /// The newest version that both speak; `nil` when there is none.
    public static func common(with others: ClosedRange<Int64>) -> Int64? {
        versions.overlaps(others) ? min(versions.upperBound, others.upperBound) : nil
    }
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

/// What a person at a station may do; each role may do what those before it may.
public enum OperatorRole: String, Sendable, CaseIterable, Comparable {
    /// Keys cards, and corrects them.
    case keyer
    /// Keys cards a second time, and decides what differs.
    case verifier
    /// Administers the station and its operators.
    case supervisor

    public static func < (left: OperatorRole, right: OperatorRole) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .keyer: 0
        case .verifier: 1
        case .supervisor: 2
        }
    }
}

/// A person who keys at this station. The name stays in this file; changes carry the id alone.
public struct Operator: Sendable, Equatable {
    public var id: String
    public var name: String
    public var role: OperatorRole
    public var hasPIN: Bool
    /// Until when no PIN is taken, in milliseconds since 1970; `nil` when it is.
    public var lockedUntil: Int64?
    /// Whether the person may not sign in any more. What they keyed keeps their name.
    public var isRemoved: Bool

    public init(
        id: String, name: String, role: OperatorRole, hasPIN: Bool = false, lockedUntil: Int64? = nil, isRemoved: Bool = false
    ) {
        self.id = id
        self.name = name
        self.role = role
        self.hasPIN = hasPIN
        self.lockedUntil = lockedUntil
        self.isRemoved = isRemoved
    }
}

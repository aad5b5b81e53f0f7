/// What somebody of the staff is entitled to do.
public enum StaffRole: String, Sendable, CaseIterable {
    /// Keeps the centre running: clients, promotions, stations, accounts. Sees nothing of what people wrote.
    case administrator
    /// Runs promotions: stations, what waits for a decision, and the entries.
    case supervisor
    /// Answers for people's data: sees entries, and who else has.
    case privacyOfficer = "privacy-officer"
    /// Sees how it goes: counts and lists, and nothing of what people wrote.
    case reader
}

/// A kind of thing that staff do.
public enum StaffPermission: String, Sendable, CaseIterable {
    /// Counts and lists without anything that people wrote.
    case overview
    /// Making, assigning and ending stations.
    case stations
    /// Putting promotions' documents.
    case promotions
    /// Deciding conflicts and what becomes of quarantined changes.
    case decisions
    /// Seeing what people wrote.
    case personal
    /// Seeing who has seen what people wrote.
    case reads
}

extension StaffRole {
    public var permissions: Set<StaffPermission> {
        switch self {
        case .administrator: [.overview, .stations, .promotions]
        case .supervisor: [.overview, .stations, .decisions, .personal]
        case .privacyOfficer: [.overview, .personal, .reads]
        case .reader: [.overview]
        }
    }
}

/// A role, and where it holds.
public struct StaffGrant: Hashable, Sendable {
    public var role: StaffRole
    /// `nil` for every client, also those that are added later.
    public var client: String?

    public init(_ role: StaffRole, client: String? = nil) {
        self.role = role
        self.client = client
    }
}

/// Somebody of the staff, as the server knows them by their token.
public struct StaffAccount: Sendable, Equatable {
    /// An id as operators have it; never a name.
    public var id: String
    public var grants: [StaffGrant]
    /// Milliseconds since 1970 UTC.
    public var added: Int64
    /// When the token that is good now was made.
    public var tokenMade: Int64
    /// When somebody was removed; the account opens nothing any more.
    public var removed: Int64?

    /// Whether that may be done for a client.
    public func may(_ permission: StaffPermission, client: String) -> Bool {
        removed == nil && grants.contains { ($0.client == nil || $0.client == client) && $0.role.permissions.contains(permission) }
    }

    /// Whether that may be done for any client at all.
    public func may(_ permission: StaffPermission) -> Bool {
        removed == nil && grants.contains { $0.role.permissions.contains(permission) }
    }

    /// Whether that may be done for every client, also those to come.
    public func mayEverywhere(_ permission: StaffPermission) -> Bool {
        removed == nil && grants.contains { $0.client == nil && $0.role.permissions.contains(permission) }
    }

    /// Whether the account is somebody's at that client.
    public func knows(client: String) -> Bool {
        removed == nil && grants.contains { $0.client == nil || $0.client == client }
    }
}

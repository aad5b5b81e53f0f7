public import EntryModel

/// What taking a bundle in did.
public struct BundleReceipt: Sendable, Equatable {
    public var client: String
    /// `nil` when there is no message in the file.
    public var station: UniqueID?
    public var stationName: String?
    /// Messages and changes in the file.
    public var messages = 0
    public var changes = 0
    /// Changes that the log or the quarantine did not have.
    public var new = 0
    /// Pushes by what the chain check said of them.
    public var accepted = 0
    public var forked = 0
    /// Kept until the gap before them is closed, or staff accept them.
    public var parked = 0
    /// Kept until staff accept them, because the station is revoked.
    public var revoked = 0
    /// Kept or accepted by staff before.
    public var known = 0
    /// Lines that came back after the centre was restored.
    public var handedBack = 0

    init(client: String, station: UniqueID? = nil, stationName: String? = nil) {
        self.client = client
        self.station = station
        self.stationName = stationName
    }
}

/// What a bundle that was written for a station holds.
public struct BundleContents: Sendable, Equatable {
    public var station: UniqueID
    public var stationName: String
    /// Answers to pushes and handbacks, and messages with pages.
    public var answers = 0
    public var pages = 0
    /// Changes on those pages.
    public var changes = 0

    init(station: UniqueID, stationName: String) {
        self.station = station
        self.stationName = stationName
    }
}

/// A push from a bundle that is kept whole, not taken yet.
public struct ParkedPush: Sendable, Equatable {
    public enum Reason: String, Sendable {
        /// Changes before it have not come.
        case gap
        /// The station is revoked.
        case revoked
    }

    public var number: Int64
    public var station: UniqueID
    public var stationName: String
    public var epoch: UniqueID
    /// The sequence before its first change.
    public var after: Int64
    public var changes: Int
    public var reason: Reason
    /// Milliseconds since 1970 UTC.
    public var received: Int64
}

/// What accepting pushes that were kept did.
public struct ParkedDecision: Sendable, Equatable {
    public var pushes = 0
    /// Changes that the log or the quarantine did not have.
    public var new = 0

    public init() {}
}

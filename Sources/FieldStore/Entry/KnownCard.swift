/// A card whose truth is known before anybody keys it: it lies among the real ones to find out how well people key, and is no entry.
public struct KnownCard: Sendable {
    public var promotion: String
    public var place: CardPlace
    /// Who keyed it first; `nil` while nobody has.
    public var operatorID: String?
    /// By the station's clock, milliseconds since 1970; `nil` while nobody has.
    public var keyed: Int64?
    /// How many fields were compared, and how many of them were keyed otherwise.
    public var fields: Int64
    public var wrong: Int64
}

/// What became of a known card that was to be laid among the real ones.
public enum KnownCardResult: Sendable, Equatable {
    case added
    /// It was here already, and says what this one says from now on if nobody has keyed it.
    case held
    /// An entry lies in that place.
    case occupied
}

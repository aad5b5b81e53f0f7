public import EntryModel

/// A card that is to be keyed a second time, and how far that is.
public struct SecondKeyingCard: Sendable {
    public var entry: UniqueID
    /// `nil` outside a batch.
    public var place: CardPlace?
    /// Fields that nobody has keyed a second time, in the card's order.
    public var waiting: [String]
    /// Of these, what the person who asks has keyed: somebody else has to key it again.
    public var own: [String]
    /// Of these, what is in conflict: that is decided first.
    public var inConflict: [String]
    /// Fields whose second keying counts.
    public var verified: [String]

    /// What the person who asks can key now.
    public var open: [String] { waiting.filter { !own.contains($0) && !inConflict.contains($0) } }
}

/// What came of keying a field a second time.
public enum SecondKeying: Sendable {
    /// The field is verified.
    case agrees
    /// Nothing was stored: a person has to decide.
    case differs(Difference)

    /// Both keyings, for whoever decides.
    public struct Difference: Sendable {
        /// What stands; blank where nothing was ever keyed.
        public var first: Assignment
        /// Who keyed it, and when by that station's clock; `nil` where nobody did.
        public var firstOperatorID: String?
        public var firstStamp: Int64?
        public var second: Assignment
        /// The heads that were compared; they are what a decision is about.
        public var heads: [Digest]
    }
}

/// What a person decides where two keyings differ.
public enum SecondDecision: Sendable {
    /// What stands is on the card.
    case stands
    /// This is: the second keying, or a third.
    case keyed(Keyed)
}

/// What one person did at this station, and how well.
public struct OperatorStatistics: Sendable {
    /// A field that was compared with known answers.
    public struct KnownField: Sendable, Equatable {
        public var field: String
        public var keyed: Int64
        public var wrong: Int64
    }

    public var operatorID: String
    /// `nil` for one who is not known here any more.
    public var name: String?
    /// Cards keyed by hand: those of a file are nobody's keying.
    public var cards: Int64 = 0
    public var effort = KeyingEffort()
    /// Fields set right after keying: by the person, and by others outside of double keying.
    public var corrected: Int64 = 0
    public var correctedByOthers: Int64 = 0
    /// Fields of this person's cards that somebody keyed a second time, and those of them that were decided otherwise.
    public var checked: Int64 = 0
    public var mistaken: Int64 = 0
    /// Fields that this person keyed a second time, those that differed, those changed by it, and looks at the first keying.
    public var verified: Int64 = 0
    public var differed: Int64 = 0
    public var changed: Int64 = 0
    public var peeks: Int64 = 0
    public var effortAgain = KeyingEffort()
    /// By field id, sorted.
    public var known: [KnownField] = []

    /// Fields compared with known answers, and those keyed otherwise.
    public var knownFields: Int64 { known.reduce(0) { $0 + $1.keyed } }
    public var knownErrors: Int64 { known.reduce(0) { $0 + $1.wrong } }

    /// So much of it an hour at the form; `nil` while less than a minute was measured.
    public static func hourly(_ count: Int64, milliseconds: Int64) -> Double? {
        milliseconds < 60_000 ? nil : Double(count) * 3_600_000 / Double(milliseconds)
    }
}

/// A tray of envelopes and how far its keying has come. All figures count envelopes and are derived from the entries.
public struct BatchView: Sendable {
    public enum State: String, Sendable {
        case open, closed
    }

    public var promotion: String
    public var label: String
    /// Open unless somebody closed it.
    public var state: State
    /// Envelopes that should be in the tray; `nil` when nobody said.
    public var expected: Int64?
    /// Envelopes with an entry that is not void.
    public var keyed: Int64
    /// Envelopes all of whose entries are void.
    public var void: Int64
    /// Envelopes without an entry that were put aside: empty, foreign, or no entry.
    public var exceptions: [(envelope: Int64, code: String)]
    /// The greatest envelope number so far; 0 when there is none.
    public var lastEnvelope: Int64
    public var entries: Int64
    /// Fields of the batch itself that a person has to decide about.
    public var conflicts: [String]

    /// Numbers of envelopes that nothing is known of, up to the greatest that is expected or was opened; in order.
    public var missing: [ClosedRange<Int64>]
    /// Envelopes of which a card was keyed more than once, by two people or by one; in order.
    public var keyedTwice: [Int64]

    /// When it was closed and opened again, in the order in which that came here.
    public var turns: [Turn]
    /// Entries that were made void, or restored, since it was closed.
    public var voidedSinceClosed: Int
    /// Whether it is closed and other cards or exceptions are in it than whoever closed it had counted, be the totals as they were.
    public var countedOtherwise: Bool

    /// One closing or reopening.
    public struct Turn: Sendable {
        public var state: State
        /// By the clock of the station that did it, in milliseconds since 1970.
        public var stamp: Int64
        public var operatorID: String
    }

    /// Envelopes that were opened: they are numbered as they are.
    public var opened: Int64 { lastEnvelope }
    /// Envelopes accounted for.
    public var counted: Int64 { keyed + void + Int64(exceptions.count) }
    /// Envelopes that nothing is known of.
    public var missingCount: Int64 { missing.reduce(0) { $0 + Int64($1.count) } }
    /// Whether every expected envelope was opened and is accounted for; `nil` when nobody said how many there are.
    public var isComplete: Bool? { expected.map { $0 == counted && $0 == opened } }
    /// Whether the batch may be closed: complete, no card keyed twice, nothing to be decided.
    public var isBalanced: Bool { isComplete == true && keyedTwice.isEmpty && conflicts.isEmpty }
    /// Whether the batch was closed and its figures differ since: something of it was changed here, or came from elsewhere.
    public var differsSinceClosed: Bool { state == .closed && (!isBalanced || voidedSinceClosed > 0 || countedOtherwise) }
}

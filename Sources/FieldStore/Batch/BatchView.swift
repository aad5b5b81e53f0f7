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

    /// Envelopes accounted for.
    public var counted: Int64 { keyed + void + Int64(exceptions.count) }
    /// Whether every expected envelope is accounted for; `nil` when nobody said how many there are.
    public var isComplete: Bool? { expected.map { $0 == counted } }
}

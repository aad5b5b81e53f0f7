/// Something that checking found about one field of an entry, for the person who keys it.
///
/// A finding never refuses an entry: what stands on a card is kept, and the finding says what to look at.
/// It holds nothing of what was keyed, so it may be counted and shown anywhere.
public struct Finding: Hashable, Sendable {
    /// How much attention the finding asks for; nothing else depends on it.
    public enum Severity: Int, Sendable, Comparable {
        case note, warning, error

        public static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }
    }

    /// The field's id.
    public var field: String
    /// One of `FindingCode`'s, or the code with which the operator flagged the field.
    public var code: String
    public var severity: Severity
    /// One sentence.
    public var message: String

    public init(field: String, code: String, severity: Severity, message: String) {
        self.field = field
        self.code = code
        self.severity = severity
        self.message = message
    }
}

/// The codes of what checking finds. The first four also stand as the flag of the value in the entry.
public enum FindingCode: String, Sendable, CaseIterable {
    /// The operator could not read it.
    case illegible
    /// It is no value of its kind, such as 30 February; kept as keyed.
    case impossible
    /// It is none of the field's choices; kept as keyed.
    case unknownChoice = "unknown-choice"
    /// A required field is blank.
    case missing

    case tooShort = "too-short"
    case tooLong = "too-long"
    /// It does not match the field's pattern.
    case pattern
    /// It is outside the field's range.
    case outOfRange = "out-of-range"
    /// A birth after the entry was received.
    case future
    /// An age of more than 120 years.
    case implausible
    /// Younger than the promotion allows.
    case underAge = "under-age"

    /// No ZIP code that the table knows.
    case unknownZIP = "unknown-zip"
    /// The ZIP code belongs to another state.
    case zipState = "zip-state"
    /// The ZIP code belongs to the state, but not to a place of this name.
    case zipCity = "zip-city"

    /// Before the promotion opened.
    case early
    /// After the last day on which it counts.
    case late
    /// Postmarked after it was received.
    case postmarkAfterReceipt = "postmark-after-receipt"

    /// The promotion's form has no such field; the value was left out.
    case unknownField = "unknown-field"
    /// The field stood twice in one entry; the second was left out.
    case keyedTwice = "keyed-twice"
}

/// One field of a promotion's form: what may be keyed there, how it is checked, and what a conflict over it shows meanwhile.
///
/// A field's id stands in entries for ever: it is never given to another kind of field, and never removed, only retired.
/// Immutable, so a value in all but storage; a class because checking passes it on for every field of every entry.
///
/// - SeeAlso: Protocol/README.md, "Promotion".
public final class Field: Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        case text, personName, street, unit, city, region, postalCode, email, phone
        case date, birthDate, integer, choice, flag, consent
    }

    /// Whom a consent is given to.
    public enum Purpose: String, Sendable, CaseIterable {
        /// The client that the promotion is run for.
        case client
        /// The agency itself.
        case house
    }

    /// One of the answers of a `choice` field.
    public struct Choice: Hashable, Sendable {
        /// What is stored.
        public let value: String
        /// What is shown, and may be keyed as well.
        public let label: String
    }

    /// The words that a person consented to, as printed; a new version whenever a letter of them changes.
    public struct Wording: Hashable, Sendable {
        public let id: Versioned
        public let text: String
    }

    /// How many characters the normal form may have, counted in Unicode scalars.
    public struct Length: Hashable, Sendable {
        public let min: Int?
        public let max: Int?
    }

    /// The least and greatest value; `nil` where it is open.
    public enum Range: Hashable, Sendable {
        case integers(min: Int64?, max: Int64?)
        case dates(min: CalendarDate?, max: CalendarDate?)
    }

    public let id: String
    public let kind: Kind
    /// What stands on the card or the screen beside the field.
    public let label: String
    public let help: String?
    public let required: Bool
    public let length: Length?
    /// What the whole normal form has to match.
    public let pattern: Pattern?
    public let range: Range?
    /// In the order in which they are offered; empty unless `kind` is `choice`.
    public let choices: [Choice]
    /// Whether the next entry starts with this one's value; never for a consent or a birth date.
    public let carryForward: Bool
    /// Whether two people key the field, to be compared.
    public let doubleKey: Bool
    /// Which head is shown while the field is in conflict.
    public let policy: ConflictPolicy
    /// Set exactly when `kind` is `consent`.
    public let purpose: Purpose?
    /// Set exactly when `kind` is `consent`.
    public let wording: Wording?
    /// Whether the field is no longer asked for; what entries hold in it stays.
    public let retired: Bool

    init(
        id: String, kind: Kind, label: String, help: String?, required: Bool, length: Length?, pattern: Pattern?, range: Range?,
        choices: [Choice], carryForward: Bool, doubleKey: Bool, policy: ConflictPolicy, purpose: Purpose?, wording: Wording?, retired: Bool
    ) {
        self.id = id
        self.kind = kind
        self.label = label
        self.help = help
        self.required = required
        self.length = length
        self.pattern = pattern
        self.range = range
        self.choices = choices
        self.carryForward = carryForward
        self.doubleKey = doubleKey
        self.policy = policy
        self.purpose = purpose
        self.wording = wording
        self.retired = retired
    }
}

extension Field.Kind {
    /// Whether the normal form is text whose length and pattern a document may bound.
    var isText: Bool {
        switch self {
        case .text, .personName, .street, .unit, .city, .region, .postalCode, .email, .phone: true
        case .date, .birthDate, .integer, .choice, .flag, .consent: false
        }
    }

    /// The codes that say yes or no are the only values.
    var isYesOrNo: Bool { self == .flag || self == .consent }
}

public import EntryModel

/// Where a page of entries ended.
public struct EntryCursor: Hashable, Sendable {
    let number: Int64
}

/// One entry as the station sees it now.
public struct EntryView: Sendable {
    public var id: UniqueID
    public var promotion: String
    /// What is shown of where the card lies; `nil` outside a batch.
    public var place: CardPlace?
    public var channel: EntryChannel?
    /// All heads of all fields.
    public var state: EntryState
    /// The value shown of each field of the form that was ever set, in the form's order; fields unknown to the form last.
    public var shown: [Assignment]
    /// The fields that a person has to decide about, sorted.
    public var conflicts: [String]
    public var isVoid: Bool
    public var isErased: Bool
    /// Fields whose second keying counts: by whom it was.
    public var verified: [Verified]
    /// Changes in the log.
    public var changeCount: Int
    /// Own changes that the centre has not acknowledged.
    public var unsentCount: Int
    /// Own changes that the centre keeps in quarantine.
    public var quarantinedCount: Int
    /// To be given as `after` to go on behind this entry.
    public var cursor: EntryCursor

    /// A second keying that says that the field's value is what stands on the card.
    public struct Verified: Sendable {
        public var field: String
        public var operatorID: String
        /// Where this station knows it.
        public var operatorName: String?
        /// A station's id, or `central`.
        public var station: String
        public var isOwn: Bool
        /// Whether the person had looked at the first keying before.
        public var peeked: Bool
    }

    /// The value shown of one field, reserved ones included; `nil` when it was never set.
    public func value(of field: String) -> Assignment? {
        shown.first { $0.field == field }
    }

    /// The fields whose value is doubtful, with the reason's code.
    public var flags: [(field: String, flag: String)] {
        shown.compactMap { assignment in assignment.flag.map { (assignment.field, $0) } }
    }
}

/// One change of an entry's history, told field by field.
public struct HistoryItem: Sendable {
    public struct FieldChange: Sendable {
        public var field: String
        /// The values that this change replaced; empty when it saw none.
        public var old: [Assignment]
        public var new: Assignment
    }

    /// What a second keying said of a field.
    public struct FieldVerification: Sendable {
        public var field: String
        public var agrees: Bool
        /// Whether the person had looked at the first keying before.
        public var peeked: Bool
        /// Whether the keyings differed and the person decided.
        public var differed: Bool
        /// Whether it counts: nothing was changed in the field since, and nobody said otherwise.
        public var counts: Bool
    }

    public var change: Digest
    /// The maker's clock, and the same less its skew, which is what orders concurrent values.
    public var stamp: Int64
    public var orderingTime: Int64
    public var operatorID: String
    /// The operator's name, where this station knows it.
    public var operatorName: String?
    /// A station's id, or `central`.
    public var station: String
    public var isOwn: Bool
    public var kind: ChangeHeader.Kind
    /// The form that it was keyed by.
    public var form: Versioned
    public var reason: String?
    /// Empty when the body is gone.
    public var fields: [FieldChange]
    /// Of a second keying; else empty.
    public var verifications: [FieldVerification]
    public var isBodyGone: Bool
    /// Whether the centre has it.
    public var isSent: Bool
    /// Why the centre keeps it in quarantine, a code of the problem catalogue; `rejected` once staff have rejected it.
    public var quarantined: String?
}

/// One field of one entry that a person has to decide about.
public struct ConflictView: Sendable {
    public struct Head: Sendable {
        public var change: Digest
        public var assignment: Assignment
        public var stamp: Int64
        public var operatorID: String
        public var operatorName: String?
        public var station: String
        public var isOwn: Bool
        /// Whether this is what is shown meanwhile.
        public var isShown: Bool
    }

    public var entry: UniqueID
    public var promotion: String
    public var place: CardPlace?
    /// A field's id, or a reserved name; `$void` when the void is contested.
    public var field: String
    public var policy: ConflictPolicy
    /// Oldest first.
    public var heads: [Head]
    /// Of a contested void: the values of other fields that it had not seen.
    public var unseen: [Head]
}

/// One field's value as a change sets it: the normal form, what was typed when that differs, and what else there is to say of it.
public struct Assignment: Sendable, Equatable {
    /// A field id of the form, or a reserved name.
    public var field: String
    /// The normal form made at capture; never recomputed.
    public var value: Scalar
    /// What was typed, where it differs from `value`.
    public var keyed: String?
    /// A code: why the value is doubtful (`illegible`, `impossible` …).
    public var flag: String?
    /// The consent wording that was answered.
    public var wording: Versioned?

    public init(field: String, value: Scalar, keyed: String? = nil, flag: String? = nil, wording: Versioned? = nil) {
        self.field = field
        self.value = value
        self.keyed = keyed
        self.flag = flag
        self.wording = wording
    }

    /// Whether both say the same of the field: value, flag and wording. How it was typed does not count.
    public func agrees(with other: Assignment) -> Bool {
        value == other.value && flag == other.flag && wording == other.wording
    }

    public static func == (left: Assignment, right: Assignment) -> Bool {
        left.field == right.field && left.agrees(with: right)
            && (left.keyed == nil ? right.keyed == nil : right.keyed.map { left.keyed?.sameBytes(as: $0) == true } ?? false)
    }
}

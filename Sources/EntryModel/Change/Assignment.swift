/// One field's value as a change sets it: the normal form, what was typed when that differs, and what else there is to say of it.
public struct Assignment: Sendable, Equatable {
    /// A field id of the form, or a reserved name.
    public var field: String
    /// The normal form made at capture; never recomputed.
    public var value: Scalar
    /// Apart, because a body has many assignments and most are nothing but a field and its value.
    private var remark: Remark?

    private final class Remark: Sendable {
        let keyed: String?
        let flag: String?
        let wording: Versioned?

        init?(keyed: String?, flag: String?, wording: Versioned?) {
            guard keyed != nil || flag != nil || wording != nil else { return nil }
            self.keyed = keyed
            self.flag = flag
            self.wording = wording
        }
    }

    /// What was typed, where it differs from `value`.
    public var keyed: String? {
        get { remark?.keyed }
        set { remark = Remark(keyed: newValue, flag: flag, wording: wording) }
    }

    /// A code: why the value is doubtful (`illegible`, `impossible` …).
    public var flag: String? {
        get { remark?.flag }
        set { remark = Remark(keyed: keyed, flag: newValue, wording: wording) }
    }

    /// The consent wording that was answered.
    public var wording: Versioned? {
        get { remark?.wording }
        set { remark = Remark(keyed: keyed, flag: flag, wording: newValue) }
    }

    public init(field: String, value: Scalar, keyed: String? = nil, flag: String? = nil, wording: Versioned? = nil) {
        self.field = field
        self.value = value
        remark = Remark(keyed: keyed, flag: flag, wording: wording)
    }

    /// Whether both say the same of the field: value, flag and wording. How it was typed does not count.
    public func agrees(with other: Assignment) -> Bool {
        value == other.value && (remark === other.remark || flag == other.flag && wording == other.wording)
    }

    public static func == (left: Assignment, right: Assignment) -> Bool {
        left.field == right.field && left.agrees(with: right)
            && (left.keyed == nil ? right.keyed == nil : right.keyed.map { left.keyed?.sameBytes(as: $0) == true } ?? false)
    }
}

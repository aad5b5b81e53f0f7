/// What an operator typed for one field, or a file holds for it.
public struct Keyed: Hashable, Sendable {
    /// As typed; empty when the card is blank there.
    public var text: String
    /// A code with which the operator marks the value, such as `illegible`.
    public var flag: String?

    public init(text: String, flag: String? = nil) {
        self.text = text
        self.flag = flag
    }
}

/// An entry as it was checked: what to store of it, and what to look at.
public struct CheckedEntry: Sendable {
    /// In the form's order; one for each field that was keyed and each required one that was not.
    public var assignments: [Assignment]
    public var findings: [Finding]
}

/// Turns what was keyed into what is stored, under one promotion's form.
///
/// An entry is never refused for what is written on its card. Each value gets its normal form, and what was typed stands beside it where
/// that differs; what has no normal form is kept as typed and flagged. Blank is null. A consent is true or false only when yes or no is
/// plainly written; else it is null, with what was typed beside it, so that nothing can be taken for an answer that is none.
///
/// Pure, and made for every keystroke's end: an entry of 15 fields takes a few microseconds.
///
/// - SeeAlso: Protocol/README.md, "Form"; vectors in Protocol/vectors/normal-form.json.
public struct FormCheck: Sendable {
    public let promotion: Promotion
    let postal: PostalTable
    let positions: CrossPositions

    public init(promotion: Promotion, postal: PostalTable) {
        self.promotion = promotion
        self.postal = postal
        positions = CrossPositions(promotion.form)
    }

    /// Checks one field by itself.
    ///
    /// - Parameters:
    ///   - received: The day on which the entry was received, or today while it is being keyed; it decides the century of a two-digit
    ///     year. `nil` when nobody knows: then the last day on which entries count.
    public func assignment(
        for field: Field, keyed: Keyed, received: CalendarDate?
    ) -> (assignment: Assignment, findings: [Finding]) {
        var findings: [Finding] = []
        let assignment = check(field, keyed, reference: received ?? lastDay, &findings)
        return (assignment, findings)
    }

    /// Checks a whole entry: each field, what is missing, and the fields against each other.
    ///
    /// - Parameters:
    ///   - keyed: By field id, in any order. An id that the form does not have is a finding and left out.
    ///   - received: As for `assignment(for:keyed:received:)`; `nil` also when the form's own `received_date` says it.
    public func check(_ keyed: [(field: String, keyed: Keyed)], received: CalendarDate?) -> CheckedEntry {
        var findings: [Finding] = []
        let order = order(keyed, &findings)
        let received = received ?? self.received(keyed, order)
        var assignments: [Assignment] = []
        // A capture adds up to four reserved fields.
        assignments.reserveCapacity(keyed.count + 4)
        /// By position in the form: where its assignment is.
        var places = [Int](repeating: -1, count: promotion.form.count)
        for (position, field) in promotion.form.enumerated() {
            let index = order[position]
            guard index >= 0 || (field.required && !field.retired) else { continue }
            places[position] = assignments.count
            let keyed = index >= 0 ? keyed[index].keyed : Keyed(text: "")
            assignments.append(check(field, keyed, reference: received ?? lastDay, &findings))
        }
        let across = FieldValues { position in places[position] >= 0 ? assignments[places[position]].value : .null }
        check(across, received: received, &findings)
        return CheckedEntry(assignments: assignments, findings: findings)
    }

    /// Checks an entry's fields against each other only: its ZIP code against city and state, age, dates.
    ///
    /// - Parameters:
    ///   - value: The value that is shown for a field's id; `nil` where there is none.
    ///   - received: As for `check(_:received:)`.
    public func findings(across value: (String) -> Scalar?, received: CalendarDate?) -> [Finding] {
        var findings: [Finding] = []
        withoutActuallyEscaping(value) { value in
            let across = FieldValues { position in value(promotion.form[position].id) ?? .null }
            let received = received ?? positions.receivedDate.flatMap { across.date($0) }
            check(across, received: received, &findings)
        }
        return findings
    }

    /// The two letters of each state, district or territory whose English name begins so, in any case; for completing what is typed.
    public static func regions(beginning text: String) -> [String] { RegionForm.codes(beginning: text) }

    /// What stands in for the day of receipt when nobody knows it.
    private var lastDay: CalendarDate { promotion.dates.receivedBy ?? promotion.dates.concludes }

    /// By position in the form: where the field is in `keyed`, or −1.
    private func order(_ keyed: [(field: String, keyed: Keyed)], _ findings: inout [Finding]) -> [Int] {
        var order = [Int](repeating: -1, count: promotion.form.count)
        var next = 0
        for index in keyed.indices {
            let id = keyed[index].field
            guard let position = promotion.position(of: id, guess: next) else {
                findings.append(Finding(id, .unknownField, .error, "The form has no field of this id."))
                continue
            }
            guard order[position] < 0 else {
                findings.append(Finding(id, .keyedTwice, .error, "The field was keyed already in this entry."))
                continue
            }
            order[position] = index
            next = position + 1
        }
        return order
    }

    private func received(_ keyed: [(field: String, keyed: Keyed)], _ order: [Int]) -> CalendarDate? {
        guard let position = positions.receivedDate, order[position] >= 0 else { return nil }
        return DateForm.read(TextForm.clean(keyed[order[position]].keyed.text), century: .nearest(lastDay))
    }
}

extension Finding {
    init(_ field: String, _ code: FindingCode, _ severity: Severity, _ message: String) {
        self.init(field: field, code: code.rawValue, severity: severity, message: message)
    }
}

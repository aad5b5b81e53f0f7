import EntryModel

/// What stands beside a field while it is asked for.
enum FieldHint {
    /// How the value is written; `nil` where anything can stand.
    static func text(_ field: Field) -> String? {
        switch field.kind {
        case .choice: field.choices.map(\.value).joined(separator: "/")
        case .consent: "yes/no, blank is no answer"
        case .flag: "yes/no"
        case .date, .birthDate: "month/day/year"
        case .region: "two letters"
        case .text, .personName, .street, .unit, .city, .postalCode, .email, .phone, .integer: nil
        }
    }

    /// How it goes on from its first letters.
    /// - Parameter cities: What the card's ZIP code allows.
    static func completion(_ field: Field, cities: [String] = []) -> Completion {
        switch field.kind {
        case .city: .oneOf(cities)
        case .choice: .oneOf(field.choices.map(\.value))
        case .region: .ofWholeLine { line in FormCheck.regions(beginning: line) }
        case .consent, .flag: .oneOf(["yes", "no"])
        default: .none
        }
    }

    /// All that there is to say of the field, for `?`.
    static func help(_ field: Field) -> [StyledText] {
        var lines: [StyledText] = []
        if let help = field.help { lines.append(StyledText("  \(help)")) }
        if let wording = field.wording { lines.append(StyledText("  \"\(wording.text)\" (\(wording.id))")) }
        for choice in field.choices where choice.label != choice.value { lines.append(StyledText("  \(choice.value): \(choice.label)")) }
        if field.required { lines.append("  The field is required; a blank one is kept and marked as missing.") }
        for key in keys { lines.append(StyledText("  \(key)", .dim)) }
        return lines
    }

    /// What can be typed instead of a value.
    static let keys = [
        "< goes back, ? shows this, \" repeats the last card's value, - leaves the field blank, . or cancel gives the card up.",
        "! keeps what cannot be right: !illegible, !blank, !crossed-out or !other, its first letter is enough; then what can be read. "
            + "A backslash before any of these types it.",
    ]
}

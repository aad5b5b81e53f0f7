import EntryModel

/// One card on its way through the form: which field is asked for, what was answered, what an answer leads to.
///
/// Decides only; asking and storing are its caller's. A card is never refused for what is written on it, so every answer is taken and a
/// finding is shown below it.
struct KeyingForm {
    enum Step: Equatable {
        /// Ask for the field that stands now.
        case ask([Finding])
        /// The same field again, after its help was shown.
        case help
        case finished([Finding])
        /// The card was given up; nothing of it is kept.
        case stopped
    }

    let check: FormCheck
    /// Decides the century of a two-digit year.
    let today: CalendarDate
    let fields: [Field]
    private let carried: [String: String]
    private var answers: [Keyed?]
    private var position = 0

    /// - Parameters:
    ///   - carried: The last card's keyed texts by field id; used only for fields that carry forward.
    init(check: FormCheck, carried: [String: String], today: CalendarDate) {
        self.check = check
        self.today = today
        fields = check.promotion.askedFields
        self.carried = carried
        answers = Array(repeating: nil, count: fields.count)
    }

    /// The field that is asked for.
    var field: Field { fields[position] }

    /// What Enter alone takes: this card's own earlier answer, or the last card's; `nil` for a blank.
    ///
    /// Never for a consent: no answer is no answer, also when somebody comes back to the question.
    var offered: String? {
        guard field.kind != .consent else { return nil }
        if let answer = answers[position] { return answer.text.isEmpty ? nil : answer.text }
        guard field.carryForward, field.kind != .birthDate, let text = carried[field.id], !text.isEmpty else { return nil }
        return text
    }

    /// The question as it stands before the cursor.
    var prompt: StyledText {
        var prompt = StyledText("  ") + StyledText(field.label, .strong)
        if let hint = FieldHint.text(field) { prompt += StyledText(" (\(hint))", .dim) }
        if let offered { prompt += StyledText(" [\(offered)]", .good) }
        return prompt + ": "
    }

    /// Takes what was typed before Enter.
    mutating func take(_ line: String) -> Step {
        switch line.trimmed {
        case ".", "cancel": return .stopped
        case "?": return .help
        case "<":
            position = max(0, position - 1)
            return .ask([])
        case "": return keep(answers[position]?.flag == nil ? Keyed(text: offered ?? "") : answers[position] ?? Keyed(text: ""))
        case "-": return keep(Keyed(text: ""))
        case let text where text.hasPrefix("!"):
            return keep(Keyed(text: String(text.dropFirst()).trimmed, flag: FindingCode.illegible.rawValue))
        case let text where text.hasPrefix("\\"): return keep(Keyed(text: String(text.dropFirst())))
        default: return keep(Keyed(text: line))
        }
    }

    private mutating func keep(_ answer: Keyed) -> Step {
        answers[position] = answer
        let findings = check.assignment(for: field, keyed: answer, received: today).findings
        position += 1
        guard position == fields.count else { return .ask(findings) }
        position -= 1
        return .finished(findings)
    }

    /// All answers, blank ones included: that a field was looked at and is blank is worth knowing.
    var values: [(field: String, keyed: Keyed)] {
        zip(fields, answers).compactMap { field, answer in answer.map { (field.id, $0) } }
    }

    /// What the next card may start with.
    var carriedForward: [String: String] {
        var texts: [String: String] = [:]
        for (field, answer) in zip(fields, answers) where field.carryForward && field.kind != .consent && field.kind != .birthDate {
            if let answer, answer.flag == nil { texts[field.id] = answer.text }
        }
        return texts
    }
}

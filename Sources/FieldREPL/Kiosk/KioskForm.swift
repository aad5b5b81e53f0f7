import EntryModel

/// One entry on its way through the form of a kiosk, by whoever came along: which field is asked for and what an answer leads to.
///
/// Decides only. There are no shorthands but going back, nothing is offered of anybody before, and a consent is a plain yes or no.
struct KioskForm {
    enum Step: Equatable {
        case ask
        /// The same field once more, with why.
        case again(String)
        /// The person is too young: nothing is kept.
        case tooYoung
        case finished
    }

    private let check: FormCheck
    private let today: CalendarDate
    /// The form's fields without what is read off an envelope, each ZIP code before the city and the state that it fills in.
    let fields: [Field]
    private let addresses: AddressFilling
    private var answers: [Keyed?]
    /// What was typed and cannot be right; typed again, it is taken.
    private var doubted: String?
    private var position = 0

    init(check: FormCheck, postal: PostalTable, today: CalendarDate) {
        self.check = check
        self.today = today
        fields = AddressFilling.order(check.promotion.askedFields.filter { !Self.isOfEnvelope($0) })
        addresses = AddressFilling(fields: fields, postal: postal)
        answers = fields.map { _ in nil }
    }

    var field: Field { fields[position] }

    var isFresh: Bool { position == 0 && answers.allSatisfy { $0 == nil } }

    /// What Enter alone takes: the person's own answer when going back, or the place of their ZIP code; never for a consent.
    var offered: String? {
        guard field.kind != .consent else { return nil }
        if let answer = answers[position] { return answer.text.isEmpty ? nil : answer.text }
        guard let zip = addresses.zip(of: position), let code = answers[zip],
            let place = addresses.place(check.assignment(for: fields[zip], keyed: code, received: today).assignment.value.text ?? "")
        else { return nil }
        return field.kind == .city ? place.city : place.state
    }

    /// What is shown before the question: a consent's words in full, a choice's answers, what the field is for.
    var explanation: [String] {
        var lines: [String] = []
        if let wording = field.wording {
            // A consent's help is for whoever reads a card.
            lines.append("\"\(wording.text)\"")
        } else if let help = field.help {
            lines.append(help)
        }
        lines += field.choices.enumerated().map { "\($0.offset + 1)  \($0.element.label)" }
        return lines
    }

    var prompt: StyledText {
        var prompt = StyledText(field.label, .strong)
        let hint = field.kind == .choice ? "its number" : field.kind == .consent ? "yes or no" : FieldHint.text(field)
        if let hint { prompt += StyledText(" (\(hint))", .dim) }
        if !field.required, field.kind != .consent { prompt += StyledText(" (Enter to leave it out)", .dim) }
        if let offered { prompt += StyledText(" [\(offered)]", .good) }
        return prompt + ": "
    }

    /// Takes what was typed before Enter.
    mutating func take(_ line: String) -> Step {
        let text = line.trimmed
        if text == "<" {
            position = max(0, position - 1)
            doubted = nil
            return .ask
        }
        let answer = Keyed(text: text.isEmpty ? offered ?? "" : chosen(text))
        let (assignment, findings) = check.assignment(for: field, keyed: answer, received: today)
        if field.kind == .consent {
            guard case .bool = assignment.value else { return .again("Please answer yes or no.") }
        }
        if field.required, answer.text.isEmpty { return .again("This has to be filled in.") }
        if field.kind == .birthDate, isTooYoung(assignment) { return .tooYoung }
        let finding = findings.first { $0.severity == .error && $0.code != FindingCode.missing.rawValue }
        if let finding, doubted != answer.text {
            doubted = answer.text
            return .again(finding.message)
        }
        doubted = nil
        answers[position] = answer
        guard position + 1 < fields.count else { return .finished }
        position += 1
        return .ask
    }

    /// All answers, and the day, where the form asks when an entry was received.
    var values: [(field: String, keyed: Keyed)] {
        var values = zip(fields, answers).compactMap { field, answer in answer.map { (field: field.id, keyed: $0) } }
        if check.promotion.askedFields.contains(where: { $0.id == Self.received }) {
            values.append((Self.received, Keyed(text: today.description)))
        }
        return values
    }

    private static let received = "received_date"

    /// A kiosk has no envelope and so no postmark.
    private static func isOfEnvelope(_ field: Field) -> Bool { field.id == received || field.id.hasPrefix("postmark_") }

    private func isTooYoung(_ birth: Assignment) -> Bool {
        guard let least = check.promotion.minimumAge, let birth = birth.value.text.flatMap({ CalendarDate($0) }) else { return false }
        return birth <= today && birth.years(until: today) < least
    }

    /// A choice by its number or its label.
    private func chosen(_ text: String) -> String {
        guard field.kind == .choice else { return text }
        if let number = Int(text), field.choices.indices.contains(number - 1) { return field.choices[number - 1].value }
        return text
    }
}

import EntryModel

/// One card on its way through the form: which field is asked for, what was answered, what an answer leads to.
///
/// Decides only; asking and storing are its caller's. A card is never refused for what is written on it: what cannot be right is asked for
/// once more, because most of it is a slip of the finger, and taken the second time.
struct KeyingForm {
    enum Step: Equatable {
        /// Ask for the field that stands now; what was found is about the one before.
        case ask([Finding])
        /// The same field once more: what was keyed cannot be right. Enter keeps it.
        case again([Finding])
        /// The same field again, after its help was shown.
        case help
        /// The same field again, after this was said.
        case refused(String)
        /// Another card of the envelope before lies here.
        case sameEnvelope
        case finished([Finding])
        /// The card was given up; nothing of it is kept.
        case stopped
    }

    let check: FormCheck
    /// Decides the century of a two-digit year.
    let today: CalendarDate
    /// The form's fields in the order of the card, but a ZIP code before the city and the state that it fills in.
    let fields: [Field]
    private let addresses: AddressFilling
    private let last: [String: String]
    private var answers: [Keyed?]
    /// Fields whose answer was what the ZIP code filled in; another ZIP code fills in anew.
    private var filled: Set<Int> = []
    /// What was keyed here and cannot be right; keyed again, it is taken.
    private var doubted: String?
    private var position = 0 { didSet { cityPage = 0 } }
    /// Which nine of the cities are shown.
    private var cityPage = 0

    /// - Parameters:
    ///   - last: The last card's keyed texts by field id, to be repeated, and offered where a field carries forward.
    ///   - begun: What was answered of this card before, by field id.
    init(
        check: FormCheck, postal: PostalTable, last: [String: String], begun: [(field: String, keyed: Keyed)] = [], today: CalendarDate
    ) {
        self.check = check
        self.today = today
        fields = AddressFilling.order(check.promotion.askedFields)
        addresses = AddressFilling(fields: fields, postal: postal)
        self.last = last
        answers = fields.map { field in begun.first { $0.field == field.id }?.keyed }
        position = answers.firstIndex { $0 == nil } ?? max(0, fields.count - 1)
    }

    /// The field that is asked for.
    var field: Field { fields[position] }

    /// Whether nothing was answered yet.
    var isFresh: Bool { answers.allSatisfy { $0 == nil } }

    /// What Enter alone takes: this card's own earlier answer, what its ZIP code says, or the last card's; `nil` for a blank.
    ///
    /// Never for a consent: no answer is no answer, also when somebody comes back to the question.
    var offered: String? {
        guard field.kind != .consent else { return nil }
        if let answer = answers[position], !filled.contains(position) { return answer.text.isEmpty ? nil : answer.text }
        if let place = fillingPlace { return field.kind == .city ? place.city : place.state }
        guard field.carryForward else { return nil }
        return repeatable
    }

    /// The names of the city that this card's ZIP code allows, when there are several; a number chooses one.
    var cities: [String] {
        guard field.kind == .city, let cities = fillingPlace?.cities, cities.count > 1 else { return [] }
        return Array(cities.prefix(99))
    }

    /// The names of the city that are to be chosen from, with their numbers, nine at a time; `nil` when there is nothing to choose.
    var cityChoice: String? {
        let cities = cities
        guard !cities.isEmpty else { return nil }
        let first = cityPage * Self.citiesAtATime
        let shown = cities.enumerated().dropFirst(first).prefix(Self.citiesAtATime).map { "\($0.offset + 1) \($0.element)" }
        let rest = cities.count - first - shown.count
        let more = cities.count <= Self.citiesAtATime ? [] : [rest > 0 ? "+ \(rest) more" : "+ the first ones"]
        return (shown + more).joined(separator: ", ")
    }

    private static let citiesAtATime = 9

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
        case "+" where isFresh: return .sameEnvelope
        case "+" where cities.count > Self.citiesAtATime:
            cityPage = (cityPage + 1) % ((cities.count + Self.citiesAtATime - 1) / Self.citiesAtATime)
            return .ask([])
        case "<":
            position = max(0, position - 1)
            doubted = nil
            return .ask([])
        case "\"":
            guard let repeatable else { return .refused(Self.nothingToRepeat(field)) }
            return keep(Keyed(text: repeatable))
        case "":
            if let answer = answers[position], answer.flag != nil { return keep(answer) }
            return keep(
                Keyed(text: offered ?? ""), isFilled: fillingPlace != nil && (answers[position] == nil || filled.contains(position)))
        case "-": return keep(Keyed(text: ""))
        case let text where text.hasPrefix("!"): return flag(text.dropFirst())
        case let text where text.hasPrefix("\\"): return keep(Keyed(text: String(text.dropFirst())))
        default: return keep(Keyed(text: completed(line)))
        }
    }

    private mutating func keep(_ answer: Keyed, isFilled: Bool = false) -> Step {
        let findings = check.assignment(for: field, keyed: answer, received: today).findings
        answers[position] = answer
        if isFilled { filled.insert(position) } else { filled.remove(position) }
        let isWrong = answer.flag == nil && findings.contains { $0.severity == .error && $0.code != FindingCode.missing.rawValue }
        if isWrong, doubted != answer.text {
            doubted = answer.text
            return .again(findings)
        }
        doubted = nil
        guard position + 1 < fields.count else { return .finished(findings) }
        position += 1
        return .ask(findings)
    }

    /// Keeps a value that cannot be right, with why: what stands behind the reason, or what was keyed here before.
    private mutating func flag(_ rest: Substring) -> Step {
        var (reason, text) = FlagReason.read(rest)
        if text.isEmpty, reason != .blank, field.kind != .consent { text = answers[position]?.text ?? "" }
        return keep(Keyed(text: text, flag: reason.rawValue))
    }

    /// All answers, blank ones included: that a field was looked at and is blank is worth knowing.
    var values: [(field: String, keyed: Keyed)] {
        zip(fields, answers).compactMap { field, answer in answer.map { (field.id, $0) } }
    }

    /// What the next card may repeat: never a consent or a birth date, nor what nobody could read.
    var repeatableTexts: [String: String] {
        var texts: [String: String] = [:]
        for (field, answer) in zip(fields, answers) where Self.isRepeatable(field) {
            if let answer, answer.flag == nil { texts[field.id] = answer.text }
        }
        return texts
    }
}

extension KeyingForm {
    /// Where this card's ZIP code is, while the field is its city or state.
    private var fillingPlace: PostalPlace? {
        guard let zip = addresses.zip(of: position), let answer = answers[zip], answer.flag == nil else { return nil }
        return addresses.place(check.assignment(for: fields[zip], keyed: answer, received: today).assignment.value.text ?? "")
    }

    /// What the last card says in this field.
    private var repeatable: String? {
        guard Self.isRepeatable(field), let text = last[field.id], !text.isEmpty else { return nil }
        return text
    }

    /// Whether a card may say what the one before said: never what a person consents to or when they were born.
    static func isRepeatable(_ field: Field) -> Bool { field.kind != .consent && field.kind != .birthDate }

    private static func nothingToRepeat(_ field: Field) -> String {
        isRepeatable(field)
            ? "The last card says nothing here that could be repeated. A quotation mark itself is typed as \\\"."
            : "What stands here is read off every card anew; nothing is repeated."
    }

    /// A city from its number, a choice or a region from its first letters; anything else as typed.
    private func completed(_ line: String) -> String {
        if let number = Int(line.trimmed), cities.indices.contains(number - 1) { return cities[number - 1] }
        return Self.completed(line, of: field, check: check, received: today)
    }

    /// A choice or a region from its first letters; anything else as typed.
    static func completed(_ line: String, of field: Field, check: FormCheck, received: CalendarDate) -> String {
        let text = line.trimmed
        if field.kind == .region {
            let isKnown = check.assignment(for: field, keyed: Keyed(text: line), received: received).assignment.flag == nil
            let begun = isKnown ? [] : FormCheck.regions(beginning: line)
            return begun.count == 1 ? begun[0] : line
        }
        guard field.kind == .choice else { return line }
        let lower = text.lowercased()
        let isExact = field.choices.contains { $0.value.lowercased() == lower || $0.label.lowercased() == lower }
        let begun = field.choices.filter { $0.value.lowercased().hasPrefix(lower) || $0.label.lowercased().hasPrefix(lower) }
        return !isExact && begun.count == 1 ? begun[0].value : line
    }
}

/// What reading one value by its field's kind came to.
private enum Reading {
    /// The text is its own normal form.
    case asKeyed
    case normal(Scalar)
    /// It has no normal form.
    case none(FindingCode, StaticString)
}

extension FormCheck {
    /// - Parameter reference: The day that decides the century of a two-digit year.
    func check(_ field: Field, _ keyed: Keyed, reference: CalendarDate, _ findings: inout [Finding]) -> Assignment {
        let text = TextForm.clean(keyed.text)
        if let flag = keyed.flag {
            findings.append(Finding(field: field.id, code: flag, severity: .warning, message: "Flagged by the operator."))
        }
        if text.isEmpty { return blank(field, keyed, &findings) }

        let reading = read(text, field, reference)
        let value: Scalar
        var flag = keyed.flag
        switch reading {
        case .asKeyed: value = .text(text)
        case .normal(let scalar): value = scalar
        case .none(let code, let message):
            value = field.kind == .consent ? .null : .text(text)
            if flag == nil {
                flag = code.rawValue
                findings.append(Finding(field.id, code, .error, message.description))
            }
        }
        if case .none = reading {} else { bound(value, text, field, reference, &findings) }
        guard field.kind == .consent else {
            return Assignment(field: field.id, value: value, keyed: typed(keyed.text, besides: value), flag: flag)
        }
        // A consent that somebody doubts is no answer: only a plain yes or no counts, and says to which words.
        let answer = flag == nil ? value : .null
        return Assignment(
            field: field.id, value: answer, keyed: typed(keyed.text, besides: answer), flag: flag,
            wording: answer.isNull ? nil : field.wording?.id)
    }

    private func blank(_ field: Field, _ keyed: Keyed, _ findings: inout [Finding]) -> Assignment {
        var flag = keyed.flag
        if flag == nil, field.required, !field.retired {
            flag = FindingCode.missing.rawValue
            findings.append(Finding(field.id, .missing, .error, "The field is required and blank."))
        }
        return Assignment(field: field.id, value: .null, flag: flag)
    }

    /// What was typed, where the value does not say it.
    private func typed(_ typed: String, besides value: Scalar) -> String? {
        switch value {
        case .text(let text):
            // Swift calls texts equal whose bytes differ; not so when one of them is ASCII.
            if text == typed, TextForm.isPlain(typed) { return nil }
        case .bool(let answer):
            if typed == (answer ? "yes" : "no") { return nil }
        case .integer(let number):
            if typed == String(number) { return nil }
        case .null: break
        }
        let storable = TextForm.storable(typed)
        if case .text(let text) = value, text.sameBytes(as: storable) { return nil }
        return storable
    }

    private func read(_ text: String, _ field: Field, _ reference: CalendarDate) -> Reading {
        switch field.kind {
        case .text, .personName, .street, .unit, .city: return .asKeyed
        case .region:
            return normal(RegionForm.read(text), text, "This is no state of the United States.")
        case .postalCode:
            return normal(PostalCodeForm.read(text), text, "A ZIP code has five digits, or nine.")
        case .email:
            return normal(EmailForm.read(text), text, "This can be no e-mail address.")
        case .phone:
            return normal(PhoneForm.read(text), text, "This can be no telephone number.")
        case .date, .birthDate:
            let date = DateForm.read(text, century: field.kind == .birthDate ? .notAfter(reference) : .nearest(reference))
            return normal(date?.description, text, "This is no day of the calendar.")
        case .integer:
            return IntegerForm.read(text).map { .normal(.integer($0)) } ?? .none(.impossible, "This is no whole number.")
        case .flag, .consent:
            return AnswerForm.read(text).map { .normal(.bool($0)) } ?? .none(.impossible, "This is neither yes nor no.")
        case .choice: return choice(text, field)
        }
    }

    private func normal(_ form: String?, _ text: String, _ message: StaticString) -> Reading {
        guard let form else { return .none(.impossible, message) }
        return .normal(.text(form))
    }

    private func choice(_ text: String, _ field: Field) -> Reading {
        for choice in field.choices where choice.value == text { return .normal(.text(choice.value)) }
        let lower = text.lowercased()
        let match = field.choices.first { $0.value.lowercased() == lower || $0.label.lowercased() == lower }
        return match.map { .normal(.text($0.value)) } ?? .none(.unknownChoice, "This is none of the field's choices.")
    }

    /// What the document asks of the normal form besides its kind.
    private func bound(_ value: Scalar, _ text: String, _ field: Field, _ reference: CalendarDate, _ findings: inout [Finding]) {
        if case .text(let normal) = value {
            if let length = field.length { check(normal, length, field, &findings) }
            if let pattern = field.pattern, !pattern.matches(normal) {
                findings.append(Finding(field.id, .pattern, .warning, "The field is usually written in another way."))
            }
            if field.kind == .birthDate { checkBirth(normal, field, reference, &findings) }
        }
        switch (field.range, value) {
        case (.integers(let min, let max), .integer(let number)):
            if min.map({ number < $0 }) ?? false || max.map({ number > $0 }) ?? false {
                findings.append(Finding(field.id, .outOfRange, .warning, "The number is outside the field's range."))
            }
        case (.dates(let min, let max), .text(let normal)):
            guard let date = CalendarDate(normal) else { break }
            if min.map({ date < $0 }) ?? false || max.map({ date > $0 }) ?? false {
                findings.append(Finding(field.id, .outOfRange, .warning, "The date is outside the field's range."))
            }
        default: break
        }
    }

    private func check(_ normal: String, _ length: Field.Length, _ field: Field, _ findings: inout [Finding]) {
        // A character has one to four bytes, so the bytes nearly always settle it without counting characters.
        let bytes = normal.utf8.count
        if let min = length.min, bytes < min * 4, normal.unicodeScalars.count < min {
            findings.append(Finding(field.id, .tooShort, .warning, "The field has \(min) characters or more."))
        }
        if let max = length.max, bytes > max, normal.unicodeScalars.count > max {
            findings.append(Finding(field.id, .tooLong, .warning, "The field has \(max) characters at most."))
        }
    }

    private func checkBirth(_ normal: String, _ field: Field, _ reference: CalendarDate, _ findings: inout [Finding]) {
        guard let birth = CalendarDate(normal) else { return }
        if birth > reference {
            findings.append(Finding(field.id, .future, .warning, "The birth is after the entry was received."))
        } else if birth.years(until: reference) > 120 {
            findings.append(Finding(field.id, .implausible, .warning, "The person would be older than 120 years."))
        }
    }
}

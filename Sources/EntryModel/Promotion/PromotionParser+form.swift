extension PromotionParser {
    mutating func form(_ value: JSONValue?, kind: Promotion.Kind?) -> [Field]? {
        guard let form = object(value, "$.form"), let list = required(form, "fields", "$.form") else { return nil }
        guard case .array(let elements) = list, !elements.isEmpty else {
            fault("$.form.fields", "A list of one field or more belongs here.")
            return nil
        }
        var fields: [Field] = []
        var firstUse: [String: Int] = [:]
        for (index, element) in elements.enumerated() {
            let path = "$.form.fields[\(index)]"
            guard let element = object(element, path) else { continue }
            if case .string(let id) = element["id"] {
                if let first = firstUse[id] {
                    fault("\(path).id", "Field \(first) has the id \"\(id)\" already.")
                } else {
                    firstUse[id] = index
                }
            }
            guard let field = field(element, path) else { continue }
            if field.purpose == .house, kind == .client {
                fault("\(path).purpose", "A promotion of the kind \"client\" asks no consent to the house.")
            }
            fields.append(field)
        }
        // With a field at fault it is not known whether that is the consent.
        if kind == .clientWithHouseOptIn, fields.count == elements.count, !fields.contains(where: { $0.purpose == .house && !$0.retired }) {
            fault("$.form.fields", "The kind \"clientWithHouseOptIn\" needs a consent whose purpose is \"house\".")
        }
        return fields
    }

    private mutating func field(_ element: JSONValue, _ path: String) -> Field? {
        let id = identifier(element, "id", path)
        let kind = code(element, "kind", path, Field.Kind.self)
        let label = string(element, "label", path)
        let help = optional(element, "help").flatMap { _ in string(element, "help", path) }
        let required = bool(element, "required", path)
        let carryForward = bool(element, "carryForward", path)
        let doubleKey = bool(element, "doubleKey", path)
        let retired = bool(element, "retired", path)
        let policy = optional(element, "policy").flatMap { _ in code(element, "policy", path, ConflictPolicy.self) }
        // What the rest means rests on the kind.
        guard let kind else { return nil }
        let length = length(element, path, kind)
        let pattern = pattern(element, path, kind)
        let range = range(element, path, kind)
        let choices = choices(element, path, kind)
        let (purpose, wording) = consent(element, path, kind)
        if carryForward, kind == .consent || kind == .birthDate {
            fault("\(path).carryForward", "A \(kind.rawValue) is never carried forward: it is each person's own.")
        }
        if policy == .restrictive, !kind.isYesOrNo {
            fault("\(path).policy", "\"restrictive\" is for the kinds flag and consent.")
        }
        guard let id, let label, kind != .consent || (purpose != nil && wording != nil) else { return nil }
        return Field(
            id: id, kind: kind, label: label, help: help, required: required, length: length, pattern: pattern, range: range,
            choices: choices, carryForward: carryForward, doubleKey: doubleKey,
            policy: policy ?? (kind == .consent ? .restrictive : .latest), purpose: purpose, wording: wording, retired: retired)
    }

    private mutating func length(_ element: JSONValue, _ path: String, _ kind: Field.Kind) -> Field.Length? {
        guard let value = optional(element, "length") else { return nil }
        let path = "\(path).length"
        guard kind.isText else {
            fault(path, "A field of the kind \(kind.rawValue) has no length.")
            return nil
        }
        guard let value = object(value, path) else { return nil }
        let min = optional(value, "min").flatMap { _ in integer(value, "min", path, in: 0...32_768) }
        let max = optional(value, "max").flatMap { _ in integer(value, "max", path, in: 1...32_768) }
        if let min, let max, max < min { fault("\(path).max", "\(max) is less than \"min\", \(min).") }
        return Field.Length(min: min.map { Int($0) }, max: max.map { Int($0) })
    }

    private mutating func pattern(_ element: JSONValue, _ path: String, _ kind: Field.Kind) -> Pattern? {
        guard optional(element, "pattern") != nil, let source = string(element, "pattern", path) else { return nil }
        guard kind.isText else {
            fault("\(path).pattern", "A field of the kind \(kind.rawValue) has no pattern.")
            return nil
        }
        do {
            return try Pattern(source)
        } catch {
            fault("\(path).pattern", "The regular expression cannot be read: \(error).")
            return nil
        }
    }

    private mutating func range(_ element: JSONValue, _ path: String, _ kind: Field.Kind) -> Field.Range? {
        guard let value = optional(element, "range") else { return nil }
        let path = "\(path).range"
        switch kind {
        case .integer:
            guard let value = object(value, path) else { return nil }
            let min = optional(value, "min").flatMap { _ in integer(value, "min", path) }
            let max = optional(value, "max").flatMap { _ in integer(value, "max", path) }
            if let min, let max, max < min { fault("\(path).max", "\(max) is less than \"min\", \(min).") }
            return .integers(min: min, max: max)
        case .date, .birthDate:
            guard let value = object(value, path) else { return nil }
            let min = optional(value, "min").flatMap { _ in date(value, "min", path) }
            let max = optional(value, "max").flatMap { _ in date(value, "max", path) }
            if let min, let max, max < min { fault("\(path).max", "\(max) is before \"min\", \(min).") }
            return .dates(min: min, max: max)
        default:
            fault(path, "A field of the kind \(kind.rawValue) has no range.")
            return nil
        }
    }

    private mutating func choices(_ element: JSONValue, _ path: String, _ kind: Field.Kind) -> [Field.Choice] {
        let path = "\(path).choices"
        guard let value = optional(element, "choices") else {
            if kind == .choice { fault(path, "A choice needs its choices.") }
            return []
        }
        guard kind == .choice else {
            fault(path, "A field of the kind \(kind.rawValue) has no choices.")
            return []
        }
        guard case .array(let elements) = value, !elements.isEmpty else {
            fault(path, "A list of one choice or more belongs here.")
            return []
        }
        var choices: [Field.Choice] = []
        var owners: [String: Int] = [:]
        for (index, element) in elements.enumerated() {
            let path = "\(path)[\(index)]"
            guard let element = object(element, path) else { continue }
            let value = string(element, "value", path)
            let label = string(element, "label", path)
            if let value, !value.sameBytes(as: TextForm.clean(value)) {
                fault("\(path).value", "A value has no blanks at its ends or doubled, and is in Unicode's form NFC.")
            }
            // Either may be keyed in any case, so it has to lead to one choice only.
            for (name, text) in [("value", value), ("label", label)] {
                guard let text else { continue }
                if owners.updateValue(index, forKey: TextForm.clean(text).lowercased()) ?? index != index {
                    fault("\(path).\(name)", "\"\(text)\" is another choice's value or label.")
                }
            }
            if let value, let label { choices.append(Field.Choice(value: value, label: label)) }
        }
        return choices
    }

    private mutating func consent(
        _ element: JSONValue, _ path: String, _ kind: Field.Kind
    ) -> (Field.Purpose?, Field.Wording?) {
        guard kind == .consent else {
            for name in ["purpose", "wording"] where optional(element, name) != nil {
                fault("\(path).\(name)", "Only a consent has a \(name).")
            }
            return (nil, nil)
        }
        let purpose = code(element, "purpose", path, Field.Purpose.self)
        let wordingPath = "\(path).wording"
        guard let value = object(optional(element, "wording"), wordingPath) else { return (purpose, nil) }
        let id = identifier(value, "id", wordingPath)
        let version = integer(value, "version", wordingPath, in: 1...safeIntegers.upperBound)
        let text = string(value, "text", wordingPath)
        guard let id, let version, let text else { return (purpose, nil) }
        return (purpose, Field.Wording(id: Versioned(id: id, version: version), text: text))
    }
}

import Foundation

/// Reads a promotion's document and collects every fault in it, so that its author mends them all at once.
///
/// A part that is at fault reads as `nil` or its default and reading goes on; the promotion counts only while `faults` is empty.
struct PromotionParser {
    private(set) var faults: [PromotionFault] = []

    mutating func promotion(_ document: JSONValue) -> Promotion? {
        guard case .object = document else {
            fault("$", "The document is one JSON object.")
            return nil
        }
        let id = identifier(document, "id", "$")
        let version = integer(document, "version", "$", in: 1...safeIntegers.upperBound)
        let client = identifier(document, "client", "$")
        let name = string(document, "name", "$")
        let kind = code(document, "kind", "$", Promotion.Kind.self)
        let dates = dates(document["dates"])
        let timeZone = timeZone(document)
        let sharing = code(document, "sharing", "$", Promotion.Sharing.self)
        let privacyPolicy = versioned(document, "privacyPolicy", "$")
        let minimumAge = optional(document, "minimumAge").flatMap { _ in integer(document, "minimumAge", "$", in: 0...150) }
        let sample = optional(document, "doubleKeySample").flatMap { _ in integer(document, "doubleKeySample", "$", in: 1...100) }
        let form = form(document["form"], kind: kind)
        if let client, let kind, (client == Promotion.houseClient) != (kind == .house) {
            fault("$.client", "The kind \"house\" and the client \"house\" go together, one never without the other.")
        }
        guard let id, let version, let client, let name, let kind, let dates, let timeZone, let sharing, let privacyPolicy, let form
        else { return nil }
        return Promotion(
            id: id, version: version, client: client, name: name, kind: kind, dates: dates, timeZone: timeZone, sharing: sharing,
            privacyPolicy: privacyPolicy, minimumAge: minimumAge.map { Int($0) }, doubleKeySample: sample.map { Int($0) }, form: form,
            positions: Dictionary(form.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first }))
    }

    private mutating func timeZone(_ document: JSONValue) -> String? {
        guard let name = string(document, "timeZone", "$") else { return nil }
        // Foundation also takes abbreviations such as "EST", which are no places and know no summer time.
        guard name == "UTC" || name.contains("/"), TimeZone(identifier: name) != nil else {
            fault("$.timeZone", "\"\(name)\" is no time zone: write an IANA name such as \"America/Chicago\".")
            return nil
        }
        return name
    }

    private mutating func dates(_ value: JSONValue?) -> Promotion.Dates? {
        let path = "$.dates"
        guard let value = object(value, path) else { return nil }
        let opens = date(value, "opens", path)
        let closes = date(value, "closes", path)
        let postmarkedBy = optional(value, "postmarkedBy").flatMap { _ in date(value, "postmarkedBy", path) }
        let receivedBy = optional(value, "receivedBy").flatMap { _ in date(value, "receivedBy", path) }
        let concludes = date(value, "concludes", path)

        inOrder(opens, "opens", closes, "closes")
        inOrder(closes, "closes", concludes, "concludes")
        inOrder(opens, "opens", postmarkedBy, "postmarkedBy")
        inOrder(postmarkedBy, "postmarkedBy", receivedBy, "receivedBy")
        if postmarkedBy == nil { inOrder(opens, "opens", receivedBy, "receivedBy") }
        if receivedBy == nil { inOrder(postmarkedBy, "postmarkedBy", concludes, "concludes") }
        inOrder(receivedBy, "receivedBy", concludes, "concludes")

        guard let opens, let closes, let concludes else { return nil }
        return Promotion.Dates(opens: opens, closes: closes, postmarkedBy: postmarkedBy, receivedBy: receivedBy, concludes: concludes)
    }

    private mutating func inOrder(_ first: CalendarDate?, _ firstName: String, _ second: CalendarDate?, _ secondName: String) {
        if let first, let second, second < first {
            fault("$.dates.\(secondName)", "\(second) is before \"\(firstName)\", \(first).")
        }
    }
}

// MARK: What stands under a name

extension PromotionParser {
    mutating func fault(_ path: String, _ message: String) {
        faults.append(PromotionFault(path: path, message: message))
    }

    /// The member of that name; `nil` when it is missing or null.
    func optional(_ object: JSONValue, _ name: String) -> JSONValue? {
        guard let value = object[name] else { return nil }
        if case .null = value { return nil }
        return value
    }

    mutating func required(_ object: JSONValue, _ name: String, _ path: String) -> JSONValue? {
        guard let value = optional(object, name) else {
            fault("\(path).\(name)", "Missing.")
            return nil
        }
        return value
    }

    mutating func object(_ value: JSONValue?, _ path: String) -> JSONValue? {
        guard let value, case .object = value else {
            fault(path, value == nil ? "Missing." : "An object belongs here.")
            return nil
        }
        return value
    }

    /// A text that says something; null counts as missing.
    mutating func string(_ object: JSONValue, _ name: String, _ path: String) -> String? {
        guard let value = required(object, name, path) else { return nil }
        guard case .string(let text) = value else {
            fault("\(path).\(name)", "A text belongs here.")
            return nil
        }
        guard !TextForm.clean(text).isEmpty else {
            fault("\(path).\(name)", "The text is empty.")
            return nil
        }
        return text
    }

    mutating func identifier(_ object: JSONValue, _ name: String, _ path: String) -> String? {
        guard let text = string(object, name, path) else { return nil }
        guard Identifier.isValid(text) else {
            let message =
                text.hasPrefix("$")
                ? "Names that begin with $ are reserved."
                : "An id is 1 to 64 of a-z, 0-9, _ and -, and begins with a letter."
            fault("\(path).\(name)", message)
            return nil
        }
        return text
    }

    mutating func versioned(_ object: JSONValue, _ name: String, _ path: String) -> Versioned? {
        guard let text = string(object, name, path) else { return nil }
        guard let versioned = Versioned(text) else {
            fault("\(path).\(name)", "An id and its version belong here, such as \"privacy/3\".")
            return nil
        }
        return versioned
    }

    mutating func integer(_ object: JSONValue, _ name: String, _ path: String, in range: ClosedRange<Int64> = safeIntegers) -> Int64? {
        guard let value = required(object, name, path) else { return nil }
        guard case .integer(let number) = value, range.contains(number) else {
            fault("\(path).\(name)", "A whole number from \(range.lowerBound) to \(range.upperBound) belongs here.")
            return nil
        }
        return number
    }

    /// A yes or no that is no unless it is there.
    mutating func bool(_ object: JSONValue, _ name: String, _ path: String) -> Bool {
        guard let value = optional(object, name) else { return false }
        guard case .bool(let answer) = value else {
            fault("\(path).\(name)", "true or false belongs here.")
            return false
        }
        return answer
    }

    mutating func date(_ object: JSONValue, _ name: String, _ path: String) -> CalendarDate? {
        guard let text = string(object, name, path) else { return nil }
        guard let date = CalendarDate(text) else {
            fault("\(path).\(name)", "\"\(text)\" is no day of the calendar, written YYYY-MM-DD.")
            return nil
        }
        return date
    }

    mutating func code<Code: RawRepresentable<String> & CaseIterable>(
        _ object: JSONValue, _ name: String, _ path: String, _: Code.Type
    ) -> Code? {
        guard let text = string(object, name, path) else { return nil }
        guard let code = Code(rawValue: text) else {
            let known = Code.allCases.map(\.rawValue).joined(separator: ", ")
            fault("\(path).\(name)", "\"\(text)\" is none of: \(known).")
            return nil
        }
        return code
    }
}

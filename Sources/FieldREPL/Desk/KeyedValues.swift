import EntryModel

/// `field=value` words turned into what was keyed.
enum KeyedValues {
    /// The ids in `a,b`.
    static func fields(_ list: String?) -> [String] {
        (list ?? "").split(separator: ",").map { String($0).trimmed }.filter { !$0.isEmpty }
    }

    /// The field of that id.
    /// - Throws: `CommandFailure` with what was probably meant.
    static func field(_ id: String, of promotion: Promotion) throws -> Field {
        if let field = promotion.field(id) { return field }
        let ids = promotion.askedFields.map(\.id)
        let meant = Suggestion.nearest(to: id, among: ids).map { " Did you mean `\($0)`?" } ?? ""
        throw CommandFailure("The form of \(promotion.id) has no field `\(id)`.\(meant) Its fields are: \(ids.joined(separator: ", ")).")
    }

    /// - Parameters:
    ///   - illegible: Fields to be flagged, whether or not they stand among the values.
    ///   - standing: The text that an illegible field without a value keeps.
    /// - Throws: `CommandFailure` for a field that the form does not have or that stands twice.
    static func keyed(
        _ values: [(field: String, text: String)], illegible: [String], promotion: Promotion, standing: (String) -> String? = { _ in nil }
    ) throws -> [(field: String, keyed: Keyed)] {
        var keyed: [(field: String, keyed: Keyed)] = []
        for value in values {
            _ = try field(value.field, of: promotion)
            guard !keyed.contains(where: { $0.field == value.field }) else {
                throw CommandFailure("The field `\(value.field)` stands twice in the line. Nothing was written.")
            }
            keyed.append(
                (value.field, Keyed(text: value.text, flag: illegible.contains(value.field) ? FindingCode.illegible.rawValue : nil)))
        }
        for id in illegible where !values.contains(where: { $0.field == id }) {
            _ = try field(id, of: promotion)
            keyed.append((id, Keyed(text: standing(id) ?? "", flag: FindingCode.illegible.rawValue)))
        }
        return keyed
    }
}

/// Findings as they are shown below what they are about.
enum FindingText {
    static func lines(_ findings: [Finding], promotion: Promotion) -> [StyledText] {
        findings.map { finding in
            let label = promotion.field(finding.field)?.label ?? finding.field
            return StyledText("  \(label): \(finding.message)", style(finding.severity))
        }
    }

    static func style(_ severity: Finding.Severity) -> StyledText.Style {
        switch severity {
        case .note: .dim
        case .warning: .warning
        case .error: .error
        }
    }

    static func json(_ findings: [Finding]) -> JSONValue {
        .array(
            findings.map { finding in
                .object([
                    ("field", .string(finding.field)), ("code", .string(finding.code)), ("severity", .string("\(finding.severity)")),
                    ("message", .string(finding.message)),
                ])
            })
    }
}

import EntryModel
import Foundation

@testable import FieldREPL

/// How an operator keys a card with the fewest keys, what each convenience saves of it, and what it would be without any.
struct Keystrokes {
    /// What a line was short by.
    enum Convenience: String, CaseIterable {
        case typedOut = "typed out"
        case filled = "filled in by the ZIP code"
        case carried = "carried forward"
        case repeated = "repeated by the ditto key"
        case chosen = "a city chosen by its number"
        case begun = "choices, states and answers by their first letters"
        case unpunctuated = "dates, phones and ZIP+4 without punctuation"
    }

    private(set) var cards = 0
    /// Every character of the card, and Enter behind each field.
    private(set) var plain = 0
    private(set) var keyed = 0
    private(set) var saved: [Convenience: Int] = [:]

    /// Keys a card as far as deciding what to type goes.
    ///
    /// - Parameters:
    ///   - form: Before its first field; the card is keyed into it.
    ///   - card: By field id.
    /// - Returns: The lines to type, each without its Enter.
    mutating func lines(_ form: inout KeyingForm, _ card: [String: String]) -> [String] {
        var lines: [String] = []
        cards += 1
        for (index, field) in form.fields.enumerated() {
            let text = card[field.id] ?? ""
            plain += text.count + 1
            let wanted = form.check.assignment(for: field, keyed: Keyed(text: text), received: form.today).assignment
            let best = candidates(field, text, form).compactMap {
                candidate -> (candidate: Candidate, lines: [String], after: KeyingForm)? in
                var tried = form
                var typed = [candidate.line]
                // What cannot be right is asked for once more; Enter keeps it.
                if case .again = tried.take(candidate.line) {
                    typed.append("")
                    _ = tried.take("")
                }
                guard let answer = tried.values.first(where: { $0.field == field.id })?.keyed,
                    tried.check.assignment(for: field, keyed: answer, received: form.today).assignment.agrees(with: wanted)
                else { return nil }
                return (candidate, typed, tried)
            }.min { Self.cost($0.lines) < Self.cost($1.lines) }
            guard let best else { continue }
            precondition(index == form.fields.count - 1 || best.after.field.id != field.id, "the form goes on")
            form = best.after
            lines += best.lines
            keyed += Self.cost(best.lines)
            saved[best.candidate.convenience, default: 0] += text.count + 1 - Self.cost(best.lines)
        }
        return lines
    }

    /// Keys besides those of the card's fields, such as the `+` of a second card.
    mutating func add(_ lines: [String]) { keyed += Self.cost(lines) }

    var share: Double { Double(plain - keyed) / Double(max(1, plain)) }

    var report: String {
        func each(_ count: Int) -> String { String(format: "%.1f", Double(count) / Double(max(1, cards))) }
        var text = "keystrokes per card: \(each(keyed)), with every convenience off \(each(plain)): "
        text += String(format: "%.1f %% saved\n", share * 100)
        for convenience in Convenience.allCases where convenience != .typedOut {
            text += "  \(each(saved[convenience] ?? 0))  \(convenience.rawValue)\n"
        }
        return text
    }

    private struct Candidate {
        var line: String
        var convenience: Convenience
    }

    private func candidates(_ field: Field, _ text: String, _ form: KeyingForm) -> [Candidate] {
        var list = [Candidate(line: text, convenience: .typedOut)]
        if form.offered != nil { list.append(Candidate(line: "", convenience: field.carryForward ? .carried : .filled)) }
        guard !text.isEmpty else { return list + [Candidate(line: "-", convenience: .typedOut)] }
        list.append(Candidate(line: "\"", convenience: .repeated))
        for number in form.cities.indices { list.append(Candidate(line: String(number + 1), convenience: .chosen)) }
        switch field.kind {
        case .choice, .region, .consent, .flag:
            for length in 1..<max(2, text.count) { list.append(Candidate(line: String(text.prefix(length)), convenience: .begun)) }
        case .date, .birthDate:
            if let date = CalendarDate(text) {
                let parts = (month: String(date.month + 100).suffix(2), day: String(date.day + 100).suffix(2), year: String(date.year))
                for line in ["\(parts.month)\(parts.day)\(parts.year.suffix(2))", "\(parts.month)\(parts.day)\(parts.year)"] {
                    list.append(Candidate(line: line, convenience: .unpunctuated))
                }
            }
        case .phone, .postalCode: list.append(Candidate(line: text.filter(\.isNumber), convenience: .unpunctuated))
        default: break
        }
        return list
    }

    /// Each line ends with Enter.
    private static func cost(_ lines: [String]) -> Int { lines.reduce(0) { $0 + $1.count + 1 } }
}

import EntryModel
import FieldStore

/// How an object of a file of JSON Lines becomes a capture: members are named like the columns of CSV.
///
/// Text may be anything, as in CSV, and is checked by the form. A number stands only where the form has one, because a ZIP code that was
/// made a number has lost its zeros; `true` and `false` only where yes or no is asked; `null` is no answer. What cannot be understood
/// costs the whole line: half of a card would be worse than none.
struct CardMembers {
    let promotion: Promotion

    /// - Throws: `LineFault`, for the first thing in the line that cannot be taken.
    func capture(_ bytes: [UInt8]) throws(LineFault) -> Capture {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(line: bytes, limits: LineLimits(bytes: CSVReader.recordBytes, depth: 32))
        } catch {
            throw .unreadableJSON(error)
        }
        guard case .object(let members) = value else { throw .noObject }
        var line = CardLine(promotion, capacity: members.count)
        for (name, value) in members {
            guard let meaning = CardMeaning(name, promotion) else { throw .unknownMember(Self.shown(name)) }
            if case .passedOver = meaning { continue }
            try line.take(meaning, try Self.text(value, meaning, name))
        }
        return try line.capture()
    }

    private static func text(_ value: JSONValue, _ meaning: CardMeaning, _ name: String) throws(LineFault) -> String {
        let takes = Takes(meaning)
        switch value {
        case .null: return ""
        case .string(let text): return text
        case .integer(let number) where takes == .number: return String(number)
        case .bool(let answer) where takes == .answer: return Scalar.bool(answer).description
        case .integer, .bool, .array, .object:
            throw .wrongType(member: shown(name), found: self.name(of: value), expected: takes.rawValue)
        }
    }

    /// What can stand as a member's value, besides `null`.
    private enum Takes: String {
        case text
        case number = "a number or text"
        case answer = "true, false or text"

        init(_ meaning: CardMeaning) {
            switch meaning {
            case .envelope, .card: self = .number
            case .void: self = .answer
            case .field(let field):
                switch field.kind {
                case .integer: self = .number
                case .flag, .consent: self = .answer
                default: self = .text
                }
            case .batch, .channel, .note, .received, .passedOver: self = .text
            }
        }
    }

    private static func name(of value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "true or false"
        case .integer: "a number"
        case .string: "text"
        case .array: "a list"
        case .object: "an object"
        }
    }

    /// A member's name as an error may repeat it: what can be no field's name may be what somebody wrote on a card.
    private static func shown(_ name: String) -> String {
        let isPlain = 1...64 ~= name.utf8.count && name.utf8.allSatisfy { 48...57 ~= $0 || 65...90 ~= $0 || 97...122 ~= $0 || $0 == 95 }
        return isPlain ? "`\(name)`" : "with an odd name"
    }
}

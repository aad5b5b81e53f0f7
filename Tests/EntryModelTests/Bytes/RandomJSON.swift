import TestSupport

@testable import EntryModel

/// Seeded values and their spellings.
struct RandomJSON {
    var random: SeededRandom

    /// A value of at most that many levels.
    mutating func value(depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &random) {
        case 0: .null
        case 1: .bool(random.chance(oneIn: 2))
        case 2: .integer(Int64.random(in: safeIntegers, using: &random))
        case 3: .integer(Int64.random(in: -9...99, using: &random))
        case 4: .string(text())
        case 5: .array((0..<Int.random(in: 0..<4, using: &random)).map { _ in value(depth: depth - 1) })
        default:
            .object((0..<Int.random(in: 0..<6, using: &random)).map { (name: "\($0)\(text())", value: value(depth: depth - 1)) })
        }
    }

    /// Text of every sort that may stand in a line.
    mutating func text() -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0..<24, using: &random) {
            let range: ClosedRange<UInt32> =
                switch Int.random(in: 0..<12, using: &random) {
                case 0: 1...31
                case 1: 0x80...0x7FF
                case 2: 0x800...0xD7FF
                case 3: 0xE000...0xFFFF
                case 4: 0x10000...0x10FFFF
                default: 32...126
                }
            if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &random)) { text.unicodeScalars.append(scalar) }
        }
        return text
    }

    /// The value in one of its many spellings: white space, escapes that need not be.
    mutating func spelling(of value: JSONValue) -> String {
        switch value {
        case .null, .bool, .integer: return space() + String(decoding: value.line, as: UTF8.self) + space()
        case .string(let text): return space() + spelling(of: text) + space()
        case .array(let elements):
            let inner = elements.map { spelling(of: $0) }.joined(separator: ",")
            return space() + "[" + (elements.isEmpty ? space() : inner) + "]" + space()
        case .object(let members):
            let inner = members.map { space() + spelling(of: $0.name) + space() + ":" + spelling(of: $0.value) }.joined(separator: ",")
            return space() + "{" + (members.isEmpty ? space() : inner) + "}" + space()
        }
    }

    private mutating func spelling(of text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            if random.chance(oneIn: 6) || scalar.value < 32 {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16, uppercase: random.chance(oneIn: 2))
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            } else if scalar == "\"" || scalar == "\\" {
                result += "\\" + String(scalar)
            } else if scalar == "/", random.chance(oneIn: 2) {
                result += "\\/"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    private mutating func space() -> String {
        random.chance(oneIn: 5) ? [" ", "\t", "\r", "  "].randomElement(using: &random) ?? "" : ""
    }
}

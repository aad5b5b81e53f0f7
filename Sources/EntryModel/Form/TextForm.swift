import Foundation

/// The normal form of text: Unicode NFC, single blanks, none at the ends, no control characters.
///
/// Case stays as it was keyed, because "DELUCA" may be DeLuca or Deluca and nobody but the person knows.
enum TextForm {
    /// The normal form; the very same string when nothing had to change, which is nearly always.
    static func clean(_ text: String) -> String {
        isPlain(text) ? text : rebuilt(text)
    }

    /// What was typed, as it may be stored: NFC and without U+0000, which no line may hold; otherwise untouched.
    static func storable(_ text: String) -> String {
        if isPlain(text) { return text }
        return composed(text.utf8.contains(0) ? text.replacing("\0", with: "") : text)
    }

    /// Whether the text is ASCII in normal form.
    static func isPlain(_ text: String) -> Bool {
        text.utf8.withContiguousStorageIfAvailable { bytes in
            var previous: UInt8 = 32
            for byte in bytes {
                guard byte &- 32 < 95 else { return false }
                if byte == 32, previous == 32 { return false }
                previous = byte
            }
            return bytes.isEmpty || previous != 32
        } ?? false
    }

    private static func rebuilt(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        var blankIsDue = false
        for scalar in text.unicodeScalars {
            if isBlank(scalar) {
                blankIsDue = !scalars.isEmpty
            } else if !isRemoved(scalar) {
                if blankIsDue { scalars.append(" ") }
                blankIsDue = false
                scalars.append(scalar)
            }
        }
        return composed(String(scalars))
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0D, 0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }

    private static func isRemoved(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        // The last two are invisible and come along when text is pasted; a joiner is not among them, for some scripts need it.
        case 0..<0x20, 0x7F..<0xA0, 0x200B, 0xFEFF: true
        default: false
        }
    }

    private static func composed(_ text: String) -> String {
        // Below the first combining mark, and in the block that holds Vietnamese, every letter is its own NFC form.
        let isComposed = text.unicodeScalars.allSatisfy { $0.value < 0x300 || 0x1E00...0x1EFF ~= $0.value }
        return isComposed ? text : text.precomposedStringWithCanonicalMapping
    }
}

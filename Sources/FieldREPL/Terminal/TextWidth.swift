/// How many columns text takes on a terminal.
///
/// Not the C library's `wcwidth`, whose answer depends on the locale that the program was started in.
enum TextWidth {
    static func of(_ text: String) -> Int {
        if text.utf8.allSatisfy({ 0x20..<0x7F ~= $0 }) { return text.utf8.count }
        return text.reduce(0) { $0 + width($1) }
    }

    /// Text with blanks behind it up to `width` columns; unchanged when it is as wide or wider.
    static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - of(text)))
    }

    /// The beginning of a text that fits into `width` columns, with `…` at its end where something is missing.
    static func clipped(_ text: String, to width: Int) -> String {
        guard of(text) > width else { return text }
        var clipped = ""
        var used = 0
        for character in text {
            let next = self.width(character)
            guard used + next < width else { break }
            clipped.append(character)
            used += next
        }
        return clipped + "…"
    }

    private static func width(_ character: Character) -> Int {
        character.unicodeScalars.map(width).max() ?? 0
    }

    private static func width(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: 0
        default: wide.contains { $0.contains(scalar.value) } ? 2 : 1
        }
    }

    /// The blocks of Unicode Standard Annex 11 that are wide throughout.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
        0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD,
    ]
}

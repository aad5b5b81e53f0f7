/// Tells the code of a Swift file from its comments and its literals, byte for byte.
///
/// Both results are as long as the source and have its line breaks; what does not belong there is blank. So a word in a comment or a brace in
/// a string misleads no rule. No parser: it knows comments (nested), strings (raw, multi-line, with interpolation) and regular expressions.
struct SwiftMask {
    private(set) var code: [UInt8]
    private(set) var comments: [UInt8]
    private let source: [UInt8]

    init(_ text: String) {
        source = Array(text.utf8)
        code = source
        comments = source.map { $0 == newline ? newline : blank }
        var offset = 0
        while offset < source.count { offset = step(offset) }
    }

    /// Masks what begins there, or passes one byte of code.
    /// - Returns: The offset behind it.
    private mutating func step(_ offset: Int) -> Int {
        if starts(with: "//", at: offset) { return maskComment(offset, until: lineEnd(offset)) }
        if starts(with: "/*", at: offset) { return maskComment(offset, until: blockEnd(offset)) }
        let hashes = count(of: UInt8(ascii: "#"), at: offset)
        switch byte(offset + hashes) {
        case UInt8(ascii: "\""): return maskLiteral(offset, until: stringEnd(offset, hashes: hashes))
        case UInt8(ascii: "/") where hashes > 0 || opensRegex(offset): return maskLiteral(offset, until: regexEnd(offset, hashes: hashes))
        default: return offset + max(hashes, 1)
        }
    }

    // MARK: Comments

    private mutating func maskComment(_ start: Int, until end: Int) -> Int {
        for offset in start..<end where source[offset] != newline {
            comments[offset] = source[offset]
            code[offset] = blank
        }
        return end
    }

    private func blockEnd(_ start: Int) -> Int {
        var depth = 0
        var offset = start
        while offset < source.count {
            if starts(with: "/*", at: offset) {
                depth += 1
                offset += 2
            } else if starts(with: "*/", at: offset) {
                depth -= 1
                offset += 2
                if depth == 0 { return offset }
            } else {
                offset += 1
            }
        }
        return source.count
    }

    // MARK: Literals

    private mutating func maskLiteral(_ start: Int, until end: Int) -> Int {
        for offset in start..<end where source[offset] != newline { code[offset] = blank }
        return end
    }

    private func stringEnd(_ start: Int, hashes: Int) -> Int {
        let quotes = starts(with: "\"\"\"", at: start + hashes) ? 3 : 1
        var offset = start + hashes + quotes
        while offset < source.count {
            if quotes == 1, source[offset] == newline { return offset }
            if source[offset] == UInt8(ascii: "\\"), count(of: UInt8(ascii: "#"), at: offset + 1) >= hashes {
                let escaped = offset + 1 + hashes
                offset = byte(escaped) == UInt8(ascii: "(") ? interpolationEnd(escaped) : escaped + 1
            } else if count(of: UInt8(ascii: "\""), at: offset) >= quotes,
                count(of: UInt8(ascii: "#"), at: offset + quotes) >= hashes
            {
                return offset + quotes + hashes
            } else {
                offset += 1
            }
        }
        return source.count
    }

    /// - Parameter start: Where the opening parenthesis stands.
    private func interpolationEnd(_ start: Int) -> Int {
        var depth = 0
        var offset = start
        while offset < source.count {
            let hashes = count(of: UInt8(ascii: "#"), at: offset)
            switch byte(offset + hashes) {
            case UInt8(ascii: "\""):
                offset = stringEnd(offset, hashes: hashes)
                continue
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"): depth -= 1
            default: break
            }
            offset += hashes + 1
            if depth == 0 { return offset }
        }
        return source.count
    }

    /// A bare `/` opens a regular expression where an operand is due; elsewhere it divides.
    private func opensRegex(_ offset: Int) -> Bool {
        guard byte(offset) == UInt8(ascii: "/"), byte(offset + 1) != blank, byte(offset + 1) != newline else { return false }
        let before = source[..<offset].last { $0 != blank }
        guard before.map({ "(,=:[{!&|?\n".utf8.contains($0) }) ?? true else { return false }
        return source[(offset + 1)..<lineEnd(offset)].contains(UInt8(ascii: "/"))
    }

    private func regexEnd(_ start: Int, hashes: Int) -> Int {
        var offset = start + hashes + 1
        while offset < source.count {
            if hashes == 0, source[offset] == newline { return offset }
            if source[offset] == UInt8(ascii: "\\") {
                offset += 2
            } else if source[offset] == UInt8(ascii: "/"), count(of: UInt8(ascii: "#"), at: offset + 1) >= hashes {
                return offset + 1 + hashes
            } else {
                offset += 1
            }
        }
        return source.count
    }

    // MARK: Bytes

    private func byte(_ offset: Int) -> UInt8? {
        offset < source.count ? source[offset] : nil
    }

    private func count(of byte: UInt8, at offset: Int) -> Int {
        var end = offset
        while end < source.count, source[end] == byte { end += 1 }
        return max(end - offset, 0)
    }

    private func starts(with text: StaticString, at offset: Int) -> Bool {
        guard offset + text.utf8CodeUnitCount <= source.count else { return false }
        return (0..<text.utf8CodeUnitCount).allSatisfy { source[offset + $0] == text.utf8Start[$0] }
    }

    private func lineEnd(_ offset: Int) -> Int {
        source[offset...].firstIndex(of: newline) ?? source.count
    }
}

private let newline = UInt8(ascii: "\n")
private let blank = UInt8(ascii: " ")

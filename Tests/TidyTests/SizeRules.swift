/// Files and functions stay small enough to be read in one go.
enum SizeRules {
    static let sourceLines = 400
    static let testLines = 600
    static let functionLines = 70

    static func faults(in source: SwiftSource) -> [Fault] {
        var faults: [Fault] = []
        // The last line break ends a line; it does not begin another.
        let lines = source.text.hasSuffix("\n") ? source.code.count - 1 : source.code.count
        let limit = source.isTest ? testLines : sourceLines
        if lines > limit { faults.append(Fault(path: source.path, line: nil, message: "\(lines) lines, more than \(limit)")) }
        for function in functions(in: source) where function.lines > functionLines {
            faults.append(
                source.fault(at: function.first, "\(function.name) has \(function.lines) lines, more than \(functionLines)"))
        }
        return faults
    }

    struct Function: Equatable {
        var name: String
        /// Its first line, counted from 0.
        var first: Int
        /// From its first line to its closing brace.
        var lines: Int
    }

    /// Every function, initialiser, subscript and computed property with a body; nested ones too, and counted in the outer one as well.
    static func functions(in source: SwiftSource) -> [Function] {
        var scanner = FunctionScanner(code: source.code)
        return scanner.scan()
    }
}

/// Finds where functions begin and end by counting braces; the code is expected as `swift format` leaves it.
private struct FunctionScanner {
    private let bytes: [UInt8]
    /// For each byte the number of its line.
    private let lineNumbers: [Int]
    private var functions: [SizeRules.Function] = []

    init(code: [Substring]) {
        bytes = Array(code.joined(separator: "\n").utf8)
        var line = 0
        lineNumbers = bytes.map { byte in
            defer { if byte == UInt8(ascii: "\n") { line += 1 } }
            return line
        }
    }

    mutating func scan() -> [SizeRules.Function] {
        var offset = 0
        while offset < bytes.count {
            let end = wordEnd(offset)
            guard end > offset else {
                offset += 1
                continue
            }
            let word = String(decoding: bytes[offset..<end], as: UTF8.self)
            // After a dot these words are members: `self.init(…)`.
            let isMember = offset > 0 && bytes[offset - 1] == UInt8(ascii: ".")
            if !isMember, let opening = bodyOpening(of: word, from: end) { add(word, at: offset, nameAt: end, opening: opening) }
            offset = end
        }
        return functions
    }

    private mutating func add(_ word: String, at start: Int, nameAt end: Int, opening: Int) {
        var name = word
        if word == "func" || word == "var" {
            name = String(
                decoding: bytes[end..<opening].drop { $0 == UInt8(ascii: " ") }.prefix { !" (:<".utf8.contains($0) }, as: UTF8.self)
        }
        let lines = lineNumbers[closing(opening)] - lineNumbers[start] + 1
        functions.append(SizeRules.Function(name: name, first: lineNumbers[start], lines: lines))
    }

    private func bodyOpening(of word: String, from end: Int) -> Int? {
        switch word {
        case "func", "init", "subscript": functionOpening(end)
        case "deinit": next(end).flatMap { bytes[$0] == UInt8(ascii: "{") ? $0 : nil }
        case "var": propertyOpening(end)
        default: nil
        }
    }

    /// The brace behind a signature; `nil` when a requirement of a protocol ends without one.
    private func functionOpening(_ start: Int) -> Int? {
        guard let parameters = bytes[start...].firstIndex(of: UInt8(ascii: "(")) else { return nil }
        var depth = 0
        var offset = parameters
        while offset < bytes.count {
            switch bytes[offset] {
            case UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: "{") where depth == 0: return offset
            case UInt8(ascii: "}") where depth == 0: return nil
            case UInt8(ascii: "\n") where depth == 0 && !continues(behind: offset): return nil
            default: break
            }
            offset += 1
        }
        return nil
    }

    /// Whether a signature goes on in the next line.
    private func continues(behind lineBreak: Int) -> Bool {
        guard let start = next(lineBreak) else { return false }
        if let last = bytes[..<lineBreak].last(where: { $0 != UInt8(ascii: " ") }), ",>:".utf8.contains(last) { return true }
        let end = wordEnd(start)
        if end == start { return bytes[start] == UInt8(ascii: "{") || bytes[start...].starts(with: "->".utf8) }
        return ["async", "throws", "rethrows", "where"].contains(String(decoding: bytes[start..<end], as: UTF8.self))
            || bytes[..<lineBreak].suffix(5).elementsEqual("where".utf8)
    }

    /// The brace of a computed property: in the same line, and no `=` before it.
    private func propertyOpening(_ start: Int) -> Int? {
        for offset in start..<bytes.count {
            if bytes[offset] == UInt8(ascii: "{") { return offset }
            if bytes[offset] == UInt8(ascii: "=") || bytes[offset] == UInt8(ascii: "\n") { return nil }
        }
        return nil
    }

    private func closing(_ opening: Int) -> Int {
        var depth = 0
        for offset in opening..<bytes.count {
            if bytes[offset] == UInt8(ascii: "{") { depth += 1 }
            if bytes[offset] == UInt8(ascii: "}") { depth -= 1 }
            if depth == 0 { return offset }
        }
        return bytes.count - 1
    }

    /// The next byte that is neither a blank nor a line break.
    private func next(_ offset: Int) -> Int? {
        bytes[offset...].firstIndex { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\n") }
    }

    private func wordEnd(_ start: Int) -> Int {
        var end = start
        while end < bytes.count, isWord(bytes[end]) { end += 1 }
        return end
    }

    private func isWord(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || byte | 0x20 &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10
    }
}

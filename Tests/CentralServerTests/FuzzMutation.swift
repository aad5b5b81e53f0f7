import TestSupport

/// Changes to lines that were right: to their values, to their shape, to their bytes.
struct FuzzMutation {
    /// Stands in what is sent wherever a person's name could, and may come back nowhere.
    static let marker = "Quillfeather"

    /// Values that readers stumble over, as they stand in a line.
    private static let values: [[UInt8]] =
        [
            "null", "true", "false", "0", "-0", "1", "-1", "00", "1.5", "1e400", "-1e-400", "9007199254740991", "9007199254740992",
            "-9007199254740992", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "99999999999999999999999999",
            "{}", "[]", "\"\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\ud83d\\ude00\"", "\"\\x\"", "\"e\u{301}\"",
            "\"\u{FEFF}\"", "NaN", "Infinity", "'a'", "{\"a\":}", "[,]", "[1,]", "\"summer/99\"", "\"summer/0\"", "\"other/1\"",
            "\"central\"", "1388534400000",
            "\"$void\"", "\"$state\"", "\"erase\"", "\"reject\"", "\"document\"", "\"restore\"", "\"\(marker)\"", "{\"\(marker)\":1}",
            "{\"\(marker)\":1,\"\(marker)\":2}", "[\"\(marker)\",]", "\"\(String(repeating: "0", count: 64))\"",
            "\"ffffffff-ffff-7fff-bfff-ffffffffffff\"", "\"00000000-0000-0000-0000-000000000000\"", "\"'; DROP TABLE change; --\"",
        ].map { Array($0.utf8) } + [
            [0xFF], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xF5, 0x80, 0x80, 0x80, 0x22], [0],
        ]

    var random: SeededRandom
    /// Lines from which pieces are taken.
    var donors: [[UInt8]] = []

    /// Changes some of the lines, or their number or order.
    mutating func lines(_ lines: [[UInt8]]) -> [[UInt8]] {
        var lines = lines
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let index = Int.random(in: 0..<lines.count, using: &random)
            switch Int.random(in: 0..<16, using: &random) {
            case 0: lines.remove(at: index)
            case 1: lines.insert(lines[index], at: index)
            case 2: lines.swapAt(index, Int.random(in: 0..<lines.count, using: &random))
            case 3: lines[index] = donor() ?? []
            case 4: lines.insert(junk(), at: index)
            default: lines[index] = line(lines[index])
            }
            if lines.isEmpty { lines = [junk()] }
        }
        return lines
    }

    /// Changes what a first line claims about its sender's place and time, in right forms.
    mutating func claim(_ line: [UInt8]) -> [UInt8] {
        let claims = [
            ("time", "1388534400000"), ("time", "9007199254740991"), ("time", "-9007199254740991"), ("after", "1"),
            ("after", "9007199254740991"), ("chain", "\"\(String(repeating: "0", count: 64))\""),
            ("forkedFrom", "\"01a2057f-09cc-787e-80fc-3260b753339f\""),
            ("epoch", "\"01a2057f-09cc-787e-80fc-3260b753339f\""), ("sequence", "9007199254740991"), ("sequence", "0"),
        ]
        let (name, value) = claims[Int.random(in: 0..<claims.count, using: &random)]
        let tokens = Self.tokens(line)
        let quoted = Array("\"\(name)\"".utf8)
        guard let index = tokens.firstIndex(where: { Array(line[$0]) == quoted }), index + 1 < tokens.count else { return line }
        return replaced(line, tokens[index + 1], Array(value.utf8))
    }

    /// Changes one line.
    mutating func line(_ line: [UInt8]) -> [UInt8] {
        let tokens = Self.tokens(line)
        guard !tokens.isEmpty, !random.chance(oneIn: 6) else { return bytes(line) }
        let token = tokens[Int.random(in: 0..<tokens.count, using: &random)]
        switch Int.random(in: 0..<10, using: &random) {
        case 0: return replaced(line, token, [])
        case 1: return replaced(line, token, Array(line[token]) + Array(line[token]))
        case 2: return replaced(line, token, nested())
        case 3: return withTwin(line, tokens)
        case 4, 5: return replaced(line, token, piece() ?? [])
        case 6: return replaced(line, token, long())
        default:
            return replaced(line, token, Self.values[Int.random(in: 0..<Self.values.count, using: &random)])
        }
    }

    /// Changes bytes without regard for what they mean.
    mutating func bytes(_ original: [UInt8]) -> [UInt8] {
        var bytes = original
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            guard !bytes.isEmpty else { return random.bytes(Int.random(in: 0...20, using: &random)) }
            let index = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes.remove(at: index)
            case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
            case 3: bytes.removeLast(Int.random(in: 0...min(bytes.count, 200), using: &random))
            default: bytes.insert(contentsOf: bytes[index...].prefix(Int.random(in: 1...300, using: &random)), at: index)
            }
        }
        return bytes
    }

    /// A line made of nothing.
    mutating func junk() -> [UInt8] {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: return random.bytes(Int.random(in: 0...400, using: &random))
        case 1: return nested()
        case 2: return long()
        case 3: return Array("{\"kind\":\"push\",\"v\":1}".utf8)
        case 4: return Self.values[Int.random(in: 0..<Self.values.count, using: &random)]
        default: return object(depth: 0)
        }
    }

    // MARK: Pieces

    private mutating func donor() -> [UInt8]? {
        donors.isEmpty ? nil : donors[Int.random(in: 0..<donors.count, using: &random)]
    }

    /// A value of another line: the right form in the wrong place.
    private mutating func piece() -> [UInt8]? {
        guard let donor = donor() else { return nil }
        let tokens = Self.tokens(donor)
        guard !tokens.isEmpty else { return nil }
        return Array(donor[tokens[Int.random(in: 0..<tokens.count, using: &random)]])
    }

    private mutating func nested() -> [UInt8] {
        let depth = [3, 6, 7, 11, 1000, 30_000][Int.random(in: 0..<6, using: &random)]
        let (open, close) = Bool.random(using: &random) ? ("[", "]") : ("{\"a\":", "}")
        let inside = String(repeating: open, count: depth) + "1"
        return Array((inside + (random.chance(oneIn: 3) ? "" : String(repeating: close, count: depth))).utf8)
    }

    private mutating func long() -> [UInt8] {
        let count = [300, 5_000, 65_000, 66_000, 400_000][Int.random(in: 0..<5, using: &random)]
        let unit = ["a", "é", "\\u0041", "😀", "9"][Int.random(in: 0..<5, using: &random)]
        let text = String(repeating: unit, count: count / unit.utf8.count)
        return Array((unit == "9" ? text : "\"\(text)\"").utf8)
    }

    /// An object with one name twice, spelt alike or with an escape.
    private mutating func withTwin(_ line: [UInt8], _ tokens: [Range<Int>]) -> [UInt8] {
        let names = tokens.filter {
            line[$0].first == UInt8(ascii: "\"") && $0.upperBound < line.count && line[$0.upperBound] == UInt8(ascii: ":")
        }
        guard !names.isEmpty else { return line }
        let name = names[Int.random(in: 0..<names.count, using: &random)]
        var twin = Array(line[name])
        if Bool.random(using: &random), twin.count > 2 {
            let escaped = Array("\\u00".utf8) + Array((String(twin[1], radix: 16)).utf8)
            twin = [twin[0]] + escaped + twin[2...]
        }
        return replaced(line, name.lowerBound..<name.lowerBound, twin + Array(":1,".utf8))
    }

    private mutating func object(depth: Int) -> [UInt8] {
        let names = [
            "kind", "v", "vault", "station", "epoch", "after", "chain", "count", "head", "time", "cursors", "set", "base", "salt",
            Self.marker,
        ]
        var parts: [[UInt8]] = []
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            let name = names[Int.random(in: 0..<names.count, using: &random)]
            let value =
                depth < 5 && random.chance(oneIn: 3)
                ? object(depth: depth + 1) : Self.values[Int.random(in: 0..<Self.values.count, using: &random)]
            parts.append(Array("\"\(name)\":".utf8) + value)
        }
        return [UInt8(ascii: "{")] + Array(parts.joined(separator: [UInt8(ascii: ",")])) + [UInt8(ascii: "}")]
    }

    private func replaced(_ line: [UInt8], _ range: Range<Int>, _ bytes: [UInt8]) -> [UInt8] {
        Array(line[..<range.lowerBound]) + bytes + Array(line[range.upperBound...])
    }

    /// Strings, numbers and words of a line.
    static func tokens(_ line: [UInt8]) -> [Range<Int>] {
        var tokens: [Range<Int>] = []
        var index = 0
        while index < line.count {
            let start = index
            if line[index] == UInt8(ascii: "\"") {
                index += 1
                while index < line.count, line[index] != UInt8(ascii: "\"") { index += line[index] == UInt8(ascii: "\\") ? 2 : 1 }
                index = min(index + 1, line.count)
                tokens.append(start..<index)
            } else if "{}[],:".utf8.contains(line[index]) {
                index += 1
            } else {
                while index < line.count, !"{}[],:\"".utf8.contains(line[index]) { index += 1 }
                tokens.append(start..<index)
            }
        }
        return tokens
    }
}

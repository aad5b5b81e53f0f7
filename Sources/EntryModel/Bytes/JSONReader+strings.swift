extension JSONReader {
    /// Reads the string at `offset`, its quotes included, and moves past it.
    mutating func scanString() throws(JSONError) -> String {
        let start = offset + 1
        var (end, plain) = try scanRun(from: start)
        if bytes[end] == UInt8(ascii: "\"") {
            offset = end + 1
            let run = UnsafeBufferPointer(rebasing: bytes[start..<end])
            if plain { return String(decoding: run, as: UTF8.self) }
            guard let text = String(validating: run, as: UTF8.self) else { throw JSONError(.invalidUTF8, at: start) }
            return text
        }
        var text = Array(bytes[start..<end])
        offset = end
        while bytes[offset] == UInt8(ascii: "\\") {
            try appendEscape(to: &text)
            let from = offset
            let more: Bool
            (end, more) = try scanRun(from: from)
            plain = plain && more
            text.append(contentsOf: bytes[from..<end])
            offset = end
        }
        offset += 1
        guard let result = String(validating: text, as: UTF8.self) else { throw JSONError(.invalidUTF8, at: start) }
        return result
    }

    /// Reads a name like a string, but without building a `String`.
    mutating func scanName() throws(JSONError) -> JSONName {
        let start = offset + 1
        let (end, plain) = try scanRun(from: start)
        if plain, bytes[end] == UInt8(ascii: "\"") {
            offset = end + 1
            return JSONName(text: UnsafeBufferPointer(rebasing: bytes[start..<end]))
        }
        let text = try scanString()
        return JSONName(text: keep(Array(text.utf8)))
    }

    /// Runs to the next quote or backslash.
    /// - Returns: Its offset, and whether all before it is ASCII.
    private func scanRun(from start: Int) throws(JSONError) -> (end: Int, ascii: Bool) {
        var index = start
        var seen: UInt64 = 0
        let count = bytes.count
        while index + 8 <= count {
            let word = ByteMarks.word(bytes, at: index)
            let special = ByteMarks.special(word)
            if special == 0 {
                seen |= word
                index += 8
                continue
            }
            let before = special.trailingZeroBitCount & ~7
            seen |= word & ((1 << UInt64(before)) &- 1)
            index += before >> 3
            guard bytes[index] >= 0x20 else { throw JSONError(.controlCharacter, at: index) }
            return (index, ByteMarks.beyondASCII(seen) == 0)
        }
        while index < count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return (index, ByteMarks.beyondASCII(seen) == 0) }
            guard byte >= 0x20 else { throw JSONError(.controlCharacter, at: index) }
            seen |= UInt64(byte)
            index += 1
        }
        throw JSONError(.endOfInput, at: count)
    }

    private mutating func appendEscape(to text: inout [UInt8]) throws(JSONError) {
        let start = offset
        guard offset + 1 < bytes.count else { throw JSONError(.endOfInput, at: bytes.count) }
        let letter = bytes[offset + 1]
        offset += 2
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
        case UInt8(ascii: "b"): text.append(8)
        case UInt8(ascii: "f"): text.append(12)
        case UInt8(ascii: "n"): text.append(10)
        case UInt8(ascii: "r"): text.append(13)
        case UInt8(ascii: "t"): text.append(9)
        case UInt8(ascii: "u"):
            var value = UInt32(try hexUnit())
            guard value != 0 else { throw JSONError(.nullCharacter, at: start) }
            if value >= 0xDC00, value <= 0xDFFF { throw JSONError(.loneSurrogate, at: start) }
            if value >= 0xD800, value <= 0xDBFF {
                guard offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"), bytes[offset + 1] == UInt8(ascii: "u")
                else { throw JSONError(.loneSurrogate, at: start) }
                offset += 2
                let low = UInt32(try hexUnit())
                guard low >= 0xDC00, low <= 0xDFFF else { throw JSONError(.loneSurrogate, at: start) }
                value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(value) else { throw JSONError(.loneSurrogate, at: start) }
            text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        default: throw JSONError(.syntax, at: start)
        }
    }

    private mutating func hexUnit() throws(JSONError) -> UInt16 {
        guard offset + 4 <= bytes.count else { throw JSONError(.endOfInput, at: bytes.count) }
        var value: UInt16 = 0
        for _ in 0..<4 {
            let byte = bytes[offset]
            // JSON allows both cases of hexadecimal digits in an escape.
            let nibble = Hex.value(byte &- 65 < 6 ? byte | 0x20 : byte)
            guard nibble < 16 else { throw JSONError(.syntax, at: offset) }
            value = value << 4 | UInt16(nibble)
            offset += 1
        }
        return value
    }
}

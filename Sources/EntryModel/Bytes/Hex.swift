/// Lower-case hexadecimal, the one form of binary in the protocol's JSON.
public enum Hex {
    /// Writes bytes as lower-case digits, two a byte.
    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        let count = bytes.count
        return String(unsafeUninitializedCapacity: count * 2) { buffer in
            var index = 0
            for byte in bytes {
                buffer[index] = digit(byte >> 4)
                buffer[index + 1] = digit(byte & 15)
                index += 2
            }
            return index
        }
    }

    /// Reads lower-case digits, two a byte.
    /// - Returns: `nil` for an odd length or any other character, upper-case digits included.
    public static func decode(_ text: String) -> [UInt8]? {
        var text = text
        return text.withUTF8 { decode($0) }
    }

    static func decode(_ digits: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bad: UInt8 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: digits.count / 2) { bytes, count in
            count = digits.count / 2
            for index in 0..<count {
                let high = value(digits[index * 2])
                let low = value(digits[index * 2 + 1])
                bad |= high | low
                bytes[index] = high << 4 | low & 15
            }
        }
        return bad < 16 ? bytes : nil
    }

    @inline(__always) static func digit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? nibble &+ 48 : nibble &+ 87
    }

    /// The value of one lower-case digit, or 255.
    @inline(__always) static func value(_ character: UInt8) -> UInt8 {
        switch character {
        case 48...57: character &- 48
        case 97...102: character &- 87
        default: 255
        }
    }

    /// Sixteen digits from `offset` as a number, or `nil`.
    @inline(__always) static func word(_ digits: UnsafeBufferPointer<UInt8>, at offset: Int) -> UInt64? {
        var word: UInt64 = 0
        var bad: UInt8 = 0
        for index in offset..<offset + 16 {
            let nibble = value(digits[index])
            bad |= nibble & 0xF0
            word = word << 4 | UInt64(nibble & 15)
        }
        return bad == 0 ? word : nil
    }

    @inline(__always) static func write(_ word: UInt64, to buffer: UnsafeMutableBufferPointer<UInt8>, at offset: Int) {
        for index in 0..<16 {
            buffer[offset + index] = digit(UInt8(truncatingIfNeeded: word >> UInt64(60 - index * 4)) & 15)
        }
    }
}

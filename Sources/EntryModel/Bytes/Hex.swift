/// Lower-case hexadecimal, the one form of binary in the protocol's JSON.
public enum Hex {
    /// Writes bytes as lower-case digits, two a byte.
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var digits: [UInt8] = []
        for byte in bytes {
            digits.append(digit(byte >> 4))
            digits.append(digit(byte & 15))
        }
        return String(decoding: digits, as: UTF8.self)
    }

    /// Reads lower-case digits, two a byte.
    /// - Returns: `nil` for an odd length or any other character, upper-case digits included.
    public static func decode(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        for index in stride(from: 0, to: digits.count, by: 2) {
            let high = value(digits[index])
            let low = value(digits[index + 1])
            guard high < 16, low < 16 else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
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

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
        var bad: UInt64 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: digits.count / 2) { bytes, count in
            count = digits.count / 2
            var index = 0
            while index + 4 <= count {
                let (number, fault) = eight(ByteMarks.word(digits, at: index * 2))
                bad |= fault
                UnsafeMutableRawBufferPointer(bytes).storeBytes(
                    of: UInt32(truncatingIfNeeded: number).bigEndian, toByteOffset: index, as: UInt32.self)
                index += 4
            }
            while index < count {
                let high = value(digits[index * 2])
                let low = value(digits[index * 2 + 1])
                bad |= UInt64(high | low) & 0xF0
                bytes[index] = high << 4 | low & 15
                index += 1
            }
        }
        return bad == 0 ? bytes : nil
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

    /// Eight digits at once.
    ///
    /// - Parameter word: The eight characters, the first of them lowest.
    /// - Returns: The number that they are, below 2^32; and a fault other than 0 when they are not all digits: then the number means nothing.
    @inline(__always) static func eight(_ word: UInt64) -> (number: UInt64, fault: UInt64) {
        // Of a digit the low half is its value; of a letter from a to f it is its value less nine.
        let letters = (word >> 6) & ones
        let values = (word & (ones &* 0x0F)) &+ letters &* 9
        // Only what comes out as it went in was a digit in lower case.
        let beyondNine = ((values &+ ones &* 6) >> 4) & ones
        let again = values &+ ones &* 48 &+ beyondNine &* 39
        let fault = (again ^ word) | (values & (ones &* 0xF0))
        var number = values.byteSwapped
        number = (number | number >> 4) & 0x00FF_00FF_00FF_00FF
        number = (number | number >> 8) & 0x0000_FFFF_0000_FFFF
        number = (number | number >> 16) & 0xFFFF_FFFF
        return (number, fault)
    }

    private static let ones: UInt64 = 0x0101_0101_0101_0101

    /// Sixteen digits from `offset` as a number, or `nil`.
    @inline(__always) static func word(_ digits: UnsafeBufferPointer<UInt8>, at offset: Int) -> UInt64? {
        let high = eight(ByteMarks.word(digits, at: offset))
        let low = eight(ByteMarks.word(digits, at: offset + 8))
        return high.fault | low.fault == 0 ? high.number << 32 | low.number : nil
    }

    @inline(__always) static func write(_ word: UInt64, to buffer: UnsafeMutableBufferPointer<UInt8>, at offset: Int) {
        for index in 0..<16 {
            buffer[offset + index] = digit(UInt8(truncatingIfNeeded: word >> UInt64(60 - index * 4)) & 15)
        }
    }
}

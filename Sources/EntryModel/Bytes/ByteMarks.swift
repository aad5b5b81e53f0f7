/// Finds what ends or breaks a run of plain text in a JSON string, eight bytes at a time.
enum ByteMarks {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let high: UInt64 = 0x8080_8080_8080_8080

    /// The high bit of each byte that is a quote, a backslash or a control character.
    ///
    /// Exact in the lowest byte that has its bit set; above it a borrow may add false ones, and bytes beyond ASCII never have theirs set.
    /// - Parameter word: Eight bytes, the first of them lowest.
    @inline(__always)
    static func special(_ word: UInt64) -> UInt64 {
        let quote = (word ^ (ones &* 0x22)) &- ones
        let backslash = (word ^ (ones &* 0x5C)) &- ones
        let control = word &- (ones &* 0x20)
        // A byte less one gets its high bit only when it was 0, less 32 only when it was below.
        return (quote | backslash | control) & ~word & high
    }

    /// The high bit of each byte beyond ASCII.
    @inline(__always)
    static func beyondASCII(_ word: UInt64) -> UInt64 { word & high }

    @inline(__always)
    static func word(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> UInt64 {
        UInt64(littleEndian: UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: index, as: UInt64.self))
    }

    /// The same of four bytes.
    @inline(__always)
    static func halfWord(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> UInt64 {
        UInt64(UInt32(littleEndian: UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: index, as: UInt32.self)))
    }

    /// Whether no byte needs an escape.
    static func isPlain(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var index = 0
        while index + 8 <= bytes.count {
            if special(word(bytes, at: index)) != 0 { return false }
            index += 8
        }
        while index < bytes.count {
            let byte = bytes[index]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return false }
            index += 1
        }
        return true
    }
}

/// The normal form of a telephone number: E.164, `+12125550123`; an extension follows as in RFC 3966, `+12125550123;ext=45`.
///
/// A number without a country is one of the North American plan: ten digits, or eleven that begin with 1, where the area and the exchange
/// begin with 2 to 9. Numbers of other countries begin with `+`, or with `011` as dialled from here.
enum PhoneForm {
    /// - Parameter text: In normal form.
    /// - Returns: `nil` when it can be no telephone number.
    static func read(_ text: String) -> String? {
        text.utf8.withContiguousStorageIfAvailable { bytes in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { scratch in
                read(bytes, into: scratch).map { String(decoding: UnsafeBufferPointer(rebasing: scratch[..<$0]), as: UTF8.self) }
            }
        } ?? nil
    }

    /// Writes the normal form.
    /// - Returns: Its length.
    private static func read(_ bytes: UnsafeBufferPointer<UInt8>, into scratch: UnsafeMutableBufferPointer<UInt8>) -> Int? {
        scratch[0] = UInt8(ascii: "+")
        // The second place is kept for the country's 1, which most people leave out.
        var end = 2
        var hasPlus = false
        var index = 0
        scan: while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case 48...57:
                guard end < 18 else { return nil }
                scratch[end] = byte
                end += 1
            case UInt8(ascii: "+"):
                guard end == 2, !hasPlus else { return nil }
                hasPlus = true
            case UInt8(ascii: " "), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"): break
            default:
                guard let first = extensionDigits(bytes, from: index) else { return nil }
                index = first
                break scan
            }
            index += 1
        }
        guard let number = country(scratch, end: end, hasPlus: hasPlus) else { return nil }
        guard index < bytes.count else { return number }
        return appendExtension(bytes, from: index, to: scratch, at: number)
    }

    /// Moves the digits, which begin at 2, to where they belong after the plus.
    private static func country(_ scratch: UnsafeMutableBufferPointer<UInt8>, end: Int, hasPlus: Bool) -> Int? {
        let digits = end - 2
        func move(from: Int) -> Int {
            for index in from..<end { scratch[index - from + 1] = scratch[index] }
            return end - from + 1
        }
        if hasPlus, digits > 0, scratch[2] != UInt8(ascii: "1") {
            return scratch[2] != UInt8(ascii: "0") && 8...15 ~= digits ? move(from: 2) : nil
        }
        if !hasPlus, digits > 10, scratch[2] == UInt8(ascii: "0"), scratch[3] == UInt8(ascii: "1"), scratch[4] == UInt8(ascii: "1") {
            return scratch[5] > UInt8(ascii: "1") && 8...15 ~= digits - 3 ? move(from: 5) : nil
        }
        let area: Int
        switch digits {
        case 10 where !hasPlus: area = 2
        case 11 where scratch[2] == UInt8(ascii: "1"): area = 3
        default: return nil
        }
        guard scratch[area] >= UInt8(ascii: "2"), scratch[area + 3] >= UInt8(ascii: "2") else { return nil }
        scratch[1] = UInt8(ascii: "1")
        return area == 2 ? end : move(from: 2)
    }

    /// Passes over `x`, `ext`, `extension` or `#` and what follows it.
    /// - Returns: Where the digits begin; `nil` when it is something else, or nothing follows.
    private static func extensionDigits(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var index = start
        func pass(_ belongs: (UInt8) -> Bool) {
            while index < bytes.count, belongs(bytes[index]) { index += 1 }
        }
        pass(isSign)
        let wordStart = index
        pass { ($0 | 0x20) &- 97 < 26 }
        let word = String(decoding: UnsafeBufferPointer(rebasing: bytes[wordStart..<index]), as: UTF8.self).lowercased()
        guard ["", "x", "ex", "ext", "extension"].contains(word) else { return nil }
        pass(isSign)
        return index > start && index < bytes.count ? index : nil
    }

    /// Whether the character may stand about the word for an extension.
    private static func isSign(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: ";"), UInt8(ascii: "#"),
            UInt8(ascii: "="):
            true
        default: false
        }
    }

    private static func appendExtension(
        _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, to scratch: UnsafeMutableBufferPointer<UInt8>, at end: Int
    ) -> Int? {
        guard 1...7 ~= bytes.count - start, bytes[start...].allSatisfy({ 48...57 ~= $0 }) else { return nil }
        var end = end
        for byte in ";ext=".utf8 {
            scratch[end] = byte
            end += 1
        }
        for byte in bytes[start...] {
            scratch[end] = byte
            end += 1
        }
        return end
    }
}

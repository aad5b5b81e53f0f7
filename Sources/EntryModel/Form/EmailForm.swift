/// The normal form of an e-mail address: the domain in lower case, the part before it as keyed, for its case may count at its own server.
///
/// Checks what can be seen from the address alone; letters of any script are allowed on both sides (RFC 6531).
enum EmailForm {
    /// - Parameter text: In normal form.
    /// - Returns: `nil` when it can be no address.
    static func read(_ text: String) -> String? {
        let outcome = text.utf8.withContiguousStorageIfAvailable { bytes -> (isAddress: Bool, domain: Int, isLower: Bool) in
            guard let at = bytes.lastIndex(of: UInt8(ascii: "@")), isLocal(bytes[..<at]) else { return (false, 0, true) }
            let domain = bytes[(at + 1)...]
            return (isDomain(domain), at + 1, domain.allSatisfy { $0 < 0x80 && $0 &- 65 >= 26 })
        }
        guard let outcome, outcome.isAddress else { return nil }
        if outcome.isLower { return text }
        let domain = text.utf8.index(text.startIndex, offsetBy: outcome.domain)
        return text[..<domain] + TextForm.clean(text[domain...].lowercased())
    }

    private static func isLocal(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        guard 1...64 ~= bytes.count else { return false }
        var previous = UInt8(ascii: ".")
        for byte in bytes {
            switch byte {
            case UInt8(ascii: ".") where previous == UInt8(ascii: "."): return false
            case 0...32, UInt8(ascii: "@"), UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: ";"), UInt8(ascii: "<"),
                UInt8(ascii: ">"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "\\"),
                UInt8(ascii: "\""):
                return false
            default: previous = byte
            }
        }
        return previous != UInt8(ascii: ".")
    }

    /// At least two labels, each of letters, digits and inner hyphens, 1 to 63 bytes.
    private static func isDomain(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        guard bytes.count <= 253 else { return false }
        var labels = 0
        var length = 0
        var previous: UInt8 = 0
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "."):
                guard length > 0, previous != UInt8(ascii: "-") else { return false }
                labels += 1
                length = 0
            case UInt8(ascii: "-"):
                guard length > 0 else { return false }
                length += 1
            case 48...57, 65...90, 97...122, 0x80...: length += 1
            default: return false
            }
            guard length <= 63 else { return false }
            previous = byte
        }
        return labels > 0 && length > 0 && previous != UInt8(ascii: "-")
    }
}

/// The forms of the names that machines compare. Source: Protocol/README.md, "Bytes".
public enum Identifier {
    /// Ids of clients, promotions, fields, operators and codes: `[a-z][a-z0-9_-]{0,63}`.
    public static func isValid(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { isValid($0) }
    }

    static func isValid(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard 1...64 ~= bytes.count, bytes[0] &- 97 < 26 else { return false }
        for byte in bytes {
            guard byte &- 97 < 26 || byte &- 48 < 10 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") else { return false }
        }
        return true
    }

    /// Names of fields as a change may set them: an id, or one of the reserved names that begin with `$`.
    public static func isField(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { isField($0) }
    }

    static func isField(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        bytes.first == UInt8(ascii: "$") ? isReserved(bytes) : isValid(bytes)
    }

    /// `$channel $batch $envelope $card $void $state $expected` and `$envelope.N`, N from 1 to 999999.
    private static func isReserved(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let name = JSONName(text: bytes)
        switch bytes.count {
        case 5: return name == "$card" || name == "$void"
        case 6: return name == "$batch" || name == "$state"
        case 8: return name == "$channel"
        case 9: return name == "$envelope" || name == "$expected"
        case 11...16:
            let digits = bytes[10...]
            return JSONName(text: UnsafeBufferPointer(rebasing: bytes[..<10])) == "$envelope."
                && digits.first != UInt8(ascii: "0") && digits.allSatisfy { $0 &- 48 < 10 }
        default: return false
        }
    }

    /// Batch labels: `[A-Z0-9-]{1,32}`.
    public static func isBatchLabel(_ text: String) -> Bool {
        1...32 ~= text.utf8.count && text.utf8.allSatisfy { 65...90 ~= $0 || 48...57 ~= $0 || $0 == 45 }
    }
}

/// A promotion and the version of its document, written `promotion/version`; also a consent wording and its version.
public struct Versioned: Hashable, Sendable, CustomStringConvertible, LosslessStringConvertible {
    public var id: String
    /// 1 or more.
    public var version: Int64

    public init(id: String, version: Int64) {
        self.id = id
        self.version = version
    }

    /// - Returns: `nil` unless `text` is an id, a slash and a positive number without leading zeros.
    public init?(_ text: String) {
        var text = text
        guard let versioned = text.withUTF8({ Versioned(bytes: $0) }) else { return nil }
        self = versioned
    }

    init?(bytes: UnsafeBufferPointer<UInt8>) {
        guard let slash = bytes.firstIndex(of: UInt8(ascii: "/")) else { return nil }
        let id = UnsafeBufferPointer(rebasing: bytes[..<slash])
        let digits = bytes[(slash + 1)...]
        guard Identifier.isValid(id), 1...16 ~= digits.count, digits.first != UInt8(ascii: "0") else { return nil }
        var version: Int64 = 0
        for digit in digits {
            guard digit &- 48 < 10 else { return nil }
            version = version * 10 + Int64(digit &- 48)
        }
        guard version <= safeIntegers.upperBound else { return nil }
        self.init(id: String(decoding: id, as: UTF8.self), version: version)
    }

    /// Whether both parts have their form, so that what is written can be read.
    var isValid: Bool { Identifier.isValid(id) && 1...safeIntegers.upperBound ~= version }

    public var description: String { "\(id)/\(version)" }
}

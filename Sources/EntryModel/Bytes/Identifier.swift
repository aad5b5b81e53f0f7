/// The forms of the names that machines compare. Source: Protocol/README.md, "Bytes".
public enum Identifier {
    /// Ids of clients, promotions, fields, operators and codes: `[a-z][a-z0-9_-]{0,63}`.
    public static func isValid(_ text: String) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, 97...122 ~= first, bytes.count <= 64 else { return false }
        return bytes.allSatisfy { 97...122 ~= $0 || 48...57 ~= $0 || $0 == 95 || $0 == 45 }
    }

    /// Names of fields as a change may set them: an id, or one of the reserved names that begin with `$`.
    public static func isField(_ text: String) -> Bool {
        guard text.utf8.first == UInt8(ascii: "$") else { return isValid(text) }
        return isReserved(text)
    }

    /// `$channel $batch $envelope $card $void $state $expected` and `$envelope.N`.
    public static func isReserved(_ text: String) -> Bool {
        switch text {
        case "$channel", "$batch", "$envelope", "$card", "$void", "$state", "$expected": return true
        default:
            guard text.hasPrefix("$envelope."), let number = Int(text.dropFirst(10)) else { return false }
            return number > 0 && number < 1_000_000 && String(number) == text.dropFirst(10)
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
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let version = Int64(parts[1]), version > 0, version <= safeIntegers.upperBound,
            String(version) == parts[1], Identifier.isValid(String(parts[0]))
        else { return nil }
        self.init(id: String(parts[0]), version: version)
    }

    public var description: String { "\(id)/\(version)" }
}

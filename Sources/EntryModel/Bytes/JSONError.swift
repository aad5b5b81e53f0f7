/// Why a line is not strict I-JSON or not of the shape asked for, and at which byte.
public struct JSONError: Error, Hashable, Sendable {
    public enum Reason: String, Hashable, Sendable {
        case syntax
        case endOfInput
        case trailingBytes
        case duplicateName
        case invalidUTF8
        case loneSurrogate
        case nullCharacter
        case controlCharacter
        case notAnInteger
        case integerOutOfRange
        case tooDeep
        case tooLong
        /// Strict JSON, but not what stands there by the protocol: another type, a missing name, a value outside its form.
        case unexpected
    }

    public var reason: Reason
    /// Zero-based offset in the line's bytes.
    public var offset: Int
    /// The innermost name being read, where there is one; never a value.
    public var name: String?

    public init(_ reason: Reason, at offset: Int, name: String? = nil) {
        self.reason = reason
        self.offset = offset
        self.name = name
    }
}

extension JSONError: CustomStringConvertible {
    public var description: String {
        let place = name.map { " in \"\($0)\"" } ?? ""
        return "\(reason.rawValue) at byte \(offset)\(place)"
    }
}

/// The bounds of one line. Source: Protocol/README.md, "Limits".
public struct LineLimits: Hashable, Sendable {
    public var bytes: Int
    public var depth: Int

    public init(bytes: Int, depth: Int) {
        self.bytes = bytes
        self.depth = depth
    }

    /// Every line but a promotion document's: 64 KiB, six levels.
    public static let line = LineLimits(bytes: 64 << 10, depth: 6)
    /// The body of a `document` change: 1 MiB, ten levels.
    public static let document = LineLimits(bytes: 1 << 20, depth: 10)
}

/// The integers that every JSON parser reads alike: ±(2^53−1). Source: RFC 7493, 2.2.
public let safeIntegers: ClosedRange<Int64> = -9_007_199_254_740_991...9_007_199_254_740_991

import Crypto

/// A SHA-256 digest: the id of a change, a link of a chain, the state of a feed.
///
/// Written in JSON as 64 lower-case hexadecimal digits; hashed and signed as its 32 raw bytes.
public struct Digest: Hashable, Sendable {
    /// The 32 bytes as four big-endian words, so that comparing and hashing need no memory access.
    let words: (UInt64, UInt64, UInt64, UInt64)

    /// All bytes zero; the empty sum of comparison digests.
    public static let zero = Digest(words: (0, 0, 0, 0))

    init(words: (UInt64, UInt64, UInt64, UInt64)) {
        self.words = words
    }

    /// Makes a digest of 32 raw bytes.
    /// - Returns: `nil` when there are not exactly 32.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        var iterator = bytes.makeIterator()
        func word() -> UInt64 {
            (0..<8).reduce(0) { value, _ in value << 8 | UInt64(iterator.next() ?? 0) }
        }
        words = (word(), word(), word(), word())
    }

    /// The same of an array, which every store hands over: four loads instead of a walk through an unknown collection.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self = bytes.withUnsafeBytes { Digest(raw: $0) }
    }

    /// The same of a part of an array, as of a list of digests.
    public init?(bytes: ArraySlice<UInt8>) {
        guard bytes.count == 32 else { return nil }
        self = bytes.withUnsafeBytes { Digest(raw: $0) }
    }

    /// - Parameter raw: At least 32 bytes.
    private init(raw: UnsafeRawBufferPointer) {
        words = (
            UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
            UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
            UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
            UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
        )
    }

    /// Reads 64 lower-case hexadecimal digits.
    /// - Returns: `nil` for anything else, upper-case digits included.
    public init?(hex: String) {
        var hex = hex
        guard let digest = hex.withUTF8({ Digest(hexDigits: $0) }) else { return nil }
        self = digest
    }

    init?(hexDigits: UnsafeBufferPointer<UInt8>) {
        guard hexDigits.count == 64,
            let a = Hex.word(hexDigits, at: 0), let b = Hex.word(hexDigits, at: 16),
            let c = Hex.word(hexDigits, at: 32), let d = Hex.word(hexDigits, at: 48)
        else { return nil }
        words = (a, b, c, d)
    }

    init(_ digest: SHA256.Digest) {
        self = digest.withUnsafeBytes { Digest(raw: $0) }
    }

    /// The 32 raw bytes.
    public var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            withBytes { _ = buffer.update(fromContentsOf: $0) }
            count = 32
        }
    }

    /// Lends the 32 raw bytes without an allocation.
    public func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
        let raw = (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
        return try withUnsafeBytes(of: raw) { try $0.withMemoryRebound(to: UInt8.self, body) }
    }

    /// The 64 lower-case hexadecimal digits.
    public var hex: String {
        String(unsafeUninitializedCapacity: 64) { buffer in
            Hex.write(words.0, to: buffer, at: 0)
            Hex.write(words.1, to: buffer, at: 16)
            Hex.write(words.2, to: buffer, at: 32)
            Hex.write(words.3, to: buffer, at: 48)
            return 64
        }
    }

    public static func == (left: Digest, right: Digest) -> Bool {
        left.words.0 == right.words.0 && left.words.1 == right.words.1 && left.words.2 == right.words.2
            && left.words.3 == right.words.3
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}

extension Digest: Comparable {
    /// The order of the raw bytes.
    public static func < (left: Digest, right: Digest) -> Bool {
        left.words < right.words
    }
}

extension Digest: CustomStringConvertible {
    public var description: String { hex }
}

extension Digest {
    /// The sum modulo 2^256 of two digests read as big-endian numbers; free of order, so that a set can be compared by its sum.
    public static func &+ (left: Digest, right: Digest) -> Digest {
        let (d, carryD) = left.words.3.addingReportingOverflow(right.words.3)
        let (c, carryC) = add(left.words.2, right.words.2, carryD)
        let (b, carryB) = add(left.words.1, right.words.1, carryC)
        let (a, _) = add(left.words.0, right.words.0, carryB)
        return Digest(words: (a, b, c, d))
    }

    private static func add(_ left: UInt64, _ right: UInt64, _ carry: Bool) -> (UInt64, Bool) {
        let (sum, first) = left.addingReportingOverflow(right)
        let (total, second) = sum.addingReportingOverflow(carry ? 1 : 0)
        return (total, first || second)
    }
}

/// A UUID (RFC 9562), always written in lower case: the id of an entry, a station or an epoch.
///
/// Version 7 is made where something begins (time-ordered, so that indexes grow at one end); version 8 is derived, for an entry imported
/// from a file, so that the same card gets the same id at every station.
public struct UniqueID: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Makes an id of 16 raw bytes.
    /// - Returns: `nil` when there are not exactly 16.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        var iterator = bytes.makeIterator()
        func word() -> UInt64 { (0..<8).reduce(0) { value, _ in value << 8 | UInt64(iterator.next() ?? 0) } }
        self.init(high: word(), low: word())
    }

    /// The same of an array, which every store hands over.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self = bytes.withUnsafeBytes { raw in
            UniqueID(
                high: UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                low: UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
    }

    /// Reads the 36 characters of the lower-case form with its hyphens.
    /// - Returns: `nil` for anything else, upper case included.
    public init?(_ text: String) {
        var text = text
        guard let id = text.withUTF8({ UniqueID(characters: $0) }) else { return nil }
        self = id
    }

    init?(characters: UnsafeBufferPointer<UInt8>) {
        let hyphen = UInt8(ascii: "-")
        guard characters.count == 36, characters[8] == hyphen, characters[13] == hyphen, characters[18] == hyphen, characters[23] == hyphen
        else { return nil }
        func eight(_ first: Int, _ second: Int) -> (number: UInt64, fault: UInt64) {
            Hex.eight(ByteMarks.halfWord(characters, at: first) | ByteMarks.halfWord(characters, at: second) << 32)
        }
        let (a, b, c, d) = (eight(0, 4), eight(9, 14), eight(19, 24), eight(28, 32))
        guard a.fault | b.fault | c.fault | d.fault == 0 else { return nil }
        self.init(high: a.number << 32 | b.number, low: c.number << 32 | d.number)
    }

    /// A new version 7 id.
    /// - Parameters:
    ///   - milliseconds: The clock's milliseconds since 1970 UTC; only the low 48 bits are used.
    ///   - random: Where the other 74 bits come from.
    public static func version7(
        milliseconds: Int64, random: inout some RandomNumberGenerator
    ) -> UniqueID {
        let high = UInt64(truncatingIfNeeded: milliseconds) << 16 | 0x7000 | UInt64(random.next(upperBound: 0x1000 as UInt64))
        let low = 1 << 63 | random.next() >> 2
        return UniqueID(high: high, low: low)
    }

    /// The version 8 id of a card: the first 16 bytes of H("fieldentry/1 card\0" ‖ promotion ‖ "\0" ‖ batch ‖ "\0" ‖ envelope ‖ card),
    /// with version and variant written over them as in every UUID that is made of a hash.
    /// - SeeAlso: Protocol/README.md, "Entry ids".
    public static func card(promotion: String, batch: String, envelope: Int64, card: Int64) -> UniqueID {
        var hash = Hash("fieldentry/1 card\0")
        hash.add(promotion)
        hash.add("\0")
        hash.add(batch)
        hash.add("\0")
        hash.add(number: envelope)
        hash.add(number: card)
        let words = hash.digest.words
        return UniqueID(high: words.0 & ~0xF000 | 0x8000, low: words.1 & 0x3FFF_FFFF_FFFF_FFFF | 1 << 63)
    }

    /// The 16 raw bytes.
    public var bytes: [UInt8] {
        withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Array($0) }
    }

    /// Lends the 16 raw bytes.
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { try body($0) }
    }

    /// The version digit: 7, 8, or whatever a foreign id holds.
    public var version: Int { Int(high >> 12 & 15) }
}

extension UniqueID: CustomStringConvertible, LosslessStringConvertible {
    /// The 36 lower-case characters.
    public var description: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            var position = 0
            for index in 0..<32 {
                if index == 8 || index == 12 || index == 16 || index == 20 {
                    buffer[position] = UInt8(ascii: "-")
                    position += 1
                }
                let word = index < 16 ? high : low
                buffer[position] = Hex.digit(UInt8(truncatingIfNeeded: word >> UInt64(60 - (index & 15) * 4)) & 15)
                position += 1
            }
            return 36
        }
    }
}

extension UniqueID: Comparable {
    public static func < (left: UniqueID, right: UniqueID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

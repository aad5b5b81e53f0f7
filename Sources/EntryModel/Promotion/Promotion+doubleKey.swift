extension Promotion {
    /// The fields that two people key, in the card's order.
    public var doubleKeyFields: [Field] { askedFields.filter(\.doubleKey) }

    /// Whether an entry is one of those that are keyed twice: all of them, or the sample that the document asks for.
    ///
    /// The same at every station, and known to nobody who keys: it rests on the entry's id, which is made when the card is stored.
    /// - SeeAlso: Protocol/README.md, "Double keying"; vectors in Protocol/vectors/double-key.json.
    public func isDoubleKeyed(_ entry: UniqueID) -> Bool {
        guard let doubleKeySample else { return true }
        return Self.samplePlace(of: entry, in: id) < doubleKeySample
    }

    /// A number from 0 to 99 that is fixed for an entry of a promotion.
    static func samplePlace(of entry: UniqueID, in promotion: String) -> Int {
        var hash = Hash("fieldentry/1 sample\0")
        hash.add(promotion)
        hash.add("\0")
        hash.add(entry.description)
        let number = hash.digest.withBytes { bytes in bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
        return Int(number % 100)
    }
}

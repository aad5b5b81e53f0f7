/// What somebody who closes a batch has counted: a digest of the cards in the tray and of the envelopes that were put aside.
///
/// Totals that are what they were do not say that nothing changed: a card may have gone and another come. The order of adding makes no
/// difference.
/// - SeeAlso: Protocol/README.md, "Merge"; vectors in Protocol/vectors/counted.json.
public struct BatchCount: Sendable, Equatable {
    /// Zero for an empty tray.
    public private(set) var digest = Digest.zero

    public init() {}

    /// Counts a card where it lies.
    public mutating func add(_ entry: UniqueID, envelope: Int64, card: Int64, isVoid: Bool) {
        var hash = Self.hash(entry.description)
        hash.add(number: envelope)
        hash.add(number: card)
        hash.add(number: isVoid ? 1 : 0)
        digest = digest &+ hash.digest
    }

    /// Counts an envelope that was put aside, or made void as a whole.
    public mutating func add(exception code: String, envelope: Int64) {
        var hash = Self.hash("$envelope.\(envelope)")
        hash.add(code)
        digest = digest &+ hash.digest
    }

    private static func hash(_ what: String) -> Hash {
        var hash = Hash("fieldentry/1 counted\0")
        hash.add(what)
        hash.add("\0")
        return hash
    }
}

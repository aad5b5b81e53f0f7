/// What a station may be entitled to: the part of the feed that it reads with a cursor of its own.
///
/// - SeeAlso: Protocol/README.md, "Feed and pull".
public enum FeedKey: Hashable, Sendable {
    /// The promotion's documents and rejects that concern no entry.
    case documents(promotion: String)
    /// Entries that the station captured.
    case station(promotion: String, station: UniqueID)
    /// Entries of a batch, and the batch itself.
    case batch(promotion: String, label: String)
    /// All entries and batches of the promotion.
    case promotion(String)

    public var promotion: String {
        switch self {
        case .documents(let promotion), .station(let promotion, _), .batch(let promotion, _), .promotion(let promotion): promotion
        }
    }
}

extension FeedKey: LosslessStringConvertible {
    /// As it stands in messages and digests: `documents/P`, `station/P/S`, `batch/P/LABEL`, `promotion/P`.
    public var description: String {
        switch self {
        case .documents(let promotion): "documents/\(promotion)"
        case .station(let promotion, let station): "station/\(promotion)/\(station)"
        case .batch(let promotion, let label): "batch/\(promotion)/\(label)"
        case .promotion(let promotion): "promotion/\(promotion)"
        }
    }

    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 2, Identifier.isValid(parts[1]) else { return nil }
        switch (parts[0], parts.count) {
        case ("documents", 2): self = .documents(promotion: parts[1])
        case ("promotion", 2): self = .promotion(parts[1])
        case ("station", 3):
            guard let station = UniqueID(parts[2]) else { return nil }
            self = .station(promotion: parts[1], station: station)
        case ("batch", 3):
            guard Identifier.isBatchLabel(parts[2]) else { return nil }
            self = .batch(promotion: parts[1], label: parts[2])
        default: return nil
        }
    }
}

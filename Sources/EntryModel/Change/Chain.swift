/// The hash chain over a station's own changes in one epoch; proves that none is missing and in which order they were made.
///
/// Pure arithmetic on digests: chain₀ = H("fieldentry/1 epoch\0" ‖ station ‖ "\0" ‖ epoch), chainₙ = H(chainₙ₋₁ ‖ idₙ).
/// - SeeAlso: Protocol/README.md, "Chain"; vectors in Protocol/vectors/chain.json.
public enum Chain {
    /// The chain before the first change of an epoch.
    public static func start(station: UniqueID, epoch: UniqueID) -> Digest {
        var hash = Hash("fieldentry/1 epoch\0")
        hash.add(station.description)
        hash.add("\0")
        hash.add(epoch.description)
        return hash.digest
    }

    /// The chain after one more change.
    public static func next(_ chain: Digest, _ id: Digest) -> Digest {
        Hash.of(chain, id)
    }

    /// The chain after several more.
    public static func next(_ chain: Digest, _ ids: some Sequence<Digest>) -> Digest {
        ids.reduce(chain, next)
    }
}

/// The digest over a vault's feed, row by row in commit order; equal at two places only when all that came before is equal.
///
/// feed₀ = H("fieldentry/1 feed\0" ‖ vault), feedₚ = H(feedₚ₋₁ ‖ H(key) ‖ kind ‖ id).
public enum FeedDigest {
    public static func start(vault: String) -> Digest {
        var hash = Hash("fieldentry/1 feed\0")
        hash.add(vault)
        return hash.digest
    }

    /// - Parameters:
    ///   - keyDigest: H of the key's name.
    ///   - id: The change's id; of a `leave` row H of the entry's id as text.
    public static func next(_ feed: Digest, keyDigest: Digest, kind: FeedRowKind, id: Digest) -> Digest {
        switch kind {
        case .change: Hash.of(feed, keyDigest, kind: "change", id)
        case .leave: Hash.of(feed, keyDigest, kind: "leave", id)
        }
    }

    /// H of a key's name.
    public static func key(_ name: String) -> Digest {
        var hash = Hash("")
        hash.add(name)
        return hash.digest
    }
}

/// What a row of the feed does: brings a change into a key, or takes an entry out of it.
public enum FeedRowKind: String, Sendable, CaseIterable { case change, leave }

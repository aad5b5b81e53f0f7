/// Where the centre's record of a station's chain and a request's claims about it meet: the outcome table of the protocol, as a pure function.
///
/// Finds clones, rolled-back stations and restored centres on every push and pull. Rows are tried from the top; the first match counts.
/// - SeeAlso: Protocol/README.md, "Chain check"; vectors in Protocol/vectors/chain-check.json.
public enum ChainCheck {
    public enum Road: String, Sendable { case http, bundle }

    /// What the request says of its own chain.
    public struct Claim: Sendable {
        public var road: Road
        /// The sequence before its first change.
        public var after: Int64
        /// The chain at `after`.
        public var chain: Digest
        /// The ids of the changes in the request, in order; empty in a pull.
        public var ids: [Digest]
        /// The last sequence the station has made in this epoch.
        public var headSequence: Int64

        public init(road: Road, after: Int64, chain: Digest, ids: [Digest], headSequence: Int64) {
            self.road = road
            self.after = after
            self.chain = chain
            self.ids = ids
            self.headSequence = headSequence
        }
    }

    /// What the centre holds of the same epoch.
    public struct Record: Sendable {
        public var isRevoked: Bool
        /// n: the last sequence taken; 0 for an unknown epoch.
        public var sequence: Int64
        /// cₙ; for an unknown epoch the chain's start.
        public var chain: Digest

        public init(isRevoked: Bool, sequence: Int64, chain: Digest) {
            self.isRevoked = isRevoked
            self.sequence = sequence
            self.chain = chain
        }
    }

    public enum Outcome: Hashable, Sendable {
        case revoked
        case rolledBack
        /// Taken, after leaving out the first `skipping` changes, which the centre has.
        case accepted(skipping: Int)
        case forked
        case behind
        case parked
    }

    /// - Parameters:
    ///   - claim: Of the request.
    ///   - record: Of the centre, read under the vault's lock.
    ///   - chainAt: The centre's chain at a sequence from 0 to `record.sequence`.
    public static func outcome(_ claim: Claim, _ record: Record, chainAt: (Int64) throws -> Digest) rethrows -> Outcome {
        if record.isRevoked { return .revoked }
        if claim.after > record.sequence { return claim.road == .http ? .behind : .parked }
        // First of all: where another copy of the file has gone on in a restored centre, what was acknowledged to this one is not there.
        guard try chainAt(claim.after) == claim.chain else { return .forked }
        if claim.road == .http, claim.headSequence < record.sequence { return .rolledBack }
        let overlap = Int(min(record.sequence - claim.after, Int64(claim.ids.count)))
        guard overlap > 0 else { return .accepted(skipping: 0) }
        let reached = Chain.next(claim.chain, claim.ids.prefix(overlap))
        guard try chainAt(claim.after + Int64(overlap)) == reached else { return .forked }
        return .accepted(skipping: overlap)
    }
}

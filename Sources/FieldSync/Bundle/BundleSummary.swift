public import EntryModel
public import FieldStore

/// What taking in a bundle from the centre did at a station.
public struct BundleSummary: Sendable, Equatable {
    /// Own changes that are acknowledged now and were not before.
    public var acknowledged = 0
    /// Own changes that the centre took note of but did not merge.
    public var exceptions: [PushAnswer.Exception] = []
    /// Changes that came and were new here.
    public var pulled = 0
    /// Fields that people have to decide about since.
    public var newConflicts = 0
    /// Lines that the centre, put back to an earlier state, got back from this file.
    public var handedBack = 0
    /// What was put right because the centre's chain and this file's were not the same.
    public var recoveries: [Recovery] = []
    /// Pushes that the centre keeps until what comes before them has come.
    public var parked = 0
    /// The station is revoked.
    public var isRevoked = false
    /// Whether a page showed that the centre was put back to an earlier state.
    public var centreWasRestored = false
    /// Answers to requests that this file never made or remembers no more, and pages of which a later sync brought as much or more.
    public var passedOver = 0
    /// Pages before which something is missing; the next bundle asks for it.
    public var missing = 0
    /// Own changes that the centre is not known to have.
    public var unsent = 0

    public init() {}

    /// Whether something of the file was of use here, now or before.
    public var isAnswer: Bool { answered > 0 }
    /// Answers that were to requests of this file.
    public internal(set) var answered = 0

    /// What happened, what is safe and what to do next, for the operator.
    public var sentences: [String] {
        var list = recoveries.map(\.sentence)
        if !isAnswer {
            list.append(
                "The bundle answers nothing that this file has asked, or only what was answered since: it is for another copy of this file, or "
                    + "older than the last ones. Nothing was changed. Write a new bundle.")
        }
        if isRevoked {
            list.append(
                "The central staff have revoked this station. What was not sent yet is safe in this file; they can still take in its bundles."
            )
        }
        if parked > 0, recoveries.isEmpty {
            list.append(
                "The centre keeps \(parked == 1 ? "a part" : "\(parked) parts") of this file's bundles until those before have come. "
                    + "Carry them there, or write a new bundle: it holds everything that is not confirmed.")
        }
        if centreWasRestored {
            list.append(
                "The centre was put back to an earlier state, such as from a backup. What it lost and this file holds goes back with the next bundle."
            )
        }
        if missing > 0 {
            list.append("Some of what came does not follow what is here, and was left out. Write a new bundle: it asks for the rest.")
        }
        return list
    }
}

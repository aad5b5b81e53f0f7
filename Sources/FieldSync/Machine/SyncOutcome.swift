public import EntryModel

/// How a sync ended. Whatever it is, no change that the centre has not acknowledged was dropped.
public enum SyncOutcome: Sendable, Equatable {
    /// All changes made here are at the centre, and all that the centre has for this station is here.
    case complete
    /// The task was cancelled; the next sync goes on from there.
    case cancelled
    /// A sync of this file is running already.
    case alreadyRunning
    case notEnrolled
    /// Tried as often as is allowed.
    case unreachable(TransportFailure)
    /// The centre, or something in front of it, answers but cannot serve; tried as often as is allowed.
    case unavailable(Problem?, status: Int)
    /// The centre asked to be left alone for longer than a sync waits.
    case later(milliseconds: Int64)
    case refused(Problem)
    case untrusted(AnswerFault)
    /// The request's time was still too far off after the clock had been measured; own clock less the centre's.
    case clock(skewMilliseconds: Int64)
    case revoked
    // The next three only when they turn up again in a sync that has put them right once.
    /// The centre has changes of this epoch that the file does not: the file was put back to an earlier state.
    case rolledBack(centre: Int64, own: Int64)
    /// The centre has other changes at the same place of the chain: two copies of the file are in use.
    case forked
    /// The centre lacks changes that it had acknowledged: it was put back to an earlier state.
    case behind(centre: Int64, own: Int64)
    /// The feed's past changed twice during one sync.
    case centreRestored
    /// The station's own file failed; the text is for a person.
    case store(String)
}

extension SyncOutcome {
    /// A stable word for status displays and scripts.
    public var code: String {
        switch self {
        case .complete: "complete"
        case .cancelled: "cancelled"
        case .alreadyRunning: "already-running"
        case .notEnrolled: "not-enrolled"
        case .unreachable(let failure): failure.code == .notFieldEntry ? "not-field-entry" : failure.code.rawValue
        case .unavailable(let problem, _): problem?.code.rawValue ?? "unavailable"
        case .later: "later"
        case .refused(let problem): problem.code.rawValue
        case .untrusted: "untrusted"
        case .clock: "clock"
        case .revoked: "revoked"
        case .rolledBack: "rolled-back"
        case .forked: "forked"
        case .behind: "behind"
        case .centreRestored: "centre-restored"
        case .store: "store"
        }
    }

    public var isComplete: Bool { self == .complete }

    /// What happened, what is safe and what to do next, for the operator.
    public var message: String {
        switch self {
        case .complete:
            "Everything keyed here is at the centre, and everything the centre has for this station is here."
        case .cancelled:
            "The sync was stopped. What was sent or received is kept; the next sync goes on from there."
        case .alreadyRunning:
            "A sync is running already. Wait for it to end."
        case .notEnrolled:
            "This file is not enrolled with a centre. Ask the central staff for an enrolment code."
        case .unreachable(let failure):
            "\(failure) \(Self.safe)"
        case .unavailable(let problem, let status):
            "\(problem.map { "\($0.code.title) (\($0.code.rawValue))" } ?? "The centre cannot be reached through its gateway (HTTP \(status))"). "
                + "Sync again later. \(Self.safe)"
        case .later(let milliseconds):
            "The centre asks to be left alone for \((milliseconds + 999) / 1000) seconds. Sync again after that. \(Self.safe)"
        case .refused(let problem):
            "\(problem) \(Self.safe)"
        case .untrusted(.badSignature):
            "The answer was not signed by the centre that this station was enrolled with, so nothing in it was used. "
                + "Check the network; if it goes on, tell the central staff. \(Self.safe)"
        case .untrusted(.unreadable(let reason)):
            "The centre's answer cannot be used (\(reason)). Update the station's program, or tell the central staff. \(Self.safe)"
        default:
            chainMessage
        }
    }

    private var chainMessage: String {
        switch self {
        case .clock(let skew):
            "This machine's clock is \(Self.span(skew)) \(skew < 0 ? "behind" : "ahead of") the centre's, and the centre refused the "
                + "request for it. Set the date and time of this machine and sync again. \(Self.safe)"
        case .revoked:
            """
            The central staff have revoked this station: it syncs no more, and this file shows and takes no entries. Ask them; they can still \
            take in the unsent work. \(Self.safe)
            """
        case .rolledBack(let centre, let own):
            "The centre has \(centre) changes of this station, but this file knows of only \(own), again within one sync: another copy "
                + "of the file is syncing at the same time. Sync again later, and key in one copy only. \(Self.safe)"
        case .forked:
            "The centre has other changes of this station than this file, again within one sync: another copy of the file is syncing at "
                + "the same time. Sync again later, and key in one copy only. \(Self.safe)"
        case .behind(let centre, let own):
            "The centre has only \(centre) of the \(own) changes that it had confirmed to this station, again within one sync, as when it is "
                + "being put back from a backup. Sync again later. This file still holds every one of its changes. \(Self.safe)"
        case .centreRestored:
            "The centre's record changed more than once during this sync, as when it is being put back from a backup. "
                + "Sync again later. \(Self.safe)"
        case .store(let text):
            "\(text) \(Self.safe)"
        default:
            ""
        }
    }

    /// Said with everything that stopped a sync.
    private static let safe = "What was not sent yet is safe in this file."

    private static func span(_ milliseconds: Int64) -> String {
        let seconds = milliseconds.magnitude / 1000
        return switch seconds {
        case ..<120: "\(seconds) seconds"
        case ..<7200: "\(seconds / 60) minutes"
        case ..<172_800: "\(seconds / 3600) hours"
        default: "\(seconds / 86_400) days"
        }
    }
}

import FieldStore
import FieldSync
import Synchronization

/// What may go wrong in a simulation. A new case has to happen in at least 20 of 1,000 seeds.
enum Fault: String, CaseIterable, Sendable {
    // On the way.
    case requestLost, answerLost, requestTwice, requestSlow, requestLate, requestTruncated, requestFlipped
    case answerTruncated, answerFlipped, oldRequestAgain, oldAnswerInstead, busy, longPause, gateway, partition
    // At the centre.
    case centreCrash, centreCrashBeforeAnswer
    // At a station.
    case stationCrash, crashInSync, diskFull, diskFullInSync, clockJump, rot
    // By the staff.
    case unassigned, documentInFlight, documentTooEarly, erased, enrolledLate, revoked, isolated
    // On the way from hand to hand.
    case bundleLost, bundleDamaged, bundleTwice, bundleEarly, crashInBundle
    // Files that come back or are used twice.
    case centreRestored, bothRestored, rollback, clone
}

/// What a simulation came to see. A new case has to be seen in at least 20 of 1,000 seeds.
enum Sight: String, CaseIterable, Sendable {
    // How syncs ended.
    case complete, unreachable, unavailable, later, refused, untrusted, clock, store, cancelled, revoked
    // What they put right.
    case rolledBack, forked, behind, handedBack, repaired
    // What came of operations.
    case twin, conflict, settledByStation, settledByCentre, contestedVoid, voided, restored, undone, undoSuperseded
    case moved, batchClosed, refusedOperation, dropped
    // What came of syncs.
    case clockAnswer, quarantined, unknownForm, notEntitled, waited, badDigest, erasedAnswer, released, releasedByStaff, rejectedByStaff
    // What came of bundles.
    case parked, confirmedByBundle, staleBundle
    case monthPassed
}

extension Sight {
    init(_ recovery: Recovery.Kind) {
        switch recovery {
        case .rolledBack: self = .rolledBack
        case .forked: self = .forked
        case .behind: self = .behind
        case .handedBack: self = .handedBack
        }
    }

    /// `nil` for an outcome that no simulation comes to see.
    init?(_ outcome: SyncOutcome) {
        switch outcome {
        case .complete: self = .complete
        case .unreachable: self = .unreachable
        case .unavailable: self = .unavailable
        case .later: self = .later
        case .refused: self = .refused
        case .untrusted: self = .untrusted
        case .clock: self = .clock
        case .store: self = .store
        case .cancelled: self = .cancelled
        case .revoked: self = .revoked
        case .alreadyRunning, .notEnrolled, .rolledBack, .forked, .behind, .centreRestored: return nil
        }
    }
}

/// What happened in one run, for people to read and for the summary to count.
final class Record: Sendable {
    private struct State {
        var lines: [String] = []
        var faults: [Fault: Int] = [:]
        var sights: [Sight: Int] = [:]
    }

    private let state = Mutex(State())

    var lines: [String] { state.withLock { $0.lines } }
    var faults: [Fault: Int] { state.withLock { $0.faults } }
    var sights: [Sight: Int] { state.withLock { $0.sights } }

    func add(_ line: String) {
        if MessageTrace.isOn { print(line) }
        state.withLock { $0.lines.append(line) }
    }

    func note(_ fault: Fault) {
        state.withLock { $0.faults[fault, default: 0] += 1 }
    }

    func note(_ sight: Sight) {
        state.withLock { $0.sights[sight, default: 0] += 1 }
    }
}

/// A rule that did not hold.
struct Violation: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }
}

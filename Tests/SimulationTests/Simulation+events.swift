import EntryModel
import FieldStore
import FieldSync
import TestSupport

@testable import CentralStore

extension Simulation {
    // MARK: Syncs

    func syncInTrouble(_ station: SimulatedStation) async throws {
        var weather = weather
        if station.partitionedSyncs > 0 { station.partitionedSyncs -= 1 }
        let isPartitioned = station.partitionedSyncs > 0
        switch draw(0...39) {
        case 0, 1: weather.percent = 98
        case 2: weather = Weather(faults: [.busy, .gateway], percent: 100)
        default: break
        }
        let cancels = chance(5)
        if cancels { weather.faults += [.requestLost] }
        station.network.begin(weather, isPartitioned: isPartitioned, cancels: cancels)
        log("\(station.name) syncs\(isPartitioned ? " without a network" : "")")
        let summary = await station.engine.synchronize()
        try note(summary, of: station)
        try judge(summary.outcome, of: station, weather)
    }

    /// Whether a sync may end so in this weather.
    private func judge(_ outcome: SyncOutcome, of station: SimulatedStation, _ weather: Weather) throws {
        func some(_ faults: Fault...) -> Bool { faults.contains { weather.faults.contains($0) } }
        let isExpected =
            switch outcome {
            case .complete, .unreachable, .cancelled: true
            case .unavailable: some(.busy, .gateway)
            case .later: some(.longPause)
            case .refused: some(.requestTruncated, .requestFlipped)
            case .untrusted: some(.answerTruncated, .answerFlipped)
            case .clock: some(.requestLate)
            default: false
            }
        guard isExpected else { throw Violation("a sync of \(station.name) ended with \(outcome.code): \(outcome.message)") }
    }

    /// Writes down what a sync did, and checks what has to hold after every one.
    func note(_ summary: SyncSummary, of station: SimulatedStation) throws {
        let counts = "\(summary.pushed) out, \(summary.pulled) in"
        record.add("       \(station.name) \(summary.outcome.code): \(counts)")
        if let sight = Sight(summary.outcome) { record.note(sight) }
        try noteEffects(summary.recoveries, newConflicts: summary.newConflicts, summary.exceptions, of: station)
    }

    /// As `note`, what a sync or a bundle did at a station.
    func noteEffects(
        _ recoveries: [Recovery], newConflicts: Int, _ exceptions: [PushAnswer.Exception], of station: SimulatedStation
    ) throws {
        for recovery in recoveries {
            record.add("       \(recovery.kind.rawValue), changes \(recovery.changes)")
            record.note(Sight(recovery.kind))
        }
        let entries = try station.countEntries()
        if entries < station.entries { record.note(.dropped) }
        station.entries = entries
        if newConflicts > 0 { record.note(.conflict) }
        for exception in exceptions { try note(exception, of: station) }
        try noteAcknowledged(of: station)
    }

    private func note(_ exception: PushAnswer.Exception, of station: SimulatedStation) throws {
        guard exception.state == .quarantined else {
            record.note(.erasedAnswer)
            return
        }
        record.note(.quarantined)
        wasQuarantined.insert(exception.id)
        switch exception.problem {
        case Problem.Code.unknownForm.rawValue: record.note(.unknownForm)
        case Problem.Code.notEntitled.rawValue: record.note(.notEntitled)
        case Problem.Code.waits.rawValue: record.note(.waited)
        case Problem.Code.badDigest.rawValue where lostOnce.contains(exception.id): record.note(.badDigest)
        default: throw Violation("\(station.name) got the exception \(exception.problem) for \(exception.id)")
        }
    }

    /// What a station no longer holds as unsent was acknowledged: whether the centre has it is checked when all is quiet.
    func noteAcknowledged(of station: SimulatedStation) throws {
        let position = try station.readChain()
        let unsent = try station.ownChanges(after: position.acknowledged.sequence).map(\.id)
        guard Int64(unsent.count) == position.head.sequence - position.acknowledged.sequence else {
            throw Violation(
                "\(station.name) has \(unsent.count) unsent changes, its chain ends at \(position.head.sequence) and is "
                    + "acknowledged through \(position.acknowledged.sequence)")
        }
        for id in unsent where made[id] == nil { throw Violation("\(station.name) has the change \(id), which nobody made") }
        acknowledged.formUnion(Set(station.pending).subtracting(unsent))
        station.pending = unsent
    }

    func partition(_ station: SimulatedStation) {
        station.partitionedSyncs = draw(2...5)
        log("\(station.name) loses its network")
        record.note(.partition)
    }

    func syncWithFullDisk(_ station: SimulatedStation) async throws {
        try station.limitDisk(morePages: draw(0...2))
        station.network.begin(.fair)
        log("\(station.name) syncs with a full disk")
        let summary = await station.engine.synchronize()
        if case .store = summary.outcome { record.note(.diskFullInSync) }
        try station.limitDisk(morePages: nil)
        try note(summary, of: station)
        switch summary.outcome {
        case .complete, .store: break
        default: throw Violation("a sync of \(station.name) with a full disk ended with \(summary.outcome.code)")
        }
    }

    // MARK: Stopping

    func crash(_ station: SimulatedStation) throws {
        log("\(station.name) stops and starts")
        record.note(.stationCrash)
        try station.restart(from: station.image())
        let unsent = try station.ownChanges(after: station.database.chainPosition().acknowledged.sequence).map(\.id)
        guard unsent == station.pending else { throw Violation("\(station.name) has lost unsent changes by stopping") }
    }

    /// Stops a station in the middle of a sync, right behind one of its commits or before an answer comes.
    func crashInSync(_ station: SimulatedStation) async throws {
        let commits = draw(0...4)
        record.note(.crashInSync)
        log("\(station.name) syncs and stops \(commits == 0 ? "before an answer comes" : "behind commit \(commits)")")
        if commits == 0 {
            let image = try station.image()
            station.network.begin(.fair, lastWords: draw(1...2))
            _ = await station.engine.synchronize()
            try station.restart(from: image)
        } else {
            station.network.begin(.fair, lastWords: 1000)
            try await station.stop(behind: commits) { _ = await station.engine.synchronize() }
        }
        if mutation?.effect == .cursorAhead { try await moveCursorAhead(of: station) }
        try noteAcknowledged(of: station)
    }

    /// A deliberate fault: the cursors stood at the end of the feed before the pages were applied, and the machine stopped between.
    private func moveCursorAhead(of station: SimulatedStation) async throws {
        let status = try await centre.vault.status()
        try station.execute(
            "UPDATE feed_key SET position = \(status.position), digest = x'\(status.digest.hex)' WHERE position IS NOT NULL")
    }

    // MARK: Clocks

    func jump(_ station: SimulatedStation) {
        let now = clock.milliseconds
        let (time, year): (Int64, String) =
            switch draw(0...4) {
            case 0: (Int64(draw(0...1_000_000)), "1970")
            case 1: (4_070_908_800_000, "2099")
            case 2: (now + Int64(draw(-90_000_000...90_000_000)), "by hours")
            case 3: (now + Int64(draw(-250_000...250_000)), "by minutes")
            default: (now, "right")
            }
        station.clock.set(to: time)
        log("\(station.name)'s clock jumps: \(year)")
        record.note(.clockJump)
    }
}

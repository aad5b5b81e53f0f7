public import EntryModel
public import FieldStore

/// Syncs one station's file with the centre: performs what `SyncStateMachine` decides.
///
/// Made once for a file, after enrolment or before. A sync can be stopped at any point, by cancelling its task or by killing the process; the
/// next one goes on from what is durable.
///
/// ```swift
/// let transport = HTTPTransport(url: code.url)
/// let engine = SyncEngine(database: database, transport: transport)
/// try await engine.enrol(code: code)
/// let summary = await engine.synchronize()
/// print(summary.message)
/// try await transport.close()
/// ```
public actor SyncEngine {
    let database: FieldDatabase
    let transport: any Transport
    let surroundings: Surroundings
    let sleep: @Sendable (Duration) async throws -> Void
    let backoff: Backoff
    var isRunning = false
    /// The protocol's version that is spoken with the centre: the newest, until the centre says that it does not know it.
    var version = Wire.version

    /// - Parameters:
    ///   - database: The station's file.
    ///   - transport: The road to the centre; whoever made it closes it.
    ///   - surroundings: Clock and chance.
    ///   - backoff: How long to wait before trying again, and how often.
    ///   - sleep: Waits; throws `CancellationError` when the task is cancelled, and nothing else.
    public init(
        database: FieldDatabase, transport: any Transport, surroundings: Surroundings = .system, backoff: Backoff = Backoff(),
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.database = database
        self.transport = transport
        self.surroundings = surroundings
        self.backoff = backoff
        self.sleep = sleep
    }

    /// Pushes all that is unsent, then pulls until nothing is left.
    ///
    /// Never throws: how it ended is in the summary and is written down in the file, for the status that people look at later.
    /// - Parameter progress: Called on the way, in order, from this actor.
    public func synchronize(progress: @Sendable (SyncProgress) -> Void = { _ in }) async -> SyncSummary {
        guard !isRunning else { return SyncSummary(outcome: .alreadyRunning) }
        isRunning = true
        defer { isRunning = false }
        do {
            guard let identity = try database.identity else { return SyncSummary(outcome: .notEnrolled) }
            let began = surroundings.now()
            var summary = try await run(identity, progress: progress)
            if case .refused(let problem) = summary.outcome, agree(with: problem) {
                summary = try await run(identity, progress: progress)
            }
            if summary.outcome.isComplete, !summary.recoveries.contains(where: { $0.kind == .behind }), try database.askAgain() {
                summary.add(try await run(identity, progress: progress))
            }
            let record: SyncRecord =
                summary.outcome.isComplete ? .succeeded : summary.outcome == .revoked ? .revoked(summary.message) : .failed(summary.message)
            let run = SyncRun(summary, began: began, ended: surroundings.now())
            try database.recordSync(summary.outcome == .cancelled ? nil : record, run: run)
            if summary.outcome.isComplete, !summary.centreWasRestored, summary.recoveries.isEmpty { try database.settleHoldings() }
            return summary
        } catch {
            return SyncSummary(outcome: .store(SyncPerformer.text(of: error)))
        }
    }

    /// Takes the newest version that both speak.
    /// - Returns: Whether there is one, and it is another than the one that was refused.
    func agree(with problem: Problem) -> Bool {
        guard problem.code == .unsupportedVersion, let common = problem.versions.flatMap(Wire.common), common != version else {
            return false
        }
        version = common
        return true
    }

    private func run(_ identity: StationIdentity, progress: @Sendable (SyncProgress) -> Void) async throws -> SyncSummary {
        let start = try SyncStart(database)
        let performer = SyncPerformer(
            database: database, transport: transport, surroundings: surroundings, sleep: sleep, identity: identity, version: version,
            skewMilliseconds: start.skewMilliseconds)
        return await run(performer, from: start, progress: progress)
    }

    /// Lets machine and performer talk until the machine has come to an end and all that was begun has ended too.
    private func run(
        _ performer: SyncPerformer, from start: SyncStart, progress: @Sendable (SyncProgress) -> Void
    ) async -> SyncSummary {
        var performer = performer
        var machine = SyncStateMachine(backoff: backoff)
        var summary = SyncSummary(outcome: .cancelled)
        await withTaskGroup(of: SyncEvent?.self) { group in
            var event: SyncEvent? = .started(start)
            while true {
                if let event {
                    let actions = machine.handle(event, chance: surroundings.random())
                    summary.count(event, actions)
                    summary.pushed = Int(machine.pushed)
                    for action in actions {
                        if case .recordClock(let skew) = action { performer.skewMilliseconds = skew }
                        if case .finish(let outcome) = action {
                            summary.outcome = outcome
                            group.cancelAll()
                        } else {
                            group.addTask { [performer] in await performer.perform(action) }
                        }
                    }
                    if let now = SyncProgress(machine, summary, actions) { progress(now) }
                }
                guard let next = await group.next() else { return }
                event = next
            }
        }
        return summary
    }
}

extension SyncStart {
    /// Where the file stands now.
    init(_ database: FieldDatabase) throws {
        let state = try database.chainPosition()
        self.init(
            epoch: state.epoch, acknowledged: state.acknowledged.sequence, head: state.head.sequence, cursors: try database.cursors(),
            skewMilliseconds: database.skewMilliseconds, hasUnconfirmed: try database.unconfirmedCount() > 0)
    }
}

extension SyncSummary {
    /// Adds a run in which nothing new was sent.
    fileprivate mutating func add(_ other: SyncSummary) {
        outcome = other.outcome
        requests += other.requests
        pulled += other.pulled
        newConflicts += other.newConflicts
        exceptions += other.exceptions
        recoveries += other.recoveries
        centreWasRestored = centreWasRestored || other.centreWasRestored
    }

    fileprivate mutating func count(_ event: SyncEvent, _ actions: [SyncAction]) {
        switch event {
        case .applied(let result):
            pulled += result.changes
            newConflicts += result.conflicts
            if result.restored != nil { centreWasRestored = true }
        case .recovered(_, let recovery):
            recoveries.append(recovery)
            if recovery.kind == .behind { centreWasRestored = true }
        case .settled(let taken) where taken > 0:
            let before = recoveries.firstIndex { $0.kind == .handedBack }
            let changes = before.map { recoveries.remove(at: $0).changes } ?? 0
            recoveries.append(Recovery(.handedBack, changes: changes + Int64(taken)))
        default: break
        }
        for action in actions {
            switch action {
            case .send: requests += 1
            case .acknowledge(let answer): exceptions += answer.exceptions
            default: break
            }
        }
    }
}

extension SyncProgress {
    /// `nil` when nothing happened that people see.
    fileprivate init?(_ machine: SyncStateMachine, _ summary: SyncSummary, _ actions: [SyncAction]) {
        guard !actions.isEmpty, machine.stage != .finished else { return nil }
        phase = machine.stage == .pulling ? .receiving : .sending
        for case .wait(let milliseconds) in actions { phase = .waiting(milliseconds: milliseconds, machine.waitReason) }
        pushed = summary.pushed
        unsent = Int(machine.unsent)
        pulled = summary.pulled
        feedRead = machine.feedRead
        feedEnd = machine.feedEnd
    }
}

extension SyncRun {
    fileprivate init(_ summary: SyncSummary, began: Int64, ended: Int64) {
        self.init(
            began: began, ended: ended, outcome: summary.outcome.code, message: summary.message, sent: summary.pushed,
            received: summary.pulled, conflicts: summary.newConflicts, exceptions: summary.exceptions.count)
    }
}

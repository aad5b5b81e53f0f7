import EntryModel
import FieldStore

/// Does what the state machine asks for, one action at a time, and says what came of it. Holds no state of the sync.
struct SyncPerformer: Sendable {
    let database: FieldDatabase
    let transport: any Transport
    let surroundings: Surroundings
    let sleep: @Sendable (Duration) async throws -> Void
    let identity: StationIdentity
    /// The protocol's version that requests are written in.
    let version: Int64
    /// Own clock less the centre's.
    var skewMilliseconds: Int64?

    /// - Returns: `nil` when there is nothing to say of it.
    func perform(_ action: SyncAction) async -> SyncEvent? {
        switch action {
        case .prepare(let purpose): await prepare(purpose)
        case .send(let request): await send(request)
        case .acknowledge(let answer): await acknowledge(answer)
        case .apply(let pulled): await apply(pulled)
        case .recover(let finding): await recover(finding)
        case .settle(let answer): await settle(answer)
        case .recordClock(let skew): await recordClock(skew)
        case .wait(let milliseconds): await wait(milliseconds: milliseconds)
        case .finish: nil
        }
    }

    // MARK: Requests

    /// Reads, signs and packs a request.
    @concurrent
    func prepare(_ purpose: SyncRequest.Purpose) async -> SyncEvent {
        reporting {
            switch purpose {
            case .push(let after): try push(after: after)
            case .pull(let cursors): try pull(cursors)
            case .handback(let after): try handback(after: after)
            }
        }
    }

    private func push(after: Int64) throws -> SyncEvent {
        let state = try database.chainPosition()
        guard let chain = after == state.acknowledged.sequence ? state.acknowledged.chain : try database.chain(at: after) else {
            return .storeFailed("This file has no record of its change number \(after), which the centre confirmed.")
        }
        let changes = try database.outgoing(
            after: after, maximumRows: Envelope.Limits.rows, maximumBytes: Envelope.Limits.bytes - Self.roomForOtherLines)
        let first = requestLine(.push, state, after: after, chain: chain, count: changes.count)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(changes.reduce(Self.roomForOtherLines) { $0 + $1.messageBytes })
        for line in [first.line] + changes.flatMap({ [$0.headerLine, $0.bodyLine] }) {
            bytes += line
            bytes.append(UInt8(ascii: "\n"))
        }
        return try sealed(bytes, .push(after: after), state, last: after + Int64(changes.count))
    }

    /// - Parameter compare: What the centre shall sum up besides.
    func pull(_ cursors: [String: RequestLine.Cursor], compare: KeyComparison.Request? = nil) throws -> SyncEvent {
        let state = try database.chainPosition()
        var first = requestLine(.pull, state, after: state.acknowledged.sequence, chain: state.acknowledged.chain, count: 0)
        first.cursors = cursors
        first.compare = compare
        first.lacks = state.lacks
        return try sealed(first.line + [UInt8(ascii: "\n")], .pull(cursors: cursors), state, last: 0)
    }

    private func handback(after: Int64) throws -> SyncEvent {
        let lines = try database.handback(
            after: after, maximumRows: Envelope.Limits.rows, maximumBytes: Envelope.Limits.bytes - Self.roomForOtherLines)
        guard let last = lines.last else { return .nothingToHandBack }
        let state = try database.chainPosition()
        let first = requestLine(
            .handback, state, after: state.acknowledged.sequence, chain: state.acknowledged.chain, count: lines.count)
        var bytes: [UInt8] = []
        for line in HandbackRequest(request: first, items: lines.map(\.item)).lines {
            bytes += line
            bytes.append(UInt8(ascii: "\n"))
        }
        return try sealed(bytes, .handback(after: after), state, last: last.number)
    }

    /// The first line and the signature line of a push or a handback take less.
    private static let roomForOtherLines = 2048

    private func requestLine(_ kind: MessageKind, _ state: ChainState, after: Int64, chain: Digest, count: Int) -> RequestLine {
        var line = RequestLine(
            kind: kind, vault: identity.vault, station: identity.station, epoch: state.epoch, forkedFrom: state.forkedFrom, after: after,
            chain: chain, count: count, head: state.head, time: surroundings.now() - (skewMilliseconds ?? 0))
        line.version = version
        return line
    }

    private func sealed(_ bytes: [UInt8], _ purpose: SyncRequest.Purpose, _ state: ChainState, last: Int64) throws -> SyncEvent {
        let message = try Envelope.seal(kind: purpose.kind, bytes: bytes, key: identity.signingKey)
        return .prepared(
            SyncRequest(
                purpose: purpose, epoch: state.epoch, reference: SignedMessage.reference(of: message), last: last,
                head: state.head.sequence,
                packed: transport.pack(message)))
    }

    // MARK: Answers

    /// Sends a request and reads what comes back.
    @concurrent
    func send(_ request: SyncRequest) async -> SyncEvent {
        let sent = surroundings.now()
        let answer: TransportAnswer
        do {
            answer = try await transport.send(request.purpose.kind, packed: request.packed)
        } catch is CancellationError {
            return .cancelled
        } catch let failure as TransportFailure {
            return .transportFailed(request: request.reference, failure)
        } catch {
            let failure = TransportFailure(.unreachable, address: identity.url, detail: "\(type(of: error))")
            return .transportFailed(request: request.reference, failure)
        }
        guard !answer.isProblem else {
            return .refused(
                request: request.reference, Problem(json: answer.body), status: answer.status,
                retryAfterMilliseconds: answer.retryAfterMilliseconds)
        }
        // Halfway between sending and receiving is the best guess at when the centre read its clock.
        let received = surroundings.now()
        let arrival = Arrival(clock: sent + (received - sent) / 2, retryAfterMilliseconds: answer.retryAfterMilliseconds)
        do throws(AnswerFault) {
            let verified = try VerifiedAnswer(answer.body, to: request.purpose.kind, signedBy: identity.centreKey)
            guard verified.request == request.reference else {
                return .transportFailed(request: request.reference, TransportFailure(.otherAnswer, address: identity.url))
            }
            switch verified {
            case .push(let answer): return .pushAnswered(answer, arrival)
            case .pull(let answer): return .pullAnswered(answer, arrival)
            case .handback(let answer): return .handbackAnswered(answer, arrival)
            }
        } catch {
            return .untrusted(request: request.reference, error)
        }
    }

    // MARK: The file

    /// Writes a receipt down; not given up halfway when the sync is cancelled, because the centre has spoken.
    @concurrent
    func acknowledge(_ answer: PushAnswer) async -> SyncEvent {
        reporting {
            .acknowledged(
                try database.acknowledge(
                    through: answer.answer.through, chain: answer.answer.chain, exceptions: answer.exceptions,
                    durable: answer.answer.durable, at: answer.answer.time))
        }
    }

    /// Applies pages in order; stops between two of them when the sync is cancelled.
    @concurrent
    func apply(_ pulled: PulledPages) async -> SyncEvent {
        reporting {
            var result = PagesApplied()
            let cursors = try database.cursors()
            // A restored centre cannot tell yet what it should grant, so its keys are taken only once what it lost is marked.
            let isRestored = pulled.pages.contains { $0.from < cursors[$0.key.description]?.at.position ?? 0 }
            if let keys = pulled.keys {
                let unconfirmed = try database.unconfirmedCount()
                if isRestored { try database.doubtWithdrawn(granted: keys) } else { try database.setGranted(keys) }
                result.hasUnconfirmed = try database.unconfirmedCount() > unconfirmed
            }
            for page in pulled.pages where !isRestored || cursors[page.key.description] != nil {
                if Task.isCancelled { return .cancelled }
                let applied = try database.apply(page)
                result.changes += applied.newChanges
                result.conflicts += applied.newConflicts
            }
            if pulled.keys != nil { try database.forgetExportedPulls() }
            if isRestored {
                result.restored = try database.cursors()
                result.head = try database.chainPosition().head.sequence
            }
            return .applied(result)
        }
    }

    /// Puts the chain right.
    @concurrent
    func recover(_ finding: ChainFinding) async -> SyncEvent {
        reporting {
            let recovery = try database.recover(from: finding)
            return .recovered(try SyncStart(database), recovery)
        }
    }

    @concurrent
    func settle(_ answer: HandbackAnswer) async -> SyncEvent {
        reporting {
            try database.settleHandback(taken: answer.taken, refused: answer.refused)
            return .settled(taken: answer.taken.count)
        }
    }

    @concurrent
    func recordClock(_ skew: Int64) async -> SyncEvent? {
        do {
            try database.recordClock(skew: skew)
            return nil
        } catch {
            return .storeFailed(Self.text(of: error))
        }
    }

    func wait(milliseconds: Int64) async -> SyncEvent {
        do {
            try await sleep(.milliseconds(milliseconds))
            return .timerFired
        } catch {
            // Only cancellation ends a sleep.
            return .cancelled
        }
    }

    private func reporting(_ work: () throws -> SyncEvent) -> SyncEvent {
        do {
            return try work()
        } catch {
            return .storeFailed(Self.text(of: error))
        }
    }

    /// What a person is told; the file's errors bring their own sentences.
    static func text(of error: any Error) -> String {
        (error as? FieldStoreError)?.message ?? "The station's file could not be used (\(type(of: error)))."
    }
}

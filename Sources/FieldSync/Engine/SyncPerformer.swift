import EntryModel
import FieldStore

/// Does what the state machine asks for, one action at a time, and says what came of it. Holds no state of the sync.
struct SyncPerformer: Sendable {
    let database: FieldDatabase
    let transport: any Transport
    let surroundings: Surroundings
    let sleep: @Sendable (Duration) async throws -> Void
    let identity: StationIdentity
    /// Own clock less the centre's.
    var skewMilliseconds: Int64?

    /// - Returns: `nil` when there is nothing to say of it.
    func perform(_ action: SyncAction) async -> SyncEvent? {
        switch action {
        case .prepare(let purpose): await prepare(purpose)
        case .send(let request): await send(request)
        case .acknowledge(let answer): await acknowledge(answer)
        case .apply(let pulled): await apply(pulled)
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
        return try sealed(bytes, .push(after: after), last: after + Int64(changes.count), head: state.head.sequence)
    }

    private func pull(_ cursors: [String: RequestLine.Cursor]) throws -> SyncEvent {
        let state = try database.chainPosition()
        var first = requestLine(.pull, state, after: state.acknowledged.sequence, chain: state.acknowledged.chain, count: 0)
        first.cursors = cursors
        return try sealed(first.line + [UInt8(ascii: "\n")], .pull(cursors: cursors), last: 0, head: state.head.sequence)
    }

    /// The first line and the signature line of a push take less.
    private static let roomForOtherLines = 2048

    private func requestLine(_ kind: MessageKind, _ state: ChainState, after: Int64, chain: Digest, count: Int) -> RequestLine {
        RequestLine(
            kind: kind, vault: identity.vault, station: identity.station, epoch: state.epoch, forkedFrom: state.forkedFrom, after: after,
            chain: chain, count: count, head: state.head, time: surroundings.now() - (skewMilliseconds ?? 0))
    }

    private func sealed(_ bytes: [UInt8], _ purpose: SyncRequest.Purpose, last: Int64, head: Int64) throws -> SyncEvent {
        let message = try Envelope.seal(kind: purpose.kind, bytes: bytes, key: identity.signingKey)
        return .prepared(
            SyncRequest(
                purpose: purpose, reference: SignedMessage.reference(of: message), last: last, head: head,
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
                    durable: answer.answer.durable))
        }
    }

    /// Applies pages in order; stops between two of them when the sync is cancelled.
    @concurrent
    func apply(_ pulled: PulledPages) async -> SyncEvent {
        reporting {
            var result = PagesApplied()
            if let keys = pulled.keys { try database.setGranted(keys) }
            for page in pulled.pages {
                if Task.isCancelled { return .cancelled }
                let applied = try database.apply(page)
                result.changes += applied.newChanges
                result.conflicts += applied.newConflicts
                if applied.outcome == .centreRestored {
                    result.restored = try database.cursors()
                    break
                }
            }
            return .applied(result)
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

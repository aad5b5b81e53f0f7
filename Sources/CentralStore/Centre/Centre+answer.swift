public import EntryModel

extension Centre {
    /// The whole protocol for one message: takes it apart, authenticates it, lets the vault act on it, and signs the answer.
    ///
    /// Used by the HTTP server and by in-process tests alike. Runs off the caller's actor, because checking a signature and reading changes
    /// takes the processor for a while.
    /// - Parameters:
    ///   - kind: What the message was sent as: `.enrol`, `.push`, `.pull` or `.handback`.
    ///   - message: Inflated, with its signature line.
    ///   - admit: Asked once it is certain which station sends it, and before anything is done for it; what it throws is the answer.
    /// - Returns: The answer's bytes, signed; not compressed.
    /// - Throws: `Problem`, and nothing else. An unknown vault, an unknown station and a wrong key are the same problem (`notEnrolled`), so
    ///   that nobody learns what is here by asking.
    @concurrent
    public func answer(
        _ kind: MessageKind, _ message: [UInt8], admit: @Sendable (UniqueID) throws(Problem) -> Void = { _ in }
    ) async throws(Problem) -> [UInt8] {
        let start = ContinuousClock.now
        do {
            guard message.count <= Envelope.Limits.bytes else { throw Problem(.tooLarge) }
            let parsed = try Self.parse(message)
            let (outcome, answer) = try await followingMoves { try await act(kind, parsed, admit) }
            meters.answered(kind, outcome.rawValue, ContinuousClock.now - start)
            return answer
        } catch {
            let problem = Problem(error)
            meters.answered(kind, problem.code.rawValue, ContinuousClock.now - start)
            throw problem
        }
    }

    private typealias Admission = @Sendable (UniqueID) throws(Problem) -> Void

    private func act(_ kind: MessageKind, _ message: SignedMessage, _ admit: Admission) async throws -> (AnswerOutcome, [UInt8]) {
        switch kind {
        case .enrol: return (.accepted, try await enrol(message))
        case .push: return try await push(message, admit)
        case .pull: return try await pull(message, admit)
        case .handback: return try await handback(message, admit)
        case .enrolAnswer, .pushAnswer, .pullAnswer, .handbackAnswer: throw Problem(.notFound)
        }
    }

    private static func parse(_ bytes: [UInt8]) throws -> SignedMessage {
        do throws(EnvelopeError) {
            return try SignedMessage(bytes)
        } catch {
            switch error {
            case .truncated: throw Problem(.malformed, "the message ends too early")
            case .noSignature: throw Problem(.badSignature, "the last line is no signature")
            }
        }
    }

    // MARK: Enrolment

    private func enrol(_ message: SignedMessage) async throws -> [UInt8] {
        guard message.lines.count == 1 else { throw Problem(.malformed, "an enrolment is one line and its signature") }
        let request: EnrolRequest
        do throws(JSONError) { request = try EnrolRequest(line: message.lines[0]) } catch { throw Problem(line: error) }
        let isSigned = VerifyingKey(bytes: request.signingKey).map { message.isSigned(by: $0, as: .enrol) } ?? false
        let enrolment = try await catalog.redeem(request, isSigned: isSigned)
        guard let vault = try await vault(enrolment.client) else { throw Problem(.internalError, "the invitation's client is gone") }
        try await vault.enrol(enrolment)
        let answer = EnrolAnswer(
            version: request.version, request: message.reference, vault: enrolment.client, station: enrolment.station, name: enrolment.name,
            signingKey: signingKey.publicKey.bytes, agreementKey: agreementPublicKey, time: surroundings.now())
        return try Envelope.seal(kind: .enrolAnswer, lines: [answer.line], key: signingKey)
    }

    // MARK: Push, pull and handback

    private func push(_ message: SignedMessage, _ admit: Admission) async throws -> (AnswerOutcome, [UInt8]) {
        let (request, vault) = try await authenticate(message, as: .push, admit)
        let answer: PushAnswer
        if let clock = clockAnswer(request, message.reference) {
            answer = PushAnswer(answer: clock, exceptions: [])
        } else {
            guard message.lines.count == 1 + 2 * request.count else { throw Problem(.malformed, "the lines do not fit the count") }
            // All reading and hashing happens here, before the vault's lock is taken.
            let half = request.count / 2
            async let second = Self.read(half..<request.count, of: message, after: request.after)
            let first = Self.read(0..<half, of: message, after: request.after)
            let changes = await first + second
            answer = try await vault.push(request, reference: message.reference, changes: changes)
            meters.pushed(client: vault.client, changes, answer, now: surroundings.now())
        }
        return (answer.answer.outcome, try Envelope.seal(kind: .pushAnswer, lines: [answer.line], key: signingKey))
    }

    /// Reads and hashes some of a push's changes; half of them each on a processor of its own takes half as long.
    private static func read(_ places: Range<Int>, of message: SignedMessage, after: Int64) -> [IncomingChange] {
        places.map { place in
            IncomingChange(
                headerLine: message.lines[1 + 2 * place], bodyLine: message.lines[2 + 2 * place], sequence: after + 1 + Int64(place))
        }
    }

    private func pull(_ message: SignedMessage, _ admit: Admission) async throws -> (AnswerOutcome, [UInt8]) {
        let (request, vault) = try await authenticate(message, as: .pull, admit)
        guard message.lines.count == 1 else { throw Problem(.malformed, "a pull is one line and its signature") }
        let answer: PullAnswer
        if let clock = clockAnswer(request, message.reference) {
            answer = PullAnswer(answer: clock, keys: [], pages: [])
        } else {
            answer = try await vault.pull(request, reference: message.reference)
            meters.pulled(client: vault.client, rows: answer.pages.reduce(0) { $0 + $1.rows.count })
        }
        return (answer.answer.outcome, try Envelope.seal(kind: .pullAnswer, bytes: answer.bytes, key: signingKey))
    }

    private func handback(_ message: SignedMessage, _ admit: Admission) async throws -> (AnswerOutcome, [UInt8]) {
        let (request, vault) = try await authenticate(message, as: .handback, admit)
        let answer: HandbackAnswer
        if let clock = clockAnswer(request, message.reference) {
            answer = HandbackAnswer(answer: clock, taken: [], refused: [])
        } else {
            let handback: HandbackRequest
            do throws(JSONError) { handback = try HandbackRequest(lines: message.lines) } catch {
                throw Problem(.malformed, "the lines do not fit a handback: \(error)")
            }
            let key = catalog.keys.mac
            let changes = handback.items.map { Vault.ReturnedChange($0, macKey: key, client: vault.client) }
            answer = try await vault.handback(request, reference: message.reference, changes: changes)
        }
        return (answer.answer.outcome, try Envelope.seal(kind: .handbackAnswer, lines: [answer.line], key: signingKey))
    }

    /// Reads the first line and checks the signature against the key of the station that it names.
    private func authenticate(
        _ message: SignedMessage, as kind: MessageKind, _ admit: Admission
    ) async throws -> (RequestLine, Vault) {
        let request: RequestLine
        do throws(JSONError) { request = try RequestLine(line: message.lines[0], kind: kind) } catch { throw Problem(line: error) }
        let vault = try await vault(request.vault)
        let known = try await vault?.verifyingKey(of: request.station)
        // A key of ours stands in for one that is not there, so that the answer takes as long and says as little.
        let isSigned = message.isSigned(by: known ?? signingKey.publicKey, as: kind)
        guard isSigned, known != nil, let vault else { throw Problem(.notEnrolled) }
        try admit(request.station)
        return (request, vault)
    }

    /// The answer to a request whose time is too far off; comes before anything else, since a wrong clock would make everything doubtful.
    private func clockAnswer(_ request: RequestLine, _ reference: Digest) -> AnswerLine? {
        let now = surroundings.now()
        let (difference, overflow) = now.subtractingReportingOverflow(request.time)
        guard overflow || difference.magnitude > UInt64(Wire.clockToleranceMilliseconds) else { return nil }
        return AnswerLine(
            version: request.version, request: reference, outcome: .clock, epoch: request.epoch, through: 0,
            chain: Chain.start(station: request.station, epoch: request.epoch), durable: 0, time: now)
    }
}

extension Problem {
    /// What goes across the wire for an error of the store; never with values.
    fileprivate init(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case CentreError.storage(let failure): self.init(failure)
        case let failure as SQLFailure: self.init(failure)
        case is VaultMoved: self.init(.busy, "the store is being moved")
        case is CancellationError: self.init(.busy, "the request was given up")
        default: self.init(.internalError, "\(type(of: error))")
        }
    }

    private init(_ failure: SQLFailure) {
        switch failure.reason {
        case .busy: self.init(.busy)
        case .full: self.init(.storageFull)
        case .damaged, .readOnly, .constraint, .other: self.init(.internalError, failure.message)
        }
    }

    /// What is wrong with a message's first line.
    fileprivate init(line error: JSONError) {
        if error.reason == .unexpected, error.name == "v" {
            self = .unsupportedVersion
        } else {
            self.init(.malformed, "the first line: \(error)")
        }
    }
}

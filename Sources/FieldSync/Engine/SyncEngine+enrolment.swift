public import EntryModel
import FieldStore

extension SyncEngine {
    /// Enrols the station's file with the centre that a code names.
    ///
    /// The keys are made and stored before the request goes out, so a lost answer costs nothing: the same code brings the same answer.
    /// - Parameter code: As the central staff gave it; the engine's transport has to lead to its address.
    /// - Throws: `EnrolmentError`; `FieldStoreError` when the file cannot be used or is enrolled already; `CancellationError`.
    public func enrol(code: EnrolmentCode) async throws {
        do {
            try await enrolOnce(code)
        } catch EnrolmentError.refused(let problem) where agree(with: problem) {
            try await enrolOnce(code)
        }
    }

    private func enrolOnce(_ code: EnrolmentCode) async throws {
        var (request, key) = try database.prepareEnrolment(code: code)
        request.version = version
        let message = try Envelope.seal(kind: .enrol, lines: [request.line], key: key)
        let sent = surroundings.now()
        let body = try await answer(to: transport.pack(message))
        let received = surroundings.now()
        let answer = try EnrolmentError.verified(body, to: SignedMessage.reference(of: message), code: code)
        try database.completeEnrolment(code: code, answer: answer)
        try database.recordClock(skew: sent + (received - sent) / 2 - answer.time)
    }

    private func answer(to packed: [UInt8]) async throws -> [UInt8] {
        var failures = 0
        while true {
            switch try await attempt(packed) {
            case .answered(let body): return body
            case .failed(let error, let isRetryable, let retryAfter):
                failures += 1
                guard isRetryable, failures < backoff.attempts, retryAfter ?? 0 <= backoff.longestRetryAfterMilliseconds
                else { throw error }
                let delay = backoff.delayMilliseconds(
                    failures: failures, retryAfterMilliseconds: retryAfter, chance: surroundings.random())
                try await sleep(.milliseconds(delay))
            }
        }
    }

    private enum Attempt {
        case answered([UInt8])
        case failed(EnrolmentError, isRetryable: Bool, retryAfterMilliseconds: Int64?)
    }

    private func attempt(_ packed: [UInt8]) async throws -> Attempt {
        do {
            let answer = try await transport.send(.enrol, packed: packed)
            guard answer.isProblem else { return .answered(answer.body) }
            let problem = Problem(json: answer.body)
            return .failed(
                problem.map { .refused($0) } ?? .unavailable(status: answer.status), isRetryable: problem?.code.isRetryable ?? true,
                retryAfterMilliseconds: answer.retryAfterMilliseconds)
        } catch let failure as TransportFailure {
            return .failed(.unreachable(failure), isRetryable: failure.isRetryable, retryAfterMilliseconds: nil)
        }
    }
}

/// Why a station could not be enrolled. The code is not used up by it, unless the centre says so.
public enum EnrolmentError: Error, Sendable, Equatable {
    case unreachable(TransportFailure)
    /// Something in front of the centre answered.
    case unavailable(status: Int)
    case refused(Problem)
    /// What answered has another key than the code names, or its signature does not fit.
    case otherCentre
    case unreadable(String)

    /// Reads an answer to an enrolment, and checks that it comes from the centre that the code names.
    static func verified(_ body: [UInt8], to request: Digest, code: EnrolmentCode) throws(EnrolmentError) -> EnrolAnswer {
        let message: SignedMessage
        let answer: EnrolAnswer
        do {
            message = try SignedMessage(body)
            answer = try EnrolAnswer(line: message.lines[0])
        } catch {
            throw .unreadable("\(error)")
        }
        guard let key = VerifyingKey(bytes: answer.signingKey), key.fingerprint == code.fingerprint,
            message.isSigned(by: key, as: .enrolAnswer)
        else { throw .otherCentre }
        guard answer.request == request else { throw .unreadable("it answers another request") }
        return answer
    }
}

extension EnrolmentError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreachable(let failure): "\(failure) The enrolment code stays valid."
        case .unavailable(let status):
            "The centre cannot be reached through its gateway (HTTP \(status)). Try again later; the enrolment code stays valid."
        case .refused(let problem): "\(problem)"
        case .otherCentre:
            "What answered is not the centre that the enrolment code names, so nothing was enrolled. Check the network and the code, "
                + "and tell the central staff."
        case .unreadable(let reason):
            "The centre's answer cannot be used (\(reason)). Update the station's program, or tell the central staff; "
                + "the enrolment code stays valid."
        }
    }
}

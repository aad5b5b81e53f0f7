import EntryModel

/// An answer that the centre signed: read, its claims not yet weighed.
enum VerifiedAnswer: Sendable {
    case push(PushAnswer)
    case pull(PullAnswer)
    case handback(HandbackAnswer)

    /// Checks the signature before anything else is read.
    ///
    /// - Parameters:
    ///   - bytes: The whole message, unpacked.
    ///   - kind: Of the request: `.push`, `.pull` or `.handback`.
    ///   - key: The centre's, as pinned at enrolment.
    init(_ bytes: [UInt8], to kind: MessageKind, signedBy key: VerifyingKey) throws(AnswerFault) {
        let answerKind: MessageKind = kind == .push ? .pushAnswer : kind == .pull ? .pullAnswer : .handbackAnswer
        let message: SignedMessage
        do { message = try SignedMessage(bytes) } catch { throw .unreadable("\(error)") }
        guard message.isSigned(by: key, as: answerKind) else { throw .badSignature }
        do {
            self =
                switch answerKind {
                case .pushAnswer: .push(try PushAnswer(line: message.lines[0]))
                case .pullAnswer: .pull(try PullAnswer(lines: message.lines))
                default: .handback(try HandbackAnswer(line: message.lines[0]))
                }
        } catch {
            throw .unreadable("\(error)")
        }
    }

    /// What all answers begin with.
    var line: AnswerLine {
        switch self {
        case .push(let answer): answer.answer
        case .pull(let answer): answer.answer
        case .handback(let answer): answer.answer
        }
    }

    /// The request that it says it answers.
    var request: Digest { line.request }
}

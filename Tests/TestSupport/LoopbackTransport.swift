public import CentralStore
public import EntryModel
public import FieldSync
import Synchronization

/// A road to a centre in the same process, on which a test decides what goes wrong.
///
/// The messages are the real ones and the centre is the real one; only the network between them is played.
public final class LoopbackTransport: Transport {
    /// What happens to one message.
    public enum Fate: Sendable {
        case arrives
        /// The centre never gets it.
        case isLost
        /// The centre acts on it and its answer is lost.
        case answerIsLost
        /// The centre gets it twice; the second answer comes back.
        case arrivesTwice
        /// The centre never gets it; a problem comes back.
        case isRefused(Problem, retryAfterMilliseconds: Int64?)
        /// It arrives, and the answer asks for a pause.
        case arrivesAtBusyCentre(retryAfterMilliseconds: Int64)
        /// It arrives, and the answer is changed on its way back.
        case answerIsChanged(@Sendable ([UInt8]) -> [UInt8])
    }

    /// One message that was sent.
    public struct Delivery: Sendable {
        /// From 0, over all kinds.
        public var number: Int
        public var kind: MessageKind
        public var message: [UInt8]
        /// As it came back from the centre, before its fate; `nil` when it never got there or was refused.
        public var answer: [UInt8]?
    }

    public typealias Decision = @Sendable (Delivery) async throws -> Fate

    private let centre: Mutex<Centre>
    private let decision: Mutex<Decision>
    private let sent = Mutex<[Delivery]>([])

    /// - Parameter decide: May wait, to delay a message, and may throw, as a transport may.
    public init(centre: Centre, decide: @escaping Decision = { _ in .arrives }) {
        self.centre = Mutex(centre)
        decision = Mutex(decide)
    }

    /// From now on the road leads there.
    public func lead(to centre: Centre) {
        self.centre.withLock { $0 = centre }
    }

    /// Decides the messages from now on.
    public func decide(_ decide: @escaping Decision) {
        decision.withLock { $0 = decide }
    }

    /// All messages so far, in the order of sending.
    public var deliveries: [Delivery] { sent.withLock { $0 } }

    public func send(_ kind: MessageKind, packed: [UInt8]) async throws -> TransportAnswer {
        try Task.checkCancellation()
        let delivery = sent.withLock { list in
            list.append(Delivery(number: list.count, kind: kind, message: packed))
            return list[list.count - 1]
        }
        let lost = TransportFailure(.unreachable, address: "loopback")
        let decide = decision.withLock { $0 }
        let fate = try await decide(delivery)
        switch fate {
        case .isLost: throw lost
        case .isRefused(let problem, let retryAfter):
            return TransportAnswer(
                status: problem.code.status, retryAfterMilliseconds: retryAfter, body: problem.json, isProblem: true)
        case .arrivesTwice: _ = await answer(delivery)
        case .arrives, .answerIsLost, .arrivesAtBusyCentre, .answerIsChanged: break
        }
        var answer = await answer(delivery)
        switch fate {
        case .answerIsLost: throw lost
        case .arrivesAtBusyCentre(let retryAfter): answer.retryAfterMilliseconds = retryAfter
        case .answerIsChanged(let change): answer.body = change(answer.body)
        default: break
        }
        return answer
    }

    private func answer(_ delivery: Delivery) async -> TransportAnswer {
        do throws(Problem) {
            let body = try await centre.withLock({ $0 }).answer(delivery.kind, delivery.message)
            sent.withLock { $0[delivery.number].answer = body }
            return TransportAnswer(status: 200, body: body, isProblem: false)
        } catch {
            return TransportAnswer(status: error.code.status, body: error.json, isProblem: true)
        }
    }
}

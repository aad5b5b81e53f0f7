import EntryModel
import FieldSync
import Synchronization
import TestSupport

/// What may happen to messages for a while, and how often.
struct Weather: Sendable {
    var faults: [Fault]
    /// Of 100 messages, how many meet a fault.
    var percent: Int

    static let fair = Weather(faults: [], percent: 0)

    /// All faults that a message can meet.
    static let possible: [Fault] = [
        .requestLost, .answerLost, .requestTwice, .requestSlow, .requestLate, .requestTruncated, .requestFlipped, .answerTruncated,
        .answerFlipped, .oldRequestAgain, .oldAnswerInstead, .busy, .longPause, .gateway, .centreCrash, .centreCrashBeforeAnswer,
    ]
}

/// One station's road to the centre, on which a seed decides what goes wrong.
///
/// What happens to a message depends on the seed, the number of the sync and the number of the message in it, and on nothing else: the engine
/// works on the file while a message is on its way, and which of both is faster must not matter.
final class SimulatedNetwork: Transport, Sendable {
    private struct State {
        var weather = Weather.fair
        var isDead = false
        var isPartitioned = false
        var cancels = false
        var sync: UInt64 = 0
        var messages: UInt64 = 0
        /// Old requests, to come again, and old answers.
        var requests: [(kind: MessageKind, bytes: [UInt8])] = []
        var answers: [(kind: MessageKind, bytes: [UInt8])] = []
        /// How many messages the centre may still get before the station dies; `nil` when it does not.
        var lastWords: Int?
    }

    private let centre: SimulatedCentre
    private let name: String
    private let seed: UInt64
    private let record: Record
    private let state = Mutex(State())

    init(centre: SimulatedCentre, name: String, seed: UInt64, record: Record) {
        self.centre = centre
        self.name = name
        self.seed = seed
        self.record = record
    }

    /// Begins a sync: what happens to its messages is drawn anew.
    func begin(_ weather: Weather, isPartitioned: Bool = false, cancels: Bool = false, lastWords: Int? = nil) {
        state.withLock { state in
            state.weather = weather
            state.isPartitioned = isPartitioned
            state.isDead = false
            state.cancels = cancels
            state.lastWords = lastWords
            state.sync += 1
            state.messages = 0
        }
    }

    /// From now on nothing comes through: the machine at this end has stopped.
    func die() {
        state.withLock { $0.isDead = true }
    }

    /// Whether somebody stops the sync while it waits.
    var cancels: Bool { state.withLock { $0.cancels } }

    var isDead: Bool { state.withLock { $0.isDead } }

    /// The engine's chance: a function of the messages so far, for the same reason as what happens to them.
    func chance() -> UInt64 {
        state.withLock { state in
            var random = Self.random(seed ^ 0xC0FF_EE00, state.sync, state.messages)
            return random.next()
        }
    }

    private static func random(_ seed: UInt64, _ sync: UInt64, _ message: UInt64) -> SeededRandom {
        var random = SeededRandom(seed: seed &+ sync &* 0x9E37_79B9_7F4A_7C15 &+ message &* 0xD1B5_4A32_D192_ED03)
        return random.split()
    }

    private var unreachable: TransportFailure { TransportFailure(.unreachable, address: "simulation") }

    func send(_ kind: MessageKind, packed: [UInt8]) async throws -> TransportAnswer {
        var (random, state) = state.withLock { state in
            state.messages += 1
            if let words = state.lastWords {
                state.isDead = state.isDead || words <= 0
                state.lastWords = words - 1
            }
            return (Self.random(seed, state.sync, state.messages), state)
        }
        if state.isDead { throw unreachable }
        if state.isPartitioned { throw unreachable }
        let isHit = Int.random(in: 0..<100, using: &random) < state.weather.percent
        let fault = isHit ? state.weather.faults.randomElement(using: &random) : nil
        if let fault {
            record.note(fault)
            record.add("       \(name) \(kind.rawValue) \(state.messages): \(fault.rawValue)")
        }
        let answer = try await deliver(kind, packed, fault, state, &random)
        if state.lastWords == 1 { die() }
        if self.state.withLock({ $0.isDead }) { throw unreachable }
        if state.lastWords == nil, fault != .answerTruncated, fault != .answerFlipped { remember(kind, packed, answer, &random) }
        return answer
    }

    private func remember(_ kind: MessageKind, _ packed: [UInt8], _ answer: TransportAnswer, _ random: inout SeededRandom) {
        let keeps = random.chance(oneIn: 3)
        state.withLock { state in
            if keeps {
                state.requests = state.requests.suffix(4) + [(kind, packed)]
                if !answer.isProblem { state.answers = state.answers.suffix(4) + [(kind, answer.body)] }
            }
        }
    }

    private func deliver(
        _ kind: MessageKind, _ packed: [UInt8], _ fault: Fault?, _ state: State, _ random: inout SeededRandom
    ) async throws -> TransportAnswer {
        switch fault {
        case .requestLost: throw unreachable
        case .gateway: return TransportAnswer(status: 502, body: Array("<html>Bad gateway</html>".utf8), isProblem: true)
        case .busy:
            let wait: Int64? = random.chance(oneIn: 2) ? Int64.random(in: 0...5000, using: &random) : nil
            return TransportAnswer(status: 503, retryAfterMilliseconds: wait, body: Problem(.busy).json, isProblem: true)
        case .requestTwice: _ = await answer(kind, packed)
        case .oldRequestAgain:
            if let old = state.requests.randomElement(using: &random) { _ = await answer(old.kind, old.bytes) }
        case .requestSlow: centre.clock.advance(by: .milliseconds(Int64.random(in: 100...60_000, using: &random)))
        case .requestLate: centre.clock.advance(by: .milliseconds(Int64.random(in: 400_000...1_200_000, using: &random)))
        case .requestTruncated: return await answer(kind, Array(packed.prefix(Int.random(in: 0..<packed.count, using: &random))))
        case .requestFlipped: return await answer(kind, Self.flipped(packed, &random))
        case .centreCrash: try await centre.crash()
        default: break
        }
        var answer = await answer(kind, packed)
        switch fault {
        case .answerLost: throw unreachable
        case .centreCrashBeforeAnswer:
            try await centre.crash()
            throw unreachable
        case .answerTruncated: answer.body = Array(answer.body.prefix(Int.random(in: 0..<answer.body.count, using: &random)))
        case .answerFlipped: answer.body = Self.flipped(answer.body, &random)
        case .oldAnswerInstead: answer.body = state.answers.filter { $0.kind == kind }.randomElement(using: &random)?.bytes ?? answer.body
        case .longPause: answer.retryAfterMilliseconds = Int64.random(in: 61_000...600_000, using: &random)
        default: break
        }
        return answer
    }

    private func answer(_ kind: MessageKind, _ message: [UInt8]) async -> TransportAnswer {
        do throws(Problem) {
            let body = try await centre.answer(kind, message)
            if Self.clockOutcome.isPart(of: body.prefix(600)) { record.note(.clockAnswer) }
            return TransportAnswer(status: 200, body: body, isProblem: false)
        } catch {
            return TransportAnswer(status: error.code.status, body: error.json, isProblem: true)
        }
    }

    private static let clockOutcome = Array(#""outcome":"clock""#.utf8)

    private static func flipped(_ bytes: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        var bytes = bytes
        guard let place = bytes.indices.randomElement(using: &random) else { return bytes }
        bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        return bytes
    }
}

extension [UInt8] {
    fileprivate func isPart(of bytes: ArraySlice<UInt8>) -> Bool {
        bytes.indices.contains { bytes[$0...].starts(with: self) }
    }
}

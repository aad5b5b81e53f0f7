import EntryModel
import FieldStore
import FieldSync

/// Drives a state machine so that a test reads as a timeline: on the left what happens, on the right what the machine does about it.
///
/// ```
/// #expect(line.start(0, 3) == "prepare push 0")
/// #expect(line.ready(push: 0, 3, of: 3) == "send push 0-3")
/// #expect(line.accepted(3) == "acknowledge 3")
/// #expect(line.receipt() == "prepare pull")
/// ```
///
/// Answers and failures are of the request that is on its way, unless said.
struct Timeline {
    static let epoch = fixedID(1)
    static let otherEpoch = fixedID(2)

    var machine: SyncStateMachine
    var chance: UInt64 = .max
    var clock: Int64 = 1_000_000
    private var requests: [SyncRequest] = []

    init(backoff: Backoff = Backoff()) {
        machine = SyncStateMachine(backoff: backoff)
    }

    static func fixedID(_ number: UInt8) -> UniqueID {
        UniqueID(bytes: Array(repeating: 0, count: 15) + [number]) ?? UniqueID.card(promotion: "p", batch: "B", envelope: 1, card: 1)
    }

    static func digest(_ number: UInt8) -> Digest {
        Digest(bytes: Array(repeating: number, count: 32)) ?? .zero
    }

    static func key(_ promotion: String) -> FeedKey { .promotion(promotion) }

    /// The machine's reaction, as the script writes it.
    mutating func react(_ event: SyncEvent) -> String {
        machine.handle(event, chance: chance).map(Self.text).joined(separator: ", ")
    }

    mutating func start(
        _ acknowledged: Int64, _ head: Int64, cursors: [String: Int64] = [:], skew: Int64? = 0, hasUnconfirmed: Bool = false
    ) -> String {
        react(
            .started(
                SyncStart(
                    epoch: Self.epoch, acknowledged: acknowledged, head: head, cursors: Self.cursors(cursors),
                    skewMilliseconds: skew, hasUnconfirmed: hasUnconfirmed)))
    }

    /// Cursors by promotion; a position's digest is made of the position.
    static func cursors(_ positions: [String: Int64]) -> [String: RequestLine.Cursor] {
        let cursors = positions.map { promotion, position in
            (
                key(promotion).description,
                RequestLine.Cursor(at: .init(position: position, digest: digest(UInt8(truncatingIfNeeded: position))), checkpoints: [])
            )
        }
        return Dictionary(uniqueKeysWithValues: cursors)
    }

    /// A push was made ready.
    mutating func ready(push after: Int64, _ last: Int64, of head: Int64, epoch: UniqueID = Timeline.epoch) -> String {
        ready(.push(after: after), last: last, head: head, epoch: epoch)
    }

    /// A handback was made ready.
    mutating func ready(handback after: Int64, _ last: Int64) -> String {
        ready(.handback(after: after), last: last, head: 0)
    }

    /// A pull was made ready, with the cursors that the machine asked for.
    mutating func ready(pull cursors: [String: Int64]) -> String {
        ready(.pull(cursors: Self.cursors(cursors)), last: 0, head: 0)
    }

    private mutating func ready(_ purpose: SyncRequest.Purpose, last: Int64, head: Int64, epoch: UniqueID = Timeline.epoch) -> String {
        let reference = Self.digest(UInt8(100 + requests.count))
        requests.append(SyncRequest(purpose: purpose, epoch: epoch, reference: reference, last: last, head: head, packed: []))
        return react(.prepared(requests[requests.count - 1]))
    }

    /// The request that is on its way; when none is, the one made last.
    var outstanding: Digest {
        (requests.first { machine.isOutstanding($0.reference) } ?? requests.last)?.reference ?? .zero
    }

    /// The reference of a request by the order of making, from 0.
    func reference(_ index: Int) -> Digest { requests[index].reference }

    func line(
        _ outcome: AnswerOutcome, _ through: Int64 = 0, request: Digest? = nil, epoch: UniqueID? = nil, skew: Int64 = 0
    ) -> AnswerLine {
        AnswerLine(
            request: request ?? outstanding, outcome: outcome, epoch: epoch ?? Self.epoch, through: through, chain: .zero, durable: 0,
            time: clock - skew)
    }

    mutating func pushAnswer(_ line: AnswerLine, retryAfter: Int64? = nil) -> String {
        react(.pushAnswered(PushAnswer(answer: line, exceptions: []), Arrival(clock: clock, retryAfterMilliseconds: retryAfter)))
    }

    mutating func handbackAnswer(_ line: AnswerLine, taken: UInt8) -> String {
        let ids = (0..<taken).map(Self.digest)
        return react(.handbackAnswered(HandbackAnswer(answer: line, taken: ids, refused: []), Arrival(clock: clock)))
    }

    mutating func accepted(_ through: Int64, retryAfter: Int64? = nil) -> String {
        pushAnswer(line(.accepted, through), retryAfter: retryAfter)
    }

    /// An answer with one page a key: from, to, rows, more.
    mutating func pulled(
        _ pages: [(key: String, from: Int64, to: Int64, rows: Int, more: Bool)], keys: [String]? = nil, retryAfter: Int64? = nil
    ) -> String {
        let row = FeedRow(position: 1, content: .leave(entry: Self.epoch))
        let answer = PullAnswer(
            answer: line(.accepted), keys: (keys ?? pages.map(\.key)).map { Self.key($0) },
            pages: pages.map { page in
                PullAnswer.KeyPage(
                    key: Self.key(page.key), from: page.from, to: page.to, digest: Self.digest(UInt8(truncatingIfNeeded: page.to)),
                    more: page.more, rows: Array(repeating: row, count: page.rows))
            })
        return react(.pullAnswered(answer, Arrival(clock: clock, retryAfterMilliseconds: retryAfter)))
    }

    mutating func lost() -> String {
        react(.transportFailed(request: outstanding, TransportFailure(.unreachable, address: "http://centre")))
    }

    mutating func refused(_ code: Problem.Code, retryAfter: Int64? = nil) -> String {
        react(.refused(request: outstanding, Problem(code), status: code.status, retryAfterMilliseconds: retryAfter))
    }

    mutating func receipt() -> String { react(.acknowledged(true)) }
    mutating func applied() -> String { react(.applied(PagesApplied())) }
    mutating func timer() -> String { react(.timerFired) }

    // MARK: Words

    static func text(_ action: SyncAction) -> String {
        switch action {
        case .prepare(let purpose): "prepare \(text(purpose))"
        case .send(let request):
            switch request.purpose {
            case .push(let after): "send push \(after)-\(request.last)"
            case .pull: "send pull"
            case .handback(let after): "send handback \(after)-\(request.last)"
            }
        case .acknowledge(let answer): "acknowledge \(answer.answer.through)"
        case .apply(let pulled):
            "apply" + (pulled.keys.map { " keys \($0.map(\.promotion).joined(separator: "+"))" } ?? "")
                + pulled.pages.map { " \($0.key.promotion) \($0.from)-\($0.to)" }.joined()
        case .recover(.rolledBack): "recover rolled-back"
        case .recover(.forked): "recover forked"
        case .recover(.behind(let through, _)): "recover behind \(through)"
        case .settle(let answer): "settle \(answer.taken.count)"
        case .recordClock(let skew): "clock \(skew)"
        case .wait(let milliseconds): "wait \(milliseconds)"
        case .finish(let outcome): "finish \(outcome.code)"
        }
    }

    private static func text(_ purpose: SyncRequest.Purpose) -> String {
        switch purpose {
        case .push(let after): "push \(after)"
        case .handback(let after): "handback \(after)"
        case .pull(let cursors):
            "pull" + cursors.sorted { $0.key < $1.key }.map { " \($0.key.dropFirst("promotion/".count)) \($0.value.at.position)" }.joined()
        }
    }
}

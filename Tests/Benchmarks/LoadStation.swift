import EntryModel
import FieldSync
import Foundation
import TestSupport

/// A station of which the load program has thousands: the real messages, signed, with an answer's signature checked; no file.
actor LoadStation {
    let id: UniqueID
    private let key: SigningKey
    private let centreKey: VerifyingKey
    private let form: Versioned
    private var epoch = Surroundings.system.newID()
    private var after: Int64 = 0
    private var chain: Digest
    private var unsent: [Change] = []
    private var cursors: [String: RequestLine.Cursor] = [:]

    /// One request and what became of it.
    struct Exchange: Sendable {
        enum Outcome: Sendable, Hashable {
            case answered, shed
            case failed(String)
        }
        var kind: MessageKind
        var seconds: Double
        var outcome: Outcome
        /// Entries that the centre has for sure now and had not before.
        var acknowledged = 0
        /// How long the centre asks to be left alone.
        var retryAfterMilliseconds: Int64?
    }

    init(id: UniqueID, key: SigningKey, centreKey: VerifyingKey, form: Versioned) {
        self.id = id
        self.key = key
        self.centreKey = centreKey
        self.form = form
        chain = Chain.start(station: id, epoch: epoch)
    }

    /// Captures some entries, as a kiosk does between two syncs.
    func capture(_ count: Int) throws {
        for number in 0..<count {
            let values: [(String, Scalar)] = [
                ("$channel", .text("kiosk")), ("given_name", .text("Sandra")), ("family_name", .text("Load \(number)")),
                ("street", .text("7801 Oak Boulevard")), ("city", .text("Martin")), ("state", .text("KY")), ("zip", .text("41649")),
                ("email", .text("load\(Int.random(in: 0..<1_000_000))@example.org")),
            ]
            let header = ChangeHeader(
                station: id.description, operatorID: "op-0123456789ab", stamp: Surroundings.system.now(), skew: 0, kind: .set, form: form,
                subject: .entry(Surroundings.system.newID()))
            unsent.append(
                try Change(
                    header: header,
                    body: ChangeBody(
                        salt: Surroundings.system.randomBytes(16), set: values.map { Assignment(field: $0.0, value: $0.1) })))
        }
    }

    var unsentCount: Int { unsent.count }

    /// How many entries the centre has for sure.
    var acknowledged: Int64 { after }

    /// Pushes what there is, then pulls, over a connection of its own; ends at the first request that is not answered.
    func sync(_ url: String) async -> [Exchange] {
        let road = HTTPTransport(url: url)
        var exchanges: [Exchange] = []
        if !unsent.isEmpty { exchanges.append(await push(road)) }
        if exchanges.allSatisfy({ $0.outcome == .answered }) { exchanges.append(await pull(road)) }
        try? await road.close()
        return exchanges
    }

    private func request(_ kind: MessageKind, count: Int) -> RequestLine {
        RequestLine(
            kind: kind, vault: LoadSite.client, station: id, epoch: epoch, forkedFrom: nil, after: after, chain: chain, count: count,
            head: .init(sequence: after + Int64(unsent.count), chain: Chain.next(chain, unsent.map(\.id))),
            time: Surroundings.system.now(), cursors: kind == .pull ? cursors : [:])
    }

    private func push(_ road: HTTPTransport) async -> Exchange {
        let sent = Array(unsent.prefix(500))
        let lines = [request(.push, count: sent.count).line] + sent.flatMap { [$0.headerLine, $0.bodyLine] }
        return await exchange(.push, lines, road) { answer in
            let answer = try PushAnswer(line: answer.lines[0])
            guard answer.answer.outcome == .accepted, answer.exceptions.isEmpty else {
                throw BenchmarkError("\(answer.answer.outcome), \(answer.exceptions.first?.problem ?? "no exception")")
            }
            chain = Chain.next(chain, sent.map(\.id))
            guard answer.answer.through == after + Int64(sent.count), answer.answer.chain == chain else {
                throw BenchmarkError("the answer is of another chain")
            }
            after = answer.answer.through
            unsent.removeFirst(sent.count)
            return sent.count
        }
    }

    private func pull(_ road: HTTPTransport) async -> Exchange {
        await exchange(.pull, [request(.pull, count: 0).line], road) { answer in
            let answer = try PullAnswer(lines: answer.lines)
            guard answer.answer.outcome == .accepted else { throw BenchmarkError("\(answer.answer.outcome)") }
            for page in answer.pages {
                cursors[page.key.description] = .init(at: .init(position: page.to, digest: page.digest), checkpoints: [])
            }
            return 0
        }
    }

    private func exchange(
        _ kind: MessageKind, _ lines: [[UInt8]], _ road: HTTPTransport, _ take: (SignedMessage) throws -> Int
    ) async -> Exchange {
        let clock = ContinuousClock.now
        func done(_ outcome: Exchange.Outcome, acknowledged: Int = 0, retryAfter: Int64? = nil) -> Exchange {
            let seconds = (ContinuousClock.now - clock) / .seconds(1)
            return Exchange(
                kind: kind, seconds: seconds, outcome: outcome, acknowledged: acknowledged, retryAfterMilliseconds: retryAfter)
        }
        do {
            let message = try Envelope.seal(kind: kind, lines: lines, key: key)
            let answer = try await road.send(kind, message)
            if answer.status == 503 || answer.status == 429 {
                guard answer.retryAfterMilliseconds != nil else { return done(.failed("\(answer.status) without Retry-After")) }
                return done(.shed, retryAfter: answer.retryAfterMilliseconds)
            }
            guard answer.status == 200 else { return done(.failed("HTTP \(answer.status)")) }
            let signed = try SignedMessage(answer.body)
            guard signed.isSigned(by: centreKey, as: kind == .push ? .pushAnswer : .pullAnswer) else { return done(.failed("signature")) }
            return done(.answered, acknowledged: try take(signed))
        } catch let failure as TransportFailure {
            return done(.failed(failure.code.rawValue))
        } catch {
            return done(.failed("\(error)"))
        }
    }
}

import EntryModel
import Foundation
import Synchronization
import TestSupport

/// A station that only reads: on a thread of its own it pages through the feed by the protocol, on and on, and keeps all that it is given.
final class FeedReader: Sendable {
    struct Row: Hashable, Sendable {
        var key: String
        var position: Int64
        /// The change's id, or the entry that was taken out of the key.
        var id: String
    }

    /// What it saw.
    struct Record: Sendable {
        var rows: [Row] = []
        /// Answers that brought rows.
        var pages = 0
        /// Requests that it had to repeat, and what became of the first try.
        var retries: [String] = []
        /// What must never happen.
        var faults: [String] = []
    }

    private let port: UInt16
    private let key: SigningKey
    private let centreKey: VerifyingKey
    private let id: UniqueID
    private let vault: String
    private let epoch = Surroundings.system.newID()
    private let state = Mutex(Record())
    private let isStopping = Atomic<Bool>(false)
    private let ended = DispatchSemaphore(value: 0)

    /// Enrols.
    /// - Parameters:
    ///   - port: Where it calls, now and later.
    ///   - code: As the centre printed it.
    init(port: UInt16, code: String) throws {
        guard let code = EnrolmentCode(code) else { throw EndToEndError("no code") }
        self.port = port
        key = SigningKey()
        let request = EnrolRequest(
            code: code, signingKey: key.publicKey.bytes, agreementKey: AgreementKey().publicKeyBytes, time: Surroundings.system.now())
        let message = try Envelope.seal(kind: .enrol, lines: [request.line], key: key)
        guard let answer = PlainRequest.send("/v1/enrol", message, port: port), answer.status == 200 else {
            throw EndToEndError("the reader could not be enrolled")
        }
        let enrolled = try EnrolAnswer(line: SignedMessage(answer.body).lines[0])
        id = enrolled.station
        vault = enrolled.vault
        guard let centreKey = VerifyingKey(bytes: enrolled.signingKey) else { throw EndToEndError("the centre's key is none") }
        self.centreKey = centreKey
    }

    var record: Record { state.withLock { $0 } }

    /// Reads on its own thread until `stop`.
    func start() {
        Thread.detachNewThread { [self] in
            var cursors: [String: RequestLine.Cursor] = [:]
            while !isStopping.load(ordering: .acquiring) {
                if page(&cursors) != true { usleep(5000) }
            }
            // To the end of what is there.
            var tries = 0
            while tries < 200, page(&cursors) != false {
                tries += 1
                usleep(5000)
            }
            ended.signal()
        }
    }

    /// Has it read what is there by now, and ends it.
    func stop() -> Record {
        isStopping.store(true, ordering: .releasing)
        ended.wait()
        return record
    }

    /// The whole feed once more, from its beginning, now that nobody writes.
    func readAnew() -> Record {
        state.withLock { $0 = Record() }
        var cursors: [String: RequestLine.Cursor] = [:]
        while page(&cursors) == true {}
        return record
    }

    /// Asks for what is behind the cursors.
    /// - Returns: Whether it brought any rows; `nil` when it was not answered.
    private func page(_ cursors: inout [String: RequestLine.Cursor]) -> Bool? {
        do {
            let start = Chain.start(station: id, epoch: epoch)
            let line = RequestLine(
                kind: .pull, vault: vault, station: id, epoch: epoch, forkedFrom: nil, after: 0, chain: start, count: 0,
                head: .init(sequence: 0, chain: start), time: Surroundings.system.now(), cursors: cursors)
            let message = try Envelope.seal(kind: .pull, lines: [line.line], key: key)
            guard let answer = PlainRequest.send("/v1/pull", message, port: port) else { return retry("no answer") }
            guard answer.status == 200 else {
                return retry("status \(answer.status)" + (answer.status == 500 ? ": \(String(decoding: answer.body, as: UTF8.self))" : ""))
            }
            let signed = try SignedMessage(answer.body)
            guard signed.isSigned(by: centreKey, as: .pullAnswer) else { return fault("an answer that the centre has not signed") }
            let pull = try PullAnswer(lines: signed.lines)
            guard pull.answer.outcome == .accepted else { return fault("\(pull.answer.outcome)") }
            for page in pull.pages { take(page, &cursors) }
            let hasRows = pull.pages.contains { !$0.rows.isEmpty }
            if hasRows { state.withLock { $0.pages += 1 } }
            return hasRows || pull.pages.contains(where: \.more)
        } catch {
            return fault("\(error)")
        }
    }

    private func take(_ page: PullAnswer.KeyPage, _ cursors: inout [String: RequestLine.Cursor]) {
        let key = page.key.description
        if page.from != cursors[key]?.at.position ?? 0 { _ = fault("\(key) goes on at \(page.from), not where it was read to") }
        let positions = [page.from] + page.rows.map(\.position)
        if !zip(positions, positions.dropFirst()).allSatisfy({ $0 < $1 }) || page.to < positions[positions.count - 1] {
            _ = fault("\(key): the positions \(positions) to \(page.to) are out of order")
        }
        let rows = page.rows.map { row in
            switch row.content {
            case .change(let id, _, _, _): Row(key: key, position: row.position, id: id.hex)
            case .leave(let entry): Row(key: key, position: row.position, id: entry.description)
            }
        }
        cursors[key] = .init(at: .init(position: page.to, digest: page.digest), checkpoints: [])
        state.withLock { $0.rows += rows }
    }

    private func retry(_ why: String) -> Bool? {
        state.withLock { $0.retries.append(why) }
        return nil
    }

    private func fault(_ what: String) -> Bool? {
        state.withLock { $0.faults.append(what) }
        return nil
    }
}

import CentralStore
import EntryModel
import TestSupport
import Testing

/// A station made of nothing but keys and lines, so that a test can say anything to the centre, wrong things too.
final class HandMadeStation {
    var centre: Centre
    let clock: ManualClock
    let key: SigningKey
    var id: UniqueID
    var vault: String
    var epoch: UniqueID
    var forkedFrom: UniqueID?
    /// Own changes of this epoch, in order; sequence 1 stands at index 0.
    var changes: [Change] = []
    /// What pulling brought, in order, and how far each key was read.
    var pulled: [FeedRow] = []
    var cursors: [String: RequestLine.Cursor] = [:]
    /// The sequence at or below which its pulls say that it may lack changes of its own.
    var lacks: Int64 = 0
    /// Put on the time of every request.
    var clockError: Int64 = 0

    static func enrolMessage(_ code: EnrolmentCode, _ key: SigningKey, _ agreement: AgreementKey, time: Int64) throws -> [UInt8] {
        let request = EnrolRequest(
            code: code, signingKey: key.publicKey.bytes, agreementKey: agreement.publicKeyBytes, time: time)
        return try Envelope.seal(kind: .enrol, lines: [request.line], key: key)
    }

    init(_ centre: Centre, code: EnrolmentCode, clock: ManualClock) async throws {
        self.centre = centre
        self.clock = clock
        key = SigningKey()
        let message = try Self.enrolMessage(code, key, AgreementKey(), time: clock.milliseconds)
        let answer = try EnrolAnswer(line: Self.open(try await centre.answer(.enrol, message), .enrolAnswer, centre)[0])
        id = answer.station
        vault = answer.vault
        epoch = Surroundings.system.newID()
    }

    /// The lines of an answer, after its signature was checked.
    static func open(_ answer: [UInt8], _ kind: MessageKind, _ centre: Centre) throws -> [[UInt8]] {
        let message = try SignedMessage(answer)
        #expect(message.isSigned(by: centre.signingKey.publicKey, as: kind))
        return message.lines
    }

    // MARK: Making changes

    var salt: [UInt8] { Surroundings.system.randomBytes(16) }

    func header(
        _ kind: ChangeHeader.Kind = .set, _ subject: ChangeHeader.Subject, form: String = "summer/1", station: String? = nil,
        target: Digest? = nil
    ) throws -> ChangeHeader {
        ChangeHeader(
            station: station ?? id.description, operatorID: "op-1", stamp: clock.milliseconds, skew: 0, kind: kind,
            form: try #require(Versioned(form)), subject: subject, target: target)
    }

    /// Makes a change and adds it to the chain.
    @discardableResult
    func add(
        _ kind: ChangeHeader.Kind = .set, _ subject: ChangeHeader.Subject, _ set: [String: Scalar] = [:], base: [ChangeBody.Base] = [],
        seen: [Digest] = [], form: String = "summer/1", station: String? = nil, target: Digest? = nil
    ) throws -> Change {
        let assignments = set.sorted { $0.key < $1.key }.map { Assignment(field: $0.key, value: $0.value) }
        let change = try Change(
            header: header(kind, subject, form: form, station: station, target: target),
            body: ChangeBody(salt: salt, set: assignments, base: base, seen: seen))
        changes.append(change)
        return change
    }

    /// Captures an entry.
    @discardableResult
    func capture(
        _ name: String = "Ann", entry: UniqueID? = nil, batch: String? = nil, form: String = "summer/1"
    ) throws -> (entry: UniqueID, change: Change) {
        let entry = entry ?? Surroundings.system.newID()
        var set: [String: Scalar] = ["name": .text(name), "$channel": .text(batch == nil ? "kiosk" : "mailIn")]
        if let batch {
            set["$batch"] = .text(batch)
            set["$envelope"] = .integer(1)
            set["$card"] = .integer(1)
        }
        return (entry, try add(.set, .entry(entry), set, form: form))
    }

    // MARK: Messages

    func chain(at sequence: Int) -> Digest {
        Chain.next(Chain.start(station: id, epoch: epoch), changes.prefix(sequence).map(\.id))
    }

    func request(_ kind: MessageKind, after: Int, count: Int = 0, head: Int? = nil, chain: Digest? = nil) -> RequestLine {
        let end = head ?? max(changes.count, after + count)
        var line = RequestLine(
            kind: kind, vault: vault, station: id, epoch: epoch, forkedFrom: forkedFrom, after: Int64(after),
            chain: chain ?? self.chain(at: after), count: count,
            head: RequestLine.ChainPosition(sequence: Int64(end), chain: self.chain(at: end)),
            time: clock.milliseconds + clockError, cursors: kind == .pull ? cursors : [:])
        line.lacks = lacks
        return line
    }

    func pushMessage(
        after: Int = 0, lines: [[UInt8]]? = nil, count: Int? = nil, head: Int? = nil, chain: Digest? = nil
    ) throws -> [UInt8] {
        let own = changes.dropFirst(after).prefix(count ?? 500)
        let lines = lines ?? own.flatMap { [$0.headerLine, $0.bodyLine] }
        let first = request(.push, after: after, count: lines.count / 2, head: head, chain: chain)
        return try Envelope.seal(kind: .push, lines: [first.line] + lines, key: key)
    }

    /// Pushes changes behind a sequence, 500 at most.
    @discardableResult
    func push(
        after: Int = 0, lines: [[UInt8]]? = nil, count: Int? = nil, head: Int? = nil, chain: Digest? = nil
    ) async throws -> PushAnswer {
        let message = try pushMessage(after: after, lines: lines, count: count, head: head, chain: chain)
        let answer = try PushAnswer(line: Self.open(try await centre.answer(.push, message), .pushAnswer, centre)[0])
        #expect(answer.answer.request == SignedMessage.reference(of: message))
        return answer
    }

    /// Pulls once, without moving the cursors.
    func pullOnce(after: Int? = nil, head: Int? = nil, chain: Digest? = nil) async throws -> PullAnswer {
        let request = request(.pull, after: after ?? changes.count, head: head, chain: chain)
        let message = try Envelope.seal(kind: .pull, lines: [request.line], key: key)
        let answer = try await centre.answer(.pull, message)
        #expect(answer.count <= Envelope.Limits.answerBytes)
        return try PullAnswer(lines: Self.open(answer, .pullAnswer, centre))
    }

    /// Pulls until nothing more waits.
    /// - Returns: The answers, in order.
    @discardableResult
    func pull(after: Int? = nil) async throws -> [PullAnswer] {
        var answers: [PullAnswer] = []
        while true {
            let answer = try await pullOnce(after: after)
            answers.append(answer)
            for page in answer.pages {
                pulled += page.rows
                cursors[page.key.description] = RequestLine.Cursor(
                    at: .init(position: page.to, digest: page.digest), checkpoints: [])
            }
            guard answer.pages.contains(where: \.more), answers.count < 1000 else { return answers }
        }
    }

    /// The ids of the changes pulled, in order.
    var pulledIDs: [Digest] {
        pulled.compactMap { if case .change(let id, _, _, _) = $0.content { id } else { nil } }
    }

    /// The entries that were taken out of a key, in order.
    var left: [UniqueID] {
        pulled.compactMap { if case .leave(let entry) = $0.content { entry } else { nil } }
    }

    /// What a replica that holds only the pulled changes makes of an entry.
    func state(of entry: UniqueID) throws -> EntryState {
        let changes = try pulled.compactMap { row -> Change? in
            guard case .change(_, _, let header, let body) = row.content else { return nil }
            let change = try Change(headerLine: header, bodyLine: body)
            return change.header.subject == .entry(entry) ? change : nil
        }
        return Merge.state(of: changes)
    }

    /// The base that replaces what a change set.
    static func base(_ change: Change, _ fields: String...) -> ChangeBody.Base {
        ChangeBody.Base(change: change.id, fields: fields)
    }
}

// MARK: Handing back

extension HandMadeStation {
    /// Lines that pulling brought, as they go back.
    var pulledItems: [HandbackRequest.Item] {
        pulled.compactMap { row in
            guard case .change(_, let mac, let header, let body) = row.content else { return nil }
            return HandbackRequest.Item(mac: mac, headerLine: header, bodyLine: body)
        }
    }

    /// Hands lines back; without any given, all that were pulled.
    @discardableResult
    func handback(
        _ items: [HandbackRequest.Item]? = nil, after: Int? = nil, chain: Digest? = nil
    ) async throws -> HandbackAnswer {
        let request = HandbackRequest(
            request: request(.handback, after: after ?? changes.count, chain: chain), items: items ?? pulledItems)
        let message = try Envelope.seal(kind: .handback, lines: request.lines, key: key)
        let answer = try HandbackAnswer(line: Self.open(try await centre.answer(.handback, message), .handbackAnswer, centre)[0])
        #expect(answer.answer.request == SignedMessage.reference(of: message))
        return answer
    }
}

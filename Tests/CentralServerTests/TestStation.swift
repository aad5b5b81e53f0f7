import EntryModel
import Testing

/// A station as the centre sees it: keys, a chain, and the messages that they sign. Its work is made by hand, so that a test can make it wrong.
struct TestStation: Sendable {
    let key: SigningKey
    let vault: String
    let id: UniqueID
    private(set) var epoch: UniqueID
    /// What was made and not yet taken by the centre.
    private(set) var unsent: [Change] = []
    private(set) var after: Int64 = 0
    private(set) var chain: Digest
    private let surroundings: Surroundings

    init(key: SigningKey, vault: String, id: UniqueID, surroundings: Surroundings = .system) {
        self.key = key
        self.vault = vault
        self.id = id
        self.surroundings = surroundings
        epoch = surroundings.newID()
        chain = Chain.start(station: id, epoch: epoch)
    }

    /// The message that asks for enrolment with a code.
    static func enrolMessage(_ code: EnrolmentCode, key: SigningKey) throws -> [UInt8] {
        let request = EnrolRequest(
            code: code, signingKey: key.publicKey.bytes, agreementKey: AgreementKey().publicKeyBytes, time: Surroundings.system.now())
        return try Envelope.seal(kind: .enrol, lines: [request.line], key: key)
    }

    /// Captures an entry.
    /// - Returns: The entry's id.
    @discardableResult
    mutating func capture(
        _ form: Versioned, _ values: [(String, Scalar)], entry: UniqueID? = nil, channel: String = "kiosk"
    ) throws -> UniqueID {
        let entry = entry ?? surroundings.newID()
        let assignments = [Assignment(field: "$channel", value: .text(channel))] + values.map { Assignment(field: $0.0, value: $0.1) }
        try make(.set, form, entry, ChangeBody(salt: surroundings.randomBytes(16), set: assignments))
        return entry
    }

    /// Changes one field of an entry.
    mutating func edit(_ form: Versioned, _ entry: UniqueID, _ field: String, _ value: Scalar, replacing base: [Digest]) throws {
        try make(
            .set, form, entry,
            ChangeBody(
                salt: surroundings.randomBytes(16), set: [Assignment(field: field, value: value)],
                base: base.map { ChangeBody.Base(change: $0, fields: [field]) }))
    }

    /// Voids an entry, having seen the heads named.
    mutating func void(_ form: Versioned, _ entry: UniqueID, seen: [Digest]) throws {
        try make(
            .void, form, entry,
            ChangeBody(salt: surroundings.randomBytes(16), set: [Assignment(field: "$void", value: .bool(true))], seen: seen))
    }

    private mutating func make(_ kind: ChangeHeader.Kind, _ form: Versioned, _ entry: UniqueID, _ body: ChangeBody) throws {
        let header = ChangeHeader(
            station: id.description, operatorID: "op-0123456789ab", stamp: surroundings.now(), skew: nil, kind: kind, form: form,
            subject: .entry(entry))
        unsent.append(try Change(header: header, body: body))
    }

    /// The push of all that is unsent.
    func push(signedBy other: SigningKey? = nil, for client: String? = nil) throws -> [UInt8] {
        let line = RequestLine(
            kind: .push, vault: client ?? vault, station: id, epoch: epoch, forkedFrom: nil, after: after, chain: chain,
            count: unsent.count, head: head, time: surroundings.now())
        return try Envelope.seal(
            kind: .push, lines: [line.line] + unsent.flatMap { [$0.headerLine, $0.bodyLine] }, key: other ?? key)
    }

    /// A pull; without cursors, of a station that has read nothing yet.
    ///
    /// - Parameter cursors: How far it claims to have read.
    func pull(cursors: [String: RequestLine.Cursor] = [:]) throws -> [UInt8] {
        let line = RequestLine(
            kind: .pull, vault: vault, station: id, epoch: epoch, forkedFrom: nil, after: after, chain: chain, count: 0, head: head,
            time: surroundings.now(), cursors: cursors)
        return try Envelope.seal(kind: .pull, lines: [line.line], key: key)
    }

    /// A handback of what an answer to a pull brought.
    func handback(_ answer: PullAnswer) throws -> [UInt8] {
        let line = RequestLine(
            kind: .handback, vault: vault, station: id, epoch: epoch, forkedFrom: nil, after: after, chain: chain, count: 0, head: head,
            time: surroundings.now())
        let items = answer.pages.flatMap(\.rows).compactMap { row -> HandbackRequest.Item? in
            guard case .change(_, let mac, let header, let body) = row.content else { return nil }
            return HandbackRequest.Item(mac: mac, headerLine: header, bodyLine: body)
        }
        return try Envelope.seal(kind: .handback, lines: HandbackRequest(request: line, items: items).lines, key: key)
    }

    private var head: RequestLine.ChainPosition {
        RequestLine.ChainPosition(sequence: after + Int64(unsent.count), chain: Chain.next(chain, unsent.map(\.id)))
    }

    /// Takes note of an answer that acknowledges everything.
    mutating func acknowledge(_ answer: PushAnswer) throws {
        #expect(answer.answer.outcome == .accepted)
        try #require(answer.answer.through == after + Int64(unsent.count))
        chain = Chain.next(chain, unsent.map(\.id))
        try #require(answer.answer.chain == chain)
        after = answer.answer.through
        unsent = []
    }

    /// Takes the centre's word for where this chain stands, whatever was sent; begins another epoch where the centre does not go on with this.
    mutating func follow(_ answer: AnswerLine) {
        guard answer.epoch == epoch else { return }
        unsent = []
        if answer.outcome == .accepted {
            after = answer.through
            chain = answer.chain
        } else {
            epoch = surroundings.newID()
            after = 0
            chain = Chain.start(station: id, epoch: epoch)
        }
    }
}

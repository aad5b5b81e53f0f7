import EntryModel
import TestSupport
import Testing

@Suite("Vectors: what crosses the wire")
struct WireVectorTests {
    @Test("a message is sealed alike, and only an unharmed one opens", arguments: VectorCase.load(try Vectors.load("envelope")))
    func envelope(_ vector: VectorCase) throws {
        let kind = try #require(MessageKind(rawValue: try vector.text("kind")))
        switch vector.mustFail {
        case nil:
            let key = try #require(SigningKey(bytes: try vector.bytes("seed")))
            #expect(key.publicKey.bytes == (try vector.bytes("expected", "publicKey")))
            let lines = try vector.texts("lines").map { Array($0.utf8) }
            // Another Ed25519 may sign with chance; so the reference's message is opened, and ours by the same rule.
            for message in [Array(try vector.text("expected", "message").utf8), try Envelope.seal(kind: kind, lines: lines, key: key)] {
                let opened = try SignedMessage(message)
                #expect(opened.lines == lines)
                #expect(opened.isSigned(by: key.publicKey, as: kind))
                #expect(opened.reference == SignedMessage.reference(of: message))
            }
            let opened = try SignedMessage(Array(try vector.text("expected", "message").utf8))
            #expect(opened.reference == (try vector.digest("expected", "reference")))
            #expect(opened.signature == (try vector.bytes("expected", "signature")))
        case "badSignature":
            let message = try SignedMessage(Array(try vector.text("message").utf8))
            let key = try #require(VerifyingKey(bytes: try vector.bytes("publicKey")))
            #expect(!message.isSigned(by: key, as: kind))
        case let reason:
            let error = #expect(throws: EnvelopeError.self) { try SignedMessage(Array(try vector.text("message").utf8)) }
            #expect(error.map { "\($0)" } == reason)
        }
    }

    @Test("every row of the outcome table", arguments: VectorCase.load(try Vectors.load("chain-check")))
    func chainCheck(_ vector: VectorCase) throws {
        let held = try vector.texts("held").compactMap { Digest(hex: $0) }
        var links = [try vector.digest("start")]
        for id in held { links.append(Chain.next(links[links.count - 1], id)) }
        let claim = ChainCheck.Claim(
            road: try #require(ChainCheck.Road(rawValue: try vector.text("road"))), after: try vector.integer("after"),
            chain: try vector.digest("chain"), ids: try vector.texts("ids").compactMap { Digest(hex: $0) },
            headSequence: try vector.integer("head"))
        let record = ChainCheck.Record(
            isRevoked: try vector.bool("revoked"), sequence: Int64(held.count), chain: links[held.count])
        let outcome = ChainCheck.outcome(claim, record) { links[Int($0)] }
        #expect(outcome.answer.rawValue == (try vector.text("expected", "outcome")))
        if case .accepted(let skipping) = outcome { #expect(Int64(skipping) == (try vector.integer("expected", "skipping"))) }
    }

    @Test("an enrolment code and what is made of it", arguments: VectorCase.load(try Vectors.load("enrolment")))
    func enrolment(_ vector: VectorCase) throws {
        guard vector.mustFail == nil else {
            #expect(EnrolmentCode(try vector.text("typed")) == nil)
            return
        }
        let centre = try #require(VerifyingKey(bytes: try vector.bytes("centreKey")))
        let code = EnrolmentCode(url: try vector.text("url"), secret: try vector.bytes("secret"), fingerprint: centre.fingerprint)
        #expect(centre.fingerprint == (try vector.digest("expected", "fingerprint")))
        #expect(code.text == (try vector.text("expected", "code")))
        #expect(EnrolmentCode(try vector.has("typed") ? vector.text("typed") : code.text) == code)
        let request = EnrolRequest(
            code: code, signingKey: try vector.bytes("signingKey"), agreementKey: try vector.bytes("agreementKey"), time: 1)
        #expect(request.invitation == (try vector.digest("expected", "invitation")))
        #expect(request.mac == (try vector.bytes("expected", "mac")))
        #expect(request.isAuthentic(secret: code.secret, fingerprint: code.fingerprint))
        #expect(!request.isAuthentic(secret: [UInt8](repeating: 9, count: 16), fingerprint: code.fingerprint))
        #expect(!request.isAuthentic(secret: code.secret, fingerprint: .zero))
    }

    @Test("the feed has the same digests, and a line the same MAC", arguments: VectorCase.load(try Vectors.load("feed")))
    func feed(_ vector: VectorCase) throws {
        if vector.has("subject") {
            let part = try #require(Hex.decode(try vector.text("expected"))?.first)
            for other in 0...255 as ClosedRange<UInt8> {
                let comparison = KeyComparison(KeyComparison.Request(key: .promotion("summer-splash"), part: other))
                #expect(comparison.asks(for: try vector.text("subject")) == (other == part))
            }
            return
        }
        let vault = try vector.text("vault")
        guard vector.has("rows") else {
            let bytes = Array(vault.utf8) + (try vector.digest("id")).bytes
            #expect(MAC.code(key: try vector.bytes("macKey"), bytes) == (try vector.bytes("mac")))
            #expect(MAC.isValid(try vector.bytes("mac"), key: try vector.bytes("macKey"), bytes))
            return
        }
        var digests = [FeedDigest.start(vault: vault)]
        for row in try vector.list("rows").map({ VectorCase(value: $0) }) {
            let kind = try #require(FeedRowKind(rawValue: try row.text("row")))
            let key = try #require(FeedKey(try row.text("key")))
            let id = kind == .leave ? Hash.line(Array(try row.uniqueID("entry").description.utf8)) : try row.digest("id")
            digests.append(FeedDigest.next(digests[digests.count - 1], keyDigest: FeedDigest.key(key.description), kind: kind, id: id))
        }
        #expect(digests.map(\.hex) == (try vector.texts("expected")))
    }

    @Test("a message is read, and written again to the same bytes, or refused", arguments: VectorCase.load(try Vectors.load("messages")))
    func message(_ vector: VectorCase) throws {
        let kind = try #require(MessageKind(rawValue: try vector.text("kind")))
        if let reason = vector.mustFail {
            let lines = try vector.texts("lines").map { Array($0.utf8) }
            let error = #expect(throws: JSONError.self) { try Self.rewritten(kind, lines) }
            #expect(error?.reason.rawValue == reason)
            return
        }
        let bytes = Array(try vector.text("message").utf8)
        let message = try SignedMessage(bytes)
        let key = try #require(VerifyingKey(bytes: try vector.bytes("publicKey")))
        #expect(message.isSigned(by: key, as: kind))
        #expect(message.reference == (try vector.digest("expected", "reference")))
        #expect(message.lines.count == Int(try vector.integer("expected", "lines")))
        let lines = try Self.rewritten(kind, message.lines)
        #expect(lines.map { String(decoding: $0, as: UTF8.self) } == message.lines.map { String(decoding: $0, as: UTF8.self) })
    }

    /// The lines as our types read and write them; of changes, which are never written again, as they came once they are read.
    private static func rewritten(_ kind: MessageKind, _ lines: [[UInt8]]) throws -> [[UInt8]] {
        switch kind {
        case .enrol: return [try EnrolRequest(line: lines[0]).line]
        case .enrolAnswer: return [try EnrolAnswer(line: lines[0]).line]
        case .push, .pull:
            let request = try RequestLine(line: lines[0], kind: kind)
            for index in stride(from: 1, to: lines.count, by: 2) { _ = try Change(headerLine: lines[index], bodyLine: lines[index + 1]) }
            #expect(request.count * 2 == lines.count - 1)
            return [request.line] + lines.dropFirst()
        case .handback:
            let request = try HandbackRequest(lines: lines)
            for item in request.items { _ = try Change(headerLine: item.headerLine, bodyLine: item.bodyLine) }
            #expect(request.items.map(\.messageBytes).reduce(0, +) == lines.dropFirst().reduce(0) { $0 + $1.count + 1 })
            return request.lines
        case .pushAnswer: return [try PushAnswer(line: lines[0]).line]
        case .pullAnswer:
            let answer = try PullAnswer(lines: lines)
            for case .change(let id, _, let headerLine, let bodyLine) in answer.pages.flatMap(\.rows).map(\.content) {
                #expect(try Change(headerLine: headerLine, bodyLine: bodyLine).id == id)
            }
            return answer.bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast().map { Array($0) }
        case .handbackAnswer: return [try HandbackAnswer(line: lines[0]).line]
        }
    }

    @Test("the catalogue of problems is the protocol's")
    func problems() throws {
        let cases = VectorCase.load(try Vectors.load("problems"))
        #expect(try cases.map { try $0.text("name") } == Problem.Code.allCases.map(\.rawValue))
        for vector in cases {
            let code = try #require(Problem.Code(rawValue: try vector.text("name")))
            #expect(code.status == Int(try vector.integer("status")), "\(code.rawValue)")
            #expect(code.isRetryable == (try vector.bool("retryable")), "\(code.rawValue)")
        }
    }
}

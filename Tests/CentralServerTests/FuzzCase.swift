import EntryModel
import TestSupport

/// One request, and what may come back.
struct FuzzCase {
    enum Expectation {
        /// A problem of the catalogue; or, of a message, a signed answer that names it.
        case answer
        /// A signed answer to a message that is right in every respect.
        case signed
        /// As `answer`; or no answer, since the request never came to its end.
        case answerOrEnd
        case health
    }

    /// What it tries; for the count, and for the text of a failure.
    var name: String
    var bytes: [UInt8]
    var expectation: Expectation
    var isHead = false
    /// The message, where there is one that the centre could answer.
    var message: (kind: MessageKind, bytes: [UInt8])?

    static func answered(_ name: String, _ bytes: [UInt8]) -> FuzzCase {
        FuzzCase(name: name, bytes: bytes, expectation: .answer)
    }

    static func perhapsAnswered(_ name: String, _ bytes: [UInt8]) -> FuzzCase {
        FuzzCase(name: name, bytes: bytes, expectation: .answerOrEnd)
    }

    /// The whole request over HTTP.
    static func request(
        _ method: String, _ path: String, _ headers: [(String, String)] = [], body: [UInt8] = [], length: Int? = nil
    ) -> [UInt8] {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        return Array("\(head)Content-Length: \(length ?? body.count)\r\n\r\n".utf8) + body
    }
}

/// Makes requests without end: right ones, right ones with something changed, signed again or not, and what was never a message.
struct FuzzSource {
    private var random: SeededRandom
    private var mutation: FuzzMutation
    /// As the centre knows it: what is made for one request is forgotten after it, unless the centre took it.
    private(set) var station: TestStation
    private let enrolment: (message: [UInt8], key: SigningKey)
    private var entries: [UniqueID] = []
    private var changes: [Digest] = []
    private var pulled: PullAnswer?
    private var cursors: [String: RequestLine.Cursor] = [:]

    private static let kinds: [MessageKind] = [.enrol, .push, .push, .push, .pull, .handback]
    private static let form = TestCentre.form
    /// As many bytes as the level shrinks best: some 250 KB become 256 MB.
    private static let bomb = Gzip.compress([UInt8](repeating: UInt8(ascii: "a"), count: 256 << 20), level: 9)
    private static let smallBomb = Gzip.compress([UInt8](repeating: UInt8(ascii: "\n"), count: 4 << 20), level: 9)

    /// - Parameters:
    ///   - station: Enrolled.
    ///   - spare: A code for another station.
    init(seed: UInt64, station: TestStation, spare: EnrolmentCode) throws {
        random = SeededRandom(seed: seed)
        mutation = FuzzMutation(random: random.split())
        self.station = station
        // Always the same keys: with others the code would be used up.
        let key = SigningKey()
        enrolment = (try TestStation.enrolMessage(spare, key: key), key)
    }

    mutating func next() throws -> FuzzCase {
        random.chance(oneIn: 5) ? http() : try message()
    }

    // MARK: Messages

    private mutating func message() throws -> FuzzCase {
        var kind = Self.kinds[Int.random(in: 0..<Self.kinds.count, using: &random)]
        // Before the first pull there is nothing to hand back.
        if kind == .handback, pulled == nil { kind = .pull }
        let (right, key) = try sealed(kind)
        let lines = try SignedMessage(right).lines
        if random.chance(oneIn: 40) || mutation.donors.count < 60 {
            mutation.donors = mutation.donors.suffix(100) + [lines[Int.random(in: 0..<lines.count, using: &random)]]
        }
        let name: String
        var bytes: [UInt8]
        var expectation = FuzzCase.Expectation.answer
        switch Int.random(in: 0..<20, using: &random) {
        case 0...2: (name, bytes, expectation) = ("right", right, .signed)
        case 4...12: (name, bytes) = ("changed and signed again", try Envelope.seal(kind: kind, lines: mutation.lines(lines), key: key))
        case 13:
            (name, bytes) = (
                "changed, signed by a stranger", try Envelope.seal(kind: kind, lines: mutation.lines(lines), key: SigningKey())
            )
        case 3:
            let claimed = [mutation.claim(lines[0])] + lines.dropFirst()
            (name, bytes) = ("another claim, signed", try Envelope.seal(kind: kind, lines: claimed, key: key))
        case 14...16: (name, bytes) = ("changed after signing", mutation.bytes(right))
        case 17: (name, bytes) = ("junk, signed", try Envelope.seal(kind: kind, lines: junk(lines), key: key))
        case 18: (name, bytes) = ("junk", random.bytes(Int.random(in: 0...3000, using: &random)))
        default: (name, bytes) = ("junk lines", Array(junk(lines).joined(separator: [10])) + (Bool.random(using: &random) ? [10] : []))
        }
        return packed(FuzzCase(name: "\(kind.rawValue), \(name)", bytes: bytes, expectation: expectation, message: (kind, bytes)))
    }

    private mutating func junk(_ lines: [[UInt8]]) -> [[UInt8]] {
        let first = Bool.random(using: &random) ? [lines[0]] : []
        return first + (0..<Int.random(in: 1...4, using: &random)).map { _ in mutation.junk() }
    }

    /// A message with nothing wrong, and the key that signed it.
    private mutating func sealed(_ kind: MessageKind) throws -> (message: [UInt8], key: SigningKey) {
        switch kind {
        case .enrol: return enrolment
        case .handback:
            guard var answer = pulled else { return (try station.pull(), station.key) }
            for index in answer.pages.indices { answer.pages[index].rows = Array(answer.pages[index].rows.prefix(5)) }
            return (try station.handback(answer), station.key)
        case .pull: return (try station.pull(cursors: random.chance(oneIn: 3) ? [:] : cursors), station.key)
        default:
            var trial = station
            for _ in 0..<Int.random(in: 1...5, using: &random) { try act(&trial) }
            return (try trial.push(), station.key)
        }
    }

    private mutating func act(_ trial: inout TestStation) throws {
        let name = Scalar.text("\(FuzzMutation.marker) \(Int.random(in: 0..<1000, using: &random))")
        let entry = entries.isEmpty ? nil : entries[Int.random(in: 0..<entries.count, using: &random)]
        let seen = changes.suffix(Int.random(in: 0...3, using: &random))
        switch (Int.random(in: 0..<4, using: &random), entry) {
        case (0, let entry?): try trial.edit(Self.form, entry, "given_name", name, replacing: Array(seen))
        case (1, let entry?): try trial.void(Self.form, entry, seen: Array(seen))
        case (2, let entry?): try trial.capture(Self.form, [("given_name", name)], entry: entry)
        default: entries.append(try trial.capture(Self.form, [("given_name", name), ("city", .text("Peoria")), ("client_opt_in", .null)]))
        }
        if entries.count > 40 { entries.removeFirst() }
        if let last = trial.unsent.last { changes = changes.suffix(40) + [last.id] }
    }

    /// Puts the message into a request, packed or not, under headers that may be wrong as well.
    private mutating func packed(_ message: FuzzCase) -> FuzzCase {
        var result = message
        let path = "/v1/\(message.message?.kind.rawValue ?? "")"
        var headers = [("Content-Type", Envelope.mediaType)]
        var body = message.bytes
        switch Int.random(in: 0..<20, using: &random) {
        case 0...5:
            headers.append(("Content-Encoding", "gzip"))
            body = Gzip.compress(body)
        case 6 where result.expectation == .answer:
            headers.append(("Content-Encoding", "gzip"))
            body = spoiled(Gzip.compress(body))
            (result.name, result.message) = ("broken gzip", nil)
        case 7 where result.expectation == .answer:
            let codings = ["br", "gzip, gzip", "deflate", "gzip;q=1", FuzzMutation.marker]
            headers.append(("Content-Encoding", codings[Int.random(in: 0..<codings.count, using: &random)]))
            (result.name, result.message) = ("another coding", nil)
        case 8 where result.expectation == .answer:
            headers[0].1 = ["application/json", "text/plain", "", FuzzMutation.marker][Int.random(in: 0..<4, using: &random)]
            (result.name, result.message) = ("another media type", nil)
        default: break
        }
        if Bool.random(using: &random) { headers.append(("Accept-Encoding", Bool.random(using: &random) ? "gzip" : ";;q=,*;q=x")) }
        if random.chance(oneIn: 8) {
            headers.append(("Transfer-Encoding", "chunked"))
            result.bytes = chunked(path, headers, body)
        } else {
            result.bytes = FuzzCase.request("POST", path, headers, body: body)
        }
        return result
    }

    private mutating func spoiled(_ packed: [UInt8]) -> [UInt8] {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: packed + packed
        case 1: Array(packed.dropLast(Int.random(in: 1...min(30, packed.count), using: &random)))
        case 2: packed + random.bytes(20)
        default: mutation.bytes(packed)
        }
    }

    private mutating func chunked(_ path: String, _ headers: [(String, String)], _ body: [UInt8]) -> [UInt8] {
        var bytes = Array("POST \(path) HTTP/1.1\r\nHost: localhost\r\n".utf8)
        for (name, value) in headers { bytes += Array("\(name): \(value)\r\n".utf8) }
        bytes += [13, 10]
        var rest = body[...]
        while !rest.isEmpty {
            let part = rest.prefix(Int.random(in: 1...max(1, body.count / 2), using: &random))
            bytes += Array("\(String(part.count, radix: 16))\r\n".utf8) + part + [13, 10]
            rest = rest.dropFirst(part.count)
        }
        return bytes + Array("0\r\n\r\n".utf8)
    }

    // MARK: HTTP

    private mutating func http() -> FuzzCase {
        let path = "/v1/\(Self.kinds[Int.random(in: 0..<Self.kinds.count, using: &random)].rawValue)"
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return address(path)
        case 1: return head(path)
        case 2: return unfinished(path)
        default: return body(path)
        }
    }

    private static let message = [("Content-Type", Envelope.mediaType)]

    private static let addresses = [
        "/", "//", "/v1", "/v1/", "/v1//push", "/v1/push/", "/v1/\(FuzzMutation.marker)", "/v1/../v1/push", "/v2/push", "/v1/push%00",
        "/%F0%9F%98%80", "/v1/health", "/health/\(FuzzMutation.marker)", "/v1/%70ush", "/v1/push?\(FuzzMutation.marker)=%FF",
        "/\(String(repeating: "a/", count: 2000))", "*", "x", "http://\(FuzzMutation.marker)/v1/push", "/v1/push#\(FuzzMutation.marker)",
        "/v1/enrol-answer",
    ]

    private static let methods = ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "QUILL"]

    /// Addresses and methods.
    private mutating func address(_ path: String) -> FuzzCase {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: return FuzzCase(name: "health", bytes: FuzzCase.request("GET", "/health"), expectation: .health)
        case 1: return FuzzCase(name: "head of health", bytes: FuzzCase.request("HEAD", "/health"), expectation: .health, isHead: true)
        case 2:
            let method = Self.methods[Int.random(in: 0..<Self.methods.count, using: &random)]
            return .answered("other method", FuzzCase.request(method, "\(path)?name=\(FuzzMutation.marker)"))
        case 3: return FuzzCase(name: "head", bytes: FuzzCase.request("HEAD", path), expectation: .answer, isHead: true)
        default:
            let address = Self.addresses[Int.random(in: 0..<Self.addresses.count, using: &random)]
            return .answered("other address", FuzzCase.request("POST", address, Self.message))
        }
    }

    /// Headers.
    private mutating func head(_ path: String) -> FuzzCase {
        let marker = FuzzMutation.marker
        func with(_ headers: [(String, String)], body: [UInt8] = []) -> [UInt8] {
            FuzzCase.request("POST", path, Self.message + headers, body: body)
        }
        switch Int.random(in: 0..<5, using: &random) {
        case 0: return .answered("many headers", with((0..<90).map { ("X-\(marker)-\($0)", "a") }))
        case 1: return .answered("long header", with([("X-A", String(repeating: "a", count: 20_000))]))
        case 2: return .answered("strange header", with([("X A", "b"), ("\u{1}", marker)]))
        case 3: return .answered("two lengths", with([("Content-Length", "7")], body: Array("12345".utf8)))
        default: return .answered("length over the limit", FuzzCase.request("POST", path, Self.message, body: [1], length: 1 << 40))
        }
    }

    /// What does not come to its end, or is no HTTP.
    private mutating func unfinished(_ path: String) -> FuzzCase {
        let start = "POST \(path) HTTP/1.1\r\nHost: h\r\n"
        switch Int.random(in: 0..<6, using: &random) {
        case 0:
            let lengths = ["-1", "1e3", "99999999999999999999", "0x10", "", FuzzMutation.marker]
            let length = lengths[Int.random(in: 0..<lengths.count, using: &random)]
            return .perhapsAnswered("strange length", Array("\(start)Content-Length: \(length)\r\n\r\n".utf8))
        case 1:
            let body = Array("{\"\(FuzzMutation.marker)\"".utf8)
            return .perhapsAnswered("body too short", FuzzCase.request("POST", path, Self.message, body: body, length: 500))
        case 2: return .perhapsAnswered("no HTTP", random.bytes(Int.random(in: 1...500, using: &random)))
        case 3:
            let right = FuzzCase.request("POST", path, Self.message, body: Array("{}\n{}\n".utf8))
            return .perhapsAnswered("changed HTTP", mutation.bytes(right))
        case 4:
            let chunks = "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n\(FuzzMutation.marker)"
            return .perhapsAnswered("strange chunks", Array("\(start)\(chunks)".utf8))
        default: return .perhapsAnswered("HTTP/2", Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8))
        }
    }

    /// Bodies that are, or become, too large.
    private mutating func body(_ path: String) -> FuzzCase {
        if random.chance(oneIn: 3) {
            let large = [UInt8](repeating: UInt8(ascii: "a"), count: Envelope.Limits.bytes + 1)
            return .answered("too large", FuzzCase.request("POST", path, Self.message, body: large))
        }
        let bomb = random.chance(oneIn: 6) ? Self.bomb : Self.smallBomb
        return .answered("gzip bomb", FuzzCase.request("POST", path, Self.message + [("Content-Encoding", "gzip")], body: bomb))
    }

    // MARK: What came back

    /// Takes note of where the centre now has this station, so that the next messages are right again.
    mutating func learn(from lines: [[UInt8]], kind: MessageKind) throws {
        switch kind {
        case .push:
            let answer = try PushAnswer(line: lines[0]).answer
            station.follow(answer)
        case .pull:
            let answer = try PullAnswer(lines: lines)
            if !answer.pages.isEmpty { pulled = answer }
            for page in answer.pages {
                cursors[page.key.description] = RequestLine.Cursor(at: .init(position: page.to, digest: page.digest), checkpoints: [])
            }
        default: break
        }
    }
}

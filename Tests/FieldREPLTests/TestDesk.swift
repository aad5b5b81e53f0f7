import EntryModel
import FieldStore
import FieldSync
import Foundation
import Synchronization
import TestSupport

@testable import FieldREPL

/// A desk over a real file, enrolled with a centre that exists only as a key, with the sample promotions on it.
@MainActor
final class TestDesk {
    let folder: TemporaryFolder
    let desk: Desk
    let clock = ManualClock(milliseconds: 1_790_000_000_000)
    private(set) var out = ""
    private(set) var errors = ""

    /// - Parameters:
    ///   - form: How the desk writes.
    ///   - reader: Answers in a person's place; `nil` for a script.
    ///   - operatorName: Signs in at once; `nil` leaves the desk without an operator.
    init(
        form: Output.Form = .plain, reader: (any LineReading)? = nil, operatorName: String? = "Ana Lima", isEnrolled: Bool = true,
        transport: (any Transport)? = nil
    ) throws {
        folder = try TemporaryFolder("repl")
        // A test of a broken table is EntryModel's; here it has to be there.
        let postal = try PostalTable.installed()
        let surroundings = Surroundings(now: clock.now, random: Surroundings.system.random)
        let database = try FieldDatabase(path: folder.file("desk.field"), surroundings: surroundings, postal: postal)
        let sink = Sink()
        desk = Desk(
            database: database, surroundings: surroundings,
            output: Output(form: form, standard: { sink.standard($0) }, failure: { sink.failure($0) }), reader: reader, postal: postal,
            connect: { url in
                let transport: any Transport = transport ?? DeadTransport(address: url)
                return CentreConnection(transport: transport) {}
            })
        sink.desk = self
        if isEnrolled {
            try enrol(database)
            for name in ["brightfizz-summer", "county-fairs", "harborline-chowder"] { try install(name, in: database) }
        }
        if let operatorName { desk.become(try database.signIn(operatorName, pin: nil)) }
    }

    /// Runs one line and gives back what it wrote.
    /// - Returns: Standard output, and whether the command succeeded.
    @discardableResult
    func run(_ line: String) async -> (out: String, ok: Bool) {
        out = ""
        let succeeded = await CommandRunner(desk: desk).run(line)
        return (out, succeeded)
    }

    /// Runs one line that has to succeed, and gives back its JSON object.
    func json(_ line: String) async throws -> JSONValue {
        let (out, _) = await run(line)
        return try JSONValue(line: Array(out.trimmed.utf8), limits: LineLimits(bytes: 64 << 20, depth: 12))
    }

    func file(_ name: String, _ text: String) throws -> String {
        try file(name, Array(text.utf8))
    }

    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = folder.file(name)
        try Data(bytes).write(to: URL(filePath: path))
        return path
    }

    func entries(_ promotion: String = "brightfizz-summer") throws -> [EntryView] {
        try desk.database.entries(promotion: promotion, limit: 10_000, includingVoid: true)
    }

    private func enrol(_ database: FieldDatabase) throws {
        let centre = SigningKey()
        let code = EnrolmentCode(
            url: "http://127.0.0.1:9", secret: Array(repeating: 7, count: 16), fingerprint: centre.publicKey.fingerprint)
        _ = try database.prepareEnrolment(code: code)
        let answer = EnrolAnswer(
            request: .zero, vault: "brightfizz", station: desk.surroundings.newID(), name: "Desk 1", signingKey: centre.publicKey.bytes,
            agreementKey: AgreementKey().publicKeyBytes, time: clock.milliseconds)
        try database.completeEnrolment(code: code, answer: answer)
    }

    private func install(_ name: String, in database: FieldDatabase) throws {
        let file = try [UInt8](Data(contentsOf: ProjectFolder.file("Samples/promotions/\(name).json")))
        let (promotion, line) = try Promotion.read(file: file)
        let header = ChangeHeader(
            station: ChangeHeader.central, operatorID: "staff", stamp: clock.milliseconds, skew: 0, kind: .document,
            form: promotion.formVersion, subject: .promotion)
        let body = ChangeBody(
            salt: desk.surroundings.randomBytes(16), document: try JSONValue(line: line, limits: .document))
        try apply(Change(header: header, body: body), key: .documents(promotion: promotion.id), in: database)
    }

    /// Brings a change in as a pull would.
    func apply(_ change: Change, key: FeedKey, from: Int64 = 0, in database: FieldDatabase? = nil) throws {
        let content = FeedRow.Content.change(
            id: change.id, mac: Array(repeating: 0, count: 32), headerLine: change.headerLine, bodyLine: change.bodyLine)
        let page = PullAnswer.KeyPage(
            key: key, from: from, to: from + 1, digest: change.id, more: false, rows: [FeedRow(position: from + 1, content: content)])
        _ = try (database ?? desk.database).apply(page)
    }

    /// What another station says of an entry, arriving here as a pull would bring it.
    func applyForeign(
        _ entry: UniqueID, _ set: [Assignment], base: [ChangeBody.Base] = [], kind: ChangeHeader.Kind = .set, seen: [Digest] = [],
        from: Int64 = 0
    ) throws {
        let header = ChangeHeader(
            station: UniqueID.card(promotion: "p", batch: "OTHER", envelope: 1, card: 1).description, operatorID: "op-0123456789ab",
            stamp: clock.milliseconds + 1000, skew: nil, kind: kind, form: Versioned(id: "brightfizz-summer", version: 1),
            subject: .entry(entry))
        let body = ChangeBody(salt: desk.surroundings.randomBytes(16), set: set, base: base, seen: seen)
        try apply(Change(header: header, body: body), key: .promotion("brightfizz-summer"), from: from)
    }

    fileprivate func wrote(_ text: String) { out += text }
    fileprivate func failed(_ text: String) { errors += text }
}

/// Takes what the desk writes to the test that looks at it.
@MainActor
private final class Sink {
    weak var desk: TestDesk?

    nonisolated func standard(_ text: String) { MainActor.assumeIsolated { desk?.wrote(text) } }
    nonisolated func failure(_ text: String) { MainActor.assumeIsolated { desk?.failed(text) } }
}

/// A road on which nothing arrives.
struct DeadTransport: Transport {
    var address: String

    func send(_ kind: MessageKind, packed: [UInt8]) async throws -> TransportAnswer {
        throw TransportFailure(.tls, address: address)
    }
}

/// A person who answers from a list, and leaves when it is empty.
final class ListReader: LineReading {
    private let state: Mutex<(answers: [LineInput], asked: [LineRequest])>

    init(_ answers: [LineInput]) {
        state = Mutex((answers, []))
    }

    convenience init(lines: String...) {
        self.init(lines.map { .line($0) })
    }

    func read(_ request: LineRequest) async -> LineInput {
        state.withLock { state in
            state.asked.append(request)
            return state.answers.isEmpty ? .end : state.answers.removeFirst()
        }
    }

    var asked: [LineRequest] { state.withLock { $0.asked } }
    var prompts: [String] { asked.map(\.prompt.plain) }
}

extension JSONValue {
    var text: String? { if case .string(let text) = self { text } else { nil } }
    var number: Int64? { if case .integer(let number) = self { number } else { nil } }
    var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    var elements: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }
    var names: [String] { if case .object(let members) = self { members.map(\.name) } else { [] } }
}

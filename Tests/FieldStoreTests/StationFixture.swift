import EntryModel
import FieldStore
import Foundation
import Synchronization
import TestSupport

/// A station with a database of its own, enrolled at a centre that exists only as a key.
final class StationFixture {
    let database: FieldDatabase
    let clock: ManualClock
    let operatorID: String
    let station: UniqueID

    /// - Parameters:
    ///   - path: `nil` for a database in memory.
    ///   - promotions: Files of Samples/promotions whose documents the station holds.
    init(
        _ name: String = "a", path: String? = nil, seed: UInt64 = 1, promotions: [String] = ["brightfizz-summer"]
    ) throws {
        clock = ManualClock(milliseconds: 1_790_000_000_000)
        let surroundings = Self.surroundings(clock, seed: seed)
        database = try path.map { try FieldDatabase(path: $0, surroundings: surroundings) } ?? .inMemory(surroundings: surroundings)
        let id = StationFixture.id(name)
        station = id
        try TestCentre.enrol(database, as: id, name: name)
        for promotion in promotions { try database.apply(try TestCentre.documentPage(promotion)) }
        operatorID = try database.operatorID(named: "Operator \(name)")
    }

    static func surroundings(_ clock: ManualClock, seed: UInt64) -> Surroundings {
        let random = Chance(seed: seed)
        return Surroundings(now: clock.now, random: { random.next() })
    }

    /// The same station for the same name.
    static func id(_ name: String) -> UniqueID {
        var random = SeededRandom(seed: UInt64(name.utf8.reduce(7) { $0 * 31 + Int($1) }))
        return UniqueID.version7(milliseconds: 1_700_000_000_000, random: &random)
    }

    /// Seeded random numbers that a closure may draw.
    private final class Chance: Sendable {
        private let random: Mutex<SeededRandom>
        init(seed: UInt64) { random = Mutex(SeededRandom(seed: seed)) }
        func next() -> UInt64 { random.withLock { $0.next() } }
    }
}

extension StationFixture {
    /// Captures an entry with a few values.
    @discardableResult
    func capture(
        _ values: KeyValuePairs<String, String>, place: CardPlace? = nil, id: UniqueID? = nil, promotion: String = "brightfizz-summer"
    ) throws -> Captured {
        try database.capture(
            Capture(
                promotion: promotion, entry: id, channel: place == nil ? .kiosk : .mailIn, place: place,
                values: values.map { ($0.key, Keyed(text: $0.value)) }), by: operatorID)
    }

    @discardableResult
    func edit(_ entry: UniqueID, _ values: KeyValuePairs<String, String>) throws -> Edited {
        try database.edit(entry, values.map { ($0.key, Keyed(text: $0.value)) }, by: operatorID)
    }

    func text(_ entry: UniqueID, _ field: String) throws -> String? {
        try database.entry(entry)?.value(of: field)?.value.text
    }

    func outgoing(after: Int64 = 0) throws -> [OutgoingChange] {
        try database.outgoing(after: after, maximumRows: 10_000, maximumBytes: .max)
    }

    /// What the centre would have after a push of everything.
    @discardableResult
    func acknowledgeAll(durable: Int64 = 0, exceptions: [PushAnswer.Exception] = []) throws -> Bool {
        let head = try database.chainPosition().head
        return try database.acknowledge(through: head.sequence, chain: head.chain, exceptions: exceptions, durable: durable)
    }

    /// Brings everything that another station has made here, as a page of the whole promotion's feed.
    @discardableResult
    func pull(from other: StationFixture, after: Int64 = 0, key: FeedKey = .promotion("brightfizz-summer")) throws -> PageResult {
        try pull(try other.outgoing(after: after), key: key)
    }

    @discardableResult
    func pull(_ changes: [OutgoingChange], key: FeedKey = .promotion("brightfizz-summer")) throws -> PageResult {
        let from = try database.cursors()[key.description]?.at.position ?? 0
        return try database.apply(TestCentre.page(key, from: from, changes))
    }
}

/// A centre as far as a station's store can tell: a key that signs, documents, and pages of the feed.
enum TestCentre {
    static let key = SigningKey(bytes: Array(repeating: 7, count: 32))
    static let url = "http://127.0.0.1:1"

    static func code(secret: UInt8 = 1) throws -> EnrolmentCode {
        EnrolmentCode(url: url, secret: Array(repeating: secret, count: 16), fingerprint: try signingKey().publicKey.fingerprint)
    }

    static func signingKey() throws -> SigningKey {
        guard let key else { throw FixtureError.noKey }
        return key
    }

    static func answer(_ request: EnrolRequest, station: UniqueID, name: String) throws -> EnrolAnswer {
        EnrolAnswer(
            request: Hash.line(request.line), vault: "brightfizz", station: station, name: name,
            signingKey: try signingKey().publicKey.bytes, agreementKey: Array(repeating: 9, count: 32), time: request.time)
    }

    static func enrol(_ database: FieldDatabase, as station: UniqueID, name: String) throws {
        let code = try code()
        let request = try database.prepareEnrolment(code: code).request
        try database.completeEnrolment(code: code, answer: try answer(request, station: station, name: name))
    }

    /// The change by which staff publish a promotion of Samples/promotions.
    static func document(_ name: String, edit: (JSONValue) -> JSONValue = { $0 }) throws -> Change {
        let file = try [UInt8](Data(contentsOf: ProjectFolder.file("Samples/promotions/\(name).json")))
        let line = try Promotion.read(file: file).line
        let document = edit(try JSONValue(line: line, limits: .document))
        let promotion = try Promotion(document: document)
        let header = ChangeHeader(
            station: ChangeHeader.central, operatorID: "staff", stamp: 1_789_000_000_000, skew: nil, kind: .document,
            form: promotion.formVersion, subject: .promotion)
        return try Change(header: header, body: ChangeBody(salt: Array(repeating: 3, count: 16), document: document))
    }

    static func documentPage(_ name: String) throws -> PullAnswer.KeyPage {
        let change = try document(name)
        return page(.documents(promotion: change.header.promotion), from: 0, [change])
    }

    /// A page of changes at the positions after `from`.
    static func page(_ key: FeedKey, from: Int64, _ changes: [OutgoingChange]) -> PullAnswer.KeyPage {
        page(key, from: from, changes.map { .change(id: $0.id, mac: mac, headerLine: $0.headerLine, bodyLine: $0.bodyLine) })
    }

    static func page(_ key: FeedKey, from: Int64, _ changes: [Change]) -> PullAnswer.KeyPage {
        page(key, from: from, changes.map { .change(id: $0.id, mac: mac, headerLine: $0.headerLine, bodyLine: $0.bodyLine) })
    }

    static func page(_ key: FeedKey, from: Int64, _ contents: [FeedRow.Content]) -> PullAnswer.KeyPage {
        let rows = contents.enumerated().map { FeedRow(position: from + 1 + Int64($0.offset), content: $0.element) }
        let to = from + Int64(rows.count)
        return PullAnswer.KeyPage(key: key, from: from, to: to, digest: digest(at: to), more: false, rows: rows)
    }

    static func digest(at position: Int64) -> Digest {
        Hash.line(Array("feed \(position)".utf8))
    }

    static let mac: [UInt8] = Array(repeating: 5, count: 32)
}

enum FixtureError: Error { case noKey, badCards }

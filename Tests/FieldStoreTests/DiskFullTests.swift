import EntryModel
import GRDB
import TestSupport
import Testing

@testable import FieldStore

/// Each operation with the disk full at each point: it has happened wholly or not at all.
@Suite("A full disk")
struct DiskFullTests {
    private let folder: TemporaryFolder
    private let station: StationFixture
    private let entry: UniqueID

    init() throws {
        folder = try TemporaryFolder("full")
        station = try StationFixture(path: folder.file("station.sqlite"))
        let cards = try Cards.captures(50)
        entry = try station.database.capture(cards, by: station.operatorID)[0].entry
    }

    /// All that an operation may change.
    private struct Snapshot: Equatable {
        var chain: ChainState
        var tables: [String]
    }

    private func snapshot() throws -> Snapshot {
        let tables = try station.database.queue.inDatabase { database in
            try ["station", "epoch", "promotion", "batch", "entry", "change", "document", "feed_key", "holding", "draft"].map { table in
                try Row.fetchAll(database, sql: "SELECT * FROM \(table)").map(\.description).joined(separator: "\n")
            }
        }
        return Snapshot(chain: try station.database.chainPosition(), tables: tables)
    }

    /// Lets the file grow page by page until the operation succeeds.
    private func fill(_ operation: () throws -> Void) throws {
        let before = try snapshot()
        let pages = try station.database.queue.inDatabase { try Int.fetchOne($0, sql: "PRAGMA page_count") ?? 0 }
        var failures = 0
        for more in 0..<400 {
            try limit(pages + more)
            do {
                try operation()
                #expect(try snapshot() != before)
                #expect(failures > 0, "the operation never needed a page more")
                try limit(1 << 30)
                return
            } catch let error as FieldStoreError {
                failures += 1
                #expect(error.code == .diskFull)
                try limit(1 << 30)
                #expect(try snapshot() == before)
            }
        }
        Issue.record("the operation never succeeded")
    }

    private func limit(_ pages: Int) throws {
        _ = try station.database.queue.inDatabase { try Int.fetchOne($0, sql: "PRAGMA max_page_count = \(pages)") }
    }

    @Test("a capture of 100 cards")
    func capture() throws {
        let cards = Array(try Cards.captures(150).suffix(100))
        try fill { _ = try station.database.capture(cards, by: station.operatorID) }
        #expect(try station.database.status().entries == 150)
    }

    @Test("an edit")
    func edit() throws {
        try fill { try station.edit(entry, ["street": String(repeating: "Long Lane ", count: 2000)]) }
    }

    @Test("a page of another station's changes with its cursor")
    func page() throws {
        let other = try StationFixture("b", seed: 9)
        _ = try other.database.capture(Array(try Cards.captures(120).suffix(70)), by: other.operatorID)
        try other.edit(try other.capture([:], id: entry).entry, ["city": "Paris"])
        let page = TestCentre.page(.promotion("brightfizz-summer"), from: 0, try other.outgoing())
        try fill { _ = try station.database.apply(page) }
        #expect(try station.database.cursors()["promotion/brightfizz-summer"]?.at.position == Int64(page.rows.count))
    }

    @Test("a new promotion with its document")
    func document() throws {
        let document = try TestCentre.document("county-fairs") { value in
            guard case .object(let members) = value else { return value }
            return .object(members + [("remarks", .string(String(repeating: "long ", count: 4000)))])
        }
        let page = TestCentre.page(.documents(promotion: "county-fairs"), from: 0, [document])
        try fill { _ = try station.database.apply(page) }
        #expect(try station.database.promotion("county-fairs") != nil)
    }

    @Test("an acknowledgement with many exceptions")
    func acknowledgement() throws {
        let head = try station.database.chainPosition().head
        let changes = try station.outgoing()
        let exceptions = changes.map {
            PushAnswer.Exception(id: $0.id, state: .quarantined, problem: String(repeating: "a", count: 200))
        }
        try fill {
            let isAcknowledged = try station.database.acknowledge(
                through: head.sequence, chain: head.chain, exceptions: exceptions, durable: 0)
            #expect(isAcknowledged)
        }
        #expect(try station.database.unsentCount() == 0)
        #expect(try station.database.status().quarantinedCount == changes.count)
    }

    @Test("a draft")
    func draft() throws {
        try fill {
            try station.database.saveDraft(
                Draft(
                    promotion: "brightfizz-summer",
                    values: [("street", Keyed(text: String(repeating: "Long Lane ", count: 3000)))]))
        }
    }

    @Test("making a new file: none is left behind")
    func newFile() throws {
        // A name that is too long is refused by the disk in the same place as a full one.
        let path = folder.file(String(repeating: "x", count: 300))
        #expect(code { try FieldDatabase(path: path) } == .unavailable)
    }
}

import EntryModel
import FieldSync
import Foundation
import GRDB
import Synchronization
import TestSupport

@testable import FieldStore

/// A clock that runs with the centre's and is wrong by as much as the simulation says.
final class StationClock: Sendable {
    private let centre: ManualClock
    private let offset: Mutex<Int64>

    init(_ centre: ManualClock, offset: Int64) {
        self.centre = centre
        self.offset = Mutex(offset)
    }

    var now: Int64 { centre.milliseconds + offset.withLock { $0 } }

    func set(to time: Int64) {
        offset.withLock { $0 = time - centre.milliseconds }
    }
}

/// A real station on a file in memory, with the real engine, which can stop at any commit.
final class SimulatedStation {
    let name: String
    let clock: StationClock
    let network: SimulatedNetwork
    private let folder: MemoryFolder
    private let surroundings: Surroundings
    private let engineSurroundings: Surroundings
    private let centreClock: ManualClock
    private let postal: PostalTable
    private var starts = 0
    private(set) var path: String
    private(set) var database: FieldDatabase
    private(set) var engine: SyncEngine
    /// Ids of those who key here.
    var operators: [String] = []
    /// Nobody keys here; it only reads.
    var isReader = false
    /// How many entries it showed after its last sync.
    var entries = 0
    /// Ids of the changes that it is not known to have sent, in order.
    var pending: [Digest] = []
    /// How far the chain of its own changes has been written down by the simulation, and in which epoch.
    private(set) var epoch: UniqueID?
    var head: Int64 = 0
    /// Changes whose bytes rotted in its file.
    private(set) var rotted: Set<Digest> = []
    /// An older state of its file, which may come back.
    private var kept: (path: String, rotted: Set<Digest>)?
    /// What each entry's log was when its view and its history were last looked at.
    var looked: [UniqueID: Digest] = [:]
    /// How many syncs from now on find no network.
    var partitionedSyncs = 0
    /// Whether it takes no part any more.
    var isOut = false

    init(
        _ name: String, _ folder: MemoryFolder, _ centre: SimulatedCentre, offset: Int64, postal: PostalTable, random: inout SeededRandom,
        record: Record, copying image: String? = nil
    ) throws {
        self.name = name
        self.folder = folder
        self.postal = postal
        centreClock = centre.clock
        clock = StationClock(centre.clock, offset: offset)
        network = SimulatedNetwork(centre: centre, name: name, seed: random.next(), record: record)
        let chance = SharedChance(random.split())
        surroundings = Surroundings(now: { [clock] in clock.now }, random: { chance.next() })
        engineSurroundings = Surroundings(now: { [clock] in clock.now }, random: { [network] in network.chance() })
        path = image ?? folder.file("\(name)-0.sqlite")
        if image == nil, let bytes = Self.emptyFile { try Data(bytes).write(to: URL(filePath: path)) }
        database = try FieldDatabase(path: path, surroundings: surroundings, postal: postal)
        engine = SyncEngine(database: database, transport: network, surroundings: engineSurroundings)
        try begin()
    }

    /// A file with tables and nothing in them, made once; `nil` when it cannot be: then each station makes its own, and says why it cannot.
    private static let emptyFile: [UInt8]? = {
        guard let folder = try? MemoryFolder() else { return nil }
        let path = folder.file("empty.sqlite")
        guard let queue = try? DatabaseFile.open(path), (try? queue.close()) != nil else { return nil }
        return (try? Data(contentsOf: URL(filePath: path))).map { [UInt8]($0) }
    }()

    /// The file is in memory, where nothing is gained by waiting for the disk.
    private func begin() throws {
        try database.queue.inDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = \(MemoryFolder.checkpointPages)")
        }
        engine = SyncEngine(database: database, transport: network, surroundings: engineSurroundings) { [centreClock, network] duration in
            if network.cancels { throw CancellationError() }
            centreClock.advance(by: duration)
        }
    }

    var id: UniqueID {
        get throws {
            guard let identity = try database.identity else { throw Violation("station \(name) is not enrolled") }
            return identity.station
        }
    }

    // MARK: Stopping and starting

    /// A copy of the file as it is on the disk now.
    func image() throws -> String {
        starts += 1
        let image = folder.file("\(name)-\(starts).sqlite")
        try MemoryFolder.copyDatabase(path, to: image)
        return image
    }

    /// Stops without a word, and starts again from a copy of the file.
    func restart(from image: String) throws {
        let skew = database.skewMilliseconds
        looked = [:]
        let restarted = try FieldDatabase(path: image, surroundings: surroundings, postal: postal)
        try database.close()
        MemoryFolder.removeDatabase(path)
        path = image
        database = restarted
        try begin()
        // The engine writes the skew down beside its other work; whether that came first must not matter.
        if let skew { try database.recordClock(skew: skew) }
    }

    /// Lets it work, and starts again from what was on the disk behind one of its commits, or behind the last when there are fewer.
    func stop(behind commits: Int, _ work: () async throws -> Void) async throws {
        let watch = try watch(commits)
        try await work()
        try restart(from: watch)
    }

    /// As above, for work that is done at once.
    func stop(behind commits: Int, _ work: () throws -> Void) throws {
        let watch = try watch(commits)
        try work()
        try restart(from: watch)
    }

    private func watch(_ commits: Int) throws -> CommitWatch {
        starts += 1
        let image = folder.file("\(name)-\(starts).sqlite")
        let watch = try CommitWatch(database, stopAfter: commits, copying: path, to: image, network: network)
        database.queue.add(transactionObserver: watch)
        return watch
    }

    private func restart(from watch: CommitWatch) throws {
        if !watch.hasStopped { try MemoryFolder.copyDatabase(path, to: watch.image) }
        try restart(from: watch.image)
    }

    /// Keeps the file as it is now, in the place of what was kept before.
    func keepImage() throws {
        if let kept { MemoryFolder.removeDatabase(kept.path) }
        kept = (try image(), rotted)
    }

    var hasKeptImage: Bool { kept != nil }

    /// Starts again from the state that was kept; that state can come back again later.
    func rollBack() throws {
        guard let kept else { return }
        starts += 1
        let image = folder.file("\(name)-\(starts).sqlite")
        try MemoryFolder.copyDatabase(kept.path, to: image)
        try restart(from: image)
        rotted = kept.rotted
        try readChain()
        pending = try ownChanges(after: database.chainPosition().acknowledged.sequence).map(\.id)
        entries = try countEntries()
    }

    /// Begins where the other machine stood from whose file this one was copied.
    func take(over other: SimulatedStation) throws {
        operators = other.operators
        rotted = other.rotted
        pending = other.pending
        entries = other.entries
        try readChain()
    }

    /// Writes down where the chain stands now.
    @discardableResult
    func readChain() throws -> ChainState {
        let position = try database.chainPosition()
        epoch = position.epoch
        head = position.head.sequence
        return position
    }

    // MARK: The disk

    /// Leaves room for some more pages in the file; `nil` for as many as it likes.
    func limitDisk(morePages: Int?) throws {
        try database.queue.inDatabase { database in
            let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            let limit = morePages.map { pages + $0 } ?? 1 << 30
            _ = try Int.fetchOne(database, sql: "PRAGMA max_page_count = \(limit)")
        }
    }

    // MARK: What is in the file

    func execute(_ sql: String) throws {
        try database.queue.inDatabase { try $0.execute(sql: sql) }
    }

    /// Own changes above a sequence, in order.
    func ownChanges(after sequence: Int64) throws -> [OutgoingChange] {
        try database.outgoing(after: sequence, maximumRows: 10_000, maximumBytes: 1 << 30)
    }

    /// How many entries it shows.
    func countEntries() throws -> Int {
        try database.read { Int(try $0.integer("SELECT count(*) FROM entry WHERE flags & 16 = 0")) }
    }

    /// Ids of all changes in the file.
    func changeIDs() throws -> Set<Digest> {
        try database.queue.inDatabase { database in
            let rows = try Row.fetchCursor(database, sql: "SELECT id FROM change")
            var ids: Set<Digest> = []
            while let row = try rows.next() {
                if let id = Digest(bytes: row[0] as Data) { ids.insert(id) }
            }
            return ids
        }
    }

    /// The changes of an entry whose bodies are in the file, an erasure apart.
    func bodies(of entry: UniqueID) throws -> [Digest] {
        try database.read { database in
            try database.list(
                "SELECT c.id, c.header, c.body FROM change c JOIN entry e ON e.number = c.entry WHERE e.id = ?", [.id(entry)]
            ) { row in (id: try row.digest(0), header: row.blob(1), body: row.blob(2)) }
        }.filter { Change.goneBody($0.body) == nil && (try? ChangeHeader(line: $0.header))?.kind != .erase }.map(\.id)
    }

    /// Whether the file has a change as one that staff have rejected.
    func isRejected(_ id: Digest) throws -> Bool {
        try database.read {
            try $0.integer(
                "SELECT count(*) FROM change WHERE id = ? AND quarantined = ?", [.digest(id), .text(LoggedChange.rejected)]) > 0
        }
    }

    /// All changes of an entry in the file.
    func changes(of entry: UniqueID) throws -> [Digest] {
        try database.read { database in
            try database.list("SELECT c.id FROM change c JOIN entry e ON e.number = c.entry WHERE e.id = ?", [.id(entry)]) {
                try $0.digest(0)
            }
        }
    }

    /// The changes that the file can give back whole: its own, and those that came by keys which it still reads.
    /// - Parameter promotions: Those that the station is assigned.
    func heldIDs(_ promotions: [String]) throws -> Set<Digest> {
        let names = promotions.map { "'\($0)'" }.joined(separator: ", ")
        let ids = try database.read { database in
            try database.list(
                """
                SELECT c.id FROM change c LEFT JOIN entry e ON e.number = c.entry LEFT JOIN batch b ON b.number = c.batch
                WHERE c.epoch IS NOT NULL OR coalesce(e.promotion, b.promotion, 0) IN
                    (SELECT 0 UNION SELECT k.promotion FROM feed_key k JOIN promotion p ON p.number = k.promotion
                     WHERE k.position IS NOT NULL AND p.id IN (\(names)))
                """
            ) { try $0.digest(0) }
        }
        return Set(ids).subtracting(rotted)
    }

    /// What the file has of a change, for people who look into a failure.
    func rows(of id: Digest) throws -> [String] {
        try database.read { database in
            try database.list(
                """
                SELECT c.number, c.epoch, c.sequence, c.mac IS NOT NULL, c.position, c.quarantined, length(c.body), e.flags,
                    c.number IN (SELECT change FROM unconfirmed)
                FROM change c LEFT JOIN entry e ON e.number = c.entry WHERE c.id = ?
                """, [.digest(id)]
            ) { row in
                let own = row.isNull(1) ? "" : ", epoch \(row.integer(1)) sequence \(row.integer(2))"
                let place = row.isNull(4) ? "" : ", from \(row.integer(4))"
                return
                    "row \(row.integer(0))\(own)\(row.integer(3) == 1 ? ", proved" : "")\(place)\(row.optionalText(5).map { ", \($0)" } ?? "")"
                    + ", body \(row.integer(6)), entry's flags \(row.integer(7))\(row.integer(8) == 1 ? ", unconfirmed" : "")"
            }
        }
    }

    /// A deliberate fault: an edit that names none of the values that it replaces.
    func editWithoutBase(_ entry: UniqueID, _ form: Versioned, text: String, by operatorID: String) throws -> Edited {
        try database.record(by: operatorID) { changes in
            guard let record = try EntryRecord.find(entry, changes.database) else { throw Violation("no entry \(entry)") }
            let body = changes.body(set: [Assignment(field: "given_name", value: .text(text))])
            let change = try changes.write(.set, form: form, subject: .entry(entry), row: .entry(record.number), body: body)
            try changes.merging.refresh(entry: record.number)
            return Edited(entry: entry, change: change.id, fields: ["given_name"], findings: [])
        }
    }

    // MARK: Rot

    /// Flips one bit in a change that is stored here: in its body, or in the header of one that came from the centre.
    /// - Returns: Which, and where; `nil` when nothing is stored.
    func rot(_ random: inout SeededRandom) throws -> (id: Digest, part: String)? {
        let number = try database.queue.inDatabase { database in
            try Int64.fetchAll(database, sql: "SELECT number FROM change ORDER BY number")
        }.randomElement(using: &random)
        guard let number else { return nil }
        let isHeader = random.chance(oneIn: 4)
        let rotted = try database.queue.inDatabase { database -> (Digest, String)? in
            let row = try Row.fetchOne(database, sql: "SELECT id, header, body, epoch FROM change WHERE number = ?", arguments: [number])
            guard let row, let id = Digest(bytes: row[0] as Data) else { return nil }
            // An own line whose header rotted goes up again under another id, if a new epoch needs it; nobody could tell here what came of it.
            let part = isHeader && (row[3] as Int64?) == nil ? "header" : "body"
            var bytes = [UInt8](row[part == "header" ? 1 : 2] as Data)
            guard Change.goneBody(bytes) == nil, let place = bytes.indices.randomElement(using: &random) else { return nil }
            bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            try database.execute(sql: "UPDATE change SET \(part) = ? WHERE number = ?", arguments: [Data(bytes), number])
            return (id, part)
        }
        if let rotted { self.rotted.insert(rotted.0) }
        return rotted.map { (id: $0.0, part: $0.1) }
    }

    /// How much of what rotted is still so; what came again from the centre came whole, and what left the file is of no matter.
    func countRotted() throws -> Int {
        try database.read { database in
            var count = 0
            try database.rows("SELECT id, header, body, body_digest FROM change") { row in
                let line = StoredLine(id: try row.digest(0), header: row.blob(1), body: row.blob(2), bodyDigest: try row.digest(3))
                if rotted.contains(line.id), line.soundness != .whole { count += 1 }
            }
            return count
        }
    }

    /// What `doctor --repair` does.
    func repair() throws -> [FileFinding] {
        let findings = try database.repair()
        rotted = []
        looked = [:]
        try readChain()
        return findings
    }
}

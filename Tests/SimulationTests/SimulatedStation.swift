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
    /// How many entries it showed after its last sync.
    var entries = 0
    /// Ids of the changes made here, in order.
    var own: [Digest] = []
    /// How far its own changes have been written down by the simulation.
    var recorded: Int64 = 0
    /// How many syncs from now on find no network.
    var partitionedSyncs = 0
    /// Whether it takes no part any more.
    var isOut = false

    init(
        _ name: String, _ folder: MemoryFolder, _ centre: SimulatedCentre, offset: Int64, postal: PostalTable, random: inout SeededRandom,
        record: Record
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
        path = folder.file("\(name)-0.sqlite")
        database = try FieldDatabase(path: path, surroundings: surroundings, postal: postal)
        engine = SyncEngine(database: database, transport: network, surroundings: engineSurroundings)
        try begin()
    }

    /// The file is in memory, where nothing is gained by waiting for the disk.
    private func begin() throws {
        try database.queue.inDatabase { try $0.execute(sql: "PRAGMA synchronous = OFF") }
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
        let restarted = try FieldDatabase(path: image, surroundings: surroundings, postal: postal)
        try database.close()
        MemoryFolder.removeDatabase(path)
        path = image
        database = restarted
        try begin()
        // The engine writes the skew down beside its other work; whether that came first must not matter.
        if let skew { try database.recordClock(skew: skew) }
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

    func watch(_ observer: CommitWatch) {
        database.queue.add(transactionObserver: observer)
    }

    /// Own changes above a sequence, in order.
    func ownChanges(after sequence: Int64) throws -> [OutgoingChange] {
        try database.outgoing(after: sequence, maximumRows: 10_000, maximumBytes: 1 << 30)
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
}

/// Takes a copy of a station's file right behind one of its commits, and stops the station there.
///
/// Commits that only write the clock or the outcome down do not count: they come beside others, in no certain order.
final class CommitWatch: TransactionObserver {
    private let count: Int
    private let path: String
    private let image: String
    private let network: SimulatedNetwork
    private var seen = 0
    private var last: String
    private(set) var hasStopped = false

    /// - Parameter count: How many commits happen; 1 or more.
    init(_ database: FieldDatabase, stopAfter count: Int, copying path: String, to image: String, network: SimulatedNetwork) throws {
        self.count = count
        self.path = path
        self.image = image
        self.network = network
        last = try database.queue.inDatabase { try Self.marks($0) }
    }

    private static func marks(_ database: Database) throws -> String {
        try String.fetchOne(
            database,
            sql: """
                SELECT (SELECT group_concat(acknowledged || '/' || head) FROM epoch) || ' ' ||
                    coalesce((SELECT group_concat(name || '=' || coalesce(position, '-')) FROM feed_key), '') || ' ' ||
                    coalesce((SELECT max(number) FROM change), 0)
                """) ?? ""
    }

    func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { false }
    func databaseDidChange(with event: DatabaseEvent) {}
    func databaseDidRollback(_ db: Database) {}

    func databaseDidCommit(_ db: Database) {
        guard !hasStopped, let marks = try? Self.marks(db), marks != last else { return }
        last = marks
        seen += 1
        guard seen == count else { return }
        hasStopped = true
        network.die()
        try? MemoryFolder.copyDatabase(path, to: image)
    }
}

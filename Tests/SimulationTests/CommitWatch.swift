import GRDB

@testable import FieldStore

/// Takes a copy of a station's file right behind one of its commits, and stops the station there.
///
/// Commits that only write the clock or the outcome down do not count: they come beside others, in no certain order.
final class CommitWatch: TransactionObserver {
    private let count: Int
    private let path: String
    let image: String
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

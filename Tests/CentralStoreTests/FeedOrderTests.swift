import EntryModel
import Synchronization
import TestSupport
import Testing

@testable import CentralStore

/// Counts what several tasks do.
private final class Tally: Sendable {
    private let number = Mutex(0)

    var count: Int { number.withLock { $0 } }

    func add() { number.withLock { $0 += 1 } }
}

@Suite("The feed's order", .everyStore)
struct FeedOrderTests {
    private static let writers = 8
    private static let rounds = 10
    private static let perRound = 4

    @Test("two centres on one database and eight writers: who reads all the while gets every change once, at growing positions")
    func order() async throws {
        let bench = try await TestBench()
        let other = try bench.secondCentre()
        let reader = try await bench.station("reader")
        let finished = Tally()
        let written = try await withThrowingTaskGroup(of: [Digest].self) { group in
            for index in 0..<Self.writers {
                group.addTask {
                    defer { finished.add() }
                    let writer = try await bench.station("writer \(index)")
                    if index.isMultiple(of: 2) { writer.centre = other }
                    for round in 0..<Self.rounds {
                        for _ in 0..<Self.perRound { try writer.capture("Ann", batch: "MB-\(index)") }
                        let answer = try await writer.push(after: round * Self.perRound)
                        #expect(answer.exceptions.isEmpty)
                    }
                    return writer.changes.map(\.id)
                }
            }
            var pages = 0
            while finished.count < Self.writers {
                // From one centre, then from the other.
                reader.centre = pages.isMultiple(of: 2) ? bench.centre : other
                pages += try await reader.pull().count
            }
            try await reader.pull()
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let positions = reader.pulled.map(\.position)
        let entries = reader.pulledIDs.filter { Set(written).contains($0) }
        #expect(written.count == Self.writers * Self.rounds * Self.perRound)
        #expect(Set(entries) == Set(written))
        #expect(entries.count == written.count)
        #expect(Set(positions).count == positions.count)
        let examination = try await bench.vault.examine()
        #expect(examination.findings.isEmpty, "\(examination.findings)")
        try other.close()
    }

    #if PostgreSQL
        /// What every writer does: takes the vault's row, gives the next position, and stores both.
        private static func append(_ connection: any SQLConnection, times: Int) async throws {
            for _ in 0..<times {
                try await connection.transaction(.write) { sql in
                    var row = try VaultRow.lock(sql)
                    row.position += 1
                    try sql.execute(
                        "INSERT INTO feed (position, feed_key, digest) VALUES (?, 1, ?)", [.integer(row.position), .blob(row.digest.bytes)])
                    try row.store(sql)
                }
            }
        }

        @Test("without the vault's lock writers give the same positions, and the database has to refuse them", arguments: [true, false])
        func withoutLock(isLocked: Bool) async throws {
            guard BenchStore.current == .postgres else { return }
            let url = try PostgresServer.newSchema()
            var limits = PostgresConnection.Limits()
            limits.locks = isLocked
            let first = try PostgresConnection(url: url, kind: .vault, limits: limits)
            let second = try PostgresConnection(url: url, kind: .vault, limits: limits)
            try first.blockingTransaction(.write) { sql in
                try VaultSchema.migrate(sql, first.dialect, client: TestBench.client, path: "test")
            }
            let refused = Tally()
            await withTaskGroup { group in
                for index in 0..<8 {
                    group.addTask {
                        do { try await Self.append(index.isMultiple(of: 2) ? first : second, times: 25) } catch let failure as SQLFailure {
                            #expect(failure.reason == .constraint, "\(failure)")
                            refused.add()
                        } catch {
                            Issue.record(error)
                        }
                    }
                }
            }
            let end = try await first.transaction(.read) { sql in
                #expect(try sql.integer("SELECT COUNT(*) FROM feed") == sql.integer("SELECT MAX(position) FROM feed"))
                return try VaultRow.read(sql).position
            }
            #expect((refused.count == 0) == isLocked)
            #expect((end == 200) == isLocked)
        }
    #endif
}

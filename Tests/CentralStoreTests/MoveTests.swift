import EntryModel
import Synchronization
import TestSupport
import Testing

@testable import CentralStore

@Suite("Moving a vault to another database", .everyStore)
struct MoveTests {
    /// The kinds of database that there are here to move to.
    private static var targets: [BenchStore] { PostgresServer.isThere ? [.sqlite, .postgres] : [.sqlite] }

    /// An empty database; with a catalog in PostgreSQL it has to be there too.
    private func address(_ store: BenchStore, _ bench: TestBench) throws -> DatabaseAddress {
        store == .postgres || BenchStore.current == .postgres
            ? DatabaseAddress(try PostgresServer.newSchema()) : .file(bench.folder.file("moved.sqlite"))
    }

    /// The vault as the centre has it now.
    private func vault(_ bench: TestBench) async throws -> Vault {
        try #require(try await bench.centre.vault(TestBench.client))
    }

    /// How much each writer has pushed so far.
    private final class Progress: Sendable {
        private let counts = Mutex<[Int: Int]>([:])
        private let moved = Mutex(false)
        var hasMoved: Bool { moved.withLock { $0 } }
        func move() { moved.withLock { $0 = true } }
        func set(_ writer: Int, _ count: Int) { counts.withLock { $0[writer] = count } }
        var least: Int { counts.withLock { $0.count < 4 ? 0 : $0.values.min() ?? 0 } }
    }

    @Test(
        "while four stations push through two processes, the vault moves: all that was acknowledged is there once, and nobody writes or reads where it was",
        arguments: targets)
    func underLoad(_ store: BenchStore) async throws {
        let bench = try await TestBench()
        let other = try bench.secondCentre()
        let target = try address(store, bench)
        let old = try bench.vaultConnection()
        let progress = Progress()
        let ids = try await withThrowingTaskGroup(of: [Digest].self) { group in
            for index in 0..<4 {
                group.addTask {
                    let writer = try await bench.station("writer \(index)")
                    if index.isMultiple(of: 2) { writer.centre = other }
                    var rounds = 0
                    // Ten rounds more once it has moved.
                    var left = 10
                    while left > 0 {
                        for _ in 0..<3 { try writer.capture("Ann", batch: "MB-\(index)") }
                        try await Self.push(writer, after: rounds * 3)
                        rounds += 1
                        progress.set(index, rounds)
                        if progress.hasMoved { left -= 1 }
                    }
                    return writer.changes.map(\.id)
                }
            }
            group.addTask {
                while progress.least < 3 { try await Task.sleep(for: .milliseconds(5)) }
                // However it ends, the writers come to an end too.
                defer { progress.move() }
                let move = try await bench.centre.moveVault(TestBench.client, to: target)
                #expect(move.to == target)
                #expect(move.contents.rows > 0)
                return []
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        // Whoever has the old one open finds that it is none any more.
        #expect(throws: VaultMoved.self) { try old.blockingTransaction(.write) { _ = try VaultRow.lock($0) } }
        let left = try old.blockingTransaction(.read) { try $0.integer("SELECT COUNT(*) FROM change") ?? 0 }
        let vault = try await vault(bench)
        #expect(Int64(left) < Int64(try await vault.status().changes))
        try old.close()
        let reader = try await bench.station("reader")
        try await reader.pull()
        let entries = reader.pulledIDs.filter { Set(ids).contains($0) }
        #expect(Set(entries) == Set(ids))
        #expect(entries.count == ids.count)
        #expect(try await vault.examine().findings == [])
        #expect(try await other.vault(TestBench.client)?.status() == (try await vault.status()))
        #expect(try await bench.centre.clients().first { $0.id == TestBench.client }?.vault == target)
        try other.close()
    }

    /// Pushes as a station does: comes again when it is told to.
    private static func push(_ writer: HandMadeStation, after: Int) async throws {
        while true {
            do {
                let answer = try await writer.push(after: after)
                #expect(answer.exceptions.isEmpty)
                return
            } catch let problem as Problem where problem.code == .busy {
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    @Test("who was enrolled or revoked after the move is so at a process that had the old database open")
    func otherProcess() async throws {
        let bench = try await TestBench()
        let early = try await bench.station("early")
        try early.capture()
        try await early.push()
        let other = try bench.secondCentre()
        early.centre = other
        try await early.pull()
        _ = try await bench.centre.moveVault(TestBench.client, to: try address(.sqlite, bench))
        let late = try await bench.station("late")
        late.centre = other
        try await late.pull()
        #expect(late.pulledIDs.contains(early.changes[0].id))
        try await vault(bench).revoke(early.id)
        try early.capture()
        #expect(try await early.push(after: 1).answer.outcome == .revoked)
        try other.close()
    }

    @Test("stopped between the change-over and the catalog, the move is complete for whoever comes next")
    func stopped() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        try station.capture()
        try await station.push()
        let target = try address(.sqlite, bench)
        _ = try await bench.vault.copy(into: target)
        try station.capture()
        try await station.push(after: 1)
        _ = try await Centre.changeOver(bench.vault, to: target)
        // The catalog does not know it yet; the old one may be open, or not.
        #expect(try await bench.centre.clients().first { $0.id == TestBench.client }?.vault != target)
        for centre in [bench.centre, try bench.secondCentre()] {
            station.centre = centre
            try station.capture()
            try await station.push(after: station.changes.count - 1)
        }
        #expect(try await bench.centre.clients().first { $0.id == TestBench.client }?.vault == target)
        #expect(try await bench.centre.vault(TestBench.client)?.status().changes == 5)
    }

    @Test("a database that holds something is not moved into, and the vault goes on where it is")
    func refused() async throws {
        let bench = try await TestBench()
        let target = try address(.sqlite, bench)
        _ = try await bench.vault.copy(into: target)
        await #expect(throws: TransferFault.notEmpty) { try await bench.centre.moveVault(TestBench.client, to: target) }
        await #expect(throws: CentreError.self) { try await bench.centre.moveVault("nobody", to: .file(bench.folder.file("x.sqlite"))) }
        if BenchStore.current == .postgres {
            // Other machines would not find it.
            await #expect(throws: CentreError.self) {
                try await bench.centre.moveVault(TestBench.client, to: .file(bench.folder.file("y.sqlite")))
            }
        }
        let station = try await bench.station()
        try station.capture()
        try await station.push()
        await #expect(throws: TransferFault.notMoved("\(target)")) { try await bench.centre.discardMoved(target) }
    }

    @Test("what the copy lacks, has too much or has otherwise is put right under the lock, and only then is it taken for the same")
    func catchUp() async throws {
        let bench = try await TestBench(sharing: .batch)
        let station = try await bench.station()
        let (entry, capture) = try station.capture("Ann", batch: "MB-1")
        for number in 0..<30 { try station.capture("Person \(number)", batch: "MB-\(number % 4)") }
        try station.capture("Dan", form: "summer/7")
        try await station.push()
        let target = try address(.sqlite, bench)
        _ = try await bench.vault.copy(into: target)
        // Rows of every kind of difference.
        try station.add(.set, .entry(entry), ["$batch": .text("MB-9")], base: [HandMadeStation.base(capture, "$batch")])
        try await station.push(after: 32)
        try await bench.vault.reject(.number(1))
        try await bench.vault.erase(entry)
        let copy = try target.open(.vault)
        try copy.blockingTransaction(.write) { sql in
            try sql.execute("DELETE FROM feed WHERE position BETWEEN 5 AND 9", [])
            try sql.execute("UPDATE entry SET changes = 77 WHERE number > 20", [])
            try sql.execute("INSERT INTO membership (entry, feed_key) VALUES (900, 900)", [])
        }
        let caughtUp = try bench.vault.connection.blockingTransaction(.read) { from in
            try copy.blockingTransaction(.write) { to in
                try DatabaseCatchUp(
                    source: from, sourceDialect: bench.vault.connection.dialect, target: to, targetDialect: copy.dialect, pageRows: 7
                ).run()
            }
        }
        try copy.close()
        #expect(caughtUp == (try await bench.vault.contents()))
    }

    @Test("what a move left behind is destroyed on demand, and nothing else is")
    func discard() async throws {
        let bench = try await TestBench()
        let from = try #require(try await bench.centre.vaultAddresses().first { $0.client == TestBench.client }?.address)
        await #expect(throws: TransferFault.notMoved("\(from)")) { try await bench.centre.discardMoved(from) }
        _ = try await bench.centre.moveVault(TestBench.client, to: try address(.sqlite, bench))
        try await bench.centre.discardMoved(from)
        if case .file(let path) = from {
            await #expect(throws: TransferFault.missing(path: path)) { try await bench.centre.discardMoved(from) }
        } else {
            let connection = try from.open(.vault)
            #expect(try connection.blockingTransaction(.read) { try DatabaseTable.all($0, connection.dialect) }.isEmpty)
            try connection.close()
        }
        #expect(try await vault(bench).examine().findings == [])
    }
}

import EntryModel
import Synchronization
import TestSupport
import Testing

@testable import CentralStore

@Suite("Copying a vault into another database", .everyStore)
struct DatabaseCopyTests {
    /// A vault in which every table has rows: edits, conflicts, an erasure, a rejection, a quarantine, kept pushes.
    private func busyBench(entries: Int = 20) async throws -> TestBench {
        let bench = try await TestBench(sharing: .batch)
        let (first, second) = (try await bench.station("one"), try await bench.station("Zoë \u{1F41D}"))
        try first.add(.set, .batch("MB-1"), ["$state": .text("open")])
        let (entry, capture) = try first.capture("Ann", batch: "MB-1")
        let (gone, _) = try first.capture("Bob", batch: "MB-2")
        for number in 0..<entries { try first.capture("Person \(number)", batch: "MB-\(number % 3)") }
        for start in stride(from: 0, to: first.changes.count, by: 500) { try await first.push(after: start, count: 500) }
        let before = first.changes.count
        try first.add(.set, .entry(entry), ["$batch": .text("MB-2")], base: [HandMadeStation.base(capture, "$batch")])
        try first.capture("Dan", form: "summer/7")
        try first.capture("Eve", form: "summer/8")
        try await first.push(after: before)
        try second.capture("Fay", entry: entry, batch: "MB-3")
        try await second.push()
        try await second.pull()
        try await bench.vault.erase(gone)
        try await bench.vault.reject(.number(1))
        return bench
    }

    /// The kinds of database that there are here to copy into.
    private static var targets: [BenchStore] { PostgresServer.isThere ? [.sqlite, .postgres] : [.sqlite] }

    private func address(_ store: BenchStore, _ folder: TemporaryFolder) throws -> DatabaseAddress {
        store == .postgres ? DatabaseAddress(try PostgresServer.newSchema()) : .file(folder.file("copy.sqlite"))
    }

    private func copy(_ bench: TestBench, to target: any SQLConnection, _ batch: DatabaseCopy.Batch = .init()) async throws
        -> DatabaseContents
    {
        try await DatabaseCopy(source: bench.vaultConnection(), target: target, batch: batch).run { sql in
            try VaultSchema.migrate(sql, target.dialect, client: TestBench.client, path: "copy")
        }
    }

    @Test("the copy has the same rows and digests, is a vault in good order, and answers stations as the vault does", arguments: targets)
    func same(_ target: BenchStore) async throws {
        let bench = try await busyBench()
        let address = try address(target, bench.folder)
        let contents = try await bench.vault.copy(into: address)
        #expect(contents == (try await bench.vault.contents()))
        #expect(contents.tables.count > 15)
        #expect(contents.tables.first { $0.name == "entry" }?.rows == 22)
        #expect(contents.tables.first { $0.name == "quarantine" }?.rows == 1)
        let connection = try address.open(.vault)
        let copy = try Vault(
            client: TestBench.client, connection: connection, path: "copy", surroundings: .system, catalog: bench.centre.catalog)
        #expect(try await copy.status() == (try await bench.vault.status()))
        #expect(try await copy.comparison(TestBench.promotion) == (try await bench.vault.comparison(TestBench.promotion)))
        let examination = try await copy.examine()
        #expect(examination.findings == [])
        #expect(examination.entries == 22)
        try connection.close()
    }

    @Test("few rows are in memory at a time, however many there are, and no answer of a table is held whole", arguments: targets)
    func bounded(_ target: BenchStore) async throws {
        let bench = try await busyBench(entries: 1500)
        let watched = WatchedConnection(try address(target, bench.folder).open(.vault))
        let contents = try await copy(bench, to: watched, .init(rows: 100, bytes: 20_000))
        #expect(contents.rows > 5000)
        let seen = watched.seen.withLock { $0 }
        #expect(seen.greatestInsertRows <= 100)
        #expect(seen.greatestInsertBytes <= 20_000 + 20_000)
        #expect(seen.inserts > 50)
    }

    @Test("the copy is as the vault stood at one moment, though others write meanwhile", arguments: targets)
    func oneMoment(_ target: BenchStore) async throws {
        let bench = try await busyBench()
        let before = try await bench.vault.contents()
        let other = try bench.vaultConnection()
        let watched = WatchedConnection(try address(target, bench.folder).open(.vault))
        watched.onInsert { number, _ in
            guard number == 1 else { return .goesOn }
            try other.blockingTransaction(.write) { sql in
                try sql.execute("UPDATE vault SET moment = moment + 1", [])
                try sql.execute("UPDATE station SET name = 'written meanwhile'", [])
            }
            return .goesOn
        }
        #expect(try await copy(bench, to: watched) == before)
        #expect(try await bench.vault.contents() != before)
    }

    @Test("a database that holds something is refused and stays as it is", arguments: targets)
    func notEmpty(_ target: BenchStore) async throws {
        let bench = try await busyBench()
        let address = try address(target, bench.folder)
        let first = try await bench.vault.copy(into: address)
        try await bench.vault.putPromotion(TestBench.document(version: 2, sharing: .batch))
        await #expect(throws: TransferFault.notEmpty) { try await bench.vault.copy(into: address) }
        let connection = try address.open(.vault)
        #expect(try connection.blockingTransaction(.read) { try DatabaseContents.read($0, connection.dialect) } == first)
    }

    @Test("a copy that breaks off leaves nothing behind, and can be made again", arguments: targets)
    func brokenOff(_ target: BenchStore) async throws {
        let bench = try await busyBench()
        let address = try address(target, bench.folder)
        let watched = WatchedConnection(try address.open(.vault))
        watched.onInsert { number, _ in
            guard number < 8 else { throw SQLFailure(.full, "the disk is full") }
            return .goesOn
        }
        await #expect(throws: SQLFailure.self) { try await copy(bench, to: watched) }
        #expect(try watched.blockingTransaction(.read) { try DatabaseTable.all($0, watched.dialect).count } == 0)
        try watched.close()
        #expect(try await bench.vault.copy(into: address) == (try await bench.vault.contents()))
    }

    @Test("a row that did not arrive, and one that arrived changed, are found before anybody uses the copy", arguments: targets)
    func differs(_ target: BenchStore) async throws {
        let bench = try await busyBench()
        for fate in [WatchedConnection.Fate.isLost, .isChanged] {
            let folder = try TemporaryFolder("copy")
            let watched = WatchedConnection(try address(target, folder).open(.vault))
            watched.onInsert { _, table in table == "feed" ? fate : .goesOn }
            await #expect(throws: TransferFault.differs(table: "feed")) { try await copy(bench, to: watched) }
        }
    }
}

/// A connection that notes how much is inserted at a time, and on which a test decides what becomes of it.
private final class WatchedConnection: SQLConnection {
    enum Fate { case goesOn, isLost, isChanged }
    struct Seen {
        var inserts = 0
        var greatestInsertRows = 0
        var greatestInsertBytes = 0
        var decide: @Sendable (_ number: Int, _ table: String) throws -> Fate = { _, _ in .goesOn }
    }

    let inner: any SQLConnection
    let seen = Mutex(Seen())

    init(_ inner: any SQLConnection) {
        self.inner = inner
    }

    var dialect: SQLDialect { inner.dialect }

    func onInsert(_ decide: @escaping @Sendable (Int, String) throws -> Fate) {
        seen.withLock { $0.decide = decide }
    }

    @discardableResult
    func transaction<Value: Sendable>(
        _ kind: SQLTransactionKind, _ body: @escaping @Sendable (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        try await inner.transaction(kind) { try body(WatchedTransaction(inner: $0, connection: self)) }
    }

    @discardableResult
    func blockingTransaction<Value>(_ kind: SQLTransactionKind, _ body: (any SQLTransaction) throws -> Value) throws -> Value {
        try inner.blockingTransaction(kind) { try body(WatchedTransaction(inner: $0, connection: self)) }
    }

    func close() throws { try inner.close() }
}

private struct WatchedTransaction: SQLTransaction {
    let inner: any SQLTransaction
    let connection: WatchedConnection

    @discardableResult
    func execute(_ sql: String, _ values: [SQLValue]) throws -> Int { try inner.execute(sql, values) }

    func query(_ sql: String, _ values: [SQLValue], _ row: (any SQLRow) throws -> Void) throws {
        var rows = 0
        try inner.query(sql, values) { one in
            rows += 1
            try row(one)
        }
        #expect(rows < 50, "a whole answer is held: \(sql)")
    }

    func read(_ sql: String, _ values: [SQLValue], while row: (any SQLRow) throws -> Bool) throws {
        try inner.read(sql, values, while: row)
    }

    func insert(into table: String, columns: [String], values: [SQLValue]) throws {
        let (number, decide) = connection.seen.withLock { seen in
            seen.inserts += 1
            seen.greatestInsertRows = max(seen.greatestInsertRows, values.count / columns.count)
            let bytes = values.reduce(0) { sum, value in if case .blob(let blob) = value { sum + blob.count } else { sum + 8 } }
            seen.greatestInsertBytes = max(seen.greatestInsertBytes, bytes)
            return (seen.inserts, seen.decide)
        }
        switch try decide(number, table) {
        case .goesOn: try inner.insert(into: table, columns: columns, values: values)
        case .isLost: try inner.insert(into: table, columns: columns, values: Array(values.dropLast(columns.count)))
        case .isChanged:
            let changed = values.map { if case .blob(let bytes) = $0 { SQLValue.blob(bytes.map { $0 ^ 1 }) } else { $0 } }
            try inner.insert(into: table, columns: columns, values: changed)
        }
    }
}

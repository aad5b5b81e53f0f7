import EntryModel
import Foundation
import TestSupport
import Testing

@testable import CentralStore

/// Centres as shipped versions of the program wrote them, as files and as PostgreSQL's dumps; each is opened by the newest.
@Suite("A centre's files of earlier versions")
struct CentreSchemaTests {
    private static let schemas = "Tests/CentralStoreTests/Schemas"

    private static let versions = ["catalog2-vault2", "catalog5-vault2"]

    /// A file of a kept centre.
    private func kept(_ version: String, _ file: String) -> URL { ProjectFolder.file("\(Self.schemas)/\(version)/\(file)") }

    @Test("a folder of an earlier version opens with everything that was in it, and takes new work", arguments: versions)
    func opens(version: String) async throws {
        let folder = try TemporaryFolder("schema")
        try FileManager.default.createDirectory(atPath: folder.file("data/vaults"), withIntermediateDirectories: true)
        for file in ["catalog.sqlite", "vaults/\(TestBench.client).sqlite"] {
            let bytes = try Data(contentsOf: kept(version, file))
            try bytes.write(to: URL(filePath: folder.file("data/\(file)")))
        }
        try await expectWhole(try Centre(directory: folder.file("data")), digest: kept(version, "digest"))
    }

    #if PostgreSQL
        @Test(
            "PostgreSQL databases of an earlier version open with everything that was in them, and take new work",
            .enabled(if: PostgresServer.isThere, Comment(rawValue: PostgresServer.whyNot)), arguments: versions)
        func opensDatabases(version: String) async throws {
            let (catalog, vault) = (try PostgresServer.newSchema(), try PostgresServer.newSchema())
            for (name, url) in [("catalog", catalog), ("vault", vault)] {
                let dump = try String(contentsOf: kept("\(version).postgres", "\(name).sql"), encoding: .utf8)
                let connection = try PostgresConnection(url: url, kind: name == "catalog" ? .catalog : .vault)
                try connection.blockingTransaction(.write) { sql in
                    // The dump brings its own.
                    try sql.execute("DROP TABLE field_entry_database", [])
                    for statement in dump.components(separatedBy: ";\n") where !statement.allSatisfy(\.isWhitespace) {
                        try sql.execute(statement, [])
                    }
                    // The vault stands elsewhere than when it was written.
                    if name == "catalog" { try sql.execute("UPDATE client SET vault = ?", [.text(vault)]) }
                }
                try connection.close()
            }
            let folder = try TemporaryFolder("schema")
            try await expectWhole(
                try Centre(directory: folder.file("data"), catalog: DatabaseAddress(catalog)), digest: kept("\(version).postgres", "digest")
            )
        }
    #endif

    private func expectWhole(_ centre: Centre, digest: URL) async throws {
        let vault = try #require(try await centre.vault(TestBench.client))
        let status = try await vault.status()
        #expect(status.entries == 4)
        #expect(status.stations == 2)
        #expect(status.quarantined == 1)
        #expect(try await vault.examine().findings == [])
        let wanted = try String(contentsOf: digest, encoding: .utf8)
        #expect(try await vault.comparison(TestBench.promotion).digest.hex + "\n" == wanted)
        #expect(try await centre.ledger().map(\.kind).contains(.enrolled))
        let code = try await centre.invite(
            client: TestBench.client, name: "three", promotions: [TestBench.promotion], url: "http://127.0.0.1:1")
        let station = try await HandMadeStation(centre, code: code, clock: ManualClock(milliseconds: Surroundings.system.now()))
        try station.capture()
        try await station.push()
        #expect(try await vault.status().entries == 5)
        try centre.close()
    }

    @Test("a database of a newer version is refused, and stays as it is")
    func newer() async throws {
        let bench = try await TestBench()
        let connection = try bench.vaultConnection()
        try connection.blockingTransaction(.write) { try $0.execute("INSERT INTO schema_version (version) VALUES (99)", []) }
        let other = try bench.secondCentre()
        await #expect(throws: CentreError.self) { try await other.vault(TestBench.client) }
        #expect(try connection.blockingTransaction(.read) { try $0.integer("SELECT COUNT(*) FROM schema_version WHERE version = 99") } == 1)
        try connection.close()
        try other.close()
    }

    @Test("processes that open a new centre at once make its tables once, and find the same keys")
    func atOnce() async throws {
        let folder = try TemporaryFolder("schema")
        let path = folder.file("data")
        let keys = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let centre = try Centre(directory: path)
                    defer { try? centre.close() }
                    return centre.signingKey.publicKey.bytes
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(keys).count == 1)
        let catalog = try SQLiteConnection(path: "\(path)/catalog.sqlite", kind: .catalog)
        let versions = try catalog.blockingTransaction(.read) { sql in try sql.map("SELECT version FROM schema_version") { $0.integer(0) } }
        #expect(Set(versions).count == versions.count)
        try catalog.close()
    }

    /// Writes such a centre; run by hand once a schema is about to be shipped, with the place in this variable.
    @Test(
        "writing a centre of this version for later ones", .everyStore,
        .enabled(if: ProcessInfo.processInfo.environment["FIELD_ENTRY_WRITE_SCHEMA"] != nil, "only on request"))
    func writes() async throws {
        let path = try #require(ProcessInfo.processInfo.environment["FIELD_ENTRY_WRITE_SCHEMA"])
        let bench = try await TestBench(sharing: .batch)
        let (first, second) = (try await bench.station("one"), try await bench.station("two"))
        let (entry, _) = try first.capture("Ann", batch: "MB-1")
        let (gone, _) = try first.capture("Bob", batch: "MB-1")
        try first.capture("Cyd", batch: "MB-2")
        try first.capture("Dan", form: "summer/7")
        try first.capture("Eve", form: "summer/8")
        try await first.push()
        try second.capture("Fay", entry: entry, batch: "MB-3")
        try second.capture("Gus", batch: "MB-3")
        try await second.push()
        try await bench.vault.erase(gone)
        try await bench.vault.reject(.number(1))
        let digest = Data("\(try await bench.vault.comparison(TestBench.promotion).digest.hex)\n".utf8)
        try bench.centre.close()
        switch BenchStore.current {
        case .sqlite:
            try FileManager.default.copyItem(atPath: bench.folder.file("data"), toPath: path)
            try digest.write(to: URL(filePath: "\(path)/digest"))
        case .postgres:
            try FileManager.default.createDirectory(atPath: "\(path).postgres", withIntermediateDirectories: true)
            try digest.write(to: URL(filePath: "\(path).postgres/digest"))
            for (name, address) in [("catalog", bench.catalogURL), ("vault", bench.vaultURL)] {
                try Data(try dump(try #require(address)).utf8).write(to: URL(filePath: "\(path).postgres/\(name).sql"))
            }
        }
    }

    /// What `pg_dump` writes of a schema, without its name and without settings.
    private func dump(_ url: String) throws -> String {
        let schema = String(try #require(url.split(separator: "%3D").last))
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["pg_dump", "--inserts", "--no-owner", "--no-privileges", "--schema", schema, url]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        let statements = text.split(separator: "\n").filter { !$0.hasPrefix("--") }.joined(separator: "\n").components(separatedBy: ";\n")
        return statements.filter { statement in
            !["SET ", "SELECT ", "CREATE SCHEMA ", "\\"].contains { statement.hasPrefix($0) } && !statement.isEmpty
        }.map { $0.replacing("\(schema).", with: "") + ";\n" }.joined()
    }
}

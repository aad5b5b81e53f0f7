import EntryModel
import Foundation
import TestSupport
import Testing

@testable import CentralStore

/// Folders as shipped versions of the program wrote them; each is opened by the newest.
@Suite("A centre's files of earlier versions")
struct CentreSchemaTests {
    private static let schemas = "Tests/CentralStoreTests/Schemas"

    @Test("a folder of an earlier version opens with everything that was in it, and takes new work", arguments: ["catalog2-vault2"])
    func opens(version: String) async throws {
        let folder = try TemporaryFolder("schema")
        try FileManager.default.createDirectory(atPath: folder.file("data/vaults"), withIntermediateDirectories: true)
        for file in ["catalog.sqlite", "vaults/\(TestBench.client).sqlite"] {
            let bytes = try Data(contentsOf: ProjectFolder.file("\(Self.schemas)/\(version)/\(file)"))
            try bytes.write(to: URL(filePath: folder.file("data/\(file)")))
        }
        let centre = try Centre(directory: folder.file("data"))
        let vault = try #require(try await centre.vault(TestBench.client))
        let status = try await vault.status()
        #expect(status.entries == 4)
        #expect(status.stations == 2)
        #expect(status.quarantined == 1)
        #expect(try await vault.examine().findings == [])
        #expect(
            try await vault.comparison(TestBench.promotion).digest.hex
                == "f8c2bb15c1aecda28bf19f37d965f699f3cdd8b37a6ed581df020203c3165cec")
        #expect(try await centre.ledger().map(\.kind).contains(.enrolled))
        let code = try await centre.invite(
            client: TestBench.client, name: "three", promotions: [TestBench.promotion], url: "http://127.0.0.1:1")
        let station = try await HandMadeStation(centre, code: code, clock: ManualClock(milliseconds: Surroundings.system.now()))
        try station.capture()
        try await station.push()
        #expect(try await vault.status().entries == 5)
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

    /// Writes such a folder; run by hand once a schema is about to be shipped, with its path in this variable.
    @Test(
        "writing a folder of this version for later ones",
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
        print("digest", try await bench.vault.comparison(TestBench.promotion).digest.hex)
        try bench.centre.close()
        try FileManager.default.copyItem(atPath: bench.folder.file("data"), toPath: path)
    }
}

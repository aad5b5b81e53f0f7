import CentralStore
import Foundation
import TestSupport
import Testing

@Suite("SQLite")
struct SQLiteConnectionTests {
    @Test("SQLite keeps the contract of a connection")
    func contract() async throws {
        let folder = try TemporaryFolder("sqlite")
        let path = folder.file("one.sqlite")
        try await SQLConnectionContract(open: { try SQLiteConnection(path: path, kind: .vault) }).run()
    }

    @Test("a file that is no database, or one of another kind, is refused and stays as it is")
    func otherFiles() throws {
        let folder = try TemporaryFolder("sqlite")
        let text = folder.file("text.sqlite")
        let bytes = Data(repeating: 65, count: 8192)
        try bytes.write(to: URL(filePath: text))
        #expect(throws: SQLFailure.self) { try SQLiteConnection(path: text, kind: .vault) }
        #expect(try Data(contentsOf: URL(filePath: text)) == bytes)
        let catalog = folder.file("catalog.sqlite")
        try SQLiteConnection(path: catalog, kind: .catalog).close()
        #expect(throws: SQLFailure.self) { try SQLiteConnection(path: catalog, kind: .vault) }
        #expect(throws: Never.self) { try SQLiteConnection(path: catalog, kind: .catalog).close() }
        #expect(throws: SQLFailure.self) { try SQLiteConnection(path: folder.file("none/x.sqlite"), kind: .vault) }
    }

    @Test("a vault's file put in another client's place, and one of a newer program, are refused")
    func misplaced() async throws {
        let bench = try await TestBench()
        try await bench.centre.addClient("other")
        try bench.centre.close()
        let mine = bench.folder.file("data/vaults/brightfizz.sqlite")
        let theirs = bench.folder.file("data/vaults/other.sqlite")
        try FileManager.default.removeItem(atPath: theirs)
        try FileManager.default.copyItem(atPath: mine, toPath: theirs)
        var centre = try bench.secondCentre()
        await #expect(throws: CentreError.self) { try await centre.vault("other") }
        try centre.close()
        let connection = try SQLiteConnection(path: mine, kind: .vault)
        try await connection.transaction(.write) { try $0.execute("INSERT INTO schema_version (version) VALUES (99)", []) }
        try connection.close()
        centre = try bench.secondCentre()
        await #expect(throws: CentreError.self) { try await centre.vault("brightfizz") }
    }
}

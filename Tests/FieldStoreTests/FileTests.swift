import EntryModel
import FieldStore
import Foundation
import GRDB
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite("The file")
struct FileTests {
    private let folder: TemporaryFolder
    private var path: String { folder.file("station.sqlite") }

    init() throws {
        folder = try TemporaryFolder("store")
    }

    private func contents(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: path)))
    }

    private func mode(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    @Test("what was stored is there when the file is opened again")
    func reopens() throws {
        let captured = try capture(StationFixture(path: path))
        let database = try FieldDatabase(path: path)
        #expect(try database.entry(captured)?.value(of: "given_name")?.value == .text("Sandra"))
        #expect(try database.identity?.station == StationFixture.id("a"))
        #expect(try database.promotions().map(\.id) == ["brightfizz-summer"])
        #expect(try database.unsentCount() == 1)
    }

    /// Closes the database when it returns.
    private func capture(_ station: StationFixture) throws -> UniqueID {
        try station.capture(["given_name": "Sandra"]).entry
    }

    @Test("only this user may read the file and its log")
    func modes() throws {
        let station = try StationFixture(path: path)
        try station.capture(["given_name": "Sandra"])
        #expect(try mode(path) == 0o600)
        #expect(try mode(path + "-wal") == 0o600)
        #expect(!FileManager.default.fileExists(atPath: path + "-shm"))
    }

    @Test("a file that was open to others is closed to them when it is opened")
    func tightens() throws {
        _ = try FieldDatabase(path: path)
        chmod(path, 0o644)
        _ = try FieldDatabase(path: path)
        #expect(try mode(path) == 0o600)
    }

    @Test("a file of another kind is refused and stays as it is", arguments: ["text", "short", "zeros"])
    func otherFile(kind: String) throws {
        let bytes: [UInt8] =
            switch kind {
            case "text": Array(String(repeating: "given_name,family_name\n", count: 100).utf8)
            case "short": Array("SQLite format 3\0".utf8)
            default: Array(repeating: 0, count: 8192)
            }
        try Data(bytes).write(to: URL(filePath: path))
        #expect(code { try FieldDatabase(path: path) } == .notADatabase)
        #expect(try contents(path) == bytes)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["station.sqlite"])
    }

    @Test("a folder is no database")
    func directory() throws {
        #expect(code { try FieldDatabase(path: folder.path) } == .notADatabase)
        #expect(code { try FieldDatabase(path: folder.file("none/station.sqlite")) } == .unavailable)
    }

    @Test("another program's database is refused and stays as it is", arguments: [0, 7])
    func otherApplication(id: Int) throws {
        try other { try $0.execute(sql: "CREATE TABLE person (name TEXT); PRAGMA application_id = \(id)") }
        let before = try contents(path)
        #expect(code { try FieldDatabase(path: path) } == .otherApplication)
        #expect(try contents(path) == before)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["station.sqlite"])
    }

    @Test("a file of a newer version is refused and stays as it is")
    func newer() throws {
        _ = try FieldDatabase(path: path)
        try other { try $0.execute(sql: "PRAGMA journal_mode = DELETE; PRAGMA user_version = 99") }
        let before = try contents(path)
        #expect(code { try FieldDatabase(path: path) } == .newer)
        #expect(try contents(path) == before)
    }

    /// Opens the file as another program would.
    private func other(_ body: (Database) throws -> Void) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.inDatabase(body)
        try queue.close()
    }

    @Test("a damaged file is found out and not made worse")
    func damaged() throws {
        try fill(StationFixture(path: path))
        var bytes = try contents(path)
        #expect(bytes.count > 40 * 4096)
        // Keeps the first page, which says what the file is and how many pages there are.
        for index in 4096..<bytes.count { bytes[index] = UInt8(truncatingIfNeeded: index &* 31) }
        try Data(bytes).write(to: URL(filePath: path))
        #expect(code { try FieldDatabase(path: path).status() } == .damaged)
        #expect(code { try FieldDatabase(path: path).entries(promotion: "brightfizz-summer", limit: 9) } == .damaged)
    }

    @Test("a file that was cut off is found out")
    func truncated() throws {
        try fill(StationFixture(path: path))
        let bytes = try contents(path)
        try Data(bytes.prefix(bytes.count / 2 / 4096 * 4096)).write(to: URL(filePath: path))
        #expect(code { try FieldDatabase(path: path) } == .damaged)
    }

    @Test("one bad byte in a change is noticed: nothing of it is shown, nothing else is held up, and the check names it")
    func rotten() throws {
        let entry = try capture(StationFixture(path: path))
        try other {
            try $0.execute(sql: "UPDATE change SET body = CAST(replace(body, 'Sandra', 'Sandro') AS BLOB) WHERE entry IS NOT NULL")
        }
        let database = try FieldDatabase(path: path)
        #expect(try database.entry(entry)?.shown.isEmpty == true)
        #expect(try database.check().contains(FileFinding(.rottedBody, "entry \(entry)", .people)))
        #expect(try database.unsentCount() == 1)
    }

    private func fill(_ station: StationFixture) throws {
        _ = try station.database.capture(try Cards.captures(200), by: station.operatorID)
    }

    @Test("a second connection to the same file is refused with a clear error, and the first goes on")
    func inUse() throws {
        let station = try StationFixture(path: path)
        let error = error { try FieldDatabase(path: path) }
        #expect(error?.code == .inUse)
        #expect(error?.path == path)
        #expect(try station.capture(["given_name": "Sandra"]).isNew)
    }

    @Test("a second program on the same file is refused with a clear error")
    func inUseByProgram() throws {
        let station = try StationFixture(path: path)
        let other = Process()
        other.executableURL = URL(filePath: "/usr/bin/env")
        other.arguments = [
            "python3", "-c",
            "import sqlite3,sys; d=sqlite3.connect(sys.argv[1],timeout=0.1); d.execute('SELECT count(*) FROM change').fetchone()", path,
        ]
        other.standardError = Pipe()
        try other.run()
        other.waitUntilExit()
        #expect(other.terminationStatus == 1)
        #expect(try station.capture(["given_name": "Sandra"]).isNew)
    }

    @Test("a folder without the right to write gives a clear error", .enabled(if: geteuid() != 0, "root may write everywhere"))
    func readOnlyFolder() throws {
        _ = try FieldDatabase(path: path)
        chmod(folder.path, 0o500)
        defer { chmod(folder.path, 0o700) }
        #expect(code { try FieldDatabase(path: path) } == .readOnly)
        #expect(code { try FieldDatabase(path: folder.file("new.sqlite")) } == .readOnly)
    }

    @Test("a file without the right to write gives a clear error", .enabled(if: geteuid() != 0, "root may write everywhere"))
    func readOnlyFile() throws {
        _ = try FieldDatabase(path: path)
        chmod(path, 0o400)
        #expect(code { try FieldDatabase(path: path) } == .readOnly)
    }

    @Test("an empty file becomes a database")
    func empty() throws {
        try Data().write(to: URL(filePath: path))
        #expect(try FieldDatabase(path: path).status().entries == 0)
    }

    @Test("every code's message says what is safe and names no value")
    func messages() throws {
        let station = try StationFixture(path: path)
        let entry = try station.capture(["given_name": "Sandra", "family_name": "Griffin"]).entry
        let errors = [
            error { try FieldDatabase(path: path) },
            error { try station.capture(["shoe_size": "Griffin"]) },
            error { try station.edit(entry, ["shoe_size": "Griffin"]) },
            error { try station.capture(["street": String(repeating: "Griffin", count: 10_000)]) },
        ]
        for error in errors {
            let message = try #require(error?.message)
            #expect(message.contains("Nothing was"))
            #expect(!message.contains("Griffin"))
            #expect("\(try #require(error))" == message)
        }
    }
}

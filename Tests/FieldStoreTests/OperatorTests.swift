import EntryModel
import Foundation
import GRDB
import TestSupport
import Testing

@testable import FieldStore

/// Who may sign in at a station.
@Suite("Operators") struct OperatorTests {
    private let pin = "280413"

    /// A station with a supervisor and a keyer, both with a PIN.
    private func station(path: String? = nil) throws -> StationFixture {
        let station = try StationFixture(path: path)
        _ = try station.database.setPIN(pin, of: "Operator a")
        _ = try station.database.addOperator("Bea", role: .keyer, pin: "7702")
        return station
    }

    @Test("until the first PIN a name is enough; the first operator is the supervisor and everybody after that a keyer")
    func open() throws {
        let database = try FieldDatabase.inMemory()
        #expect(try !database.asksForPIN())
        #expect(try database.signIn("Ann", pin: nil).role == .supervisor)
        #expect(try database.signIn(" Bea  Ortiz ", pin: nil).role == .keyer)
        #expect(try database.operators().map(\.name) == ["Ann", "Bea Ortiz"])
        #expect(try database.operatorID(named: "Ann") == database.signIn("Ann", pin: nil).id)
    }

    @Test("from the first PIN on everybody needs one, and who sets it is a supervisor")
    func closed() throws {
        let database = try FieldDatabase.inMemory()
        for name in ["Ann", "Bea"] { _ = try database.signIn(name, pin: nil) }
        #expect(throws: FieldStoreError.self) { try database.addOperator("Cleo", role: .keyer, pin: "7702") }
        #expect(try database.setPIN(pin, of: "Bea").role == .supervisor)
        #expect(try database.asksForPIN())
        #expect(FieldStoreTests.code { try database.signIn("Ann", pin: nil) } == .unknownOperator)
        #expect(FieldStoreTests.code { try database.signIn("Dora", pin: pin) } == .unknownOperator)
        #expect(FieldStoreTests.code { try database.signIn("Bea", pin: nil) } == .wrongPIN)
        #expect(FieldStoreTests.code { try database.signIn("Bea", pin: "280414") } == .wrongPIN)
        #expect(try database.signIn("Bea", pin: pin).name == "Bea")
        #expect(try database.operators().map(\.name) == ["Ann", "Bea"])
    }

    @Test(
        "a PIN has 4 to 12 digits, and not one that anybody tries first",
        arguments: ["", "123", "1234567890123", "28o413", "0000", "1234", "987654", " 2804", "२८०४"])
    func bad(pin: String) throws {
        let station = try StationFixture()
        #expect(FieldStoreTests.code { try station.database.setPIN(pin, of: "Operator a") } == .invalid)
        #expect(try !station.database.asksForPIN())
    }

    @Test("after five wrong PINs none is taken for a minute, whoever asks and whatever is restarted")
    func locks() throws {
        let folder = try TemporaryFolder("operators")
        let path = folder.file("station.sqlite")
        let station = try station(path: path)
        for _ in 1...3 { #expect(FieldStoreTests.code { try station.database.signIn("Bea", pin: "1111") } == .wrongPIN) }
        try station.database.close()
        var database = try FieldDatabase(path: path, surroundings: StationFixture.surroundings(station.clock, seed: 2))
        #expect(FieldStoreTests.code { try database.signIn("Bea", pin: "1111") } == .wrongPIN)
        #expect(FieldStoreTests.code { try database.signIn("Bea", pin: "1111") } == .locked)
        try database.close()
        database = try FieldDatabase(path: path, surroundings: StationFixture.surroundings(station.clock, seed: 3))
        #expect(FieldStoreTests.code { try database.signIn("Bea", pin: "7702") } == .locked)
        // Others are not kept out by it.
        #expect(try database.signIn("Operator a", pin: pin).name == "Operator a")
        station.clock.advance(by: .milliseconds(59_000))
        #expect(FieldStoreTests.code { try database.signIn("Bea", pin: "7702") } == .locked)
        station.clock.advance(by: .milliseconds(1_001))
        #expect(FieldStoreTests.code { try database.signIn("Bea", pin: "1111") } == .wrongPIN)
        #expect(try database.signIn("Bea", pin: "7702").name == "Bea")
    }

    @Test("a right PIN, a new one and a supervisor's word begin the counting anew; a clock put back does not keep anybody out")
    func unlocks() throws {
        let station = try station()
        func fail(_ times: Int) { for _ in 0..<times { _ = try? station.database.signIn("Bea", pin: "1111") } }
        fail(4)
        #expect(try station.database.signIn("Bea", pin: "7702").name == "Bea")
        fail(4)
        #expect(try station.database.signIn("Bea", pin: "7702").name == "Bea")
        fail(5)
        #expect(FieldStoreTests.code { try station.database.signIn("Bea", pin: "7702") } == .locked)
        #expect(try station.database.unlockOperator("Bea").lockedUntil == nil)
        #expect(try station.database.signIn("Bea", pin: "7702").name == "Bea")
        fail(5)
        _ = try station.database.setPIN("9135", of: "Bea")
        #expect(try station.database.signIn("Bea", pin: "9135").name == "Bea")
        fail(5)
        station.clock.advance(by: .milliseconds(-3_600_000))
        #expect(try station.database.signIn("Bea", pin: "9135").name == "Bea")
    }

    @Test("the last supervisor with a PIN stays one, and no file goes back to names alone")
    func lastSupervisor() throws {
        let database = try station().database
        #expect(FieldStoreTests.code { try database.removeOperator("Operator a") } == .invalid)
        #expect(FieldStoreTests.code { try database.setRole(.verifier, of: "Operator a") } == .invalid)
        #expect(try database.operators().map(\.role) == [.keyer, .supervisor])
        _ = try database.setRole(.supervisor, of: "Bea")
        #expect(try database.removeOperator("Operator a").isRemoved)
        #expect(FieldStoreTests.code { try database.signIn("Operator a", pin: pin) } == .unknownOperator)
        #expect(FieldStoreTests.code { try database.removeOperator("Bea") } == .invalid)
        #expect(try database.addOperator("Operator a", role: .keyer, pin: "4471").role == .keyer)
        #expect(FieldStoreTests.code { try database.addOperator("Bea", role: .keyer, pin: "4471") } == .invalid)
    }

    @Test("the file holds no PIN, and the same PIN twice is not seen to be the same")
    func hidden() throws {
        let folder = try TemporaryFolder("operators")
        let path = folder.file("station.sqlite")
        let station = try station(path: path)
        let bea = try station.database.setPIN(pin, of: "Bea")
        #expect(bea.hasPIN)
        try station.database.close()
        let bytes = try [path, path + "-wal"].filter { FileManager.default.fileExists(atPath: $0) }
            .flatMap { try [UInt8](Data(contentsOf: URL(filePath: $0))) }
        #expect(bytes.firstRange(of: Array("Operator a".utf8)) != nil)
        #expect(bytes.firstRange(of: Array(pin.utf8)) == nil)
        let stored = try FieldDatabase(path: path).queue.inDatabase { try Data.fetchSet($0, sql: "SELECT pin FROM operator") }
        #expect(stored.count == 2 && stored.allSatisfy { $0.count == 49 })
    }
}

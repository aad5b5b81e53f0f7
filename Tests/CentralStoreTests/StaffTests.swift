import EntryModel
import Foundation
import TestSupport
import Testing

@testable import CentralStore

@Suite("Staff accounts", .everyStore)
struct StaffTests {
    @Test("a token opens its own account and no other, and stands nowhere in the catalog")
    func tokens() async throws {
        let bench = try await TestBench()
        let ann = try await bench.centre.addStaff("ann", grants: [StaffGrant(.supervisor, client: TestBench.client)])
        let bob = try await bench.centre.addStaff(
            "bob", grants: [StaffGrant(.administrator), StaffGrant(.reader, client: TestBench.client)])
        #expect(ann.hasPrefix("fes1_") && ann.count == 69 && ann != bob)
        #expect(try await bench.centre.staff(presenting: ann)?.id == "ann")
        #expect(try await bench.centre.staff(presenting: bob)?.grants.count == 2)
        for wrong in ["", "fes1_", "fes1_" + String(repeating: "0", count: 64), String(ann.dropLast()), ann + "0", ann.uppercased()] {
            #expect(try await bench.centre.staff(presenting: wrong) == nil)
        }
        if BenchStore.current == .sqlite {
            let secret = try #require(Hex.decode(String(ann.dropFirst(5))))
            for suffix in ["", "-wal"] {
                let bytes = (try? Data(contentsOf: URL(filePath: bench.folder.file("data/catalog.sqlite\(suffix)")))) ?? Data()
                #expect(bytes.firstRange(of: Data(ann.utf8)) == nil)
                #expect(bytes.firstRange(of: Data(secret)) == nil)
            }
        }
    }

    @Test("a new token ends the old one, a removal ends the account, and an id is not given out again")
    func ends() async throws {
        let bench = try await TestBench()
        let first = try await bench.centre.addStaff("ann", grants: [StaffGrant(.reader)])
        let second = try await bench.centre.renewToken(of: "ann")
        #expect(try await bench.centre.staff(presenting: first) == nil)
        #expect(try await bench.centre.staff(presenting: second)?.id == "ann")
        try await bench.centre.removeStaff("ann")
        #expect(try await bench.centre.staff(presenting: second) == nil)
        #expect(try await bench.centre.staff().first?.removed == bench.clock.milliseconds)
        await #expect(throws: CentreError.self) { try await bench.centre.renewToken(of: "ann") }
        await #expect(throws: CentreError.self) { try await bench.centre.removeStaff("ann") }
        await #expect(throws: CentreError.self) { try await bench.centre.addStaff("ann", grants: [StaffGrant(.reader)]) }
        await #expect(throws: CentreError.self) { try await bench.centre.addStaff("Ann Lee", grants: [StaffGrant(.reader)]) }
        await #expect(throws: CentreError.self) { try await bench.centre.addStaff("bob", grants: []) }
        await #expect(throws: CentreError.self) { try await bench.centre.addStaff("bob", grants: [StaffGrant(.reader, client: "nobody")]) }
    }

    @Test("a role holds where it was given, and goes as far as the table of the README says")
    func roles() {
        func account(_ grants: StaffGrant...) -> StaffAccount {
            StaffAccount(id: "ann", grants: grants, added: 0, tokenMade: 0, removed: nil)
        }
        let expected: [StaffRole: Set<StaffPermission>] = [
            .administrator: [.overview, .stations, .promotions], .supervisor: [.overview, .stations, .decisions, .personal],
            .privacyOfficer: [.overview, .personal, .reads], .reader: [.overview],
        ]
        for role in StaffRole.allCases {
            for permission in StaffPermission.allCases {
                let isExpected = expected[role]?.contains(permission) == true
                #expect(account(StaffGrant(role, client: "a")).may(permission, client: "a") == isExpected)
                #expect(!account(StaffGrant(role, client: "a")).may(permission, client: "b"))
                #expect(account(StaffGrant(role)).may(permission, client: "b") == isExpected)
            }
        }
        let mixed = account(StaffGrant(.reader, client: "a"), StaffGrant(.privacyOfficer, client: "b"))
        #expect(!mixed.may(.personal, client: "a") && mixed.may(.personal, client: "b") && mixed.may(.personal))
        #expect(mixed.knows(client: "a") && !mixed.knows(client: "c"))
        var removed = account(StaffGrant(.administrator))
        removed.removed = 1
        #expect(!removed.may(.overview) && !removed.knows(client: "a"))
    }
}

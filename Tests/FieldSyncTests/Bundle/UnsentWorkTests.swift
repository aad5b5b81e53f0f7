import CentralStore
import EntryModel
import FieldSync
import Foundation
import TestSupport
import Testing

@testable import FieldStore

/// Unsent work is sacred: whatever happens to a station, nothing that the centre has not confirmed is destroyed.
@Suite("Unsent work is sacred") struct UnsentWorkTests {
    @Test("a revoked station keeps its unsent work; its bundle is kept whole at the centre until staff accept it")
    func revocation() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("tent")
        await station.sync()
        try station.capture(["given_name": "Ann"])
        await station.sync()
        try station.capture(["given_name": "Bob"])
        let entry = try station.capture(["given_name": "Cy"])
        let id = try #require(try station.database.identity?.station)
        try await fleet.vault.revoke(id)
        #expect(await station.sync().outcome == .revoked)
        #expect(try station.unsent == 2)

        let receipt = try await fleet.centre.importBundle(try fleet.export(station))
        #expect(receipt.revoked == 1 && receipt.new == 0)
        #expect(try await fleet.comparison().entries == 1)
        let told = try station.exchange.take(from: try await fleet.receipts(for: station))
        #expect(told.isRevoked && told.acknowledged == 0)
        #expect(try station.unsent == 2)
        #expect(throws: FieldStoreError.self) { try station.shown(entry, "given_name") }

        let parked = try await fleet.vault.parked()
        #expect(parked.map(\.reason) == [.revoked] && parked.map(\.changes) == [2])
        #expect(try await fleet.vault.acceptParked(of: id) == ParkedDecision.of(pushes: 1, new: 2))
        #expect(try await fleet.comparison().entries == 3)
        #expect(try await fleet.vault.parked().isEmpty)
        #expect(try await fleet.vault.examine().findings.isEmpty)
        // The file may be told that its work arrived, and then be emptied.
        #expect(try station.exchange.take(from: try await fleet.receipts(for: station)).acknowledged == 2)
        try station.database.reset()
    }

    @Test("a revoked station's file shows and takes nothing any more, also after a restart; what is unsent can still be taken out")
    func locked() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("tent")
        await station.sync()
        let entry = try station.capture(["given_name": "Ann"])
        try await fleet.vault.revoke(try #require(try station.database.identity?.station))
        // Until it hears of it, it goes on as it was.
        #expect(try station.shown(entry, "given_name") == "Ann")
        #expect(await station.sync().outcome == .revoked)
        func refused(_ work: () throws -> Void) -> Bool {
            do { try work() } catch let error as FieldStoreError { return error.code == .revoked } catch {}
            return false
        }
        let database = station.database
        for _ in 0..<2 {
            #expect(refused { _ = try database.entry(entry) })
            #expect(refused { _ = try database.entries(promotion: Fleet.promotion, limit: 1) })
            #expect(refused { _ = try database.history(entry) })
            #expect(refused { _ = try database.conflicts(limit: 1) })
            #expect(refused { _ = try database.find("ann", limit: 1) })
            #expect(refused { _ = try database.entryIDs(withPrefix: "0", limit: 1) })
            #expect(refused { _ = try database.draft(promotion: Fleet.promotion) })
            #expect(refused { try station.capture(["given_name": "Bob"]) })
            #expect(refused { try station.edit(entry, "note", "x") })
            #expect(refused { _ = try database.undo(by: station.operatorID) })
            try database.renew()
        }
        #expect(try database.status().unsent == 1)
        #expect(try database.status().lastFailure?.message.contains("revoked") == true)
        #expect(try await fleet.centre.importBundle(try fleet.export(station)).revoked == 1)
        #expect(throws: FieldStoreError.self) { try database.reset() }
    }

    @Test("a revoked station's bundles are accepted in the order of its chain, whatever order they came in")
    func revokedOutOfOrder() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("tent")
        await station.sync()
        let id = try #require(try station.database.identity?.station)
        try station.capture(["given_name": "Ann"])
        let first = try fleet.export(station)
        try station.capture(["given_name": "Bob"])
        let second = try fleet.export(station, onlyNew: true)
        try await fleet.vault.revoke(id)
        for file in [second, first] { #expect(try await fleet.centre.importBundle(file).revoked == 1) }
        #expect(try await fleet.vault.acceptParked(of: id).new == 2)
        #expect(try station.exchange.take(from: try await fleet.receipts(for: station)).acknowledged == 2)
    }

    @Test("a push that waited for a gap is not taken when its station was revoked meanwhile, but kept for staff")
    func revokedWhileWaiting() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("tent")
        await station.sync()
        let id = try #require(try station.database.identity?.station)
        try station.capture(["given_name": "Ann"])
        let first = try fleet.export(station)
        try station.capture(["given_name": "Bob"])
        #expect(try await fleet.centre.importBundle(try fleet.export(station, onlyNew: true)).parked == 1)
        try await fleet.vault.revoke(id)
        #expect(try await fleet.centre.importBundle(first).revoked == 1)
        #expect(try await fleet.comparison().entries == 0)
        let number = try #require(try await fleet.vault.parked().first { $0.reason == .revoked }).number
        #expect(try await fleet.vault.acceptParked(number: number).new == 1)
        #expect(try await fleet.vault.parked().map(\.reason) == [.revoked])
        #expect(try await fleet.comparison().entries == 1)
    }

    @Test("emptying a file is refused while the centre lacks something, and done when a bundle holds it; the bundle brings it all")
    func reset() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("tent")
        await station.sync()
        try station.capture(["given_name": "Ann"])
        let error = #expect(throws: FieldStoreError.self) { try station.database.reset() }
        #expect(error?.code == .unsentWork)
        #expect(error?.message.contains("1 change") == true)
        #expect(try station.unsent == 1)

        let work = try #require(try station.database.unsentWork())
        let bundle = try fleet.export(station)
        try station.capture(["given_name": "Bob"])
        #expect(throws: FieldStoreError.self, "the bundle lacks what was keyed since") { try station.database.reset(saved: work) }
        #expect(try station.unsent == 2)

        let whole = try fleet.export(station)
        try station.database.reset(saved: try station.database.unsentWork())
        #expect(try station.database.identity == nil)
        #expect(try station.database.status().changes == 0)
        #expect(try station.database.promotions().isEmpty)
        // Nothing of a person is left in any page of the file.
        for suffix in ["", "-wal"] {
            let bytes = (try? Data(contentsOf: URL(filePath: station.path + suffix))) ?? Data()
            #expect(bytes.firstRange(of: Data("Ann".utf8)) == nil, "\(suffix)")
        }
        #expect(try await fleet.centre.importBundle(bundle).new == 1)
        #expect(try await fleet.centre.importBundle(whole).new == 1)
        #expect(try await fleet.comparison().entries == 2)
    }

    @Test("a file that was emptied is enrolled anew, and the new station gets what it is entitled to")
    func resetAndEnrol() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("tent")
        await station.sync()
        let entry = try station.capture(["given_name": "Ann"])
        await station.sync()
        let before = try #require(try station.database.identity?.station)
        try station.database.reset()
        #expect(try station.database.unsentWork() == nil)
        let code = try await fleet.centre.invite(
            client: Fleet.client, name: "tent again", promotions: [Fleet.promotion], url: "http://loopback")
        try await station.engine.enrol(code: code)
        #expect(try station.database.identity?.station != before)
        #expect(await station.sync().outcome == .complete)
        #expect(try station.shown(entry, "given_name") == "Ann")
        _ = try station.database.operatorID(named: "Ana")
        try station.capture(["given_name": "Bob"])
        #expect(await station.sync().pushed == 1)
    }

    @Test("lines that a restored centre lost are not destroyed either")
    func resetWithUnconfirmed() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("tent")
        let desk = try await fleet.station("desk")
        for each in [station, desk] { await each.sync() }
        let backup = try fleet.backUpVault()
        try desk.capture(["given_name": "Ann"])
        await desk.sync()
        await station.sync()
        try await fleet.restoreVault(backup, [station])
        // By file the sync stops halfway: the pages are here, and what was lost has not gone back.
        _ = try await fleet.carry(station)
        #expect(try station.database.unconfirmedCount() > 0)
        let error = #expect(throws: FieldStoreError.self) { try station.database.reset() }
        #expect(error?.code == .unsentWork)
        let work = try #require(try station.database.unsentWork())
        let bundle = try fleet.export(station)
        try station.database.reset(saved: work)
        #expect(try await fleet.centre.importBundle(bundle).handedBack > 0)
        #expect(try await fleet.comparison().entries == 1)
    }

    @Test("a promotion that has closed, and one that the station is not assigned any more, cost no unsent change")
    func promotionCloses() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("tent")
        await station.sync()
        try station.capture(["given_name": "Ann"])
        fleet.clock.advance(by: .seconds(400 * 24 * 3600))
        #expect(await station.sync().outcome == .complete)
        #expect(try await fleet.comparison().entries == 1)

        let entry = try station.capture(["given_name": "Bob"])
        let id = try #require(try station.database.identity?.station)
        try await fleet.vault.assign(id, [])
        await station.sync()
        // The centre has it, in quarantine; the station lets go of nothing before that.
        #expect(try await fleet.vault.quarantine().map(\.problem) == [.notEntitled])
        try await fleet.vault.assign(id, [Fleet.promotion])
        await station.sync()
        #expect(try station.shown(entry, "given_name") == "Bob")
        #expect(try await fleet.comparison().entries == 2)
    }
}

extension ParkedDecision {
    fileprivate static func of(pushes: Int, new: Int) -> ParkedDecision {
        var decision = ParkedDecision()
        decision.pushes = pushes
        decision.new = new
        return decision
    }
}

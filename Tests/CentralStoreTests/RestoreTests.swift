import CentralStore
import EntryModel
import Foundation
import TestSupport
import Testing

/// A centre of which one vault is put back from a backup, while the catalog, with its keys and its ledger, goes on.
private struct Restorable {
    let bench: TestBench
    var vaultFile: String { bench.folder.file("data/vaults/\(TestBench.client).sqlite") }
    private var backup: String { bench.folder.file("backup.sqlite") }

    init(sharing: Promotion.Sharing = .all) async throws {
        bench = try await TestBench(sharing: sharing)
    }

    /// Closes the centre, which leaves the vault as one whole file, and copies that.
    func backUp() throws {
        try bench.centre.close()
        try FileManager.default.copyItem(atPath: vaultFile, toPath: backup)
    }

    /// Puts the backup in the vault's place and opens the centre again; the stations go on with it.
    func restore(closing open: Centre, _ stations: HandMadeStation...) async throws -> (centre: Centre, vault: Vault) {
        try open.close()
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: vaultFile + suffix) }
        try FileManager.default.copyItem(atPath: backup, toPath: vaultFile)
        return try await reopen(stations)
    }

    func reopen(_ stations: [HandMadeStation]) async throws -> (centre: Centre, vault: Vault) {
        let centre = try bench.secondCentre()
        for station in stations { station.centre = centre }
        return (centre, try #require(try await centre.vault(TestBench.client)))
    }
}

@Suite("A centre restored from a backup")
struct RestoreTests {
    @Test("a station may change what it was given once, as it proves by a line that it hands back; the entry does not come to it for that")
    func reach() async throws {
        let bench = try await TestBench(sharing: .own)
        let (maker, reader) = (try await bench.station("one"), try await bench.station("two"))
        let (entry, capture) = try maker.capture("Ann")
        try await maker.push()
        try reader.capture("Ann", entry: entry)
        try await reader.push()
        try await reader.pull()
        // As one that had been given the entry, until the centre was put back.
        let other = try await bench.station("three")
        let edit = try other.add(.set, .entry(entry), ["name": .text("Bea")], base: [HandMadeStation.base(capture, "name")])
        #expect(try await other.push().exceptions.map(\.problem) == ["not-entitled"])
        var items = reader.pulledItems.filter { $0.headerLine == capture.headerLine }
        items[0].mac[0] ^= 1
        #expect(try await other.handback(items).refused == [capture.id])
        #expect(try await bench.vault.status().quarantined == 1)
        items[0].mac[0] ^= 1
        #expect(try await other.handback(items).taken == [capture.id])
        #expect(try await bench.vault.status().quarantined == 0)
        #expect(try await bench.vault.entry(entry)?.state["name"]?.heads.map(\.change) == [edit.id])
        try await other.pull()
        #expect(!other.pulledIDs.contains(capture.id))
        #expect(other.left == [entry])
    }

    @Test("lines that a station gets of an entry that was never its own prove nothing when it hands them back")
    func noReach() async throws {
        let bench = try await TestBench(sharing: .own)
        let (maker, thief) = (try await bench.station("one"), try await bench.station("thief"))
        let (entry, capture) = try maker.capture("Ann")
        try await maker.push()
        let base = HandMadeStation.base(capture, "name")
        let first = try thief.add(.set, .entry(entry), ["name": .text("Bea")], base: [base])
        try await thief.push()
        try await bench.vault.reject(.id(first.id))
        let second = try thief.add(.set, .entry(entry), ["name": .text("Eve")], base: [base])
        try await thief.push(after: 1)
        try await bench.vault.release(.id(second.id))
        try await thief.pull()
        #expect(thief.pulledIDs.contains(second.id))
        #expect(try await thief.handback().refused.isEmpty)
        try thief.add(.set, .entry(entry), ["name": .text("Mal")], base: [HandMadeStation.base(second, "name")])
        #expect(try await thief.push(after: 2).exceptions.map(\.problem) == ["not-entitled"])
    }

    @Test("what a reader pulled comes back by its hands, at new positions, and everyone has it again")
    func handedBack() async throws {
        let store = try await Restorable()
        let bench = store.bench
        let writer = try await bench.station("one")
        let reader = try await bench.station("two")
        try writer.capture("Ann")
        try await writer.push()
        try await reader.pull()
        try store.backUp()
        var (centre, vault) = try await store.reopen([writer, reader])
        let (entry, lost) = try writer.capture("Bob")
        let edit = try writer.add(.set, .entry(entry), ["phone": .text("1")])
        try await writer.push(after: 1)
        try await reader.pull()
        let before = try await vault.status()
        (centre, vault) = try await store.restore(closing: centre, writer, reader)
        #expect(try await vault.entry(entry) == nil)

        // The reader's cursor is beyond the vault's end: its pages start at 0, since it keeps no checkpoints.
        let page = try #require(try await reader.pullOnce().pages.last)
        #expect(page.from == 0)
        let answer = try await reader.handback()
        #expect(answer.answer.outcome == .accepted)
        #expect(answer.taken == reader.pulledIDs)
        #expect(answer.refused.isEmpty)
        #expect(try await vault.entry(entry)?.state.fields.count == 3)
        #expect(try await vault.history(entry).map(\.change.id) == [lost.id, edit.id])
        let after = try await vault.status()
        #expect(after.changes == before.changes)
        #expect(after.entries == before.entries)
        // Twice is once.
        #expect(try await reader.handback().taken == answer.taken)
        #expect(try await vault.status() == after)

        // The maker's chain was not touched: it sends its lines again, and nothing is doubled.
        #expect(try await writer.pullOnce(after: 3).answer.outcome == .behind)
        let again = try await writer.push(after: 1)
        #expect(again.answer.outcome == .accepted)
        #expect(again.answer.through == 3)
        #expect(again.exceptions.isEmpty)
        #expect(try await vault.status().changes == before.changes)
        try centre.close()
    }

    @Test("a line without the centre's own MAC for it is refused, and the good ones beside it are taken")
    func wrongMAC() async throws {
        let store = try await Restorable()
        let writer = try await store.bench.station("one")
        let reader = try await store.bench.station("two")
        try store.backUp()
        var (centre, vault) = try await store.reopen([writer, reader])
        for name in ["Ann", "Bob", "Cyd"] { try writer.capture(name) }
        try await writer.push()
        try await reader.pull()
        (centre, vault) = try await store.restore(closing: centre, writer, reader)
        var items = reader.pulledItems.filter {
            $0.headerLine == writer.changes[0].headerLine || $0.headerLine == writer.changes[1].headerLine
        }
        items[0].mac = items[1].mac
        let forged = try Change(
            header: reader.header(.set, .entry(Surroundings.system.newID()), station: writer.id.description),
            body: ChangeBody(salt: reader.salt, set: [Assignment(field: "name", value: .text("Eve"))]))
        items.append(HandbackRequest.Item(mac: items[1].mac, headerLine: forged.headerLine, bodyLine: forged.bodyLine))
        let answer = try await reader.handback(items, after: 0)
        #expect(answer.taken == [writer.changes[1].id])
        #expect(answer.refused == [writer.changes[0].id, forged.id])
        #expect(try await vault.status().entries == 1)
        #expect(try await vault.status().quarantined == 0)
        try centre.close()
    }

    @Test("a body that is gone does not come in before the whole line does")
    func goneBody() async throws {
        let store = try await Restorable()
        let writer = try await store.bench.station("one")
        let reader = try await store.bench.station("two")
        try store.backUp()
        var (centre, vault) = try await store.reopen([writer, reader])
        let (entry, change) = try writer.capture("Ann")
        try await writer.push()
        try await reader.pull()
        (centre, vault) = try await store.restore(closing: centre, writer, reader)
        var items = reader.pulledItems.filter { $0.headerLine == change.headerLine }
        items[0].bodyLine = change.goneBodyLine
        #expect(try await reader.handback(items).refused == [change.id])
        try await writer.push()
        #expect(try await vault.entry(entry)?.state["name"]?.heads.map(\.change) == [change.id])
        try centre.close()
    }

    @Test("a document comes back in force, and what waited for it goes on")
    func document() async throws {
        let store = try await Restorable()
        let writer = try await store.bench.station("one")
        let reader = try await store.bench.station("two")
        try store.backUp()
        var (centre, vault) = try await store.reopen([writer, reader])
        try await vault.putPromotion(TestBench.document(version: 2, extra: "shoe"))
        try await reader.pull()
        (centre, vault) = try await store.restore(closing: centre, writer, reader)
        let (entry, _) = try writer.capture("Ann", form: "summer/2")
        #expect(try await writer.push().exceptions.map(\.problem) == ["unknown-form"])
        #expect(try await reader.handback().refused.isEmpty)
        #expect(try await vault.promotions().map(\.promotion.version) == [2])
        #expect(try await vault.entry(entry) != nil)
        #expect(try await vault.status().quarantined == 0)
        // The same document put again is the one that is there.
        #expect(try await vault.putPromotion(TestBench.document(version: 2, extra: "shoe")).wasThere)
        try centre.close()
    }

    @Test(
        "what its maker sent again to a restored centre and staff rejected there, is rejected for all who hand it back",
        arguments: [Promotion.Sharing.all, .batch])
    func rejectedMeanwhile(sharing: Promotion.Sharing) async throws {
        let store = try await Restorable(sharing: sharing)
        try await store.bench.vault.putPromotion(TestBench.document("winter"))
        let writer = try await store.bench.station("one")
        let reader = try await store.bench.station("two")
        try store.backUp()
        var (centre, vault) = try await store.reopen([writer, reader])
        // Both capture the same card.
        let (entry, own) = try reader.capture("Anna", batch: "MB-1")
        try await reader.push()
        let (_, lost) = try writer.capture("Ann", entry: entry, batch: "MB-1")
        try await writer.push()
        try await reader.pull(after: 0)
        #expect(try reader.state(of: entry)["name"]?.heads.map(\.change).sorted() == [own.id, lost.id].sorted())
        (centre, vault) = try await store.restore(closing: centre, writer, reader)
        // The maker may not work on that promotion any more, so the rejection names nothing of it.
        try await vault.assign(writer.id, ["winter"])
        #expect(try await writer.push().exceptions.map(\.problem) == ["not-entitled"])
        try await vault.reject(.id(lost.id))
        try await reader.push()
        reader.cursors = [:]
        let changes = try await vault.status().changes
        for _ in 1...2 {
            #expect(try await reader.handback().taken.contains(lost.id))
            #expect(try await vault.status().changes == changes + 1)
        }
        try await reader.pull(after: 0)
        #expect(try reader.state(of: entry)["name"]?.heads.map(\.change) == [own.id])
        #expect(try await vault.entry(entry)?.state["name"]?.heads.map(\.change) == [own.id])
        try centre.close()
    }

    @Test("a rejection that is handed back is told to its target's maker, with its entry or alone", arguments: [true, false])
    func rejectedBefore(isAlone: Bool) async throws {
        let store = try await Restorable(sharing: .batch)
        let writer = try await store.bench.station("one")
        let reader = try await store.bench.station("two")
        try store.backUp()
        var (centre, vault) = try await store.reopen([writer, reader])
        try reader.capture("Cid", batch: "MB-1")
        try await reader.push()
        let (entry, _) = try writer.capture("Ann", batch: "MB-1")
        let edit = try writer.add(.set, .entry(entry), ["shoe": .text("9")])
        #expect(try await writer.push().exceptions.map(\.problem) == ["unknown-field"])
        try await vault.reject(.id(edit.id))
        try await reader.pull()
        (centre, vault) = try await store.restore(closing: centre, writer, reader)
        try await reader.push()
        let rejects = try reader.pulledItems.filter { try ChangeHeader(line: $0.headerLine).target == edit.id }
        #expect(try await reader.handback(isAlone ? rejects : nil).refused == [])
        (writer.pulled, writer.cursors) = ([], [:])
        #expect(try await writer.push().exceptions == [])
        #expect(try await vault.status().quarantined == 0)
        try await writer.pull()
        #expect(writer.pulledIDs.contains(Change.id(headerLine: rejects[0].headerLine, bodyLine: rejects[0].bodyLine)))
        try centre.close()
    }

    @Test("under `own` a rejection that names a batch goes where its target stands")
    func rejectedOfBatch() async throws {
        let store = try await Restorable(sharing: .own)
        try await store.bench.vault.putPromotion(TestBench.document("winter"))
        let writer = try await store.bench.station("one")
        let reader = try await store.bench.station("two")
        try store.backUp()
        var (centre, vault) = try await store.reopen([writer, reader])
        let opened = try writer.add(.set, .batch("T1"), ["$state": .text("open")])
        // The maker may not work on that promotion any more, so the rejection names nothing of it.
        try await vault.assign(writer.id, ["winter"])
        #expect(try await writer.push().exceptions.map(\.problem) == ["not-entitled"])
        try await vault.reject(.id(opened.id))
        try await reader.pull()
        (centre, vault) = try await store.restore(closing: centre, writer, reader)
        try await vault.assign(writer.id, ["summer", "winter"])
        #expect(try await writer.push().exceptions == [])
        #expect(try await reader.handback().refused == [])
        let own = FeedKey.station(promotion: "summer", station: writer.id)
        let page = try #require(try await writer.pullOnce().pages.first { $0.key == own })
        let targets = try page.rows.compactMap { row -> Digest? in
            guard case .change(_, _, let header, _) = row.content else { return nil }
            return try ChangeHeader(line: header).target
        }
        #expect(targets == [opened.id])
        try centre.close()
    }

    @Test("a revoked station hands nothing back, and a chain that is ahead hands back after it has pushed")
    func outcomes() async throws {
        let store = try await Restorable()
        let writer = try await store.bench.station("one")
        let reader = try await store.bench.station("two")
        try writer.capture()
        try await writer.push()
        try await reader.pull()
        let vault = store.bench.vault
        let behind = try await reader.handback(after: 4, chain: .zero)
        #expect(behind.answer.outcome == .behind)
        #expect(behind.taken.isEmpty && behind.refused.isEmpty)
        try await vault.revoke(reader.id)
        let revoked = try await reader.handback()
        #expect(revoked.answer.outcome == .revoked)
        #expect(revoked.taken.isEmpty && revoked.refused.isEmpty)
    }

    @Test("lines that do not fit the count are malformed")
    func malformed() async throws {
        let bench = try await TestBench()
        let station = try await bench.station()
        try await station.pull()
        var request = HandbackRequest(request: station.request(.handback, after: 0), items: station.pulledItems)
        request.request.count = 2
        let message = try Envelope.seal(kind: .handback, lines: request.lines, key: station.key)
        let problem = await #expect(throws: Problem.self) { try await bench.centre.answer(.handback, message) }
        #expect(problem?.code == .malformed)
    }

    @Test("stations, assignments, revocations and erasures that the backup lacks are there before the restored vault serves")
    func ledger() async throws {
        let store = try await Restorable()
        let bench = store.bench
        try await bench.vault.putPromotion(TestBench.document("winter"))
        let first = try await bench.station("one", promotions: ["summer"])
        let (entry, change) = try first.capture("Ann")
        try await first.push()
        try store.backUp()
        var (centre, vault) = try await store.reopen([first])
        let code = try await centre.invite(client: TestBench.client, name: "two", url: "http://127.0.0.1:8080")
        let second = try await HandMadeStation(centre, code: code, clock: bench.clock)
        try await vault.assign(second.id, ["winter"])
        try await vault.revoke(first.id)
        try await vault.erase(entry)
        #expect(try await vault.history(entry).allSatisfy { $0.change.body == nil || $0.change.header.kind == .erase })
        (centre, vault) = try await store.restore(closing: centre, first, second)

        let stations = try await vault.stations()
        #expect(stations.map(\.name) == ["one", "two"])
        #expect(stations.map(\.promotions) == [["summer"], ["winter"]])
        #expect(stations[0].revoked != nil)
        #expect(try await second.pullOnce().answer.outcome == .accepted)
        #expect(try await first.push(after: 0).answer.outcome == .revoked)
        #expect(try await vault.entry(entry)?.state.isErased == true)
        #expect(try await vault.history(entry).first { $0.change.id == change.id }?.change.body == nil)
        // Opened again, nothing is missing and nothing is written.
        let position = try await vault.status().position
        try centre.close()
        (centre, vault) = try await store.reopen([first, second])
        #expect(try await vault.status().position == position)
        try centre.close()
    }

    @Test("an entry erased after the backup, of which the backup knows nothing, does not come back whole")
    func erasedUnknown() async throws {
        let store = try await Restorable()
        let first = try await store.bench.station("one")
        try store.backUp()
        var (centre, vault) = try await store.reopen([first])
        let (entry, change) = try first.capture("Ann")
        try await first.push()
        try await vault.erase(entry)
        (centre, vault) = try await store.restore(closing: centre, first)
        let answer = try await first.push()
        #expect(answer.exceptions == [PushAnswer.Exception(id: change.id, state: .erased, problem: "erased")])
        #expect(try await vault.history(entry).first { $0.change.id == change.id }?.change.body == nil)
        try centre.close()
    }

    @Test("the erasure reaches every station that ever had the entry, and destroys what is in quarantine")
    func erasure() async throws {
        let bench = try await TestBench(sharing: .batch)
        let maker = try await bench.station("one")
        let other = try await bench.station("two")
        try other.add(.set, .batch("MB-1"), ["$state": .text("open")])
        try await other.push()
        let (entry, capture) = try maker.capture("Ann", batch: "MB-1")
        try await maker.push()
        try maker.add(.set, .entry(entry), ["$batch": .text("MB-2")], base: [HandMadeStation.base(capture, "$batch")])
        try maker.add(.set, .entry(entry), ["name": .text("Anna")], base: [HandMadeStation.base(capture, "name")], form: "summer/9")
        try await maker.push(after: 1)
        try await other.pull()
        #expect(other.left == [entry])
        try await bench.vault.erase(entry)
        try await bench.vault.erase(entry)
        for station in [maker, other] {
            try await station.pull()
            #expect(try station.state(of: entry).isErased)
        }
        let held = try await bench.vault.quarantine()
        #expect(held.count == 1)
        #expect(held.allSatisfy { !$0.isWhole })
        #expect(try await bench.centre.ledger().filter { $0.kind == .erased }.map(\.entry) == [entry])
    }

    @Test("the erasure reaches a station whose capture of the entry is in quarantine", arguments: [.own, .batch] as [Promotion.Sharing])
    func erasureOfWaitingCapture(_ sharing: Promotion.Sharing) async throws {
        let bench = try await TestBench(sharing: sharing)
        let maker = try await bench.station("one")
        let other = try await bench.station("two")
        let (entry, _) = try maker.capture("Ann")
        try await maker.push()
        try other.add(.set, .entry(entry), ["name": .text("Ann")], form: "summer/9")
        try await other.push()
        try await other.pull()
        try await bench.vault.erase(entry)
        try await other.pull()
        #expect(try other.state(of: entry).isErased)
    }
}

import EntryModel
import Foundation
import TestSupport
import Testing

@testable import CentralStore

@Suite("Backup and restore of a centre", .everyStore)
struct BackupTests {
    private func capturedBench(_ count: Int = 5) async throws -> (bench: TestBench, station: HandMadeStation) {
        let bench = try await TestBench()
        let station = try await bench.station()
        for number in 0..<count { try station.capture("Person \(number)") }
        try await station.push()
        return (bench, station)
    }

    /// A place to restore into, of each kind that there is: files, or databases that are empty.
    private func restore(_ backup: String, to directory: String, _ store: BenchStore, clients: [String]) throws -> CentreRestore {
        var restore = CentreRestore(backup: backup, directory: directory)
        guard store == .postgres else { return restore }
        restore.catalog = DatabaseAddress(try PostgresServer.newSchema())
        for client in clients { restore.vaults[client] = try PostgresServer.newSchema() }
        return restore
    }

    private static var targets: [BenchStore] { PostgresServer.isThere ? [.sqlite, .postgres] : [.sqlite] }

    @Test(
        "a whole centre comes back on an empty machine with the same keys, clients and rows, and stations go on with it", arguments: targets
    )
    func wholeCentre(_ target: BenchStore) async throws {
        let (bench, station) = try await capturedBench()
        try await bench.addClient("other")
        let path = bench.folder.file("backup")
        let contents = try await bench.centre.backUp(to: path)
        #expect(contents.files.map(\.client) == [nil, TestBench.client, "other"])
        #expect(contents.files[1].entries == 5)
        #expect(contents.files[1].position == (try await bench.vault.status().position))
        #expect(contents.centre == bench.centre.fingerprint)
        #expect(try BackupContents.read(folder: path) == contents)
        let names = try FileManager.default.subpathsOfDirectory(atPath: path).sorted()
        #expect(names == ["backup.json", "catalog.sqlite", "vaults", "vaults/brightfizz.sqlite", "vaults/other.sqlite"])

        let directory = bench.folder.file("machine")
        let restore = try restore(path, to: directory, target, clients: [TestBench.client, "other"])
        let receipt = try await restore.run(now: 0)
        #expect(receipt == CentreRestore.Receipt(contents: contents, aside: nil))
        let surroundings = Surroundings(now: bench.clock.now, random: Surroundings.system.random)
        let centre = try Centre(directory: directory, catalog: restore.catalog, surroundings: surroundings)
        #expect(centre.fingerprint == bench.centre.fingerprint)
        #expect(try await centre.clients().map(\.id) == [TestBench.client, "other"])
        let vault = try #require(try await centre.vault(TestBench.client))
        #expect(try await vault.contents() == (try await bench.vault.contents()))
        #expect(try await vault.examine().findings == [])
        station.centre = centre
        try station.capture("After the restore")
        #expect(try await station.push(after: 5).answer.outcome == .accepted)
        #expect(try await vault.status().entries == 6)
        try centre.close()
    }

    @Test("a backup that is made while stations push is one moment of each vault, and the server does not wait for it")
    func online() async throws {
        let (bench, station) = try await capturedBench(0)
        for _ in 0..<400 { try station.capture() }
        let messages = try (0..<40).map { try station.pushMessage(after: $0 * 10, count: 10) }
        let centre = bench.centre
        let copying = try bench.secondCentre()
        async let pushes: Void = {
            for message in messages { _ = try await centre.answer(.push, message) }
        }()
        var positions: [Int64] = []
        for number in 0..<4 {
            let contents = try await copying.backUp(to: bench.folder.file("backup-\(number)"))
            positions.append(contents.files[1].position)
            // Pushes come whole, ten entries each.
            #expect(contents.files[1].entries % 10 == 0)
        }
        try await pushes
        #expect(positions == positions.sorted())
        #expect(try await bench.vault.status().entries == 400)
    }

    @Test("one client's vault comes back beside the catalog as it is: who enrolled since is there, and who was erased stays erased")
    func oneVault() async throws {
        let (bench, station) = try await capturedBench()
        let backup = bench.folder.file("vault.sqlite")
        let file = try await bench.centre.backUp(client: TestBench.client, to: backup)
        #expect(file.entries == 5)
        #expect(file.path == "vault.sqlite")
        let late = try await bench.station("late")
        let erased = try #require(try await bench.vault.entries(promotion: nil, after: 0, limit: 1).first).id
        try await bench.vault.erase(erased)
        try bench.centre.close()
        let centre = try bench.secondCentre()
        // Another machine's process, which does not know that anything happens.
        let elsewhere = BenchStore.current == .postgres ? try bench.secondCentre() : nil
        let asleep = try await elsewhere?.vault(TestBench.client)
        let address = BenchStore.current == .postgres ? try PostgresServer.newSchema() : nil
        await #expect(throws: TransferFault.self) { try await centre.restore(client: TestBench.client, from: backup, to: address) }
        let receipt = try await centre.restore(client: TestBench.client, from: backup, to: address, replacing: true)
        #expect(receipt.entries == 5)
        let vault = try #require(try await centre.vault(TestBench.client))
        #expect(try await vault.stations().map(\.name).sorted() == ["late", "one"])
        #expect(try await vault.entry(erased)?.state.isErased == true)
        for one in [station, late] {
            one.centre = centre
            try one.capture("After the restore")
            #expect(try await one.push(after: one.changes.count - 1).answer.outcome == .accepted)
        }
        if let aside = receipt.aside {
            #expect(try VaultFile.examine(aside).entries == 5)
            // What was put aside is as good as a backup.
            try centre.close()
            _ = bench.clock.advance(by: .seconds(1))
            let again = try bench.secondCentre()
            #expect(try await again.restore(client: TestBench.client, from: aside, replacing: true).entries == 5)
            try again.close()
        } else {
            #expect(BenchStore.current == .postgres)
            // Whoever still has the old database open writes nothing into it.
            let old = try #require(asleep)
            await #expect(throws: (any Error).self) { try await old.putPromotion(TestBench.document(version: 2)) }
            #expect(try await vault.promotions().map(\.promotion.version) == [1])
            // Its stations go over with it.
            station.centre = try #require(elsewhere)
            try station.capture("By way of the other")
            #expect(try await station.push(after: station.changes.count - 1).answer.outcome == .accepted)
            #expect(try await vault.status().entries == 8)
            try elsewhere?.close()
            try centre.close()
        }
    }

    @Test("nothing that is there is written over, neither by a backup nor by a restore")
    func neverOver() async throws {
        let (bench, _) = try await capturedBench()
        let path = bench.folder.file("backup")
        try await bench.centre.backUp(to: path)
        await #expect(throws: TransferFault.exists(path: path)) { try await bench.centre.backUp(to: path) }
        await #expect(throws: TransferFault.exists(path: path)) { try await bench.centre.backUp(client: TestBench.client, to: path) }
        let directory = bench.folder.file("machine")
        var restore = CentreRestore(backup: path, directory: directory)
        _ = try await restore.run(now: 0)
        await #expect(throws: TransferFault.exists(path: "\(directory)/catalog.sqlite")) { try await restore.run(now: 0) }

        restore.replaces = true
        let open = try Centre(directory: directory)
        let vault = try #require(try await open.vault(TestBench.client))
        await #expect(throws: TransferFault.self) { try await restore.run(now: 0) }
        // What was refused has left everything in use as it was.
        try await vault.putPromotion(TestBench.document(version: 2))
        let before = try await vault.contents()
        try open.close()
        let receipt = try await restore.run(now: 1_790_078_700_000)
        let aside = try #require(receipt.aside)
        #expect(aside.hasSuffix("/before-restore-20260922T120500Z"))
        let kept = try Centre(directory: aside)
        #expect(try await kept.vault(TestBench.client)?.contents() == before)
        try kept.close()
        let names = try FileManager.default.contentsOfDirectory(atPath: directory).filter { !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") }
        #expect(names.sorted() == ["before-restore-20260922T120500Z", "catalog.sqlite", "vaults"])
    }

    @Test("a backup that was cut, altered, mixed up or is none is refused, and nothing is left behind")
    func damaged() async throws {
        let (bench, _) = try await capturedBench()
        try await bench.addClient("other")
        let path = bench.folder.file("backup")
        try await bench.centre.backUp(to: path)
        let vault = "\(path)/vaults/\(TestBench.client).sqlite"
        let whole = try Data(contentsOf: URL(filePath: vault))
        let directory = bench.folder.file("machine")
        func refuse(_ damage: Data, _ comment: Comment) async throws {
            try damage.write(to: URL(filePath: vault))
            await #expect(throws: TransferFault.self, comment) { try await CentreRestore(backup: path, directory: directory).run(now: 0) }
            let left = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
            #expect(left.isEmpty)
            let alone = bench.folder.file("alone.sqlite")
            try damage.write(to: URL(filePath: alone))
            let put = bench.folder.file("put")
            #expect(throws: TransferFault.self, comment) { try VaultFile.place(alone, at: put, client: TestBench.client) }
            #expect(!FileManager.default.fileExists(atPath: put))
        }
        try await refuse(whole.prefix(whole.count / 2), "cut")
        var altered = whole
        for index in stride(from: 5000, to: altered.count, by: 700) { altered[index] ^= 0x55 }
        try await refuse(altered, "altered")
        try await refuse(Data(contentsOf: URL(filePath: "\(path)/vaults/other.sqlite")), "another client's")
        try await refuse(Data(contentsOf: URL(filePath: "\(path)/catalog.sqlite")), "a catalog")
        try await refuse(Data("no database".utf8), "a text")
        try whole.write(to: URL(filePath: vault))
        try await CentreRestore(backup: path, directory: directory).run(now: 0)

        let list = "\(path)/backup.json"
        let text = try String(contentsOfFile: list, encoding: .utf8)
        for other in [text.replacing("vaults/other", with: "../other"), "{}", text.replacing("backup/1", with: "backup/2")] {
            try Data(other.utf8).write(to: URL(filePath: list))
            #expect(throws: TransferFault.self) { try BackupContents.read(folder: path) }
        }
    }
}

import EntryModel
import FieldStore
import FieldSync
import Foundation
import TestSupport
import Testing

/// Disks that are really full, under the programs as they are shipped.
@Suite("A small disk") struct SmallDiskTests {
    private static let promotion = LiveJobTests.promotion
    private static let cards = ProjectFolder.file("Samples/cards.csv").path(percentEncoded: false)

    /// Runs the station's program on a disk.
    private func fieldentry(_ disk: SmallDisk?, _ file: String, _ commands: String...) throws -> Programs.Outcome {
        let all =
            (disk?.launcher ?? ["/usr/bin/env"]) + [Programs.path("fieldentry"), file, "--operator", "Ann"]
            + commands.flatMap { ["-c", $0] }
        return try Programs.run(all[0], Array(all.dropFirst()))
    }

    @Test("the station's disk fills up in an import and in a sync: it is said, nothing is half there, and it goes on once there is room")
    func station() throws {
        let folder = try TemporaryFolder("small")
        let disk = try SmallDisk(kilobytes: 24 << 10)
        print("small disk: \(disk.kind)")
        let proxy = try WireProxy()
        defer { proxy.close() }
        var centre = KillableCentre(data: folder.file("centre"), place: folder.file("central"), proxy: proxy)
        try centre.prepare()
        try centre.start()
        // One station imports on the small disk; another brings what the first has to receive there.
        let small = disk.path + "/desk.fieldentry"
        let other = folder.file("other.fieldentry")
        try centre.enrol("desk", file: small, launcher: disk.launcher)
        try centre.enrol("other", file: other)
        let use = "use \(Self.promotion)"
        #expect(try fieldentry(nil, other, use, "import \(Self.cards)", "sync").status == 0)

        try disk.fill(leavingKilobytes: 700)
        let synced = try fieldentry(disk, small, "sync")
        try expectFull(synced, disk)
        try expectWhole(disk, small)
        let imported = try fieldentry(disk, small, use, "import \(Self.cards)")
        try expectFull(imported, disk)
        try expectWhole(disk, small)

        try disk.makeRoom()
        let again = try fieldentry(disk, small, "sync", use, "import \(Self.cards)", "sync")
        #expect(again.status == 0, "\(again.errors)")
        try expectWhole(disk, small)
        try disk.copy("desk.fieldentry", to: folder.file("copy.fieldentry"))
        let database = try FieldDatabase(path: folder.file("copy.fieldentry"))
        #expect(try database.status().entries == 2400)
        #expect(try database.status().conflicts == 0)
        let told = try centre.central("status", "--digests", "--json").output
        #expect(told.contains(try database.comparison(promotion: Self.promotion).digest.hex))
        #expect(centre.stop() == 0)
    }

    @Test("the centre's disk fills up under a push: the station is told and keeps its work, and the same server goes on once there is room")
    func centre() async throws {
        let folder = try TemporaryFolder("small")
        let disk = try SmallDisk(kilobytes: 24 << 10)
        print("small disk: \(disk.kind)")
        let proxy = try WireProxy()
        defer { proxy.close() }
        var centre = KillableCentre(data: disk.path + "/centre", place: folder.file("central"), proxy: proxy, launcher: disk.launcher)
        try centre.prepare()
        try centre.start()
        let file = folder.file("desk.fieldentry")
        try centre.enrol("desk", file: file)
        let use = "use \(Self.promotion)"
        #expect(try fieldentry(nil, file, use, "import \(Self.cards) --limit 500", "sync", "import \(Self.cards)").status == 0)

        try disk.fill(leavingKilobytes: 300)
        if case .fileSizeLimit = disk.kind {
            // Such a limit is for a program that is started under it.
            #expect(centre.stop() == 0)
            centre.launcher = disk.launcher
            try centre.start()
        }
        let full = try await Self.sync(file)
        guard case .unavailable(let problem?, _) = full.outcome else {
            Issue.record("the sync ended otherwise: \(full.message)")
            return
        }
        switch disk.kind {
        case .memoryFileSystem: #expect(problem.code == .storageFull)
        case .fileSizeLimit: #expect(problem.code == .internalError)
        }
        #expect(full.message.contains("safe"), "\(full.message)")
        #expect(centre.isRunning, "\(centre.complaint.suffix(2000))")
        let waiting = try FieldDatabase(path: file)
        let unsent = try waiting.unsentCount()
        #expect(unsent > 0 && unsent <= 1900)
        #expect(try waiting.check() == [])
        try waiting.close()

        try disk.makeRoom()
        if case .fileSizeLimit = disk.kind {
            #expect(centre.stop() == 0)
            centre.launcher = disk.launcher
            try centre.start()
        }
        let done = try fieldentry(nil, file, "sync")
        #expect(done.status == 0, "\(done.errors)")
        #expect(try centre.central("doctor").status == 0)
        let database = try FieldDatabase(path: file)
        let told = try centre.central("status", "--digests", "--json").output
        #expect(told.contains(try database.comparison(promotion: Self.promotion).digest.hex))
        #expect(told.contains("2400"), "\(told)")
        #expect(centre.stop() == 0)
        for trace in ["Fatal error", "Bus error"] { #expect(!centre.complaint.contains(trace)) }
    }

    /// Syncs without the minute's wait that a full centre asks for before each new attempt.
    private static func sync(_ file: String) async throws -> SyncSummary {
        let database = try FieldDatabase(path: file)
        let transport = HTTPTransport(url: try #require(try database.identity).url)
        let summary = await SyncEngine(database: database, transport: transport, sleep: { _ in }).synchronize()
        try await transport.close()
        try database.close()
        return summary
    }

    /// Whether the program said that the disk is full, what is safe, and what to do.
    private func expectFull(_ outcome: Programs.Outcome, _ disk: SmallDisk) throws {
        #expect(outcome.status == 1, "\(outcome.output)\(outcome.errors)")
        switch disk.kind {
        case .memoryFileSystem: #expect(outcome.errors.contains("is full"), "\(outcome.errors)")
        case .fileSizeLimit: #expect(outcome.errors.contains("could not be read or written"), "\(outcome.errors)")
        }
        #expect(outcome.errors.contains("safe"), "\(outcome.errors)")
    }

    /// Nothing is half there: every change, every chain, every page with its cursor.
    private func expectWhole(_ disk: SmallDisk, _ file: String) throws {
        let outcome = try fieldentry(disk, file, "doctor")
        #expect(outcome.output.contains("All is well"), "\(outcome.output)\(outcome.errors)")
    }
}

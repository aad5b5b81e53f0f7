import EntryModel
import FieldStore
import Foundation
import TestSupport
import Testing

/// A kiosk without network, with the programs as they are used: files to and fro, and no server at all.
@Suite("By USB stick") struct BundleJobTests {
    @Test(
        "600 cards keyed where there is no network arrive by file, and the answer by file confirms them; neither is taken from a bad copy")
    func stick() throws {
        let folder = try TemporaryFolder("stick")
        let centre = try LiveJobTests.centre(folder)
        let files = [folder.file("kiosk.fieldentry"), folder.file("desk.fieldentry")]
        try centre.enrol("kiosk", client: "brightfizz", file: files[0])
        try centre.enrol("desk", client: "brightfizz", file: files[1])
        // From here on nobody answers any call.
        #expect(centre.stop() == 0)
        let cards = ProjectFolder.file("Samples/cards.csv").path(percentEncoded: false)
        let (up, down) = (folder.file("kiosk.bundle"), folder.file("kiosk.receipts"))
        let keyed = try Programs.run(
            "fieldentry",
            [
                files[0], "--operator", "Ann", "-c", "use \(LiveJobTests.promotion)", "-c", "import \(cards) --limit 600", "-c",
                "bundle export \(up)", "-c", "status",
            ])
        #expect(keyed.status == 0, "\(keyed.errors)")
        #expect(keyed.output.contains("changes written to \(up)"))
        #expect(try FileManager.default.attributesOfItem(atPath: up)[.posixPermissions] as? Int == 0o600)

        try refusesBadCopies(up, centre, folder)
        let taken = try centre.central("bundle", "import", up, "--receipts", down)
        #expect(taken.errors.contains("Bundle of station \"kiosk\""), "\(taken.errors)")
        let foreign = try Programs.run("fieldentry", [files[1], "-c", "bundle import \(down)"])
        #expect(foreign.status == 1 && foreign.errors.contains("for another station"), "\(foreign.errors)")
        for _ in 1...2 {
            let confirmed = try Programs.run("fieldentry", [files[0], "--json", "-c", "bundle import \(down)", "-c", "status --digests"])
            #expect(confirmed.status == 0, "\(confirmed.errors)")
            #expect(confirmed.lines.first?.contains("\"unsent\":0") == true, "\(confirmed.output)")
        }
        try expectEqual(files[0], centre)
        #expect(try centre.central("doctor").errors.contains("all is well"))
    }

    @Test("a revoked kiosk's last work comes in by the file that emptying it leaves behind")
    func lastWork() throws {
        let folder = try TemporaryFolder("last")
        let centre = try LiveJobTests.centre(folder)
        let file = folder.file("kiosk.fieldentry")
        try centre.enrol("kiosk", client: "brightfizz", file: file)
        let keying = ["--operator", "Ann", "-c", "use \(LiveJobTests.promotion)", "-c", "new given_name=Sandra"]
        #expect(try Programs.run("fieldentry", [file] + keying).status == 0)
        try centre.central("station", "revoke", "kiosk", "--yes", "--client", "brightfizz")
        let refused = try Programs.run("fieldentry", [file, "-c", "reset --yes"])
        #expect(refused.status == 1 && refused.errors.contains("not confirmed"), "\(refused.errors)")
        let bundle = folder.file("last.bundle")
        let emptied = try Programs.run("fieldentry", [file, "-c", "reset --bundle \(bundle) --yes"])
        #expect(emptied.status == 0 && emptied.output.contains(bundle), "\(emptied.errors)")
        #expect(try centre.central("bundle", "import", bundle).errors.contains("is revoked"))
        #expect(try centre.central("entry", "list", "--json").lines.isEmpty)
        try centre.central("bundle", "accept", "--station", "kiosk")
        #expect(try centre.central("entry", "list", "--json").lines.count == 1)
        // The emptied file becomes a new station with a new code.
        try centre.enrol("kiosk again", client: "brightfizz", file: file)
    }

    private func refusesBadCopies(_ path: String, _ centre: LiveCentre, _ folder: TemporaryFolder) throws {
        let bytes = try Data(contentsOf: URL(filePath: path))
        var altered = bytes
        altered[bytes.count / 2] ^= 1
        for (content, word) in [(bytes.prefix(bytes.count / 2), "ends too early"), (altered, "damaged or changed")] {
            let copy = folder.file("copy.bundle")
            try content.write(to: URL(filePath: copy))
            let outcome = try Programs.run("central", ["bundle", "import", copy, "--data", centre.data])
            #expect(outcome.status == 1 && outcome.errors.contains(word), "\(outcome.errors)")
        }
        #expect(try centre.central("entry", "list", "--json").lines.isEmpty)
    }

    private func expectEqual(_ file: String, _ centre: LiveCentre) throws {
        let database = try FieldDatabase(path: file)
        let comparison = try database.comparison(promotion: LiveJobTests.promotion)
        try database.close()
        #expect(comparison.entries == 600)
        #expect(try centre.central("status", "--digests", "--json").output.contains(comparison.digest.hex))
    }
}

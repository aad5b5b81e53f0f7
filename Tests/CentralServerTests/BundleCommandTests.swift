import CentralStore
import EntryModel
import Foundation
import TestSupport
import Testing

@testable import CentralServer

/// The commands by which staff take in files and write the answers.
@Suite("Bundle commands")
struct BundleCommandTests {
    private let test: TestCentre
    private let commands: Commands

    init() async throws {
        test = try await TestCentre()
        commands = Commands(data: test.folder.file("data"))
    }

    private func station(_ name: String) async throws -> TestStation {
        try await test.enrol(try await test.centre.invite(client: "brightfizz", name: name, url: "http://127.0.0.1:1"))
    }

    private func bundle(_ messages: [UInt8]..., named name: String) throws -> String {
        var bytes: [UInt8] = []
        var writer = try BundleWriter(vault: "brightfizz", to: .centre, key: test.centre.agreementPublicKey) { bytes += $0 }
        for message in messages { try writer.add(message) }
        try writer.finish()
        let path = test.folder.file(name)
        try Data(bytes).write(to: URL(filePath: path))
        return path
    }

    @Test("a bundle is taken in with its receipts in one go, and the receipts can be written again")
    func importAndExport() async throws {
        var kiosk = try await station("Kiosk")
        try kiosk.capture(TestCentre.form, [("given_name", .text("Ann"))])
        let file = try bundle(try kiosk.push(), try kiosk.pull(), named: "up")
        let receipts = test.folder.file("down")
        let taken = try await commands("bundle", "import", file, "--receipts", receipts)
        #expect(taken.remarks.contains("Bundle of station \"Kiosk\", client brightfizz: 1 change, 1 of them new."))
        #expect(taken.remarks.contains("for station \"Kiosk\" alone"))
        #expect(FileManager.default.fileExists(atPath: receipts))
        #expect(await commands.refusal("bundle", "import", file, "--receipts", receipts).message.contains("already"))
        let again = try await commands("bundle", "import", file, "--json").objects
        #expect(again.map { $0["new"]?.number } == [0])
        #expect(again.map { $0["accepted"]?.number } == [1])
        #expect(await commands.refusal("bundle", "export", receipts, "--station", "Kiosk", "--client", "brightfizz").code == 1)
        let written = try await commands("bundle", "export", receipts, "--station", "Kiosk", "--client", "brightfizz", "--replace")
        #expect(written.remarks.contains("2 messages"))
    }

    @Test("what waits for a gap is listed with its reason, and accepted by number or by station")
    func listAndAccept() async throws {
        var kiosk = try await station("Kiosk")
        try kiosk.capture(TestCentre.form, [("given_name", .text("Ann"))])
        let first = try kiosk.push()
        var later = kiosk
        // As if its first push had arrived.
        let line = AnswerLine(
            request: Hash.line([]), outcome: .accepted, epoch: later.epoch, through: 1,
            chain: Chain.next(later.chain, later.unsent.map(\.id)),
            durable: 0, time: 0)
        try later.acknowledge(PushAnswer(answer: line, exceptions: []))
        try later.capture(TestCentre.form, [("given_name", .text("Bob"))])
        let file = try bundle(try later.push(), named: "second")
        #expect(try await commands("bundle", "import", file).remarks.contains("kept until what comes before has come"))
        #expect(try await commands("status", "--json", "--client", "brightfizz").objects.map { $0["parked"]?.number } == [1])
        let listed = try await commands("bundle", "list", "--client", "brightfizz", "--json").objects
        #expect(listed.map { $0["reason"]?.text } == ["gap"])
        #expect(try await commands("bundle", "list", "--client", "brightfizz").result.contains("changes before it are missing"))
        #expect(await commands.refusal("bundle", "accept", "--client", "brightfizz").code == 64)
        #expect(await commands.refusal("bundle", "accept", "9", "--client", "brightfizz").message.contains("No push number 9"))
        let accepted = try await commands("bundle", "accept", "1", "--client", "brightfizz")
        #expect(accepted.remarks.contains("Took in 1 message with 1 change that was new."))
        #expect(try await commands("bundle", "list", "--client", "brightfizz").remarks.contains("Nothing is kept."))

        let vault = try #require(try await test.centre.vault("brightfizz"))
        try await vault.revoke(kiosk.id)
        let revoked = try await commands("bundle", "import", try bundle(first, named: "first"))
        #expect(revoked.remarks.contains("The station is revoked: 1 message kept"))
        let all = try await commands("bundle", "accept", "--station", "Kiosk", "--client", "brightfizz")
        #expect(all.remarks.contains("Took in 1 message"))
        let none = try await commands("bundle", "accept", "--station", "Kiosk", "--client", "brightfizz")
        #expect(none.remarks.contains("Nothing of that station is kept."))
        #expect(try await commands("doctor").remarks.contains("all is well"))
    }

    @Test("a file that is no bundle, of another client or of a station that never sent one, is refused with what to do")
    func refusals() async throws {
        let kiosk = try await station("Kiosk")
        let path = test.folder.file("text")
        try Data("Dear centre,\n".utf8).write(to: URL(filePath: path))
        let refusal = await commands.refusal("bundle", "import", path)
        #expect(refusal.code == 1 && refusal.message.contains("no bundle"))
        let file = try bundle(try kiosk.pull(), named: "up")
        #expect(await commands.refusal("bundle", "import", file, "--client", "house").message.contains("brightfizz"))
        let unasked = await commands.refusal(
            "bundle", "export", test.folder.file("down"), "--station", "Kiosk", "--client", "brightfizz")
        #expect(unasked.message.contains("sent no bundle yet"))
        #expect(!FileManager.default.fileExists(atPath: test.folder.file("down")))
    }
}

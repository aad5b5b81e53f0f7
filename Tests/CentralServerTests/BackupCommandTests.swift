import CentralStore
import EntryModel
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import CentralServer

@Suite("central backup and central restore")
struct BackupCommandTests {
    /// Nobody at a terminal, or somebody who answers.
    private func asked<Value>(_ answer: String?, _ body: () async throws -> Value) async rethrows -> Value {
        let person = Person(isThere: { answer != nil }, answer: { answer })
        return try await Person.$current.withValue(person) { try await body() }
    }

    private func centre(_ folder: TemporaryFolder) async throws -> Commands {
        let central = Commands(data: folder.file("data"))
        for client in ["brightfizz", "other"] {
            try await central("client", "add", client)
            let document = folder.file("\(client).json")
            try Data(TestCentre.document(client: client).text.utf8).write(to: URL(filePath: document))
            try await central("promotion", "put", document, "--client", client)
        }
        return central
    }

    @Test("a centre is backed up, and comes back on an empty machine")
    func whole() async throws {
        let folder = try TemporaryFolder("backup")
        let central = try await centre(folder)
        let path = folder.file("monday")
        let made = try await central("backup", path)
        #expect(made.lines.count == 4)
        #expect(made.remarks.contains("The catalog and 2 vaults are in \(path)"))
        let json = try await central("backup", folder.file("tuesday"), "--json").objects
        #expect(json.map { $0["client"]?.text } == [nil, "brightfizz", "other"])
        #expect(json.allSatisfy { $0["sha256"]?.text?.count == 64 })
        let (message, code) = await central.refusal("backup", path)
        #expect(message.contains("\(path) is there already and was not touched"))
        #expect(code == 1)

        let machine = Commands(data: folder.file("machine"))
        let restored = try await machine("restore", path)
        #expect(restored.remarks.contains("is back, with 2 vaults."))
        #expect(try await machine("client", "list").lines.count == 3)
        #expect(try await machine("status", "--json").result == (try await central("status", "--json").result))
    }

    @Test("what is there is moved aside only when that is said, and asked for at a terminal or told by --yes")
    func replace() async throws {
        let folder = try TemporaryFolder("backup")
        let central = try await centre(folder)
        let path = folder.file("brightfizz.sqlite")
        #expect(try await central("backup", path, "--client", "brightfizz").remarks.contains("0 entries, 1 change. Written to \(path)"))
        let restore = ["restore", path, "--client", "brightfizz"]
        #expect(await central.refusal("restore", path, "--client", "brightfizz").message.contains("is there already"))
        let refused = await asked(nil) { await central.refusal("restore", path, "--client", "brightfizz", "--replace") }
        #expect(refused.message.contains("nobody to ask here"))
        #expect(refused.code == 1)
        for answer in ["", "n", "nonsense"] {
            let refused = await asked(answer) { await central.refusal("restore", path, "--client", "brightfizz", "--replace") }
            #expect(refused.message.contains("Nothing was changed"))
        }
        let vaults = folder.file("data/vaults")
        #expect(try FileManager.default.contentsOfDirectory(atPath: vaults).filter { $0.contains("before-restore") }.isEmpty)
        #expect(try await asked(" Yes ") { try await central.run(restore + ["--replace"]) }.remarks.contains("What was there before is in"))
        // Another second, another name for what is moved aside.
        try await Task.sleep(for: .seconds(1.1))
        let json = try await asked(nil) { try await central.run(restore + ["--replace", "--yes", "--json"]).objects }
        let aside = try #require(json.first?["aside"]?.text)
        #expect(FileManager.default.fileExists(atPath: aside))
        #expect(await central.refusal("restore", path, "--client", "other", "--replace", "--yes").message.contains("is of the client"))
    }

    @Test("a slip in a path or an address is told, and nothing is made of it")
    func slips() async throws {
        let folder = try TemporaryFolder("backup")
        let central = try await centre(folder)
        let machine = Commands(data: folder.file("machine"))
        #expect(await machine.refusal("restore", folder.file("nowhere")).message.contains("There is nothing at"))
        #expect(!FileManager.default.fileExists(atPath: machine.data))
        #expect(await central.refusal("backup", folder.file("none/there")).code == 1)
        #expect(await central.refusal("backup", folder.file("x"), "--client", "nobody").message.contains("no client \"nobody\""))
        #expect(await machine.refusal("restore", "x", "--vault", "brightfizz=file").code == 64)
        #expect(await machine.refusal("restore", "x", "--client", "a", "--vault", "b=postgres://h/d").code == 64)
    }
}

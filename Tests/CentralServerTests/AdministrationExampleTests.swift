import ArgumentParser
import CentralStore
import EntryModel
import Foundation
import TestSupport
import Testing

@testable import CentralServer

/// The examples that `--help` gives, run as they stand there; only files' places and an entry's id are put in.
@Suite("Examples of the administration commands")
struct AdministrationExampleTests {
    private let folder: TemporaryFolder
    private let central: Commands
    private static let form = Versioned(id: "brightfizz-summer", version: 1)

    init() throws {
        folder = try TemporaryFolder("examples")
        central = Commands(data: folder.file("data"))
    }

    /// The examples of a command, by its words, such as `station invite`.
    private static func examples() throws -> [String: [String]] {
        var examples: [String: [String]] = [:]
        for command in ManualPage.leaves(of: CentralCommand.self) {
            let lines = command.configuration.discussion.split(separator: "\n").map(String.init)
            let own = lines.drop { $0 != "Examples:" }.dropFirst().map { $0.trimmingSpaces() }
            let usage = CentralCommand.helpMessage(for: command, columns: 200).split(separator: "\n").first {
                $0.hasPrefix("USAGE: central ")
            }
            let words = try #require(usage).dropFirst("USAGE: central ".count).split(separator: " ").prefix { $0.first?.isLetter == true }
            let name = words.joined(separator: " ")
            for example in own { #expect(example.hasPrefix("central \(name)"), "\(example)") }
            examples[name] = own
        }
        return examples
    }

    /// As a shell splits it.
    private func words(_ example: String, _ entry: UniqueID?) -> [String] {
        var text = example.replacing("/var/backups/", with: folder.file("")).replacing("ENTRY", with: entry?.description ?? "")
        let sample = { (name: String) in ProjectFolder.file("Samples/\(name)").path(percentEncoded: false) }
        text = text.replacing("brightfizz-summer.json", with: sample("promotions/brightfizz-summer.json"))
        text = text.replacing("/etc/field-entry/central.conf", with: sample("deploy/central.conf"))
        text = text.replacing("postgres://central@db2/brightfizz", with: folder.file("moved.sqlite"))
        text = text.replacing("/srv/field-entry", with: central.data)
        for name in ["kiosk-7.bundle", "kiosk-7.receipts", "kiosk-7.answer", "entries.csv", "brightfizz.sqlite"] {
            text = text.replacing(" \(name)", with: " \(folder.file(name))")
        }
        let parts = text.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
        return parts.flatMap { $0.offset % 2 == 1 ? [String($0.element)] : $0.element.split(separator: " ").map(String.init) }.dropFirst()
            .map { $0 }
    }

    private func run(_ names: String..., entry: UniqueID? = nil, on other: Commands? = nil) async throws {
        let examples = try Self.examples()
        for name in names {
            for example in try #require(examples[name], "\(name)") {
                do {
                    _ = try await (other ?? central).run(words(example, entry))
                } catch {
                    Issue.record("\(example): \(CentralCommand.fullMessage(for: error))")
                }
            }
        }
    }

    @Test("every command has examples in its help")
    func everywhere() throws {
        let examples = try Self.examples()
        #expect(examples.count > 25)
        for (name, own) in examples { #expect(!own.isEmpty, "\(name)") }
        for example in try #require(examples["serve"]) {
            #expect(throws: Never.self, "\(example)") { _ = try CentralCommand.parseAsRoot(words(example, nil)) }
        }
    }

    @Test("every command can print JSON, but the server and what writes entries as JSON itself")
    func json() throws {
        for command in ManualPage.leaves(of: CentralCommand.self) where command != ServeCommand.self {
            #expect(CentralCommand.helpMessage(for: command, columns: 200).contains("--json"), "\(command)")
        }
    }

    @Test("the examples work, one after the other, on a centre that begins with nothing")
    func work() async throws {
        try await run("client add", "client list", "promotion put", "promotion list")
        let centre = try Centre(directory: central.data)
        try await centre.recordAddress("https://centre.example")
        try await run("station invite")
        let vault = try #require(try await centre.vault("brightfizz"))
        var kiosks: [TestStation] = []
        for name in ["kiosk-7", "kiosk-8"] { kiosks.append(try await station(name, centre)) }
        try await run("station assign", "station list")
        let entry = try kiosks[0].capture(Self.form, [("given_name", .text("Ann")), ("city", .text("Peoria"))])
        let captured = kiosks[0].unsent[0].id
        for version in [7, 8] as [Int64] {
            try kiosks[0].capture(Versioned(id: Self.form.id, version: version), [("given_name", .text("Bob"))])
        }
        try kiosks[0].edit(Self.form, entry, "city", .text("Pekin"), replacing: [captured])
        try kiosks[1].edit(Self.form, entry, "city", .text("Paris"), replacing: [captured])
        for index in kiosks.indices {
            let answer = try SignedMessage(try await centre.answer(.push, try kiosks[index].push()))
            try kiosks[index].acknowledge(try PushAnswer(line: answer.lines[0]))
        }
        #expect(try await vault.conflicts().count == 1)
        try await run("entry list", "entry show", "conflict list", "conflict resolve", "entry list", "entry export", entry: entry)
        try await run("reads list", "staff add", "staff list", "staff token", "staff remove")
        #expect(try await vault.conflicts().isEmpty)
        #expect(try await vault.entry(entry)?.state["city"]?.heads.first?.assignment.value == .text("Springfield"))

        try kiosks[0].capture(Self.form, [("given_name", .text("Cy"))])
        try bundle([try kiosks[0].push(), try kiosks[0].pull()], to: centre)
        try await run("bundle import", "bundle list", "bundle export", "bundle accept")
        #expect(try await vault.status().entries == 2)
        try await run("quarantine list", "quarantine release", "quarantine reject")
        #expect(try await vault.quarantine().isEmpty)
        try await run("station revoke", "quarantine by-station")
        try await run("status", "doctor", "backup", "config check")
        try centre.close()
        // Once into nothing, then one vault of it over the one that is there.
        let examples = try #require(try Self.examples()["restore"])
        #expect(examples.count == 2)
        let machine = Commands(data: folder.file("machine"))
        try await run("restore", on: machine)
        #expect(try await machine("status", "--json").result == (try await central("status", "--json").result))
        let before = try await central("status", "--json").result
        try await run("vault list", "vault move", "vault discard")
        #expect(try await central("status", "--json").result == before)
        #expect(!FileManager.default.fileExists(atPath: "\(central.data)/vaults/brightfizz.sqlite"))
    }

    private func station(_ name: String, _ centre: Centre) async throws -> TestStation {
        let code = try await centre.invite(client: "brightfizz", name: name)
        let key = SigningKey()
        let answer = try SignedMessage(try await centre.answer(.enrol, try TestStation.enrolMessage(code, key: key)))
        let enrolled = try EnrolAnswer(line: answer.lines[0])
        return TestStation(key: key, vault: enrolled.vault, id: enrolled.station)
    }

    private func bundle(_ messages: [[UInt8]], to centre: Centre) throws {
        var bytes: [UInt8] = []
        var writer = try BundleWriter(vault: "brightfizz", to: .centre, key: centre.agreementPublicKey) { bytes += $0 }
        for message in messages { try writer.add(message) }
        try writer.finish()
        try Data(bytes).write(to: URL(filePath: folder.file("kiosk-7.bundle")))
    }
}

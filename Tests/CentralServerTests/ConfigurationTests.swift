import ArgumentParser
import EntryModel
import Foundation
import TestSupport
import Testing

@testable import CentralServer

@Suite("Settings by flag, environment and file")
struct ConfigurationTests {
    private func file(_ text: String, _ folder: TemporaryFolder) throws -> String {
        let path = folder.file("central.conf")
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    private func listen(_ arguments: [String], _ environment: [String: String]) throws -> ListenAddress {
        let settings = Settings(arguments, environment: environment)
        try settings.check()
        return try #require(try CentralCommand.parseAsRoot(settings.arguments) as? ServeCommand).listen
    }

    @Test("a flag comes before the environment, that before the file, that before the default")
    func precedence() throws {
        let folder = try TemporaryFolder("config")
        let path = try file("listen = 127.0.0.1:3\n", folder)
        let variable = ["FIELD_ENTRY_LISTEN": "127.0.0.1:2"]
        #expect(try listen(["serve"], [:]).port == 8080)
        #expect(try listen(["serve", "--config", path], [:]).port == 3)
        #expect(try listen(["serve"], ["FIELD_ENTRY_CONFIG": path]).port == 3)
        #expect(try listen(["serve"], variable.merging(["FIELD_ENTRY_CONFIG": path]) { $1 }).port == 2)
        #expect(try listen(["serve", "--listen=127.0.0.1:1", "--config=\(path)"], variable).port == 1)
        #expect(try listen(["serve", "--listen", "127.0.0.1:1"], variable).port == 1)
        #expect(try listen(["serve"], ["FIELD_ENTRY_LISTEN": ""]).port == 8080)
    }

    @Test("other commands take where the centre is, and nothing that is the server's alone")
    func otherCommands() throws {
        let folder = try TemporaryFolder("config")
        let path = try file("data = /srv/centre\nlisten = 127.0.0.1:3\n", folder)
        let environment = ["FIELD_ENTRY_CATALOG": "postgres://db/catalog", "FIELD_ENTRY_LISTEN": "x"]
        let settings = Settings(["client", "list", "--config", path, "--json"], environment: environment)
        try settings.check()
        let command = try #require(try CentralCommand.parseAsRoot(settings.arguments) as? ClientCommand.List)
        #expect(command.centre.directory == "/srv/centre")
        #expect(command.centre.catalog == "postgres://db/catalog")
        #expect(command.listing.json)
        for arguments in [["client"], ["--help"], ["serve", "--help"], ["help", "serve"], [], ["--version"]] {
            #expect(Settings(arguments, environment: environment).arguments == arguments)
        }
    }

    @Test("every fault of a file is named with its line, and nothing is started")
    func faults() throws {
        let folder = try TemporaryFolder("config")
        let path = try file(
            "# a remark\n\nlisten = 127.0.0.1:3\nlisten = 127.0.0.1:4\nlisen = x\nurl\n  log-level=debug  \r\nlog-format = json\n", folder)
        let settings = Settings(["serve", "--config", path], environment: [:])
        #expect(settings.faults.map(\.source) == [4, 5, 6].map { .file(path, line: $0) })
        #expect(settings.faults[0].message == "listen stands in line 3 already")
        #expect(settings.faults[1].message.hasPrefix("there is no setting \"lisen\"; there are data, catalog, listen,"))
        #expect(throws: (any Error).self) { try settings.check() }
        #expect(settings.values.first { $0.setting.name == "log-level" }?.text == "debug")
        #expect(Settings(["serve", "--config", folder.file("none")], environment: [:]).faults.count == 1)
    }

    @Test("a value that cannot be is traced to where it was given")
    func traced() throws {
        let settings = Settings(["serve"], environment: ["FIELD_ENTRY_LISTEN": "nonsense"])
        do {
            _ = try CentralCommand.parseAsRoot(settings.arguments)
            Issue.record("was taken")
        } catch {
            let explained = settings.explain(error)
            #expect(CentralCommand.message(for: explained).contains("--listen comes from FIELD_ENTRY_LISTEN."))
            #expect(CentralCommand.exitCode(for: explained).rawValue == 64)
        }
    }

    @Test("each option of central serve is a setting, and each setting an option")
    func complete() {
        let help = CentralCommand.helpMessage(for: ServeCommand.self, columns: 200)
        let options = Set(help.matches(of: /\s--([a-z-]+)/).map { String($0.1) }).subtracting(["config", "help", "version"])
        #expect(options == Set(Setting.all.map(\.name)))
        for setting in Setting.all { #expect(help.contains("\(setting.flag) <") != setting.isSwitch, "\(setting.name)") }
        let other = CentralCommand.helpMessage(for: StatusCommand.self, columns: 200)
        for setting in Setting.all { #expect(other.contains("\(setting.flag) <") == setting.isForAll, "\(setting.name)") }
    }

    @Test("config check shows each setting, its value and where that comes from, and no password")
    func check() async throws {
        let folder = try TemporaryFolder("config")
        let path = try file("listen = 127.0.0.1:3\ncatalog = postgres://central:secret@db/catalog?password=hidden\n", folder)
        let central = Commands(data: folder.file("data"))
        let environment = ["FIELD_ENTRY_LOG_LEVEL": "debug", "FIELD_ENTRY_CONFIG": path]
        try await ConfigCommand.Check.$environment.withValue(environment) {
            let shown = try await central("config", "check")
            #expect(shown.remarks.contains("All settings are as they may be."))
            #expect(!shown.result.contains("secret") && !shown.result.contains("hidden"))
            #expect(shown.lines.count == Setting.all.count + 1)
            let objects = try await central("config", "check", "--json").objects
            func row(_ name: String) throws -> JSONValue { try #require(objects.first { $0["setting"]?.text == name }) }
            #expect(try row("data")["from"]?.text == "--data")
            #expect(try row("listen")["value"]?.text == "127.0.0.1:3")
            #expect(try row("listen")["from"]?.text == "\(path):1")
            #expect(try row("catalog")["value"]?.text == "postgres://central:***@db/catalog")
            #expect(try row("log-level")["from"]?.text == "FIELD_ENTRY_LOG_LEVEL")
            #expect(try row("log-format")["value"]?.text == "text")
            #expect(try row("log-format")["from"]?.text == "default")
            #expect(try row("url")["value"]?.text == nil)
            #expect(try row("insecure")["value"]?.text == "false")
            let exposed = await central.refusal("config", "check", "--listen", "0.0.0.0:8080")
            #expect(exposed.code == 64)
            #expect(exposed.message.contains("--insecure"))
        }
    }

    @Test("config check names every fault at once, wherever it is, and ends with the code for wrong settings")
    func checkFaults() async throws {
        let folder = try TemporaryFolder("config")
        let path = try file("listen = nonsense\nno line\nurl = ftp://x\n", folder)
        let central = Commands(data: folder.file("data"))
        await ConfigCommand.Check.$environment.withValue(["FIELD_ENTRY_LOG_LEVEL": "loud"]) {
            let refused = await central.refusal("config", "check", "--config", path, "--log-format", "xml")
            #expect(refused.code == 64)
            for place in ["\(path):1:", "\(path):2:", "\(path):3:", "FIELD_ENTRY_LOG_LEVEL:", "--log-format:"] {
                #expect(refused.message.contains(place), "\(place) in \(refused.message)")
            }
        }
        #expect(!FileManager.default.fileExists(atPath: central.data))
    }
}

import ArgumentParser
import CentralStore
import EntryModel
import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@testable import CentralServer

/// A second client at the centre, all of whose names appear nowhere else.
struct OtherClient {
    static let id = "zephyrine"
    static let form = Versioned(id: "zanzibar", version: 1)

    let station: TestStation
    let entry: UniqueID
    let change: Digest
    /// What a station of its own is given.
    let feed: PullAnswer
    let cursors: [String: RequestLine.Cursor]

    init(_ test: TestCentre) async throws {
        try await test.centre.addClient(Self.id)
        let vault = try #require(try await test.centre.vault(Self.id))
        let document = try TestCentre.document(client: Self.id).text.replacing("\"summer\"", with: "\"\(Self.form.id)\"")
        try await vault.putPromotion(try Promotion.read(file: Array(document.utf8)).line)
        var station = try await test.enrol(try await test.centre.invite(client: Self.id, name: "Zodiac", url: "http://127.0.0.1:1"))
        entry = try station.capture(Self.form, [("given_name", .text("Quuxley")), ("city", .text("Zwolle"))])
        change = station.unsent[0].id
        try station.acknowledge(PushAnswer(line: SignedMessage(try await test.centre.answer(.push, try station.push())).lines[0]))
        let reader = try await test.enrol(try await test.centre.invite(client: Self.id, name: "Zodiac 2", url: "http://127.0.0.1:1"))
        feed = try PullAnswer(lines: SignedMessage(try await test.centre.answer(.pull, try reader.pull())).lines)
        cursors = Dictionary(
            uniqueKeysWithValues: feed.pages.map {
                ($0.key.description, RequestLine.Cursor(at: .init(position: $0.to, digest: $0.digest), checkpoints: []))
            })
        self.station = station
        #expect(feed.pages.contains { !$0.rows.isEmpty })
    }

    /// Somebody else's key under this client's station's name.
    func impostor(_ key: SigningKey) -> TestStation {
        TestStation(key: key, vault: Self.id, id: station.id)
    }

    /// What nobody else may ever read.
    var words: [String] {
        [Self.id, Self.form.id, "Zodiac", "Quuxley", "Zwolle", entry.description, change.hex, station.id.description]
    }

    var names: CommandProbe.Names {
        CommandProbe.Names(
            promotion: Self.form.id, station: "Zodiac", stationID: station.id.description, entry: entry.description, change: change.hex)
    }
}

/// How a command of one client is asked for the things of another.
struct CommandProbe {
    struct Names {
        var promotion: String
        var station: String
        var stationID: String
        var entry: String
        var change: String

        static let madeUp = Names(
            promotion: "nonesuch", station: "Nobody", stationID: "01890000-0000-7000-8000-000000000001",
            entry: "01890000-0000-7000-8000-000000000002", change: String(repeating: "5a", count: 32))
    }

    var path: String
    var arguments: @Sendable (Names) -> [String]

    private init(_ path: String, _ arguments: @escaping @Sendable (Names) -> [String]) {
        self.path = path
        self.arguments = arguments
    }

    /// One or more for each command that works on one client's store.
    static let all = [
        CommandProbe("backup") { _ in ["nowhere/backup.sqlite"] },
        CommandProbe("bundle accept") { ["--station", $0.station] },
        CommandProbe("bundle accept") { ["--station", $0.stationID] },
        CommandProbe("bundle export") { ["nowhere.bundle", "--station", $0.stationID] },
        CommandProbe("bundle export") { ["nowhere.bundle", "--station", $0.station] },
        CommandProbe("bundle import") { _ in ["nowhere.bundle"] },
        CommandProbe("bundle list") { _ in [] },
        CommandProbe("conflict list") { ["--promotion", $0.promotion] },
        CommandProbe("conflict resolve") { [$0.entry, "city", "--take", $0.change] },
        CommandProbe("conflict resolve") { [$0.entry, "void", "--keep"] },
        CommandProbe("doctor") { _ in [] },
        CommandProbe("entry export") { ["--promotion", $0.promotion] },
        CommandProbe("entry list") { ["--promotion", $0.promotion] },
        CommandProbe("entry show") { [$0.entry, "--history"] },
        CommandProbe("promotion list") { _ in [] },
        CommandProbe("promotion put") { _ in ["nowhere.json"] },
        CommandProbe("quarantine by-station") { [$0.station, "--since", "2026-01-01", "--yes"] },
        CommandProbe("quarantine by-station") { [$0.stationID, "--since", "2026-01-01", "--yes"] },
        CommandProbe("quarantine list") { _ in [] },
        CommandProbe("quarantine reject") { [$0.change, "--yes"] },
        CommandProbe("quarantine release") { [$0.change] },
        CommandProbe("reads list") { _ in [] },
        // An id that no account can have: an account would be there at the second time.
        CommandProbe("staff add") { _ in ["Ann Lee", "--role", "reader"] },
        CommandProbe("restore") { _ in ["nowhere.sqlite"] },
        CommandProbe("station assign") { [$0.stationID, "--promotion", $0.promotion] },
        CommandProbe("station assign") { ["Kiosk", "--promotion", $0.promotion] },
        CommandProbe("station invite") { ["--name", "One more", "--promotion", $0.promotion, "--url", "http://127.0.0.1:1"] },
        CommandProbe("station list") { _ in [] },
        CommandProbe("station revoke") { [$0.station, "--yes"] },
        CommandProbe("station revoke") { [$0.stationID, "--yes"] },
        CommandProbe("status") { _ in ["--digests"] },
    ]

    /// Everything that is told to somebody who works for `brightfizz`, with the names that were asked for taken out.
    func outcome(_ central: Commands, _ names: Names) async -> String {
        var told: String
        do {
            let outcome = try await central.run(
                path.split(separator: " ").map(String.init) + arguments(names) + ["--client", "brightfizz"])
            told = "0 \(outcome.result) \(outcome.remarks)"
        } catch {
            told = "\(CentralCommand.exitCode(for: error).rawValue) \(CentralCommand.fullMessage(for: error))"
        }
        for name in [names.entry, names.change, names.stationID, names.promotion, names.station] { told.replace(name, with: "NAME") }
        return told
    }

    /// The paths of all commands that take `--client`.
    static func commandsOfClients(_ command: any ParsableCommand.Type, _ path: [String] = []) -> [String] {
        let below = command.configuration.subcommands.flatMap {
            commandsOfClients($0, path + [$0.configuration.commandName ?? $0._commandName])
        }
        guard below.isEmpty else { return below }
        return command.helpMessage().contains("--client") ? [path.joined(separator: " ")] : []
    }
}

/// What a server logs, for a test to read.
final class LogLines: Sendable {
    private let lines = Mutex("")

    var text: String { lines.withLock { $0 } }

    var logger: Logger {
        var logger = Logger(label: "test") { _ in Handler(lines: self) }
        logger.logLevel = .trace
        return logger
    }

    private func add(_ line: String) {
        lines.withLock { $0 += line + "\n" }
    }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.add("\(event.level) \(event.message) \(metadata) \(event.metadata ?? [:])")
        }
    }
}

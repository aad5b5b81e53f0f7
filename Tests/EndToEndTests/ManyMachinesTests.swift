import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A PostgreSQL server of a test's own, which it may end at any moment.
final class PostgresCluster {
    private let folder: TemporaryFolder
    private let programs: String
    private var server: BackgroundProgram?

    /// Where Debian or Homebrew put the server's programs.
    static let programs: String? = {
        let debian = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        let folders =
            debian.sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }.map { "/usr/lib/postgresql/\($0)/bin" } + [
                "/opt/homebrew/bin", "/usr/local/bin",
            ]
        return folders.first { FileManager.default.isExecutableFile(atPath: "\($0)/initdb") }
    }()

    /// The server refuses to run as root; the test script runs the tests as somebody else.
    static var mayRun: Bool { PostgresServer.isThere && programs != nil && getuid() != 0 }

    init() throws {
        guard let programs = Self.programs else { throw EndToEndError("PostgreSQL is not installed") }
        self.programs = programs
        folder = try TemporaryFolder("pg")
        try run("initdb", ["-D", folder.file("data"), "-U", "tests", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"])
        try start()
        try run("createdb", ["-h", folder.file(""), "-U", "tests", "vault"])
    }

    var url: String { "postgres://tests@/vault?host=\(folder.file(""))" }

    /// The server as after a crash of its machine: everybody's session ends in the middle.
    func restart() throws {
        stop()
        try start()
    }

    private func stop() {
        // What PostgreSQL calls an immediate shutdown: it stores nothing more.
        server?.signal(SIGQUIT)
        _ = server?.waitUntilExit()
    }

    /// Starts it and waits until it accepts sessions.
    private func start() throws {
        let server = try BackgroundProgram(
            "\(programs)/postgres",
            ["-D", folder.file("data"), "-k", folder.file(""), "-c", "listen_addresses=", "-c", "fsync=off"], place: folder.file("server"))
        self.server = server
        let deadline = ContinuousClock.now + .seconds(60)
        while try Programs.run("\(programs)/pg_isready", ["-q", "-h", folder.file(""), "-U", "tests"]).status != 0 {
            guard server.isRunning, ContinuousClock.now < deadline else { throw EndToEndError("PostgreSQL: \(server.complaint)") }
            usleep(20_000)
        }
    }

    private func run(_ program: String, _ arguments: [String]) throws {
        let outcome = try Programs.run("\(programs)/\(program)", arguments)
        guard outcome.status == 0 else { throw EndToEndError("\(program): \(outcome.output)\(outcome.errors)") }
    }

    deinit { stop() }
}

@Suite(
    "A centre of several processes",
    .enabled(if: PostgresCluster.mayRun, "needs PostgreSQL and a user other than root; Tests/run.sh sees to both"))
struct ManyMachinesTests {
    private static let rounds = 16

    @Test(
        "two processes on two database servers, killed and restarted under load: nothing is lost or doubled, nobody sees more than a retry"
    )
    func shared() throws {
        let seed = UInt64(ProcessInfo.processInfo.environment["FIELD_ENTRY_KILL_SEED"] ?? "") ?? 1
        var random = SeededRandom(seed: seed)
        let folder = try TemporaryFolder("machines")
        let cluster = try PostgresCluster()
        let catalog = try PostgresServer.newSchema()
        let proxy = try WireProxy()
        defer { proxy.close() }
        let launcher = ["/usr/bin/env", "FIELD_ENTRY_CATALOG=\(catalog)"]
        var centres = ["left", "right"].map { name in
            KillableCentre(data: folder.file("\(name)-data"), place: folder.file(name), proxy: proxy, launcher: launcher)
        }
        try centres[0].prepare(vault: cluster.url)
        for index in centres.indices { try centres[index].start() }
        var stations: [KillStation] = []
        for name in ["Ash", "Birch", "Cedar"] {
            let station = KillStation(name, folder: folder, seed: random.next())
            try centres[0].enrol(name, file: station.file)
            stations.append(station)
        }
        let sample = try String(contentsOf: ProjectFolder.file("Samples/cards.csv"), encoding: .utf8)
        let cards = sample.split(whereSeparator: \.isNewline).prefix(900).map(String.init)
        var round = 0
        // On a busy machine it takes longer until the stations have come to work.
        while round < Self.rounds || (round < 100 && !stations.allSatisfy { $0.syncs > 5 && $0.promised.count > 30 }) {
            round += 1
            for index in centres.indices where !centres[index].isRunning { try centres[index].start() }
            for index in stations.indices where !stations[index].isRunning { try stations[index].start(cards: cards) }
            usleep(UInt32.random(in: 300_000...900_000, using: &random))
            if round.isMultiple(of: 4) { try cluster.restart() } else { centres[round % 2].kill() }
        }
        for index in centres.indices where !centres[index].isRunning { try centres[index].start() }
        for index in stations.indices { stations[index].kill() }
        for _ in 0..<2 {
            for station in stations {
                let outcome = try Programs.run("fieldentry", [station.file, "-c", "sync"])
                #expect(outcome.status == 0, "seed \(seed), \(station.name): \(outcome.errors)")
            }
        }
        #expect(stations.allSatisfy { $0.syncs > 5 && $0.promised.count > 30 }, "\(stations.map(\.syncs)) syncs")
        print("machines: seed \(seed), syncs \(stations.map(\.syncs)), entries \(stations.map(\.promised.count))")
        try KillTests.expectAllThere(centres[0], stations, seed: seed)
        for index in centres.indices { #expect(centres[index].stop() == 0) }
    }
}

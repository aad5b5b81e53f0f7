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
    "A centre of several processes behind haproxy",
    .enabled(
        if: PostgresCluster.mayRun && Balancer.program != nil,
        "needs PostgreSQL, haproxy and a user other than root; Tests/run.sh sees to them"))
struct ManyMachinesTests {
    private static let rounds = 16

    /// Two processes on a catalog and a vault at two database servers, a load balancer before them, three stations and a reader.
    private struct Site {
        let seed: UInt64
        var random: SeededRandom
        let folder: TemporaryFolder
        let cluster: PostgresCluster
        let balancer: Balancer
        let ports: [UInt16]
        var centres: [KillableCentre] = []
        var stations: [KillStation] = []
        let reader: FeedReader

        init(seed: UInt64) throws {
            self.seed = seed
            random = SeededRandom(seed: seed)
            folder = try TemporaryFolder("machines")
            cluster = try PostgresCluster()
            ports = try [LoopbackSocket.freePort(), LoopbackSocket.freePort()]
            balancer = try Balancer(centres: ports, in: folder)
            let catalog = try PostgresServer.newSchema()
            let launcher = ["/usr/bin/env", "FIELD_ENTRY_CATALOG=\(catalog)", "FIELD_ENTRY_DRAIN_TIME=2"]
            for (name, port) in zip(["left", "right"], ports) {
                centres.append(
                    KillableCentre(
                        data: folder.file("\(name)-data"), place: folder.file(name), port: port, url: balancer.url, launcher: launcher))
            }
            try centres[0].prepare(vault: cluster.url)
            for index in centres.indices { try centres[index].start() }
            try Self.waitUntil("haproxy sends somebody") { [balancer] in
                PlainRequest.send("/health/ready", port: balancer.port)?.status == 200
            }
            for name in ["Ash", "Birch", "Cedar"] {
                let station = KillStation(name, folder: folder, seed: random.next())
                try centres[0].enrol(name, file: station.file)
                stations.append(station)
            }
            reader = try FeedReader(port: balancer.readerPort, code: centres[0].invite("Reader"))
        }

        static func waitUntil(_ what: String, _ condition: () -> Bool) throws {
            let deadline = ContinuousClock.now + .seconds(60)
            while !condition() {
                guard ContinuousClock.now < deadline else { throw EndToEndError("in vain it was waited until \(what)") }
                usleep(20_000)
            }
        }

        mutating func startAll(_ cards: [String]) throws {
            for index in centres.indices where !centres[index].isRunning { try centres[index].start() }
            for index in stations.indices where !stations[index].isRunning { try stations[index].start(cards: cards) }
        }

        /// Kills a process, or restarts the vault's database server.
        mutating func round(_ number: Int, _ cards: [String]) throws {
            try startAll(cards)
            usleep(UInt32.random(in: 300_000...900_000, using: &random))
            if number.isMultiple(of: 4) { try cluster.restart() } else { centres[number % 2].kill() }
        }

        /// Stops the left process as an operator does, while everybody goes on.
        mutating func stopInPeace(_ cards: [String]) throws {
            try startAll(cards)
            for name in ["left", "right"] {
                try Self.waitUntil("haproxy sends somebody to \(name)") { [balancer] in
                    balancer.turns(of: name).last.map { $0.contains("is UP") } ?? true
                }
            }
            let before = reader.record
            let port = ports[0]
            centres[0].askToStop()
            try Self.waitUntil("it says that it stops") { PlainRequest.send("/health/ready", port: port)?.status == 503 }
            #expect(PlainRequest.send("/health/live", port: port)?.status == 200)
            #expect(centres[0].waitUntilExit() == 0)
            let pages = reader.record.pages
            try startAll(cards)
            try Self.waitUntil("the reader has gone on") { [reader] in reader.record.pages > pages + 3 }
            #expect(reader.record.retries.count == before.retries.count, "\(reader.record.retries.suffix(5))")
            let turn = try #require(balancer.turns(of: "left").last { $0.contains("is DOWN") })
            #expect(turn.contains("code: 503"), "\(turn)")
        }
    }

    @Test(
        """
        two processes on two database servers, killed, stopped and restarted under load: nothing is lost or doubled, nobody sees more than a \
        retry, and who reads all the while, now from one and now from the other, gets every row of the feed once and in order
        """)
    func shared() throws {
        let seed = UInt64(ProcessInfo.processInfo.environment["FIELD_ENTRY_KILL_SEED"] ?? "") ?? 1
        let sample = try String(contentsOf: ProjectFolder.file("Samples/cards.csv"), encoding: .utf8)
        let cards = sample.split(whereSeparator: \.isNewline).prefix(900).map(String.init)
        var site = try Site(seed: seed)
        site.reader.start()
        var round = 0
        // On a busy machine it takes longer until the stations have come to work.
        while round < Self.rounds || (round < 100 && !site.stations.allSatisfy { $0.syncs > 5 && $0.promised.count > 30 }) {
            round += 1
            try site.round(round, cards)
        }
        try site.stopInPeace(cards)
        for index in site.stations.indices { site.stations[index].kill() }
        for _ in 0..<2 {
            for station in site.stations {
                let outcome = try Programs.run("fieldentry", [station.file, "-c", "sync"])
                #expect(outcome.status == 0, "seed \(seed), \(station.name): \(outcome.errors)")
            }
        }
        let stations = site.stations
        #expect(stations.allSatisfy { $0.syncs > 5 && $0.promised.count > 30 }, "\(stations.map(\.syncs)) syncs")
        try expectWholeFeed(site)
        print("machines: seed \(seed), rounds \(round), syncs \(stations.map(\.syncs)), entries \(stations.map(\.promised.count))")
        try KillTests.expectAllThere(site.centres[0], stations, seed: seed)
        for index in site.centres.indices { #expect(site.centres[index].stop() == 0) }
    }

    /// What the reader saw by and by is what is read in one go when nobody writes, in the same order.
    private func expectWholeFeed(_ site: Site) throws {
        let seen = site.reader.stop()
        let whole = site.reader.readAnew()
        #expect(seen.faults + whole.faults == [], "seed \(site.seed)")
        #expect(Set(seen.rows).count == seen.rows.count, "seed \(site.seed): rows came twice")
        for key in Set(whole.rows.map(\.key)) {
            #expect(seen.rows.filter { $0.key == key } == whole.rows.filter { $0.key == key }, "seed \(site.seed)")
        }
        #expect(seen.rows.count == whole.rows.count)
        #expect(seen.pages > 30)
        #expect(Set(seen.retries).isSubset(of: ["no answer", "status 502", "status 503", "status 504"]), "\(Set(seen.retries))")
        let shares = ["left", "right"].map { site.balancer.answered("reader", by: $0) }
        #expect(shares.allSatisfy { $0 > 20 }, "the reader was answered \(shares) times")
        print("machines: the reader got \(seen.rows.count) rows on \(seen.pages) pages, \(shares) answers, \(seen.retries.count) retries")
    }
}

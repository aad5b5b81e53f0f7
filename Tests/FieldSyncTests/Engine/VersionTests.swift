import CentralStore
import EntryModel
import FieldStore
import FieldSync
import Synchronization
import TestSupport
import Testing

/// Programs of different ages: each end says which versions of the protocol it speaks.
@Suite("Versions of the protocol")
struct VersionTests {
    /// A road to a centre that is a program of its own age.
    private struct Road: Transport {
        var centre: Centre
        var versions: ClosedRange<Int64>
        var requests = Requests()

        func send(_ kind: MessageKind, packed: [UInt8]) async throws -> TransportAnswer {
            requests.add(String(decoding: packed.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
            do {
                let answer = try await Wire.$versions.withValue(versions) { try await centre.answer(kind, packed) }
                return TransportAnswer(status: 200, body: answer, isProblem: false)
            } catch let problem as Problem {
                return TransportAnswer(status: problem.code.status, body: problem.json, isProblem: true)
            }
        }
    }

    /// The versions of the requests so far.
    private final class Requests: Sendable {
        private let lines = Mutex<[String]>([])
        func add(_ line: String) { lines.withLock { $0.append(line) } }
        var versions: [String] {
            lines.withLock { $0 }.compactMap { $0.firstMatch(of: #/"v":([0-9]+)/#).map { String($0.1) } }
        }
    }

    private struct Scene {
        var station: Station
        var road: Road
        var engine: SyncEngine
        var spoken: ClosedRange<Int64>

        /// - Parameters:
        ///   - spoken: By the station.
        ///   - centre: What the centre speaks.
        init(_ fleet: Fleet, _ spoken: ClosedRange<Int64>, centre: ClosedRange<Int64>) async throws {
            station = try await fleet.station("s", isEnrolled: false)
            road = Road(centre: fleet.centre, versions: centre)
            self.spoken = spoken
            let (database, surroundings) = (station.database, station.surroundings)
            let road = road
            engine = Wire.$versions.withValue(spoken) { SyncEngine(database: database, transport: road, surroundings: surroundings) }
        }

        /// Enrols, and fetches the promotion's document.
        func enrol() async throws {
            try await Wire.$versions.withValue(spoken) { try await engine.enrol(code: station.code) }
            #expect(await sync().outcome == .complete)
        }

        func sync() async -> SyncSummary {
            await Wire.$versions.withValue(spoken) { await engine.synchronize() }
        }
    }

    @Test("a station one version behind enrols and syncs, and is answered in its own version")
    func behind() async throws {
        let fleet = try await Fleet()
        let scene = try await Scene(fleet, 1...1, centre: 1...2)
        try await scene.enrol()
        _ = try scene.station.capture(["given_name": "Ann"])
        let summary = await scene.sync()
        #expect(summary.outcome == .complete)
        #expect(summary.pushed == 1)
        #expect(Set(scene.road.requests.versions) == ["1"])
        #expect(try await fleet.vault.status().entries == 1)
    }

    @Test("a station that is ahead is refused once, goes down to what both speak, and stays with it")
    func ahead() async throws {
        let fleet = try await Fleet()
        let scene = try await Scene(fleet, 1...3, centre: 1...2)
        try await scene.enrol()
        _ = try scene.station.capture(["given_name": "Ann"])
        #expect(await scene.sync().outcome == .complete)
        _ = try scene.station.capture(["given_name": "Bob"])
        #expect(await scene.sync().pushed == 1)
        #expect(scene.road.requests.versions.prefix(2) == ["3", "2"])
        #expect(Set(scene.road.requests.versions.dropFirst()) == ["2"])
        #expect(try await fleet.vault.status().entries == 2)
    }

    @Test("a sync too goes down, when the centre was put back to an earlier program")
    func centreOlder() async throws {
        let fleet = try await Fleet()
        var scene = try await Scene(fleet, 1...2, centre: 1...2)
        try await scene.enrol()
        scene.road.versions = 1...1
        let (database, surroundings, road) = (scene.station.database, scene.station.surroundings, scene.road)
        scene.engine = Wire.$versions.withValue(1...2) { SyncEngine(database: database, transport: road, surroundings: surroundings) }
        _ = try scene.station.capture(["given_name": "Ann"])
        #expect(await scene.sync().outcome == .complete)
        #expect(scene.road.requests.versions.suffix(3) == ["2", "1", "1"])
        #expect(try await fleet.vault.status().entries == 1)
    }

    @Test("a station that is too old gets a clear problem, keeps its work, and sends it once it is updated")
    func tooOld() async throws {
        let fleet = try await Fleet()
        var scene = try await Scene(fleet, 1...1, centre: 1...2)
        try await scene.enrol()
        _ = try scene.station.capture(["given_name": "Ann"])
        scene.road.versions = 2...3
        let (database, surroundings, road) = (scene.station.database, scene.station.surroundings, scene.road)
        scene.engine = SyncEngine(database: database, transport: road, surroundings: surroundings)
        let before = road.requests.versions.count
        let refused = await scene.sync()
        guard case .refused(let problem) = refused.outcome else {
            Issue.record("\(refused.outcome)")
            return
        }
        #expect(problem.code == .unsupportedVersion)
        #expect(problem.versions == 2...3)
        #expect(refused.message.contains("versions 2 to 3 are spoken here"))
        #expect(refused.message.contains("Update"))
        #expect(road.requests.versions.count == before + 1, "it does not ask again and again")
        #expect(try scene.station.database.status().unsent == 1)
        scene.spoken = 1...2
        scene.engine = Wire.$versions.withValue(1...2) { SyncEngine(database: database, transport: road, surroundings: surroundings) }
        #expect(await scene.sync().pushed == 1)
        #expect(try await fleet.vault.status().entries == 1)
    }
}

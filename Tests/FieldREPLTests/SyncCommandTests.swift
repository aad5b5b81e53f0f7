import EntryModel
import FieldStore
import FieldSync
import TestSupport
import Testing

@testable import FieldREPL

/// Enrolment and `sync` at the desk, with the real centre in the same process.
@MainActor
struct SyncCommandTests {
    @Test("enrolling makes the file a station, and the first sync brings its promotions")
    func enrols() async throws {
        let fleet = try await Fleet()
        let bench = try StationDesk(try await fleet.station("Kiosk 7", isEnrolled: false))
        #expect(await !bench.run("sync").ok)
        let report = try await Enrolment.run(bench.desk, bench.station.code)
        #expect(report.lines.map(\.plain) == ["Enrolled as station Kiosk 7 of client brightfizz."])
        #expect(await bench.run("sync").out == "Synced: 0 sent, 1 received.\n")
        #expect(await bench.run("use summer").ok)
        #expect(await bench.run("status").out.contains("Kiosk 7, client brightfizz"))
    }

    @Test("two desks change the same field apart, both learn of it, and one decision settles it for both")
    func conflict() async throws {
        let fleet = try await Fleet()
        let left = try StationDesk(try await fleet.station("left"))
        let right = try StationDesk(try await fleet.station("right"))
        for bench in [left, right] {
            #expect(await bench.run("sync").ok)
            #expect(await bench.run("use summer").ok)
        }
        #expect(await left.run("new given_name=Sandra city=Martin opt_in=yes").ok)
        #expect(await left.run("sync").out == "Synced: 1 sent, 0 received.\n")
        #expect(await right.run("sync").out == "Synced: 0 sent, 1 received.\n")
        let id = try #require(try right.station.database.entries(promotion: "summer", limit: 1).first).id
        #expect(await left.run("edit \(id) city=Inez").ok)
        #expect(await right.run("edit \(id) city=Lovely").ok)
        #expect(await left.run("sync").ok)
        #expect(await right.run("sync").out.contains("1 sent, 1 received, 1 new conflict."))
        #expect(await right.run("resolve \(id) city --value Warfield").ok)
        #expect(await right.run("sync").ok)
        #expect(await left.run("sync").ok)
        #expect(await left.run("conflicts").out == "No conflicts.\n")
        #expect(try left.station.shown(id, "city") == "Warfield")
        let digests = await [left.run("status --digests").out, right.run("status --digests").out].map { $0.split(separator: "\n").last }
        #expect(digests[0] == digests[1])
        #expect(try await digests[0]?.hasSuffix(fleet.comparison().digest.hex) == true)
    }

    @Test("a sync that fails tells why and what is safe, and the next one goes on")
    func fails() async throws {
        let fleet = try await Fleet()
        let bench = try StationDesk(try await fleet.station("left"))
        #expect(await bench.run("sync").ok)
        #expect(await bench.run("use summer").ok)
        #expect(await bench.run("new given_name=Sandra").ok)
        bench.station.transport.decide { _ in throw TransportFailure(.notFieldEntry, address: "http://loopback") }
        #expect(await !bench.run("sync").ok)
        #expect(bench.errors.contains("is not a Field Entry centre"))
        #expect(bench.errors.contains("What was not sent yet is safe in this file. (0 sent, 0 received.)"))
        #expect(await bench.run("status").out.contains("the last sync failed"))
        bench.station.transport.decide { _ in .arrives }
        #expect(await bench.run("sync").out == "Synced: 1 sent, 0 received.\n")
        #expect(await bench.run("status").out.contains("nothing"))
    }
}

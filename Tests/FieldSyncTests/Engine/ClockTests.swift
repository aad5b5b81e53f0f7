import EntryModel
import FieldStore
import FieldSync
import TestSupport
import Testing

/// Stations whose clocks are wrong sync like all others.
@Suite struct ClockTests {
    /// How far 1970 and 2099 are from the fleet's clock.
    private static func skew(toYear year: Int, from now: Int64) -> Int64 {
        (year == 1970 ? 0 : 4_070_908_800_000) - now
    }

    @Test(
        "in 1970 and in 2099 a station syncs; its skew is known, shown, and written into what it makes from then on",
        arguments: [1970, 2099])
    func wrongYear(year: Int) async throws {
        let fleet = try await Fleet()
        let skew = Self.skew(toYear: year, from: fleet.clock.milliseconds)
        let (wrong, right) = (try await fleet.station("wrong", skew: skew), try await fleet.station("right"))
        for station in [wrong, right] { #expect(await station.sync().outcome == .complete) }
        #expect(try wrong.database.status().skewMilliseconds == skew)
        let entry = try wrong.capture(["given_name": "Ann"])
        for station in [wrong, right] { #expect(await station.sync().outcome == .complete) }
        let item = try #require(try right.database.history(entry).first)
        #expect((item.stamp - item.orderingTime) == skew)
        // An edit that knows of the value before replaces it, whatever the clocks say.
        try right.edit(entry, "given_name", "Anna")
        for station in [right, wrong] { #expect(await station.sync().outcome == .complete) }
        #expect(try wrong.shown(entry, "given_name") == "Anna")
        try wrong.edit(entry, "given_name", "Annika")
        for station in [wrong, right] { #expect(await station.sync().outcome == .complete) }
        #expect(try right.shown(entry, "given_name") == "Annika")
        #expect(try right.conflicts(entry) == [])
    }

    @Test("a clock that jumps back and forth costs one request more each time, and nothing else")
    func jumping() async throws {
        let fleet = try await Fleet()
        let (jumper, other) = (try await fleet.station("jumper"), try await fleet.station("other"))
        for station in [jumper, other] { _ = await station.sync() }
        var entries: [UniqueID] = []
        for year in [1970, 2099, 1970, 0, 2099] {
            let skew = year == 0 ? 0 : Self.skew(toYear: year, from: fleet.clock.milliseconds)
            jumper.setClock(skew: skew)
            entries.append(try jumper.capture(["given_name": "Ann"]))
            let summary = await jumper.sync()
            #expect(summary.outcome == .complete)
            #expect(summary.pushed == 1)
            #expect(summary.requests == 3)
            #expect(try jumper.database.status().skewMilliseconds == skew)
        }
        _ = await other.sync()
        for entry in entries { #expect(try other.shown(entry, "given_name") == "Ann") }
        #expect(try other.comparison().digest == jumper.comparison().digest)
    }
}

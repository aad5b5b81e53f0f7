import FieldStore
import TestSupport
import Testing

/// What a station remembers of its syncs.
@Suite("The log of syncs") struct SyncLogTests {
    private func run(_ ended: Int64, outcome: String = SyncRun.complete, sent: Int = 0) -> SyncRun {
        SyncRun(
            began: ended - 500, ended: ended, outcome: outcome, message: "As \(outcome).", sent: sent, received: 0, conflicts: 0,
            exceptions: 0)
    }

    @Test("each sync is a line, newest first; those in a row that had nothing to do and say the same are one")
    func collapses() throws {
        let database = try StationFixture().database
        try database.recordSync(.succeeded, run: run(1000, sent: 3))
        for minute in 1...5 { try database.recordSync(.succeeded, run: run(Int64(minute) * 60_000)) }
        for minute in 6...7 { try database.recordSync(.failed("As no-route."), run: run(Int64(minute) * 60_000, outcome: "no-route")) }
        try database.recordSync(nil, run: run(480_000, outcome: "cancelled", sent: 1))
        try database.recordSync(.succeeded, run: run(540_000, sent: 2))
        let log = try database.syncLog(limit: 10)
        #expect(log.map(\.outcome) == ["complete", "cancelled", "no-route", "complete", "complete"])
        #expect(log.map(\.times) == [1, 1, 2, 5, 1])
        #expect(log.map(\.sent) == [2, 1, 0, 0, 3])
        #expect(log[3].began == 59_500)
        #expect(log[3].ended == 300_000)
        #expect(try database.syncLog(limit: 2).map(\.ended) == [540_000, 480_000])
    }

    @Test("a sync that was stopped is in the log and neither a success nor a failure")
    func stopped() throws {
        let database = try StationFixture().database
        try database.recordSync(nil, run: run(1000, outcome: "cancelled"))
        let state = try database.syncState()
        #expect(state.lastSync == nil && state.lastFailure == nil)
        #expect(try database.syncLog(limit: 9).count == 1)
    }

    @Test("the log keeps the last five hundred lines")
    func bounded() throws {
        let database = try StationFixture().database
        for number in 1...520 { try database.recordSync(.succeeded, run: run(Int64(number), sent: 1)) }
        let log = try database.syncLog(limit: 1000)
        #expect(log.count == 500)
        #expect(log.first?.ended == 520 && log.last?.ended == 21)
    }

    @Test("how often to sync, and whether to wait, is remembered")
    func watch() throws {
        let database = try StationFixture().database
        #expect(try database.syncState().watchSeconds == nil)
        try database.setWatch(seconds: 300, isPaused: false)
        #expect(try database.syncState().watchSeconds == 300)
        try database.setWatch(seconds: 300, isPaused: true)
        #expect(try database.syncState().isPaused)
    }
}

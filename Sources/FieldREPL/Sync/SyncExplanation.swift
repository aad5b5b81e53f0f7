import EntryModel
import FieldStore

/// What `sync why` says: what went wrong, what is safe, what comes next.
@MainActor
struct SyncExplanation {
    private let desk: Desk
    private let state: SyncState
    private let last: SyncRun?
    private let now: Int64

    init(_ desk: Desk) throws {
        self.desk = desk
        state = try desk.database.syncState()
        last = try desk.database.syncLog(limit: 1).first
        now = desk.surroundings.now()
    }

    var report: Report {
        get throws {
            let status = try desk.database.status()
            var lines = [what, safe(status), next]
            if let advice = last.flatMap({ ConnectionAdvice.sentence($0.outcome) }) { lines.append(StyledText(advice)) }
            if status.quarantinedCount > 0 {
                lines.append(
                    StyledText(
                        "The centre has put aside \(Plural.of(status.quarantinedCount, "change")), kept at both ends; `status` says why.",
                        .warning))
            }
            return Report(
                lines,
                [
                    ("outcome", last.map { .string($0.outcome) } ?? .null), ("message", last.map { .string($0.message) } ?? .null),
                    ("unsent", .integer(Int64(status.unsent))), ("next", desk.road.next.map { .integer($0) } ?? .null),
                ])
        }
    }

    private var what: StyledText {
        guard let last else { return "Nobody has synced this station yet." }
        let time = Moment.short(last.ended, now: now)
        guard !last.isComplete else { return StyledText("Nothing is wrong: the sync of \(time) came to its end.", .good) }
        let times = last.times > 1 ? ", and \(last.times - 1) before it," : ""
        return StyledText("The sync of \(time)\(times) did not come to its end. ", .warning) + StyledText(last.message)
    }

    private func safe(_ status: StationStatus) -> StyledText {
        guard status.unsent > 0 else { return "The centre has everything that was keyed here." }
        let since = status.oldestUnsentStamp.map { ", the oldest for \(Moment.span(milliseconds: max(0, now - $0)))" } ?? ""
        let work = "\(Plural.of(status.unsent, "change")) \(status.unsent == 1 ? "is" : "are")"
        return StyledText("\(work) in this file and not yet there\(since).")
    }

    private var next: StyledText {
        if let next = desk.road.next {
            let wait = Moment.span(milliseconds: max(0, next - now))
            return StyledText("Next: it is tried again by itself in \(wait); `sync` tries at once.")
        }
        if state.watchSeconds != nil, state.isPaused {
            return "Next: syncing by itself is paused; `sync watch` goes on with it, `sync` tries at once."
        }
        return "Next: nothing by itself; `sync` tries again, `sync watch` does so from now on."
    }
}

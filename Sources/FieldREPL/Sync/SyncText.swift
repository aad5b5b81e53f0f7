import EntryModel
import FieldStore
import FieldSync

/// A sync as it is reported.
enum SyncText {
    static func counts(_ summary: SyncSummary) -> String {
        var counts = "\(summary.pushed) sent, \(summary.pulled) received"
        if summary.newConflicts > 0 { counts += ", \(Plural.of(summary.newConflicts, "new conflict"))" }
        if !summary.exceptions.isEmpty { counts += ", \(summary.exceptions.count) put aside by the centre" }
        return counts
    }

    static func members(_ summary: SyncSummary, unsent: Int) -> [(name: String, value: JSONValue)] {
        [
            ("outcome", .string(summary.outcome.code)), ("sent", .integer(Int64(summary.pushed))),
            ("received", .integer(Int64(summary.pulled))), ("newConflicts", .integer(Int64(summary.newConflicts))),
            ("exceptions", .integer(Int64(summary.exceptions.count))), ("unsent", .integer(Int64(unsent))),
            ("recoveries", .array(summary.recoveries.map { .string($0.kind.rawValue) })),
        ]
    }

    /// The log, newest first, one line a run.
    static func log(_ runs: [SyncRun], now: Int64) -> [StyledText] {
        var table = Table([
            ("BEGAN", .left), ("TOOK", .right), ("SENT", .right), ("RECEIVED", .right), ("CONFLICTS", .right), ("", .left),
        ])
        for run in runs {
            let times = run.times > 1 ? "; \(run.times) times until \(Moment.short(run.ended, now: now))" : ""
            let outcome = run.isComplete ? StyledText("complete", .good) : StyledText(run.outcome, .warning)
            table.add([
                StyledText(Moment.text(run.began)), StyledText(run.times > 1 ? "" : duration(run.ended - run.began)),
                StyledText("\(run.sent)"), StyledText("\(run.received)"), StyledText("\(run.conflicts)"),
                outcome + StyledText(times, .dim),
            ])
        }
        return table.lines
    }

    static func json(_ run: SyncRun) -> JSONValue {
        .object([
            ("began", .integer(run.began)), ("ended", .integer(run.ended)), ("times", .integer(Int64(run.times))),
            ("outcome", .string(run.outcome)), ("message", .string(run.message)), ("sent", .integer(Int64(run.sent))),
            ("received", .integer(Int64(run.received))), ("newConflicts", .integer(Int64(run.conflicts))),
            ("exceptions", .integer(Int64(run.exceptions))),
        ])
    }

    private static func duration(_ milliseconds: Int64) -> String {
        milliseconds < 60_000 ? "\(milliseconds / 1000).\(max(0, milliseconds) % 1000 / 100) s" : Moment.span(milliseconds: milliseconds)
    }
}

/// The line that shows how far a sync is: how much, how fast, how much longer, or what it waits for.
struct SyncProgressText {
    private var progress: SyncProgress?
    private var since: Int64 = 0
    private var done = 0
    /// How far the feed was read when it was first known how far it goes, and when that was.
    private var feedStart: (read: Int64, time: Int64)?

    /// - Parameter now: Milliseconds since 1970.
    mutating func take(_ progress: SyncProgress, now: Int64) {
        if progress.phase != self.progress?.phase {
            since = now
            done = Self.count(progress)
            feedStart = nil
        }
        if progress.phase == .receiving, feedStart == nil, progress.feedEnd > 0 { feedStart = (progress.feedRead, now) }
        self.progress = progress
    }

    /// - Returns: `nil` before anything happened.
    func line(now: Int64) -> String? {
        guard let progress else { return nil }
        switch progress.phase {
        case .sending:
            let rate = rate(progress, now)
            let left = rate.map { $0 > 0 ? ", \(Moment.span(milliseconds: Int64(progress.unsent) * 1000 / $0)) left" : "" } ?? ""
            return "Sending: \(progress.pushed) of \(progress.pushed + progress.unsent)\(Self.speed(rate))\(left)"
        case .receiving: return "Receiving: \(progress.pulled) so far\(Self.speed(rate(progress, now)))\(feedLeft(progress, now))"
        case .waiting(let milliseconds, let reason):
            let left = max(0, milliseconds - (now - since))
            let seconds = (left + 999) / 1000
            return "\(Self.cause(reason)) in \(seconds) second\(seconds == 1 ? "" : "s")"
        }
    }

    /// What a sync waits for.
    static func cause(_ reason: SyncProgress.WaitReason) -> String {
        switch reason {
        case .noAnswer: "No answer; trying again"
        case .unavailable: "The centre cannot serve now; trying again"
        case .asked: "The centre asks to be left alone for a while; going on"
        }
    }

    /// By how fast the feed was read: nobody knows beforehand how many changes are still to come.
    private func feedLeft(_ progress: SyncProgress, _ now: Int64) -> String {
        guard let feedStart, now - feedStart.time >= 1000, progress.feedRead > feedStart.read, progress.feedEnd > progress.feedRead
        else { return "" }
        let left = (progress.feedEnd - progress.feedRead) * (now - feedStart.time) / (progress.feedRead - feedStart.read)
        return ", \(Moment.span(milliseconds: left)) left"
    }

    /// Changes a second; `nil` before a second has gone.
    private func rate(_ progress: SyncProgress, _ now: Int64) -> Int64? {
        guard now - since >= 1000 else { return nil }
        return Int64(Self.count(progress) - done) * 1000 / (now - since)
    }

    private static func count(_ progress: SyncProgress) -> Int { progress.phase == .receiving ? progress.pulled : progress.pushed }

    private static func speed(_ rate: Int64?) -> String { rate.map { ", \($0) a second" } ?? "" }
}

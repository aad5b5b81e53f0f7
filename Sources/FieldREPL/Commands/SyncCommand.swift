import EntryModel
import FieldStore
import FieldSync

/// `sync`, `sync watch [INTERVAL]`, `sync pause`, `sync log` and `sync why`.
struct SyncCommand: DeskCommand {
    private enum Action: String, CaseIterable { case watch, pause, log, why }

    static let usage = CommandUsage(
        name: "sync", forms: ["", "watch [INTERVAL]", "pause", "log [--limit N]", "why"],
        summary: "Sends what is unsent to the centre and fetches what is new there.",
        details: [
            "Ctrl-C stops it; the next sync goes on from there. Nothing that is unsent is ever lost by it.",
            "`sync watch` does it by itself while you key, every minute or as often as INTERVAL says (30s, 5m, 1h), also after the next "
                + "start; `sync pause` stops that until `sync watch`. In a script `sync watch` goes on until it is stopped.",
            "`sync log` lists the last ones, `sync why` says what was wrong with the last one that failed, what is safe and what comes next.",
        ],
        examples: ["sync", "sync why", "sync log --limit 5", "sync pause"],
        options: [.init(name: "--limit", value: "N", help: "At most so many lines of the log; 20 unless said.")],
        positionals: 0...2, completes: [.words(Action.allCases.map(\.rawValue))], leastRole: nil)

    private let action: Action?
    private let seconds: Int?
    private let limit: Int

    init(_ arguments: CommandArguments) throws {
        let words = arguments.positionals
        action = try words.first.map { word in
            guard let action = Action(rawValue: word) else {
                throw UsageError("`sync` stands alone or is followed by one of \(Action.allCases.map(\.rawValue).joined(separator: ", ")).")
            }
            return action
        }
        seconds = try words.dropFirst().first.map { word in
            guard words.first == Action.watch.rawValue else { throw UsageError("An interval goes with `sync watch`.") }
            return try SyncInterval.read(word)
        }
        limit = Int(try arguments.number("--limit", in: 1...500) ?? 20)
        if arguments.has("--limit"), action != .log { throw UsageError("`--limit` goes with `sync log`.") }
    }

    func run(at desk: Desk) async throws -> Report {
        switch action {
        case nil: return try await Self.synchronize(desk)
        case .watch: return try await watch(desk)
        case .pause:
            let state = try desk.database.syncState()
            try desk.database.setWatch(seconds: state.watchSeconds, isPaused: true)
            await desk.road.stop()
            return Report("The station syncs only when told to. `sync` does it once, `sync watch` by itself.", [("watching", .bool(false))])
        case .log:
            let runs = try desk.database.syncLog(limit: limit)
            guard !runs.isEmpty else { return Report("Nobody has synced yet.", [("runs", .array([]))]) }
            return Report(SyncText.log(runs, now: desk.surroundings.now()), [("runs", .array(runs.map(SyncText.json)))])
        case .why: return try SyncExplanation(desk).report
        }
    }

    private func watch(_ desk: Desk) async throws -> Report {
        guard try desk.database.identity != nil else { return try await Self.synchronize(desk) }
        let interval = try seconds ?? desk.database.syncState().watchSeconds ?? SyncInterval.standard
        guard desk.reader != nil else { return try await Self.watch(desk, every: interval) }
        try desk.database.setWatch(seconds: interval, isPaused: false)
        desk.road.watch(seconds: interval)
        return Report(
            "Syncs by itself every \(SyncInterval.text(interval)) from now on; `sync pause` stops that.",
            [("watching", .bool(true)), ("seconds", .integer(Int64(interval)))])
    }

    /// Where nobody is there to be disturbed: sync after sync, each reported, until the program is stopped.
    private static func watch(_ desk: Desk, every seconds: Int) async throws -> Report {
        while true {
            do {
                desk.output.report(try await synchronize(desk), command: usage.name)
            } catch let failure as CommandFailure {
                desk.output.failed(failure.description, command: usage.name, lineNumber: nil)
            }
            try await Task.sleep(for: .seconds(seconds))
        }
    }

    private static func synchronize(_ desk: Desk) async throws -> Report {
        let (updates, sink) = AsyncStream.makeStream(of: SyncProgress.self, bufferingPolicy: .bufferingNewest(1))
        let watcher = Task { await show(updates, desk) }
        let result: Result<SyncSummary, any Error>
        do { result = .success(try await desk.road.synchronize { sink.yield($0) }) } catch { result = .failure(error) }
        sink.finish()
        await watcher.value
        desk.output.clearProgress()
        let summary = try result.get()
        // A script that only syncs leaves this to whoever looks for a name.
        if summary.outcome.isComplete, desk.reader != nil { try await desk.indexNames() }
        return try report(summary, desk)
    }

    /// Keeps the progress line going; where there is none, says at least what is being waited for.
    private static func show(_ updates: AsyncStream<SyncProgress>, _ desk: Desk) async {
        var text = SyncProgressText()
        let clock = desk.surroundings.now
        // Its own ticks, so that a countdown goes on while nothing else happens.
        let (ticks, tick) = AsyncStream.makeStream(of: SyncProgress?.self, bufferingPolicy: .bufferingNewest(2))
        let ticker = Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(1))
                tick.yield(nil)
            }
        }
        let forwarding = Task {
            for await progress in updates { tick.yield(progress) }
            tick.finish()
        }
        for await progress in ticks {
            if let progress { text.take(progress, now: clock()) }
            guard desk.output.isTerminal else {
                if case .waiting(let milliseconds, let reason)? = progress?.phase, milliseconds >= 2000 {
                    desk.output.note("\(SyncProgressText.cause(reason)) in \(Moment.span(milliseconds: milliseconds)).")
                }
                continue
            }
            if let line = text.line(now: clock()) { desk.output.progress(line) }
        }
        ticker.cancel()
        await forwarding.value
    }

    /// The summary; a sync that did not come to its end is a failed command, with what was done before standing in the message.
    private static func report(_ summary: SyncSummary, _ desk: Desk) throws -> Report {
        let counts = SyncText.counts(summary)
        guard summary.outcome.isComplete else {
            throw CommandFailure(([summary.message] + summary.recoveries.map(\.sentence) + ["(\(counts).)"]).joined(separator: " "))
        }
        var lines = [StyledText("Synced: ", .good) + StyledText(counts + ".")]
        if summary.newConflicts > 0 { lines.append(StyledText("`conflicts` shows what was changed apart.", .warning)) }
        if !summary.exceptions.isEmpty {
            lines.append(
                StyledText("What the centre put aside is kept on both sides; `status` says why. Everything else went on.", .warning))
        }
        for recovery in summary.recoveries { lines.append(StyledText(recovery.sentence, .warning)) }
        if summary.centreWasRestored, summary.recoveries.isEmpty {
            lines.append(StyledText("The centre was put back to an earlier state meanwhile; nothing here was lost.", .warning))
        }
        return Report(lines, SyncText.members(summary, unsent: try desk.database.unsentCount()))
    }
}

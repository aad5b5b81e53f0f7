import EntryModel
import FieldStore
import FieldSync

/// A desk's one road to the centre: at most one sync at a time goes along it, asked for by a person or begun by the watch.
@MainActor
final class SyncRoad {
    private unowned let desk: Desk
    private var current: Task<SyncSummary, any Error>?
    private var watching: Task<Void, Never>?
    private var lastFailure: String?
    /// When the watch syncs next, in milliseconds since 1970; `nil` while it does not.
    private(set) var next: Int64?

    init(_ desk: Desk) {
        self.desk = desk
    }

    var isWatching: Bool { watching != nil }

    /// Syncs once, at a person's wish; one that the watch has begun is stopped and its rest done here.
    func synchronize(progress: @escaping @Sendable (SyncProgress) -> Void) async throws -> SyncSummary {
        if let current {
            current.cancel()
            _ = try? await current.value
        }
        let summary = try await run(progress)
        if summary.outcome.isComplete { lastFailure = nil }
        return summary
    }

    /// Syncs by itself from now on, at once and then every so many seconds.
    func watch(seconds: Int) {
        watching?.cancel()
        lastFailure = nil
        watching = Task { [weak self] in
            var wait = Duration.zero
            while let self, !Task.isCancelled {
                next = desk.surroundings.now() + wait.components.seconds * 1000
                try? await Task.sleep(for: wait)
                guard !Task.isCancelled else { return }
                let later = current == nil ? await runByItself() : nil
                guard !Task.isCancelled else { return }
                if watching == nil { return }
                wait = .seconds(max(seconds, later ?? 0))
            }
        }
    }

    /// Goes on as it was when the program was last open.
    func resume() {
        // A file that cannot be read says so at the first command.
        guard let state = try? desk.database.syncState(), let seconds = state.watchSeconds, !state.isPaused else { return }
        watch(seconds: seconds)
        desk.output.line(StyledText("Syncs by itself every \(SyncInterval.text(seconds)); `sync pause` stops that.", .dim))
    }

    /// Ends the watch, and a sync that it has begun; the next one goes on from there.
    func stop() async {
        watching?.cancel()
        watching = nil
        next = nil
        current?.cancel()
        _ = try? await current?.value
    }

    private func run(_ progress: @escaping @Sendable (SyncProgress) -> Void) async throws -> SyncSummary {
        guard let identity = try desk.database.identity else {
            throw CommandFailure(
                "This file is not enrolled with a centre. Ask the central staff for a code, then start with `fieldentry FILE --enrol CODE`."
            )
        }
        let connection = try desk.connect(identity.url)
        let engine = SyncEngine(database: desk.database, transport: connection.transport, surroundings: desk.surroundings)
        let task = Task {
            let summary = await engine.synchronize(progress: progress)
            try await connection.close()
            return summary
        }
        current = task
        defer { current = nil }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// - Returns: For how many seconds the centre asks to be left alone, if it does.
    private func runByItself() async -> Int? {
        do {
            let summary = try await run { _ in }
            tell(summary)
            // Stopped or failed, it is done by whoever looks for a name next.
            if summary.outcome.isComplete { try? await desk.indexNamesAside() }
            if summary.outcome == .revoked { watching = nil }
            if case .later(let milliseconds) = summary.outcome { return Int((milliseconds + 999) / 1000) }
        } catch {
            tell(failure: CommandRunner.text(of: error))
        }
        return nil
    }

    /// Says only what a person at work has to know: what came, what needs a decision, and that it fails or works again.
    private func tell(_ summary: SyncSummary) {
        guard summary.outcome.isComplete else {
            // Stopped by a person, who has seen it.
            if summary.outcome != .cancelled { tell(failure: summary.message) }
            return
        }
        if lastFailure != nil || summary.pulled > 0 || summary.newConflicts > 0 || !summary.exceptions.isEmpty {
            let beginning = lastFailure == nil ? "Synced: " : "Syncing works again: "
            var line = StyledText(beginning, .good) + StyledText(SyncText.counts(summary) + ".")
            if summary.newConflicts > 0 { line += StyledText(" `conflicts` shows what was changed apart.", .warning) }
            announce(line)
        }
        for recovery in summary.recoveries { announce(StyledText(recovery.sentence, .warning)) }
        lastFailure = nil
    }

    private func tell(failure message: String) {
        // Once is enough until it changes; the prompt goes on saying that it fails.
        guard lastFailure != message else { return }
        lastFailure = message
        announce(StyledText("Sync failed: \(message)", .warning) + StyledText(" It is tried again; `sync why` says more.", .dim))
    }

    private func announce(_ text: StyledText) {
        desk.announce(StyledText("\(Moment.short(desk.surroundings.now(), now: desk.surroundings.now()))  ", .dim) + text)
    }
}

/// How often to sync, as people write it.
enum SyncInterval {
    static let standard = 60
    static let seconds = 5...86_400

    /// Reads `90`, `90s`, `5m` or `1h`.
    /// - Throws: `UsageError` for anything else, and for what is too short or too long.
    static func read(_ text: String) throws(UsageError) -> Int {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600]
        let unit = text.last.flatMap { units[$0] }
        guard let number = Int(unit == nil ? text : String(text.dropLast())), number > 0,
            number <= seconds.upperBound, seconds.contains(number * (unit ?? 1))
        else { throw UsageError("An interval is 5 seconds to 24 hours, such as `30s`, `5m` or `1h`.") }
        return number * (unit ?? 1)
    }

    static func text(_ seconds: Int) -> String {
        if seconds % 3600 == 0 { return seconds == 3600 ? "hour" : "\(seconds / 3600) hours" }
        if seconds % 60 == 0 { return seconds == 60 ? "minute" : "\(seconds / 60) minutes" }
        return "\(seconds) seconds"
    }
}

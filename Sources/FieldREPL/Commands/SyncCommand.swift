import EntryModel
import FieldStore
import FieldSync

/// `sync`.
struct SyncCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "sync", forms: [""], summary: "Sends what is unsent to the centre and fetches what is new there.",
        details: ["Ctrl-C stops it; the next sync goes on from there. Nothing that is unsent is ever lost by it."], examples: ["sync"])

    init(_ arguments: CommandArguments) {}

    func run(at desk: Desk) async throws -> Report {
        guard let identity = try desk.database.identity else {
            throw CommandFailure(
                "This file is not enrolled with a centre. Ask the central staff for a code, then start with `fieldentry FILE --enrol CODE`."
            )
        }
        let connection = desk.connect(identity.url)
        let engine = SyncEngine(database: desk.database, transport: connection.transport, surroundings: desk.surroundings)
        let (updates, sink) = AsyncStream.makeStream(of: SyncProgress.self, bufferingPolicy: .bufferingNewest(1))
        async let summary = synchronize(engine, sink)
        for await progress in updates { desk.output.progress(Self.text(progress)) }
        desk.output.clearProgress()
        let done = await summary
        try await connection.close()
        return try Self.report(done, desk)
    }

    private nonisolated func synchronize(_ engine: SyncEngine, _ sink: AsyncStream<SyncProgress>.Continuation) async -> SyncSummary {
        let summary = await engine.synchronize { sink.yield($0) }
        sink.finish()
        return summary
    }

    private static func text(_ progress: SyncProgress) -> String {
        switch progress.phase {
        case .sending: "Sending: \(progress.pushed) sent, \(progress.unsent) to go"
        case .receiving: "Receiving: \(progress.pulled) so far"
        case .waiting(..<1000): "No answer; trying again"
        case .waiting(let milliseconds): "No answer; trying again in \(Moment.span(milliseconds: milliseconds))"
        }
    }

    /// The summary; a sync that did not come to its end is a failed command, with what was done before standing in the message.
    private static func report(_ summary: SyncSummary, _ desk: Desk) throws -> Report {
        var counts = "\(summary.pushed) sent, \(summary.pulled) received"
        if summary.newConflicts > 0 { counts += ", \(Plural.of(summary.newConflicts, "new conflict"))" }
        if !summary.exceptions.isEmpty { counts += ", \(summary.exceptions.count) put aside by the centre" }
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
        return Report(
            lines,
            [
                ("outcome", .string(summary.outcome.code)), ("sent", .integer(Int64(summary.pushed))),
                ("received", .integer(Int64(summary.pulled))), ("newConflicts", .integer(Int64(summary.newConflicts))),
                ("exceptions", .integer(Int64(summary.exceptions.count))), ("unsent", .integer(Int64(try desk.database.unsentCount()))),
                ("recoveries", .array(summary.recoveries.map { .string($0.kind.rawValue) })),
            ])
    }
}

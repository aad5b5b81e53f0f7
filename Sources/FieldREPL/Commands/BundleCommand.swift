import EntryModel
import FieldStore
import FieldSync

/// `bundle export FILE` and `bundle import FILE`.
struct BundleCommand: DeskCommand {
    private enum Action: String, CaseIterable { case export, `import` }

    static let usage = CommandUsage(
        name: "bundle", forms: ["export FILE [--new] [--replace]", "import FILE"],
        summary: "Syncs by a file that somebody carries, such as on a USB stick, where there is no network.",
        details: [
            "`bundle export` writes everything that the centre has not confirmed into a file that only the centre can open. It stays unsent "
                + "here until the centre's answer comes back.",
            "`bundle import` takes that answer in: receipts, and what is new for this station. A file taken in twice changes nothing, and one "
                + "that was cut or altered on its way is refused whole.",
            "Files and network may be mixed at will.",
        ],
        examples: ["bundle export /media/stick/kiosk-7.bundle", "bundle import /media/stick/kiosk-7.receipts"],
        options: [
            .init(name: "--new", value: nil, help: "Leave out what earlier bundles hold; the centre waits until those have come."),
            .init(name: "--replace", value: nil, help: "Take the place of a file of that name."),
        ],
        positionals: 2...2, completes: [.words(Action.allCases.map(\.rawValue)), .file])

    private let action: Action
    private let path: String
    private let onlyNew: Bool
    private let replaces: Bool

    init(_ arguments: CommandArguments) throws {
        guard let action = Action(rawValue: arguments.positionals[0]) else {
            throw UsageError("`bundle` is followed by `export` or `import`, and the name of a file.")
        }
        self.action = action
        path = arguments.positionals[1]
        onlyNew = arguments.has("--new")
        replaces = arguments.has("--replace")
        if action == .import, onlyNew || replaces { throw UsageError("`--new` and `--replace` go with `bundle export`.") }
    }

    func run(at desk: Desk) async throws -> Report {
        let exchange = BundleExchange(database: desk.database, surroundings: desk.surroundings)
        let (updates, sink) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
        switch action {
        case .export:
            async let export = Self.export(exchange, path, onlyNew: onlyNew, replaces: replaces, sink)
            for await changes in updates { desk.output.progress("Writing: \(changes) changes") }
            desk.output.clearProgress()
            return try Self.report(try await export, path, desk)
        case .import:
            async let summary = Self.take(exchange, path, sink)
            for await changes in updates { desk.output.progress("Receiving: \(changes) so far") }
            desk.output.clearProgress()
            return try Self.report(try await summary)
        }
    }

    /// Off the main actor, so that a Ctrl-C comes through.
    @concurrent
    static func export(
        _ exchange: BundleExchange, _ path: String, onlyNew: Bool, replaces: Bool, _ sink: AsyncStream<Int>.Continuation
    ) async throws -> BundleExport {
        defer { sink.finish() }
        return try exchange.export(to: path, onlyNew: onlyNew, replacing: replaces) { sink.yield($0) }
    }

    @concurrent
    private static func take(
        _ exchange: BundleExchange, _ path: String, _ sink: AsyncStream<Int>.Continuation
    ) async throws -> BundleSummary {
        defer { sink.finish() }
        return try exchange.take(from: path) { sink.yield($0) }
    }

    private static func report(_ export: BundleExport, _ path: String, _ desk: Desk) throws -> Report {
        let unsent = try desk.database.unsentCount()
        var lines = [StyledText("\(Plural.of(export.changes, "change")) written to \(path), for the centre alone.")]
        if unsent > 0 {
            lines.append(
                StyledText("They count as unsent until the centre's answer is here; `bundle import FILE` takes it in.", .dim))
        }
        return Report(
            lines,
            [
                ("file", .string(path)), ("changes", .integer(Int64(export.changes))),
                ("handedBack", .integer(Int64(export.handedBack))), ("messages", .integer(Int64(export.messages))),
                ("unsent", .integer(Int64(unsent))),
            ])
    }

    private static func report(_ summary: BundleSummary) throws -> Report {
        guard summary.isAnswer else { throw CommandFailure(summary.sentences.joined(separator: " ")) }
        var counts = "\(summary.acknowledged) confirmed, \(summary.pulled) received"
        if summary.newConflicts > 0 { counts += ", \(Plural.of(summary.newConflicts, "new conflict"))" }
        if !summary.exceptions.isEmpty { counts += ", \(summary.exceptions.count) put aside by the centre" }
        var lines = [StyledText("Taken in: ", .good) + StyledText("\(counts); \(Plural.of(summary.unsent, "change")) unsent.")]
        if summary.newConflicts > 0 { lines.append(StyledText("`conflicts` shows what was changed apart.", .warning)) }
        lines += summary.sentences.map { StyledText($0, .warning) }
        return Report(
            lines,
            [
                ("confirmed", .integer(Int64(summary.acknowledged))), ("received", .integer(Int64(summary.pulled))),
                ("newConflicts", .integer(Int64(summary.newConflicts))), ("exceptions", .integer(Int64(summary.exceptions.count))),
                ("parked", .integer(Int64(summary.parked))), ("revoked", .bool(summary.isRevoked)),
                ("recoveries", .array(summary.recoveries.map { .string($0.kind.rawValue) })),
                ("passedOver", .integer(Int64(summary.passedOver))), ("missing", .integer(Int64(summary.missing))),
                ("unsent", .integer(Int64(summary.unsent))),
            ])
    }
}

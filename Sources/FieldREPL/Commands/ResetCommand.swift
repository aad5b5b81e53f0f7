import EntryModel
import FieldStore
import FieldSync

/// `reset [--bundle FILE] [--yes]`.
struct ResetCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "reset", forms: ["[--bundle FILE] [--yes]"], summary: "Empties this file, so that it can be enrolled anew.",
        details: [
            "Nothing that is unsent is ever lost by it: it refuses while the centre lacks something, unless --bundle first writes all of that "
                + "to a file for the centre.",
            "Without --yes it only says what would happen. Afterwards `fieldentry FILE --enrol CODE` makes the file a new station.",
        ],
        examples: ["reset", "reset --yes", "reset --bundle /media/stick/last.bundle --yes"],
        options: [
            .init(name: "--bundle", value: "FILE", help: "First write what is unsent to this file, for the centre.", completes: .file),
            .init(name: "--yes", value: nil, help: "Do it."),
        ], leastRole: .supervisor)

    private let bundle: String?
    private let isConfirmed: Bool

    init(_ arguments: CommandArguments) {
        bundle = arguments.option("--bundle")
        isConfirmed = arguments.has("--yes")
    }

    func run(at desk: Desk) async throws -> Report {
        guard let work = try desk.database.unsentWork() else {
            throw CommandFailure("This file is no station, so there is nothing to empty. `fieldentry FILE --enrol CODE` makes it one.")
        }
        if let draft = try desk.database.drafts().first {
            throw CommandFailure("\(try desk.text(of: draft)) So the file was not emptied. `draft` finishes it, `draft drop` forgets it.")
        }
        let unsent = Self.text(work)
        guard work.isEmpty || bundle != nil else {
            throw CommandFailure(
                "This file holds \(unsent) that the centre has not confirmed, so it was not emptied. `sync` first, or "
                    + "`reset --bundle FILE` writes that to a file for the centre.")
        }
        guard isConfirmed else {
            let saving = bundle.map { ", after \(unsent) have been written to \($0)" } ?? "; the centre has everything"
            return Report(
                StyledText("`reset` with --yes would empty this file\(work.isEmpty ? "; the centre has everything" : saving).", .warning),
                [("done", .bool(false)), ("unsent", .integer(Int64(work.changes)))])
        }
        var lines: [StyledText] = []
        if let bundle, !work.isEmpty {
            let exchange = BundleExchange(database: desk.database, surroundings: desk.surroundings)
            let (_, sink) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
            _ = try await BundleCommand.export(exchange, bundle, onlyNew: false, replaces: false, sink)
            lines.append(
                StyledText("What was unsent, \(unsent), is in \(bundle). Carry it to the centre: nothing else holds it now.", .warning))
        }
        do {
            try desk.database.reset(saved: bundle == nil ? nil : work)
        } catch let error as FieldStoreError {
            throw CommandFailure((lines.map(\.plain) + [error.message]).joined(separator: " "))
        }
        desk.forget()
        lines.append(StyledText("The file is empty. `fieldentry FILE --enrol CODE` makes it a new station.", .good))
        return Report(
            lines,
            [
                ("done", .bool(true)), ("unsent", .integer(Int64(work.changes))),
                ("bundle", work.isEmpty ? .null : bundle.map { .string($0) } ?? .null),
            ])
    }

    private static func text(_ work: UnsentWork) -> String {
        var parts: [String] = []
        if work.changes > 0 { parts.append(Plural.of(work.changes, "change")) }
        if work.unconfirmed > 0 { parts.append("\(Plural.of(work.unconfirmed, "line")) of others") }
        return parts.joined(separator: " and ")
    }
}

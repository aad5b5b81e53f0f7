import EntryModel
import FieldStore
import Foundation

/// `export FILE.csv|.json` and `export --log`.
struct ExportCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "export", forms: ["FILE.csv", "FILE.jsonl", "FILE --personal --reason TEXT", "--log"],
        summary: "Writes the entries of the promotion in use to a file.",
        details: [
            "CSV has the columns that `import` takes; JSON has one object a line with the same members, and the entry's id. The file is there "
                + "whole or not at all.",
            "Names, streets, addresses, numbers, birth dates and free text are masked, and of a ZIP code three digits stay, unless --personal "
                + "asks for them and --reason says what for. That is written down with who did it; `export --log` lists it. The file can be "
                + "read by you alone.",
        ],
        examples: ["export entries.csv", "export winners.jsonl --personal --reason \"prize letters\"", "export --log"],
        options: [
            .init(name: "--personal", value: nil, help: "With people's data; needs --reason."),
            .init(name: "--reason", value: "TEXT", help: "What the people's data is for."),
            .init(name: "--log", value: nil, help: "List the exports of people's data that were made here."),
            .init(name: "--promotion", value: "PROMOTION", help: "Another promotion than the one in use.", completes: .promotion),
            .init(name: "--void", value: nil, help: "Void entries too, in CSV with a column that says so."),
            .init(name: "--replace", value: nil, help: "Take the place of a file of that name."),
        ],
        positionals: 0...1, completes: [.file], leastRole: .supervisor)

    private let lists: Bool
    private let path: String
    private let form: EntryExport.Form
    /// What people's data is exported for; `nil` for a masked file.
    private let reason: String?
    private let promotion: String?
    private let includesVoid: Bool
    private let replaces: Bool

    init(_ arguments: CommandArguments) throws {
        lists = arguments.has("--log")
        path = arguments.positionals.first ?? (lists ? ".csv" : "")
        if lists, !arguments.positionals.isEmpty { throw UsageError("`export --log` takes no file.") }
        reason = arguments.option("--reason")?.trimmed
        guard arguments.has("--personal") == (reason.map { 3...200 ~= $0.count } ?? false) else {
            throw UsageError("`--personal` and `--reason TEXT` go together: what people's data is exported for, in 3 to 200 characters.")
        }
        guard let form = EntryExport.Form(path: path) else {
            throw UsageError("The file's name has to end in .csv or .jsonl, which says what is written.")
        }
        self.form = form
        promotion = arguments.option("--promotion")
        includesVoid = arguments.has("--void")
        replaces = arguments.has("--replace")
    }

    func run(at desk: Desk) async throws -> Report {
        if lists { return try log(desk) }
        let operatorID = try reason.map { _ in try desk.operatorID() }
        let promotion = try self.promotion.map { try desk.promotion(named: $0) } ?? desk.promotionInUse()
        guard replaces || !FileManager.default.fileExists(atPath: path) else {
            throw CommandFailure("There is a file \(path) already. `--replace` takes its place. Nothing was exported.")
        }
        let export = EntryExport(promotion: promotion, form: form, includesVoid: includesVoid, isPersonal: reason != nil)
        let file = try FileInProgress(path: path)
        do {
            let counts = try await write(export, to: file, desk)
            if let reason, let operatorID {
                try desk.database.recordPersonalExport(
                    promotion: promotion.id, entries: counts.entries, reason: reason, by: operatorID)
            }
            try file.finish()
            desk.output.clearProgress()
            return report(counts)
        } catch {
            file.discard()
            throw error
        }
    }

    private func write(_ export: EntryExport, to file: FileInProgress, _ desk: Desk) async throws -> (entries: Int, withoutPlace: Int) {
        var (entries, withoutPlace) = (0, 0)
        var cursor: EntryCursor?
        let all = try desk.database.entryCount(promotion: export.promotion.id)
        let progress = WorkProgress("Exporting", counting: "entry", began: desk.surroundings.now())
        try file.write(export.header)
        while true {
            let page = try desk.database.entries(
                promotion: export.promotion.id, batch: nil, after: cursor, limit: 500, includingVoid: includesVoid)
            try file.write(page.filter { !$0.isErased }.map(export.text).joined())
            entries += page.count { !$0.isErased }
            withoutPlace += page.count { !$0.isErased && $0.place == nil }
            cursor = page.last?.cursor
            guard page.count == 500 else { return (entries, withoutPlace) }
            desk.output.progress(progress.line(entries, share: Double(entries) / Double(max(1, all)), now: desk.surroundings.now()))
            await Task.yield()
            if Task.isCancelled { throw CommandFailure("Stopped. Nothing was exported.") }
        }
    }

    private func report(_ counts: (entries: Int, withoutPlace: Int)) -> Report {
        var lines: [StyledText] = [
            StyledText("\(Plural.of(counts.entries, "entry")) written to \(path)\(reason == nil ? ", masked" : "").")
        ]
        if counts.withoutPlace > 0, form == .csv {
            lines.append(StyledText("\(counts.withoutPlace) of them lie in no batch; an import does not take those.", .dim))
        }
        return Report(
            lines, [("file", .string(path)), ("entries", .integer(Int64(counts.entries))), ("personal", .bool(reason != nil))])
    }

    private func log(_ desk: Desk) throws -> Report {
        let exports = try desk.database.personalExports()
        guard !exports.isEmpty else { return Report("No people's data was exported from this file.", [("exports", .array([]))]) }
        var table = Table("MADE", "BY", "PROMOTION", "ENTRIES", "WHAT FOR")
        for export in exports {
            let name = try desk.database.operatorName(export.operatorID) ?? export.operatorID
            table.add([
                StyledText(Moment.text(export.made)), StyledText(name), StyledText(export.promotion), StyledText("\(export.entries)"),
                StyledText(export.reason),
            ])
        }
        let json = exports.map { export in
            JSONValue.object([
                ("made", .integer(export.made)), ("operator", .string(export.operatorID)), ("promotion", .string(export.promotion)),
                ("entries", .integer(Int64(export.entries))), ("reason", .string(export.reason)),
            ])
        }
        return Report(table.lines, [("exports", .array(json))])
    }
}

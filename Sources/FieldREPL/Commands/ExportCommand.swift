import EntryModel
import FieldStore
import Foundation

/// `export FILE.csv|.json [--promotion P] [--void] [--replace]`.
struct ExportCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "export", forms: ["FILE.csv", "FILE.json"], summary: "Writes the entries of the promotion in use to a file.",
        details: [
            "CSV has the columns that `import` takes; JSON has one object a line. The file holds personal data: "
                + "it can be read by you alone, and is there whole or not at all."
        ],
        examples: ["export entries.csv", "export entries.json --promotion county-fairs"],
        options: [
            .init(name: "--promotion", value: "PROMOTION", help: "Another promotion than the one in use.", completes: .promotion),
            .init(name: "--void", value: nil, help: "Void entries too, in CSV with a column that says so."),
            .init(name: "--replace", value: nil, help: "Take the place of a file of that name."),
        ],
        positionals: 1...1, completes: [.file], leastRole: .supervisor)

    private let path: String
    private let form: EntryExport.Form
    private let promotion: String?
    private let includesVoid: Bool
    private let replaces: Bool

    init(_ arguments: CommandArguments) throws {
        path = arguments.positionals[0]
        guard let form = EntryExport.Form(path: path) else {
            throw UsageError("The file's name has to end in .csv or .json, which says what is written.")
        }
        self.form = form
        promotion = arguments.option("--promotion")
        includesVoid = arguments.has("--void")
        replaces = arguments.has("--replace")
    }

    func run(at desk: Desk) async throws -> Report {
        let promotion = try self.promotion.map { try desk.promotion(named: $0) } ?? desk.promotionInUse()
        guard replaces || !FileManager.default.fileExists(atPath: path) else {
            throw CommandFailure("There is a file \(path) already. `--replace` takes its place. Nothing was exported.")
        }
        let export = EntryExport(promotion: promotion, form: form, includesVoid: includesVoid)
        let file = try FileInProgress(path: path)
        do {
            let counts = try await write(export, to: file, desk)
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
        try file.write(export.header)
        while true {
            let page = try desk.database.entries(
                promotion: export.promotion.id, batch: nil, after: cursor, limit: 500, includingVoid: includesVoid)
            try file.write(page.filter { !$0.isErased }.map(export.text).joined())
            entries += page.count { !$0.isErased }
            withoutPlace += page.count { !$0.isErased && $0.place == nil }
            cursor = page.last?.cursor
            guard page.count == 500 else { return (entries, withoutPlace) }
            desk.output.progress("Exporting: \(entries) entries")
            await Task.yield()
            if Task.isCancelled { throw CommandFailure("Stopped. Nothing was exported.") }
        }
    }

    private func report(_ counts: (entries: Int, withoutPlace: Int)) -> Report {
        var lines: [StyledText] = [StyledText("\(Plural.of(counts.entries, "entry")) written to \(path).")]
        if counts.withoutPlace > 0, form == .csv {
            lines.append(StyledText("\(counts.withoutPlace) of them lie in no batch; an import does not take those.", .dim))
        }
        return Report(lines, [("file", .string(path)), ("entries", .integer(Int64(counts.entries)))])
    }
}

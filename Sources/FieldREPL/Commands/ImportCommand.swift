import EntryModel
import FieldStore
import Foundation

/// `import FILE [--limit N]`.
struct ImportCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "import", forms: ["FILE.csv", "FILE.jsonl", "FILE [--format csv|jsonl] [--limit N] [--dry-run] [--report FILE.csv]"],
        summary: "Takes in a file of cards for the promotion in use.",
        details: [
            "Columns are named by field id; batch, envelope and card say where a card lies, and channel may say how it came in. A note "
                + "`illegible: FIELD` flags that field, and so do blank, crossed-out and other. The file is CSV in UTF-8, or JSON Lines: one "
                + "object a line, its members named like the columns.",
            "A line that cannot be read or understood is reported with its number and not taken, not even in part, and the rest goes on; "
                + "--report writes all of them to a file. Importing a file again adds nothing. With --dry-run it only says what would come of "
                + "it. Ctrl-C stops it; importing the file again goes on.",
        ],
        examples: ["import cards.csv", "import cards.csv --dry-run", "import cards.csv --limit 100 --report missing.csv"],
        options: [
            .init(
                name: "--format", value: "csv|jsonl", help: "What the file holds, where its name does not say it.",
                completes: .words(CardFile.Form.allCases.map(\.rawValue))),
            .init(name: "--limit", value: "N", help: "Only the first so many lines."),
            .init(name: "--dry-run", value: nil, help: "Write nothing."),
            .init(
                name: "--report", value: "FILE.csv", help: "Write each line that was not taken, with its reason, to this file.",
                completes: .file),
        ],
        positionals: 1...1, completes: [.file], leastRole: .supervisor)

    private let path: String
    private let form: CardFile.Form
    private let limit: Int
    private let isDryRun: Bool
    private let reportPath: String?

    init(_ arguments: CommandArguments) throws {
        path = arguments.positionals[0]
        let format = try arguments.option("--format").map { word in
            guard let form = CardFile.Form(rawValue: word) else { throw UsageError("`--format` takes csv or jsonl.") }
            return form
        }
        form = format ?? CardFile.Form(path: path)
        isDryRun = arguments.has("--dry-run")
        limit = Int(try arguments.number("--limit", in: 1...1_000_000_000) ?? .max)
        reportPath = arguments.option("--report")
    }

    func run(at desk: Desk) async throws -> Report {
        let operatorID = try desk.operatorID()
        let promotion = try desk.promotionInUse()
        var cards = try CardFile(path: path, form: form, promotion: promotion)
        if let reportPath, FileManager.default.fileExists(atPath: reportPath) {
            throw CommandFailure("There is a file \(reportPath) already. Nothing was imported. Choose another name for the report.")
        }
        // Made before anything is taken in: a report that cannot be written is known at once.
        let reported = try reportPath.map { try FileInProgress(path: $0, otherwise: "Nothing was imported.") }
        let result: CardImport.Result
        do {
            result = try await take(&cards, by: operatorID, desk)
            if let reported {
                try reported.write(Self.file(result))
                try reported.finish(otherwise: "What the import took is in the station's file.")
            }
        } catch {
            reported?.discard()
            throw error
        }
        if result.new > 0, !isDryRun, !result.wasStopped { try await desk.indexNames() }
        return report(result)
    }

    private func take(_ cards: inout CardFile, by operatorID: String, _ desk: Desk) async throws -> CardImport.Result {
        var work = CardImport(database: desk.database, operatorID: operatorID, isDryRun: isDryRun)
        let progress = WorkProgress(isDryRun ? "Looking" : "Importing", counting: "line", began: desk.surroundings.now())
        while work.result.lines < limit, let card = try cards.next() {
            try work.take(card)
            guard work.result.lines.isMultiple(of: 100) else { continue }
            let share = cards.size > 0 ? Double(cards.bytesRead) / Double(cards.size) : nil
            let ofLimit = limit < .max ? Double(work.result.lines) / Double(limit) : 0
            let line = progress.line(work.result.lines, share: share.map { max($0, ofLimit) }, now: desk.surroundings.now())
            desk.output.progress(line)
            // Lets a Ctrl-C come through.
            await Task.yield()
            if Task.isCancelled {
                work.stop()
                break
            }
        }
        let result = try work.finish()
        desk.output.clearProgress()
        return result
    }

    /// The report for whoever puts the lines right; it holds nothing of what stands in them.
    private static func file(_ result: CardImport.Result) -> String {
        CSVWriter.record(["line", "reason"])
            + result.notTaken.map { CSVWriter.record([String($0.line), "\($0.fault)"]) }.joined()
    }

    private func report(_ result: CardImport.Result) -> Report {
        let shown = 50
        var lines = result.notTaken.prefix(shown).map { StyledText("line \($0.line) \($0.fault)", .warning) }
        if result.notTaken.count > shown {
            lines.append(
                StyledText(
                    "… and \(result.notTaken.count - shown) more\(reportPath.map { ", all of them in \($0)" } ?? "; `--report FILE` writes all of them")",
                    .warning))
        }
        if isDryRun { lines.append(StyledText("Nothing was written; an import would come to this:", .warning)) }
        if result.wasStopped { lines.append(StyledText("Stopped. Importing the file again goes on where this ended.", .warning)) }
        lines.append(
            StyledText("\(Plural.of(result.lines, "line")): ")
                + StyledText("\(result.new) new", .good)
                + StyledText(", \(result.held) already here, ")
                + StyledText("\(result.notTaken.count) not taken", result.notTaken.isEmpty ? .plain : .warning))
        let notTaken = result.notTaken.map { JSONValue.object([("line", .integer(Int64($0.line))), ("reason", .string("\($0.fault)"))]) }
        return Report(
            lines,
            [
                ("lines", .integer(Int64(result.lines))), ("new", .integer(Int64(result.new))), ("held", .integer(Int64(result.held))),
                ("notTaken", .array(notTaken)), ("stopped", .bool(result.wasStopped)), ("dryRun", .bool(isDryRun)),
            ])
    }
}

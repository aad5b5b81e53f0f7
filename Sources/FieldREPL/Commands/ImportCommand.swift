import EntryModel
import FieldStore
import Foundation

/// `import FILE.csv [--limit N]`.
struct ImportCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "import", forms: ["FILE.csv [--limit N] [--dry-run]"], summary: "Takes in a file of cards for the promotion in use.",
        details: [
            "Columns are named by field id; batch, envelope and card say where a card lies. A note `illegible: FIELD` flags that field. "
                + "The file is CSV in UTF-8.",
            "A line that cannot be read is reported with its number, and the rest goes on. Importing a file again adds nothing. With "
                + "--dry-run it only says what would come of it.",
        ],
        examples: ["import cards.csv", "import cards.csv --dry-run", "import cards.csv --limit 100"],
        options: [
            .init(name: "--limit", value: "N", help: "Only the first so many lines."),
            .init(name: "--dry-run", value: nil, help: "Write nothing."),
        ],
        positionals: 1...1, completes: [.file], leastRole: .supervisor)

    private let path: String
    private let limit: Int
    private let isDryRun: Bool

    init(_ arguments: CommandArguments) throws {
        path = arguments.positionals[0]
        isDryRun = arguments.has("--dry-run")
        limit = Int(try arguments.number("--limit", in: 1...1_000_000_000) ?? .max)
    }

    func run(at desk: Desk) async throws -> Report {
        let operatorID = try desk.operatorID()
        let promotion = try desk.promotionInUse()
        var (reader, columns) = try open(promotion)
        let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
        var work = CardImport(database: desk.database, operatorID: operatorID, columns: columns, isDryRun: isDryRun)
        while work.result.lines < limit, let record = try reader.next() {
            try work.take(record)
            guard work.result.lines.isMultiple(of: 100) else { continue }
            desk.output.progress(ProgressBar.text("Importing", done: reader.bytesRead, of: size, detail: "\(work.result.lines) lines"))
            // Lets a Ctrl-C come through.
            await Task.yield()
            if Task.isCancelled {
                work.stop()
                break
            }
        }
        let result = try work.finish()
        desk.output.clearProgress()
        return report(result)
    }

    private func open(_ promotion: Promotion) throws -> (CSVReader, CardColumns) {
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw CommandFailure("There is no file \(path) that can be read. Nothing was imported.")
        }
        do {
            var reader = try CSVReader(path: path)
            guard let header = try reader.header() else { throw CommandFailure("The file \(path) is empty. Nothing was imported.") }
            return (reader, try CardColumns(header: header, promotion: promotion))
        } catch let fault as CSVFault {
            throw CommandFailure(
                "The first line of \(path), which names the columns, \(fault). Save the file as CSV in UTF-8. Nothing was imported.")
        }
    }

    private func report(_ result: CardImport.Result) -> Report {
        let shown = 50
        var lines = result.notTaken.prefix(shown).map { StyledText("line \($0.line) \($0.fault)", .warning) }
        if result.notTaken.count > shown { lines.append(StyledText("… and \(result.notTaken.count - shown) more", .warning)) }
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

/// A line that shows how much of known work is done.
enum ProgressBar {
    static func text(_ what: String, done: Int, of total: Int, detail: String) -> String {
        guard total > 0 else { return "\(what): \(detail)" }
        let width = 24
        let share = min(1, Double(done) / Double(total))
        let filled = Int(share * Double(width))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        return "\(what) \(bar) \(Int(share * 100)) %  \(detail)"
    }
}

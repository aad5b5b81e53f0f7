import ArgumentParser
import CentralStore
import EntryModel
import Foundation

/// `central entry export`: a promotion's entries with everything that was written on them.
struct EntryExportCommand: AsyncParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable { case csv, json }

    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes all entries of a promotion as CSV, or as JSON with one entry a line.",
        discussion: """
            The export holds personal data. CSV has the columns batch, envelope and card, the form's fields, then void and conflicts; a field \
            in conflict has the value that its policy shows. A cell that a spreadsheet would run as a formula begins with an apostrophe, \
            unless --raw; JSON always has the exact text. Erased entries are left out.

            Examples:
              central entry export --promotion brightfizz-summer --output entries.csv --purpose "draw of the winners"
            """)

    @OptionGroup var centre: CentreOptions
    @OptionGroup var client: ClientOption

    @Option(help: ArgumentHelp("The promotion; may be left out when there is only one.", valueName: "id"))
    var promotion: String?

    @Option(help: "csv or json; without it what the file's name ends with, else csv.")
    var format: Format?

    @Option(help: ArgumentHelp("The file to write, readable by you alone; without it standard output.", valueName: "file"))
    var output: String?

    @Flag(help: "Leave formulas in CSV cells as they are.")
    var raw = false

    @Flag(help: "The same as --format json.")
    var json = false

    @OptionGroup var purpose: PurposeOption
    @OptionGroup var confirmation: ConfirmationOption

    func run() async throws {
        let centre = try centre.open()
        let vault = try await client.vault(of: centre)
        let promotion = try await vault.promotion(named: promotion).promotion
        if output != nil, StaffSession.current != nil {
            throw Refusal("--output is for the centre's own machine; from elsewhere send standard output into a file.")
        }
        try await purpose.record(.entriesExported, at: centre, client: vault.client, promotion: promotion.id)
        let format = json ? .json : format ?? (output.map { $0.lowercased().hasSuffix(".json") } == true ? .json : .csv)
        guard let output else {
            _ = try await write(vault, promotion, format) { try Output.current.result($0) }
            return
        }
        if FileManager.default.fileExists(atPath: output) { try confirmation.ask("\(output) is there already and is replaced. Go on?") }
        let file = try ExportFile(path: output)
        let count: Int
        do {
            count = try await write(vault, promotion, format) { try file.write($0) }
            try file.finish()
        } catch {
            file.discard()
            throw error
        }
        try Output.hint("\(count) entries of \(promotion.id) are in \(output).")
    }

    private func write(
        _ vault: Vault, _ promotion: Promotion, _ format: Format, _ put: (String) throws -> Void
    ) async throws -> Int {
        let lines = ExportLines(promotion: promotion, guardsFormulas: !raw)
        if format == .csv { try put(lines.heading) }
        var count = 0
        // Written in pieces of some size: a call for each line would cost more than the line.
        var pending = ""
        try await vault.export(promotion.id) { entry in
            guard !entry.state.isErased else { return }
            pending += format == .csv ? lines.csv(entry) : lines.json(entry)
            count += 1
            if pending.utf8.count > 64 << 10 {
                try put(pending)
                pending = ""
            }
        }
        if !pending.isEmpty { try put(pending) }
        return count
    }
}

/// Entries as lines of an export.
struct ExportLines {
    var promotion: Promotion
    var guardsFormulas: Bool

    private var fields: [String] { promotion.form.map(\.id) }

    /// The CSV's first line.
    var heading: String {
        CSVLine.text(["batch", "envelope", "card"] + fields + ["void", "conflicts"], guardsFormulas: false)
    }

    func csv(_ entry: VaultEntry) -> String {
        let place = [entry.batch ?? "", entry.envelope.map { String($0) } ?? "", entry.card.map { String($0) } ?? ""]
        let values = fields.map { entry.shown($0, in: promotion)?.value.description ?? "" }
        return CSVLine.text(
            place + values + [void(entry), entry.state.conflicts.joined(separator: " ")], guardsFormulas: guardsFormulas)
    }

    private func void(_ entry: VaultEntry) -> String {
        switch entry.state.void {
        case .no: "no"
        case .void: "yes"
        case .contested: "contested"
        }
    }

    func json(_ entry: VaultEntry) -> String {
        String(decoding: JSONValue.object(entry.json(promotion)).line, as: UTF8.self) + "\n"
    }
}

/// A file that is there whole or not at all: written beside its place and then moved there. Only its owner may read it.
private struct ExportFile {
    private let url: URL
    private let temporary: URL
    private let handle: FileHandle

    init(path: String) throws {
        url = URL(filePath: path)
        temporary = url.deletingLastPathComponent().appending(path: ".\(url.lastPathComponent).\(UUID().uuidString)")
        guard FileManager.default.createFile(atPath: temporary.path, contents: nil, attributes: [.posixPermissions: 0o600]),
            let handle = try? FileHandle(forWritingTo: temporary)
        else { throw Refusal("\(path) cannot be written: there is no such folder, or no right to write in it.") }
        self.handle = handle
    }

    func write(_ text: String) throws {
        try handle.write(contentsOf: Data(text.utf8))
    }

    func finish() throws {
        try handle.synchronize()
        try handle.close()
        guard rename(temporary.path, url.path) == 0 else {
            throw Refusal("\(url.path) cannot be replaced: \(String(cString: strerror(errno))).")
        }
    }

    func discard() {
        try? handle.close()
        try? FileManager.default.removeItem(at: temporary)
    }
}

import EntryModel
import FieldStore
import Foundation

/// Writes a promotion's entries to a file that is there whole or not at all.
struct EntryExport {
    enum Form: Equatable {
        /// With the columns that `import` takes.
        case csv
        /// One JSON object a line.
        case jsonLines

        /// - Returns: `nil` for an ending that says neither.
        init?(path: String) {
            let name = path.lowercased()
            if name.hasSuffix(".csv") {
                self = .csv
            } else if name.hasSuffix(".json") || name.hasSuffix(".jsonl") || name.hasSuffix(".ndjson") {
                self = .jsonLines
            } else {
                return nil
            }
        }
    }

    let promotion: Promotion
    let form: Form
    let includesVoid: Bool
    /// Whether people's data stands in it; else that is masked.
    let isPersonal: Bool

    /// What goes before the first entry.
    var header: String {
        guard form == .csv else { return "" }
        return CSVWriter.record(["batch", "envelope", "card"] + promotion.form.map(\.id) + ["note"] + (includesVoid ? ["void"] : []))
    }

    func text(of entry: EntryView) -> String {
        let entry = isPersonal ? entry : masked(entry)
        guard form == .csv else {
            return String(decoding: EntryText(entry: entry, promotion: promotion).json.line, as: UTF8.self) + "\n"
        }
        var record = [entry.place?.batch ?? "", entry.place.map { String($0.envelope) } ?? "", entry.place.map { String($0.card) } ?? ""]
        record += promotion.form.map { Self.text(of: entry.value(of: $0.id)) }
        record.append(note(of: entry))
        if includesVoid { record.append(entry.isVoid ? "yes" : "") }
        return CSVWriter.record(record)
    }

    /// The entry without what says who it is of: names, streets, numbers, addresses, birth dates and free text; of a ZIP code three digits stay.
    private func masked(_ entry: EntryView) -> EntryView {
        var masked = entry
        masked.shown = entry.shown.map { assignment in
            guard !assignment.field.hasPrefix("$") else { return assignment }
            var assignment = assignment
            // What was typed beside a value is free text.
            assignment.keyed = nil
            guard let text = assignment.value.text, !text.isEmpty else { return assignment }
            switch promotion.field(assignment.field)?.kind {
            case .city, .region, .date, .choice, .integer, .flag, .consent: break
            case .postalCode: assignment.value = .text(text.prefix(3) + "**")
            default: assignment.value = .text("***")
            }
            return assignment
        }
        return masked
    }

    /// What an import makes the same value of.
    private static func text(of assignment: Assignment?) -> String {
        guard let assignment else { return "" }
        // An answer to a consent that was none is null, with what was written beside it.
        return assignment.value.isNull ? assignment.keyed ?? "" : assignment.value.description
    }

    /// Only what an operator said has to be written down: the other flags follow from the values.
    private func note(of entry: EntryView) -> String {
        let illegible = entry.flags.filter { $0.flag == FindingCode.illegible.rawValue }.map(\.field)
        return illegible.isEmpty ? "" : "illegible: " + illegible.joined(separator: ", ")
    }
}

/// A file that takes its name only when it is complete. Private to its owner, because it holds personal data.
struct FileInProgress {
    private let path: String
    private let temporaryPath: String
    private let handle: FileHandle

    /// - Throws: `CommandFailure` when the file cannot be made there.
    init(path: String) throws {
        self.path = path
        temporaryPath = path + ".partial"
        // One may be left from a run that was killed.
        try? FileManager.default.removeItem(atPath: temporaryPath)
        guard FileManager.default.createFile(atPath: temporaryPath, contents: nil, attributes: [.posixPermissions: 0o600]),
            let handle = FileHandle(forWritingAtPath: temporaryPath)
        else { throw CommandFailure("The file \(path) cannot be written there. Nothing was exported.") }
        self.handle = handle
    }

    func write(_ text: String) throws {
        try handle.write(contentsOf: Data(text.utf8))
    }

    /// Gives the file its name, in the place of one that had it.
    func finish() throws {
        try handle.synchronize()
        try handle.close()
        guard rename(temporaryPath, path) == 0 else {
            try? FileManager.default.removeItem(atPath: temporaryPath)
            throw CommandFailure("The file \(path) could not be put in its place. Nothing was exported.")
        }
    }

    func discard() {
        // It may be gone already, and what matters is that it is.
        try? handle.close()
        try? FileManager.default.removeItem(atPath: temporaryPath)
    }
}

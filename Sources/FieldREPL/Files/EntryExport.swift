import EntryModel
import FieldStore
import Foundation

/// Writes a promotion's entries to a file that is there whole or not at all.
struct EntryExport {
    enum Form: Equatable {
        /// With the columns that `import` takes.
        case csv
        /// One JSON object a line, whose members `import` takes.
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
        return CSVWriter.record(
            ["batch", "envelope", "card"] + promotion.form.map(\.id) + ["channel", "note"] + (includesVoid ? ["void"] : []))
    }

    func text(of entry: EntryView) -> String {
        let entry = isPersonal ? entry : masked(entry)
        guard form == .csv else { return String(decoding: object(of: entry).line, as: UTF8.self) + "\n" }
        var record = [entry.place?.batch ?? "", entry.place.map { String($0.envelope) } ?? "", entry.place.map { String($0.card) } ?? ""]
        record += promotion.form.map { Self.text(of: entry.value(of: $0.id)) }
        record += [entry.channel?.rawValue ?? "", note(of: entry)]
        if includesVoid { record.append(entry.isVoid ? "yes" : "") }
        return CSVWriter.record(record)
    }

    /// The entry with its id, for programs; what was never answered is left out.
    private func object(of entry: EntryView) -> JSONValue {
        var members: [(name: String, value: JSONValue)] = [("id", .string(entry.id.description))]
        if let place = entry.place {
            members += [("batch", .string(place.batch)), ("envelope", .integer(place.envelope)), ("card", .integer(place.card))]
        }
        for field in promotion.form {
            guard let assignment = entry.value(of: field.id) else { continue }
            let value = assignment.value.isNull ? assignment.keyed.map { .string($0) } ?? .null : JSONValue(assignment.value)
            members.append((field.id, value))
        }
        if let channel = entry.channel { members.append(("channel", .string(channel.rawValue))) }
        let note = note(of: entry)
        if !note.isEmpty { members.append(("note", .string(note))) }
        if includesVoid { members.append(("void", .bool(entry.isVoid))) }
        // A form may have a field of one of these names: then that is what stands there.
        var names: Set<String> = []
        return .object(members.reversed().filter { names.insert($0.name).inserted }.reversed())
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
        let flags = entry.flags
        return FlagReason.allCases.compactMap { reason in
            let fields = flags.filter { $0.flag == reason.rawValue && !$0.field.hasPrefix("$") }.map(\.field)
            return fields.isEmpty ? nil : "\(reason.rawValue): \(fields.joined(separator: ", "))"
        }.joined(separator: "; ")
    }
}

/// A file that takes its name only when it is complete. Private to its owner, because it holds personal data.
struct FileInProgress {
    private let path: String
    private let temporaryPath: String
    private let handle: FileHandle

    /// - Parameter consequence: What did not happen because of it, as a sentence.
    /// - Throws: `CommandFailure` when the file cannot be made there.
    init(path: String, otherwise consequence: String = "Nothing was exported.") throws {
        self.path = path
        temporaryPath = path + ".partial"
        // One may be left from a run that was killed.
        try? FileManager.default.removeItem(atPath: temporaryPath)
        guard FileManager.default.createFile(atPath: temporaryPath, contents: nil, attributes: [.posixPermissions: 0o600]),
            let handle = FileHandle(forWritingAtPath: temporaryPath)
        else { throw CommandFailure("The file \(path) cannot be written there. \(consequence)") }
        self.handle = handle
    }

    func write(_ text: String) throws {
        try handle.write(contentsOf: Data(text.utf8))
    }

    /// Gives the file its name, in the place of one that had it.
    func finish(otherwise consequence: String = "Nothing was exported.") throws {
        try handle.synchronize()
        try handle.close()
        guard rename(temporaryPath, path) == 0 else {
            try? FileManager.default.removeItem(atPath: temporaryPath)
            throw CommandFailure("The file \(path) could not be put in its place. \(consequence)")
        }
    }

    func discard() {
        // It may be gone already, and what matters is that it is.
        try? handle.close()
        try? FileManager.default.removeItem(atPath: temporaryPath)
    }
}

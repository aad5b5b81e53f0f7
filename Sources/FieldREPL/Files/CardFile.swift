import EntryModel
import FieldStore
import Foundation

/// A file of cards, read card by card.
struct CardFile {
    enum Form: String, CaseIterable {
        case csv, jsonl

        /// By the end of a file's name.
        init(path: String) {
            let name = path.lowercased()
            self = [".jsonl", ".ndjson", ".json"].contains { name.hasSuffix($0) } ? .jsonl : .csv
        }
    }

    struct Card {
        /// Where it begins, counted from 1.
        var line: Int
        var capture: Result<Capture, LineFault>
    }

    private enum Reader {
        case columns(CSVReader, CardColumns)
        case members(LineReader, CardMembers)
    }

    private var reader: Reader
    /// How long the file is; 0 where that is not known, as for a pipe.
    let size: Int

    /// Opens a file, and reads what stands before the first card.
    /// - Throws: `CommandFailure` when it cannot be read, is empty, or its columns are not those of the promotion.
    init(path: String, form: Form, promotion: Promotion) throws {
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw CommandFailure("There is no file \(path) that can be read. Nothing was imported.")
        }
        size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
        switch form {
        case .jsonl: reader = .members(try LineReader(path: path), CardMembers(promotion: promotion))
        case .csv:
            do {
                var lines = try CSVReader(path: path)
                guard let header = try lines.header() else { throw CommandFailure("The file \(path) is empty. Nothing was imported.") }
                reader = .columns(lines, try CardColumns(header: header, promotion: promotion))
            } catch let fault as CSVFault {
                throw CommandFailure(
                    "The first line of \(path), which names the columns, \(fault). Save the file as CSV in UTF-8. Nothing was imported.")
            }
        }
    }

    var bytesRead: Int {
        switch reader {
        case .columns(let lines, _): lines.bytesRead
        case .members(let lines, _): lines.bytesRead
        }
    }

    /// The next card; `nil` at the end.
    /// - Throws: What reading the file throws.
    mutating func next() throws -> Card? {
        switch reader {
        case .columns(var lines, let columns):
            let record = try lines.next()
            reader = .columns(lines, columns)
            return record.map { record in
                let texts = record.content.mapError { LineFault.unreadable($0) }
                return Card(
                    line: record.line,
                    capture: texts.flatMap { texts in Self.result { () throws(LineFault) in try columns.capture(texts) } })
            }
        case .members(var lines, let members):
            let line = try lines.next()
            reader = .members(lines, members)
            return line.map { line in
                guard let bytes = line.bytes else { return Card(line: line.number, capture: .failure(.unreadable(.tooLong))) }
                return Card(line: line.number, capture: Self.result { () throws(LineFault) in try members.capture(bytes) })
            }
        }
    }

    private static func result(_ body: () throws(LineFault) -> Capture) -> Result<Capture, LineFault> {
        do throws(LineFault) { return .success(try body()) } catch { return .failure(error) }
    }
}

/// Why a record of a CSV file could not be read. Holds nothing of what stands in it.
enum CSVFault: Error, Equatable, Sendable {
    case notUTF8
    /// A quote within a field that does not begin with one, or something other than a comma behind a closing quote.
    case strayQuote
    case openQuote
    case columns(found: Int, expected: Int)
    case tooLong
}

extension CSVFault: CustomStringConvertible {
    var description: String {
        switch self {
        case .notUTF8: "holds bytes that are not UTF-8"
        case .strayQuote: "has a quotation mark where none can stand"
        case .openQuote: "has a quotation mark that is never closed"
        case .columns(let found, let expected): "has \(found) columns instead of \(expected)"
        case .tooLong: "is longer than \(CSVReader.recordBytes) bytes"
        }
    }
}

/// Reads a CSV file (RFC 4180) record by record, in memory that does not grow with the file.
///
/// Takes LF and CRLF, a byte order mark, fields with commas, quotes and line breaks in quotes. A record that cannot be read is reported
/// with its line, and reading goes on in the line behind the one where it began, so that one forgotten quote costs one line and not the
/// rest.
///
/// Written here because the reader that Swift offers as a package, SwiftCSV, fills short records up in silence and does not know the lines
/// that they came from; both are what somebody with a faulty file needs most.
struct CSVReader {
    struct Record: Equatable, Sendable {
        /// Where it begins, counted from 1.
        var line: Int
        var content: Result<[String], CSVFault>
    }

    static let recordBytes = 1 << 20

    /// Begins where the next record does.
    private var ahead: ReadAhead
    private var line = 1
    private var columns: Int?

    init(_ ahead: ReadAhead) {
        self.ahead = ahead
    }

    /// Opens a file.
    /// - Throws: What `FileHandle` throws.
    init(path: String) throws {
        self.init(try ReadAhead(path: path))
    }

    /// How many of the file's bytes have been gone through.
    var bytesRead: Int { ahead.bytesRead }

    /// Reads the first record, whose number of fields every further one has to have.
    ///
    /// - Returns: The columns' names; `nil` when the file is empty.
    /// - Throws: `CSVFault` when the first record cannot be read.
    mutating func header() throws -> [String]? {
        try ahead.skipMark()
        guard let record = try next() else { return nil }
        let names = try record.content.get()
        columns = names.count
        return names
    }

    /// The next record; lines with nothing in them are passed over.
    /// - Throws: What reading the file throws.
    mutating func next() throws -> Record? {
        while true {
            switch CSVScan.record(ahead.bytes[ahead.start...], atEnd: ahead.atEnd) {
            case .unfinished:
                try ahead.load()
            case .end: return nil
            case .blank(let bytes):
                ahead.advance(bytes)
                line += 1
            case .fault(let fault): return try skipLine(fault)
            case .fields(let fields, let bytes, let lines):
                if let columns, columns != fields.count { return try skipLine(.columns(found: fields.count, expected: columns)) }
                var texts: [String] = []
                texts.reserveCapacity(fields.count)
                for field in fields {
                    guard let text = field.text(in: ahead.bytes) else { return try skipLine(.notUTF8) }
                    texts.append(text)
                }
                let record = Record(line: line, content: .success(texts))
                ahead.advance(bytes)
                line += lines
                return record
            }
        }
    }

    /// Passes over the line in which the record begins, and no more: what a wrong quote drew into the record may be good records.
    private mutating func skipLine(_ fault: CSVFault) throws -> Record {
        let record = Record(line: line, content: .failure(fault))
        while !ahead.bytes[ahead.start...].contains(10), !ahead.atEnd {
            ahead.advance(ahead.count)
            try ahead.load()
        }
        let end = ahead.bytes[ahead.start...].firstIndex(of: 10).map { $0 + 1 } ?? ahead.bytes.count
        ahead.advance(end - ahead.start)
        line += 1
        return record
    }
}

/// Where one record ends and its fields lie.
private enum CSVScan {
    case unfinished
    case end
    case blank(bytes: Int)
    case fault(CSVFault)
    case fields([CSVField], bytes: Int, lines: Int)

    static func record(_ bytes: ArraySlice<UInt8>, atEnd: Bool) -> CSVScan {
        guard let first = bytes.first else { return atEnd ? .end : .unfinished }
        if first == 10 { return .blank(bytes: 1) }
        if first == 13, bytes.dropFirst().first == 10 { return .blank(bytes: 2) }
        var fields: [CSVField] = []
        var lines = 1
        var position = bytes.startIndex
        while true {
            guard position - bytes.startIndex <= CSVReader.recordBytes else { return .fault(.tooLong) }
            var field = CSVField(range: position..<position, isQuoted: false)
            if position < bytes.endIndex, bytes[position] == UInt8(ascii: "\"") {
                switch quoted(bytes, from: position, lines: &lines) {
                case .success(let found): field = found
                case .failure(let fault):
                    if fault == .openQuote, !atEnd { return bytes.count > CSVReader.recordBytes ? .fault(.tooLong) : .unfinished }
                    return .fault(fault)
                }
                position = field.range.upperBound + 1
            } else {
                while position < bytes.endIndex, bytes[position] != UInt8(ascii: ","), bytes[position] != 10 {
                    if bytes[position] == UInt8(ascii: "\"") { return .fault(.strayQuote) }
                    position += 1
                }
                let end =
                    position < bytes.endIndex && bytes[position] == 10 && position > field.range.lowerBound
                        && bytes[position - 1] == 13 ? position - 1 : position
                field.range = field.range.lowerBound..<end
            }
            // What stands behind a closing quote, or the end of a plain field.
            if position + 1 >= bytes.endIndex, !atEnd { return bytes.count > CSVReader.recordBytes ? .fault(.tooLong) : .unfinished }
            fields.append(field)
            guard position < bytes.endIndex else { return .fields(fields, bytes: bytes.count, lines: lines) }
            if bytes[position] == 13, position + 1 < bytes.endIndex, bytes[position + 1] == 10 { position += 1 }
            if bytes[position] == 10 { return .fields(fields, bytes: position + 1 - bytes.startIndex, lines: lines) }
            guard bytes[position] == UInt8(ascii: ",") else { return .fault(.strayQuote) }
            position += 1
        }
    }

    /// The field whose opening quote stands at `opening`.
    private static func quoted(_ bytes: ArraySlice<UInt8>, from opening: Int, lines: inout Int) -> Result<CSVField, CSVFault> {
        var position = opening + 1
        var breaks = 0
        while position < bytes.endIndex {
            if bytes[position] == UInt8(ascii: "\"") {
                guard position + 1 < bytes.endIndex, bytes[position + 1] == UInt8(ascii: "\"") else {
                    lines += breaks
                    return .success(CSVField(range: opening + 1..<position, isQuoted: true))
                }
                position += 1
            } else if bytes[position] == 10 {
                breaks += 1
            }
            position += 1
        }
        return .failure(.openQuote)
    }
}

/// One field's bytes, without its outer quotes.
private struct CSVField {
    var range: Range<Int>
    var isQuoted: Bool

    /// - Returns: `nil` when the bytes are not UTF-8.
    func text(in buffer: [UInt8]) -> String? {
        guard let text = String(validating: buffer[range], as: UTF8.self) else { return nil }
        return isQuoted && text.utf8.contains(UInt8(ascii: "\"")) ? text.replacing("\"\"", with: "\"") : text
    }
}

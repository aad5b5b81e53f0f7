/// Reads a file line by line, in memory that does not grow with the file.
///
/// Takes LF and CRLF, a byte order mark, and a last line without its line break; lines with nothing but white space are passed over.
struct LineReader {
    /// A line without its line break; `nil` when it is longer than a line may be, and was passed over.
    struct Line: Equatable {
        /// Counted from 1.
        var number: Int
        var bytes: [UInt8]?
    }

    /// Begins where the next line does.
    private var ahead: ReadAhead
    /// How many bytes ahead no line break was found in yet.
    private var searched = 0
    private var number = 0
    private let longest: Int

    /// - Parameter longest: Bytes that a line may have.
    init(_ ahead: ReadAhead, longest: Int = CSVReader.recordBytes) {
        self.longest = longest
        self.ahead = ahead
    }

    /// Opens a file.
    /// - Throws: What `FileHandle` throws.
    init(path: String) throws {
        self.init(try ReadAhead(path: path))
    }

    /// How many of the file's bytes have been gone through.
    var bytesRead: Int { ahead.bytesRead }

    /// The next line; `nil` at the end.
    mutating func next() throws -> Line? {
        if number == 0, bytesRead == 0 { try ahead.skipMark() }
        while let line = try nextOfAny() {
            if line.bytes?.allSatisfy({ $0 == 32 || $0 == 9 || $0 == 13 }) == true { continue }
            return line
        }
        return nil
    }

    private mutating func nextOfAny() throws -> Line? {
        var isTooLong = false
        while true {
            if let end = ahead.bytes[(ahead.start + searched)...].firstIndex(of: 10) {
                return take(end - ahead.start, 1, isTooLong)
            }
            searched = ahead.count
            guard !ahead.atEnd else { return ahead.count > 0 || isTooLong ? take(ahead.count, 0, isTooLong) : nil }
            if ahead.count > longest {
                isTooLong = true
                pass(ahead.count)
            }
            try ahead.load()
        }
    }

    /// Takes the next `count` bytes as a line, or its end when the beginning was passed over, and goes on past the line break.
    private mutating func take(_ count: Int, _ lineBreak: Int, _ isTooLong: Bool) -> Line {
        number += 1
        let bytes = isTooLong || count > longest ? nil : Array(ahead.bytes[ahead.start..<(ahead.start + count)])
        pass(count + lineBreak)
        return Line(number: number, bytes: bytes)
    }

    private mutating func pass(_ count: Int) {
        ahead.advance(count)
        searched = 0
    }
}

import Foundation

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

    private var chunk: () throws -> [UInt8]
    private var buffer: [UInt8] = []
    /// Where in `buffer` the next line begins, and from where on no line break was looked for yet.
    private var start = 0
    private var searched = 0
    private var atEnd = false
    private var number = 0
    private let longest: Int
    /// How many of the file's bytes have been gone through.
    private(set) var bytesRead = 0

    /// - Parameters:
    ///   - longest: Bytes that a line may have.
    ///   - chunk: Gives the next bytes of the file, none at its end.
    init(longest: Int = CSVReader.recordBytes, chunk: @escaping () throws -> [UInt8]) {
        self.longest = longest
        self.chunk = chunk
    }

    /// The next line; `nil` at the end.
    mutating func next() throws -> Line? {
        if number == 0, bytesRead == 0 {
            while buffer.count < 3, !atEnd { try load() }
            if buffer.starts(with: [0xEF, 0xBB, 0xBF]) { advance(to: 3) }
        }
        while let line = try nextOfAny() {
            if line.bytes?.allSatisfy({ $0 == 32 || $0 == 9 || $0 == 13 }) == true { continue }
            return line
        }
        return nil
    }

    private mutating func nextOfAny() throws -> Line? {
        var isTooLong = false
        while true {
            if let end = buffer[searched...].firstIndex(of: 10) {
                let line = take(through: end, isTooLong || end - start > longest)
                advance(to: end + 1)
                return line
            }
            searched = buffer.count
            guard !atEnd else {
                guard start < buffer.count || isTooLong else { return nil }
                let line = take(through: buffer.count, isTooLong || buffer.count - start > longest)
                advance(to: buffer.count)
                return line
            }
            if buffer.count - start > longest {
                isTooLong = true
                advance(to: buffer.count)
            }
            try load()
        }
    }

    private mutating func take(through end: Int, _ isTooLong: Bool) -> Line {
        number += 1
        return Line(number: number, bytes: isTooLong ? nil : Array(buffer[start..<end]))
    }

    private mutating func advance(to position: Int) {
        bytesRead += position - start
        start = position
        searched = position
    }

    private mutating func load() throws {
        buffer.removeFirst(start)
        searched -= start
        start = 0
        let bytes = try chunk()
        if bytes.isEmpty { atEnd = true } else { buffer += bytes }
    }
}

extension LineReader {
    /// Opens a file.
    /// - Throws: What `FileHandle` throws.
    init(path: String) throws {
        let file = try FileHandle(forReadingFrom: URL(filePath: path))
        self.init { [UInt8](try file.read(upToCount: 1 << 16) ?? Data()) }
    }
}

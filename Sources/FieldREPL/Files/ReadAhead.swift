import Foundation

/// The part of a file that a reader has before it, filled up piece by piece, so that memory does not grow with the file.
struct ReadAhead {
    private let chunk: () throws -> [UInt8]
    private(set) var bytes: [UInt8] = []
    /// Where in `bytes` that begins which was not gone through yet.
    private(set) var start = 0
    private(set) var atEnd = false
    /// How many of the file's bytes have been gone through.
    private(set) var bytesRead = 0

    /// - Parameter chunk: Gives the next bytes of the file, none at its end.
    init(chunk: @escaping () throws -> [UInt8]) {
        self.chunk = chunk
    }

    /// Opens a file.
    /// - Throws: What `FileHandle` throws.
    init(path: String) throws {
        let file = try FileHandle(forReadingFrom: URL(filePath: path))
        self.init { [UInt8](try file.read(upToCount: 1 << 16) ?? Data()) }
    }

    /// How many bytes lie ahead.
    var count: Int { bytes.count - start }

    mutating func advance(_ count: Int) {
        start += count
        bytesRead += count
    }

    /// Goes on past a byte order mark, with which some programs begin a file.
    mutating func skipMark() throws {
        while count < 3, !atEnd { try load() }
        if bytes[start...].starts(with: [0xEF, 0xBB, 0xBF]) { advance(3) }
    }

    /// Lets go what was gone through, and reads on; `start` is 0 then.
    mutating func load() throws {
        bytes.removeFirst(start)
        start = 0
        let more = try chunk()
        if more.isEmpty { atEnd = true } else { bytes += more }
    }
}

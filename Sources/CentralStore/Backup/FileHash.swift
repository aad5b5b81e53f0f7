import Crypto
import Foundation

/// The hash of a whole file, as `sha256sum` prints it.
enum FileHash {
    /// Reads a megabyte at a time.
    /// - Returns: The file's length and hash.
    static func sha256(_ path: String) throws -> (bytes: Int64, hash: [UInt8]) {
        do {
            let handle = try FileHandle(forReadingFrom: URL(filePath: path))
            var function = SHA256()
            var bytes: Int64 = 0
            while let part = try handle.read(upToCount: 1 << 20), !part.isEmpty {
                function.update(data: part)
                bytes += Int64(part.count)
            }
            try handle.close()
            return (bytes, Array(function.finalize()))
        } catch let error as NSError {
            throw TransferFault.file(path: path, reason: error.localizedDescription)
        }
    }
}

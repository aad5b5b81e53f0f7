import Foundation

/// Moves files and folders so that the move outlives a power cut, and never over anything that is there.
enum FileMove {
    static func move(_ path: String, to place: String) throws {
        guard !FileManager.default.fileExists(atPath: place) else { throw TransferFault.exists(path: place) }
        guard rename(path, place) == 0 else { throw TransferFault.file(path: place, reason: String(cString: strerror(errno))) }
        // The names are stored with the folders that they stand in.
        for folder in Set([path, place].map { URL(filePath: $0).deletingLastPathComponent().path(percentEncoded: false) }) {
            let descriptor = open(folder, O_RDONLY)
            guard descriptor >= 0 else { continue }
            fsync(descriptor)
            close(descriptor)
        }
    }

    /// For names of what is put aside: `20260923T140500Z`.
    static func stamp(_ milliseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1000).formatted(
            .iso8601.year().month().day().dateSeparator(.omitted).time(includingFractionalSeconds: false).timeSeparator(.omitted)) + "Z"
    }
}

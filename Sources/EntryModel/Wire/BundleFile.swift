import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Why a bundle's file could not be read or written. What was there before is as it was.
public enum BundleFileError: Error, Sendable, Equatable {
    case unreadable(path: String, reason: String)
    case unwritable(path: String, reason: String)
    /// There is a file of that name already.
    case exists(String)
}

/// A bundle's file that is read from its beginning, a few bytes at a time.
public struct BundleFileReader {
    private let handle: FileHandle
    private let path: String
    private let fault: (BundleFileError) -> any Error

    /// - Parameter fault: Makes what is thrown of what went wrong, here and later.
    public init(path: String, failingBy fault: @escaping (BundleFileError) -> any Error) throws {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw fault(.unreadable(path: path, reason: String(cString: strerror(errno))))
        }
        self.handle = handle
        self.path = path
        self.fault = fault
    }

    /// The next bytes; fewer than asked for only at the end.
    public func read(_ count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        do {
            while bytes.count < count, let piece = try handle.read(upToCount: count - bytes.count), !piece.isEmpty { bytes += piece }
        } catch {
            throw fault(.unreadable(path: path, reason: (error as NSError).localizedDescription))
        }
        return bytes
    }
}

/// A bundle's file that takes its name only when it is complete and on the disk. Private to its owner, though what is in it is sealed.
///
/// `synchronize`, then `finish`; or `discard`.
public struct BundleFileWriter {
    private let path: String
    private let temporaryPath: String
    private let handle: FileHandle
    private let fault: (BundleFileError) -> any Error

    /// - Parameters:
    ///   - replaces: Whether a file of that name gives way to this one.
    ///   - fault: Makes what is thrown of what went wrong, here and later.
    public init(path: String, replaces: Bool, failingBy fault: @escaping (BundleFileError) -> any Error) throws {
        guard replaces || !FileManager.default.fileExists(atPath: path) else { throw fault(.exists(path)) }
        self.path = path
        self.fault = fault
        temporaryPath = path + ".partial"
        // One may be left from a run that was killed.
        try? FileManager.default.removeItem(atPath: temporaryPath)
        guard FileManager.default.createFile(atPath: temporaryPath, contents: nil, attributes: [.posixPermissions: 0o600]),
            let handle = FileHandle(forWritingAtPath: temporaryPath)
        else { throw fault(.unwritable(path: path, reason: String(cString: strerror(errno)))) }
        self.handle = handle
    }

    public func write(_ bytes: [UInt8]) throws {
        do { try handle.write(contentsOf: bytes) } catch { throw unwritable(error) }
    }

    /// Sees to it that all bytes are on the disk.
    public func synchronize() throws {
        do {
            try handle.synchronize()
            try handle.close()
        } catch { throw unwritable(error) }
    }

    /// Gives the file its name, in the place of one that had it, and the name to the disk: what it holds may be destroyed elsewhere next.
    public func finish() throws {
        guard rename(temporaryPath, path) == 0 else {
            throw fault(.unwritable(path: path, reason: String(cString: strerror(errno))))
        }
        let folder = open(URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false), O_RDONLY)
        // Some file systems of sticks do not take this for folders, and write names at once.
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    public func discard() {
        // It may be gone already, and what matters is that it is.
        try? handle.close()
        try? FileManager.default.removeItem(atPath: temporaryPath)
    }

    private func unwritable(_ error: any Error) -> any Error {
        fault(.unwritable(path: path, reason: (error as NSError).localizedDescription))
    }
}

import Foundation
import GRDB

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Opens a station's file, or makes a new one; a file of any other kind is left exactly as it is.
enum DatabaseFile {
    /// Opens the file at `path` and brings its tables up to date.
    /// - Throws: `FieldStoreError`.
    static func open(_ path: String) throws -> DatabaseQueue {
        let isNew = try prepare(path)
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration())
            try queue.writeWithoutTransaction { try Schema.migrate($0) }
            return queue
        } catch {
            // What could not become a database is not left behind as an empty file.
            if isNew { for suffix in ["", "-wal", "-journal"] { unlink(path + suffix) } }
            throw FieldStoreError(opening: error, path: path)
        }
    }

    /// A database that is gone when it is closed.
    static func inMemory() throws -> DatabaseQueue {
        do {
            let queue = try DatabaseQueue(configuration: configuration())
            try queue.writeWithoutTransaction { try Schema.migrate($0) }
            return queue
        } catch {
            throw FieldStoreError(opening: error, path: ":memory:")
        }
    }

    private static func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.label = "FieldEntry.FieldDatabase"
        configuration.busyMode = .timeout(0.25)
        configuration.prepareDatabase { database in
            // Before anything reads the file: a second program then gets a clear error instead of a turn, and no shared memory is needed.
            try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
            if try database.integer("PRAGMA page_count") == 0 {
                // Before the journal's mode, so that it stands in the file itself and not in the write-ahead log only.
                try database.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
            }
            guard try database.integer("PRAGMA application_id") == Schema.applicationID else { throw Foreign.otherApplication }
            guard try database.integer("PRAGMA user_version") <= Schema.version else { throw Foreign.newer }
            try database.execute(
                sql: """
                    PRAGMA journal_mode = WAL;
                    PRAGMA synchronous = FULL;
                    PRAGMA temp_store = MEMORY;
                    PRAGMA cache_size = -24576;
                    PRAGMA wal_autocheckpoint = 4000;
                    PRAGMA journal_size_limit = 33554432
                    """)
        }
        return configuration
    }

    /// Why a file that is a database is not opened.
    enum Foreign: Error { case otherApplication, newer }

    /// Looks at the file without changing it, and makes an empty one where there is none.
    /// - Returns: Whether it was made here.
    private static func prepare(_ path: String) throws -> Bool {
        var status = stat()
        if stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFREG else { throw FieldStoreError.notADatabase(path) }
            if status.st_size > 0 { try checkHeader(path) }
            let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
            guard access(path, W_OK) == 0, access(folder, W_OK) == 0 else { throw FieldStoreError.readOnly(path) }
            // A file that came from elsewhere may be open to others.
            if status.st_mode & 0o077 != 0 { chmod(path, 0o600) }
            return false
        }
        guard errno == ENOENT else { throw FieldStoreError.unavailable(path, errno) }
        let file = Self.create(path)
        guard file >= 0 else {
            switch errno {
            case EACCES, EROFS, EPERM: throw FieldStoreError.readOnly(path)
            case ENOSPC, EDQUOT: throw FieldStoreError.diskFull(path)
            default: throw FieldStoreError.unavailable(path, errno)
            }
        }
        close(file)
        return true
    }

    private static func create(_ path: String) -> Int32 {
        // The write-ahead log gets the mode of the file it belongs to.
        Foundation.open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
    }

    /// The first 100 bytes of an SQLite file say what it is.
    private static func checkHeader(_ path: String) throws {
        guard let handle = FileHandle(forReadingAtPath: path) else { throw FieldStoreError.unavailable(path, errno) }
        defer { try? handle.close() }
        let header = [UInt8]((try? handle.read(upToCount: 100)) ?? nil ?? .init())
        guard header.count == 100, header.starts(with: Array("SQLite format 3\0".utf8)) else { throw FieldStoreError.notADatabase(path) }
        func number(at offset: Int) -> Int64 { header[offset..<offset + 4].reduce(0) { $0 << 8 | Int64($1) } }
        guard number(at: 68) == Schema.applicationID else { throw FieldStoreError.otherApplication(path) }
        guard number(at: 60) <= Schema.version else { throw FieldStoreError.newer(path) }
    }
}

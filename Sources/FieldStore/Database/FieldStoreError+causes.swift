import Foundation
import GRDB

extension FieldStoreError {
    static func notADatabase(_ path: String) -> FieldStoreError {
        FieldStoreError(
            .notADatabase, path: path,
            message: "\(path) is not a Field Entry database. It was not changed. Choose another file name, or the right file.")
    }

    static func otherApplication(_ path: String) -> FieldStoreError {
        FieldStoreError(
            .otherApplication, path: path,
            message: "\(path) is a database of another program. It was not changed. Choose another file name, or the right file.")
    }

    static func newer(_ path: String) -> FieldStoreError {
        FieldStoreError(
            .newer, path: path,
            message: "\(path) was written by a newer Field Entry. It was not changed and all is safe in it. Update this program to open it."
        )
    }

    static func readOnly(_ path: String) -> FieldStoreError {
        FieldStoreError(
            .readOnly, path: path,
            message: """
                \(path) or its folder cannot be written to. Nothing was changed and what is stored is safe. \
                Give this user the right to write there, or move the file with its folder.
                """)
    }

    static func diskFull(_ path: String, _ underlying: (any Error)? = nil) -> FieldStoreError {
        FieldStoreError(
            .diskFull, path: path,
            message: """
                The disk with \(path) is full. The last step was not stored; everything before it is safe. Free some space, then do it again.
                """, underlying: underlying)
    }

    static func unavailable(_ path: String, _ errorNumber: Int32) -> FieldStoreError {
        FieldStoreError(
            .unavailable, path: path,
            message: """
                \(path) cannot be opened: \(String(cString: strerror(errorNumber))). Nothing was changed. \
                Check the name and that its folder exists.
                """)
    }

    static func damaged(_ path: String, _ underlying: (any Error)? = nil) -> FieldStoreError {
        FieldStoreError(
            .damaged, path: path,
            message: """
                \(path) is damaged. Nothing was changed. What was synced is safe at the centre. \
                Keep the file and a copy of it, and tell the central staff before keying goes on.
                """, underlying: underlying)
    }

    static func inUse(_ path: String, _ underlying: (any Error)? = nil) -> FieldStoreError {
        FieldStoreError(
            .inUse, path: path,
            message: """
                \(path) is in use by another program, perhaps another window of this one. Nothing was changed. \
                Close the other one, then try again.
                """, underlying: underlying)
    }

    /// Wraps what opening a file threw.
    init(opening error: any Error, path: String) {
        switch error {
        case DatabaseFile.Foreign.otherApplication: self = .otherApplication(path)
        case DatabaseFile.Foreign.newer: self = .newer(path)
        case let error as DatabaseError where error.resultCode == .SQLITE_NOTADB: self = .notADatabase(path)
        default: self = FieldStoreError(wrapping: error, path: path)
        }
    }

    /// Wraps another library's error, once, at this module's edge.
    init(wrapping error: any Error, path: String) {
        if let error = error as? FieldStoreError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            self.init(
                .unavailable, path: path, message: "\(path) could not be used: \(type(of: error)). Nothing was changed.", underlying: error)
            return
        }
        switch error.resultCode {
        case .SQLITE_FULL: self = .diskFull(path, error)
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .inUse(path, error)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .damaged(path, error)
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN:
            var wrapped = FieldStoreError.readOnly(path)
            wrapped.underlying = error
            self = wrapped
        default:
            self.init(
                .unavailable, path: path,
                message: """
                    \(path) could not be read or written (SQLite \(error.extendedResultCode.rawValue)). The last step was not stored; \
                    everything before it is safe. Check the disk, then try again.
                    """, underlying: error)
        }
    }
}

import Foundation

/// Where a database is: in a SQLite file, or at a PostgreSQL server.
public enum DatabaseAddress: Sendable, Equatable {
    case file(String)
    /// As libpq takes it: `postgres://user@host/database`.
    case postgres(String)

    /// - Parameter text: Begins with `postgres://` or `postgresql://`, or is a file's path.
    public init(_ text: String) {
        self = text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") ? .postgres(text) : .file(text)
    }

    /// What `init` takes, with all that is in it.
    var text: String {
        switch self {
        case .file(let path): path
        case .postgres(let url): url
        }
    }

    /// Opens it; a file or database that is empty becomes one of this kind.
    /// - Throws: `SQLFailure`.
    func open(_ kind: DatabaseKind) throws -> any SQLConnection {
        switch self {
        case .file(let path): return try SQLiteConnection(path: path, kind: kind)
        case .postgres(let url):
            #if PostgreSQL
                return try PostgresConnection(url: url, kind: kind)
            #else
                throw SQLFailure(.other, "this program was built without PostgreSQL")
            #endif
        }
    }
}

extension DatabaseAddress: CustomStringConvertible {
    /// For people and logs: what may be a password is left out.
    public var description: String {
        switch self {
        case .file(let path): return path
        case .postgres(let url):
            guard var parts = URLComponents(string: url) else { return "postgres://…" }
            if parts.password != nil { parts.password = "***" }
            parts.query = nil
            return parts.string ?? "postgres://…"
        }
    }
}

/// What a database is for. It is marked with it, so that one is never taken for the other.
public enum DatabaseKind: Int32, Sendable {
    case catalog = 0x4645_6361
    case vault = 0x4645_7661
}

import CentralStore
import Foundation
import Synchronization

/// The PostgreSQL server that the test script has started.
public enum PostgresServer {
    /// `postgres://USER@/DATABASE?host=FOLDER`; `nil` when there is none.
    public static let url = ProcessInfo.processInfo.environment["FIELD_ENTRY_TEST_POSTGRES"].flatMap { $0.isEmpty ? nil : $0 }

    /// Whether there is a server. Without one the tests that need it are skipped; the test script always starts one.
    public static var isThere: Bool { url != nil }

    public static let whyNot = "FIELD_ENTRY_TEST_POSTGRES names no PostgreSQL server; Tests/run.sh starts one"

    private static let count = Atomic<Int>(0)

    #if PostgreSQL
        private static let administration = Result {
            guard let url else { throw PostgresServerError() }
            return try PostgresConnection(url: url, kind: .catalog)
        }
    #endif

    /// The address of a new, empty schema: as good as a database of its own, and made in a millisecond.
    public static func newSchema() throws -> String {
        #if PostgreSQL
            guard let url else { throw PostgresServerError() }
            let name = "t\(ProcessInfo.processInfo.processIdentifier)_\(count.add(1, ordering: .relaxed).newValue)"
            try administration.get().blockingTransaction(.write) { _ = try $0.execute("CREATE SCHEMA \(name)", []) }
            return "\(url)&options=-csearch_path%3D\(name)"
        #else
            throw PostgresServerError()
        #endif
    }
}

/// There is no server.
public struct PostgresServerError: Error, CustomStringConvertible {
    public var description: String { PostgresServer.whyNot }
}

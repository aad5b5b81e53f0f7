import TestSupport
import Testing

/// Which database a test bench keeps its centre in.
enum BenchStore: String, CaseIterable {
    case sqlite, postgres

    @TaskLocal static var current = BenchStore.sqlite
}

/// Runs each test of a suite on every kind of database that is there.
struct EveryStore: SuiteTrait, TestTrait, TestScoping {
    let isRecursive = true

    func provideScope(for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void) async throws
    {
        try await function()
        guard testCase != nil, PostgresServer.isThere else { return }
        try await BenchStore.$current.withValue(.postgres) { try await function() }
    }
}

extension Trait where Self == EveryStore {
    /// Runs each test on SQLite and, where the test script has started it, on PostgreSQL.
    static var everyStore: EveryStore { EveryStore() }
}

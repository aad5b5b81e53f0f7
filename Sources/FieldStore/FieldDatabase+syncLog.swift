import GRDB

/// One sync as it went, or several in a row that had nothing to do.
public struct SyncRun: Sendable, Equatable {
    /// In milliseconds since 1970, by the station's clock.
    public var began: Int64
    public var ended: Int64
    /// How many syncs this stands for.
    public var times: Int
    /// A stable word; `complete` when it came to its end.
    public var outcome: String
    /// For the operator; holds no personal data.
    public var message: String
    public var sent: Int
    public var received: Int
    public var conflicts: Int
    public var exceptions: Int

    public init(
        began: Int64, ended: Int64, times: Int = 1, outcome: String, message: String, sent: Int, received: Int, conflicts: Int,
        exceptions: Int
    ) {
        self.began = began
        self.ended = ended
        self.times = times
        self.outcome = outcome
        self.message = message
        self.sent = sent
        self.received = received
        self.conflicts = conflicts
        self.exceptions = exceptions
    }

    public static let complete = "complete"

    public var isComplete: Bool { outcome == Self.complete }
    /// Whether nothing came of it, neither work nor a word that was not said before.
    var isQuiet: Bool { sent == 0 && received == 0 && conflicts == 0 && exceptions == 0 }
}

extension FieldDatabase {
    /// How the last syncs went, newest first.
    public func syncLog(limit: Int) throws -> [SyncRun] {
        try read { database in
            try database.list(
                """
                SELECT began, ended, times, outcome, message, sent, received, conflicts, exceptions FROM sync_run
                ORDER BY number DESC LIMIT ?
                """, [.integer(Int64(limit))], Self.readRun)
        }
    }

    /// Says how often the station shall sync by itself; remembered until it is said otherwise.
    /// - Parameters:
    ///   - seconds: `nil` for never.
    ///   - isPaused: Whether to wait until a person says go on.
    public func setWatch(seconds: Int?, isPaused: Bool) throws {
        _ = try write { database in
            try database.run(
                "UPDATE station SET watch_seconds = ?, is_paused = ?", [.optional(seconds.map { Int64($0) }), .integer(isPaused ? 1 : 0)])
        }
    }

    /// Rows of the log that are kept.
    static let keptRuns: Int64 = 500

    /// Adds a run to the log. Where nothing happened again, the row before counts it, so that a quiet night leaves one line.
    static func keep(_ run: SyncRun, _ database: Database) throws {
        let last = try database.first(
            """
            SELECT began, ended, times, outcome, message, sent, received, conflicts, exceptions, number FROM sync_run
            ORDER BY number DESC LIMIT 1
            """
        ) { (run: try readRun($0), number: $0.integer(9)) }
        if let last, run.isQuiet, last.run.isQuiet, last.run.outcome == run.outcome, last.run.message == run.message {
            try database.run(
                "UPDATE sync_run SET ended = ?, times = times + 1 WHERE number = ?", [.integer(run.ended), .integer(last.number)])
            return
        }
        try database.run(
            """
            INSERT INTO sync_run (began, ended, outcome, message, sent, received, conflicts, exceptions) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .integer(run.began), .integer(run.ended), .text(run.outcome), .text(run.message), .integer(Int64(run.sent)),
                .integer(Int64(run.received)), .integer(Int64(run.conflicts)), .integer(Int64(run.exceptions)),
            ])
        try database.run("DELETE FROM sync_run WHERE number <= ?", [.integer((last?.number ?? 0) + 1 - keptRuns)])
    }

    private static func readRun(_ row: SQLRow) throws -> SyncRun {
        SyncRun(
            began: row.integer(0), ended: row.integer(1), times: Int(row.integer(2)), outcome: row.text(3), message: row.text(4),
            sent: Int(row.integer(5)), received: Int(row.integer(6)), conflicts: Int(row.integer(7)), exceptions: Int(row.integer(8)))
    }
}

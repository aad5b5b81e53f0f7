#if PostgreSQL
    import Dispatch
    import Synchronization

    /// One PostgreSQL database: a catalog or a vault, reached by a few sessions that are opened when they are needed.
    ///
    /// Transactions that read run beside each other; those that write take turns here before they ask the database for its lock, so that those
    /// that read find a session free. Each runs on a thread of its own, outside the cooperative pool. A session that the server has dropped
    /// is replaced as long as nothing of the transaction has run; later the transaction fails as busy, and whoever asked asks again.
    public final class PostgresConnection: SQLConnection {
        /// The limits of one database's sessions.
        public struct Limits: Sendable {
            /// Transactions that read at once.
            public var readers = 4
            /// For how long a statement may run, and wait for a lock.
            public var statementSeconds = 60
            public var lockSeconds = 10
            /// Sessions idle for longer are closed.
            public var idleSeconds = 60
            /// Whether a transaction that writes takes the database's lock. Without it the feed is wrong; a test shows so.
            var locks = true

            public init() {}
        }

        public let dialect = SQLDialect.postgres
        private let url: String
        private let limits: Limits
        private let readers: Turnstile
        private let writers = Turnstile(1)
        private let threads = DispatchQueue(label: "central.postgres", attributes: .concurrent)
        private let state = Mutex(State())

        private struct State {
            var idle: [(session: PostgresSession, since: ContinuousClock.Instant)] = []
            var isClosed = false
        }

        /// Connects, and marks a database that is empty as one of this kind.
        ///
        /// - Parameters:
        ///   - url: As libpq takes it, `postgres://user@host/database?sslmode=verify-full`; what it leaves open comes from libpq's own
        ///     environment, and a password best from its password file.
        ///   - kind: What the database is for; one of the other kind, or of another program, is refused and not touched.
        /// - Throws: `SQLFailure`.
        public init(url: String, kind: DatabaseKind, limits: Limits = Limits()) throws {
            self.url = url
            self.limits = limits
            readers = Turnstile(limits.readers)
            try blockingTransaction(.write) { sql in try Self.mark(sql, kind: "\(kind)") }
        }

        /// Tables are ours when they come with the mark.
        private static func mark(_ sql: any SQLTransaction, kind: String) throws {
            let tables = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema()"
            guard try sql.integer(tables) != 0 else {
                try sql.execute("CREATE TABLE field_entry_database (kind TEXT NOT NULL)", [])
                try sql.execute("INSERT INTO field_entry_database (kind) VALUES (?)", [.text(kind)])
                return
            }
            let found =
                try sql.integer("\(tables) AND table_name = 'field_entry_database'") == 1
                ? try sql.map("SELECT kind FROM field_entry_database") { $0.text(0) } : []
            guard found == [kind] else { throw SQLFailure(.damaged, "the database is no \(kind) of this program") }
        }

        @discardableResult
        public func transaction<Value: Sendable>(
            _ kind: SQLTransactionKind, _ body: @escaping @Sendable (any SQLTransaction) throws -> Value
        ) async throws -> Value {
            let turnstile = kind == .read ? readers : writers
            await turnstile.enter()
            defer { turnstile.leave() }
            return try await withCheckedThrowingContinuation { done in
                threads.async { done.resume(with: Result { try self.blockingTransaction(kind, body) }) }
            }
        }

        @discardableResult
        public func blockingTransaction<Value>(_ kind: SQLTransactionKind, _ body: (any SQLTransaction) throws -> Value) throws -> Value {
            let session = try begin(kind)
            do {
                let value = try body(PostgresTransaction(session: session, takesTurns: limits.locks))
                try session.commit()
                give(back: session)
                return value
            } catch {
                // What went wrong first is what to tell.
                session.rollback()
                give(back: session)
                throw error
            }
        }

        /// A session with its transaction begun; a new one in the place of those that the server has dropped.
        private func begin(_ kind: SQLTransactionKind) throws -> PostgresSession {
            while let session = try takeIdle() {
                do {
                    try session.begin(kind, locks: limits.locks)
                    return session
                } catch  where session.isBroken {
                    continue
                } catch {
                    session.rollback()
                    give(back: session)
                    throw error
                }
            }
            let session = try PostgresSession(url: url, statementSeconds: limits.statementSeconds, lockSeconds: limits.lockSeconds)
            try session.begin(kind, locks: limits.locks)
            return session
        }

        private func takeIdle() throws -> PostgresSession? {
            try state.withLock { state in
                guard !state.isClosed else { throw SQLFailure(.other, "the connection is closed") }
                return state.idle.popLast()?.session
            }
        }

        private func give(back session: PostgresSession) {
            guard !session.isBroken else { return }
            let now = ContinuousClock.now
            state.withLock { state in
                // The most recently used is taken first, so the others stand at the beginning.
                while let oldest = state.idle.first, oldest.since.advanced(by: .seconds(limits.idleSeconds)) < now {
                    state.idle.removeFirst()
                }
                if !state.isClosed { state.idle.append((session, now)) }
            }
        }

        public func close() throws {
            state.withLock { state in
                state.isClosed = true
                state.idle = []
            }
        }
    }
#endif

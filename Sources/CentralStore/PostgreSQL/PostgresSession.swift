#if PostgreSQL
    import CPostgres

    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #elseif canImport(Darwin)
        import Darwin
    #endif

    /// One session at a PostgreSQL server: a libpq connection and the statements prepared on it.
    // Unchecked: libpq's connection may be used by any thread, but by one at a time; a session belongs to whoever took it from the pool.
    final class PostgresSession: @unchecked Sendable {
        private let connection: OpaquePointer
        private var statements: [String: String] = [:]
        private var cursors = 0
        /// What was answered says that the server is gone; libpq may not know it yet.
        private var isLost = false

        /// Whether the server is gone from this session.
        var isBroken: Bool { isLost || PQstatus(connection) != CONNECTION_OK }

        /// Connects. A server that only reads, such as a replica that may be behind, is refused.
        init(url: String, statementSeconds: Int, lockSeconds: Int) throws {
            // What stands before the address gives way to it, what stands behind it does not.
            let parameters = [
                ("connect_timeout", "10"), ("application_name", "central"), ("tcp_user_timeout", "30000"), ("dbname", url),
                ("target_session_attrs", "read-write"), ("client_encoding", "UTF8"),
            ]
            let keywords = parameters.map { strdup($0.0) } + [nil]
            let values = parameters.map { strdup($0.1) } + [nil]
            defer { for text in keywords + values { free(text) } }
            let opened = PQconnectdbParams(
                keywords.map { UnsafePointer($0) }, values.map { UnsafePointer($0) }, 1)
            guard let opened else { throw SQLFailure(.other, "PostgreSQL: no memory for a connection") }
            connection = opened
            guard PQstatus(opened) == CONNECTION_OK else {
                throw SQLFailure(.busy, "PostgreSQL cannot be reached: \(Self.sentence(PQerrorMessage(opened)))")
            }
            // Notices would go to standard error, and may hold values.
            PQsetNoticeProcessor(opened, { _, _ in }, nil)
            // `off` would acknowledge what a power cut can still take back; stronger settings stay.
            try command(
                """
                SET statement_timeout = '\(statementSeconds)s'; SET lock_timeout = '\(lockSeconds)s'; \
                SET idle_in_transaction_session_timeout = '\(statementSeconds)s'; \
                SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'
                """)
        }

        deinit { PQfinish(connection) }

        func begin(_ kind: SQLTransactionKind, locks: Bool) throws {
            switch kind {
            case .read: try command("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            case .write:
                // Each statement behind the lock sees what was stored before it was given.
                let lock = "SELECT pg_advisory_xact_lock(hashtextextended('field-entry ' || current_schema(), 0))"
                try command("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE" + (locks ? "; \(lock)" : ""))
            }
        }

        /// - Throws: `SQLFailure`; busy when the connection broke and nobody knows whether the server had stored it.
        func commit() throws {
            let result = try command("COMMIT")
            // A transaction in which a statement failed ends, but stores nothing.
            guard String(cString: PQcmdStatus(result.handle)) == "COMMIT" else {
                throw SQLFailure(.other, "PostgreSQL undid the transaction: a statement in it had failed")
            }
        }

        /// Undoes what was begun; harmless when nothing was, or when the server is gone.
        func rollback() {
            guard !isBroken, PQtransactionStatus(connection) != PQTRANS_IDLE else { return }
            PQclear(PQexec(connection, "ROLLBACK"))
        }

        /// Runs a statement with values, prepared once.
        func run(_ sql: String, _ values: [SQLValue]) throws -> PostgresResult {
            let name = try prepare(sql, values)
            return try PostgresParameters(values).lend { pointers, lengths, formats in
                try check(PQexecPrepared(connection, name, Int32(values.count), pointers, lengths, formats, 1))
            }
        }

        /// Runs a statement with arrays of values, prepared once.
        func run(_ sql: String, arrays: PostgresParameters) throws -> PostgresResult {
            let name = try prepare(sql, types: arrays.types) { sql }
            return try arrays.lend { pointers, lengths, formats in
                try check(PQexecPrepared(connection, name, Int32(arrays.types.count), pointers, lengths, formats, 1))
            }
        }

        /// Opens a cursor over a statement's rows, within the transaction.
        func openCursor(_ sql: String, _ values: [SQLValue]) throws -> String {
            cursors += 1
            let name = "rows_\(cursors)"
            let declared = "DECLARE \(name) NO SCROLL CURSOR FOR \(PostgresStatement.numbered(sql))"
            let parameters = PostgresParameters(values)
            try parameters.lend { pointers, lengths, formats in
                _ = try check(
                    PQexecParams(connection, declared, Int32(values.count), parameters.types, pointers, lengths, formats, 1))
            }
            return name
        }

        func fetch(_ count: Int, from cursor: String) throws -> PostgresResult {
            try check(PQexecParams(connection, "FETCH \(count) FROM \(cursor)", 0, nil, nil, nil, nil, 1))
        }

        func close(cursor: String) throws {
            try command("CLOSE \(cursor)")
        }

        private func prepare(_ sql: String, _ values: [SQLValue]) throws -> String {
            try prepare(sql, types: values.map(PostgresParameters.type)) { PostgresStatement.numbered(sql) }
        }

        private func prepare(_ sql: String, types: [Oid], _ text: () -> String) throws -> String {
            if let name = statements[sql] { return name }
            let name = "s\(statements.count)"
            _ = try check(PQprepare(connection, name, text(), Int32(types.count), types))
            statements[sql] = name
            return name
        }

        /// Runs one or several statements without values.
        @discardableResult
        private func command(_ sql: String) throws -> PostgresResult {
            try check(PQexec(connection, sql))
        }

        private func check(_ result: OpaquePointer?) throws -> PostgresResult {
            guard let result else { throw SQLFailure(.busy, "PostgreSQL: \(Self.sentence(PQerrorMessage(connection)))") }
            let held = PostgresResult(result)
            switch PQresultStatus(result) {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: return held
            default:
                isLost = isLost || Self.isFarewell(result)
                throw isBroken ? SQLFailure(.busy, "the connection to PostgreSQL was lost") : SQLFailure(postgres: result)
            }
        }

        /// Whether a failure is the last thing that a session says: the server's FATAL, or libpq's own words, which bear no code.
        private static func isFarewell(_ result: OpaquePointer) -> Bool {
            guard PQresultErrorField(result, Int32(UInt8(ascii: "C"))) != nil else { return true }
            let severity = PQresultErrorField(result, Int32(UInt8(ascii: "V"))).map { String(cString: $0) } ?? ""
            return severity == "FATAL" || severity == "PANIC"
        }

        /// libpq ends its messages with line breaks.
        private static func sentence(_ message: UnsafePointer<CChar>?) -> String {
            message.map { String(cString: $0).split(separator: "\n").joined(separator: "; ") } ?? ""
        }
    }

    extension SQLFailure {
        /// The server's code and first message; its details name values, and so may messages about values that cannot be read.
        init(postgres result: OpaquePointer) {
            let code = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) } ?? ""
            let message = PQresultErrorField(result, Int32(UInt8(ascii: "M"))).map { String(cString: $0) } ?? ""
            let reason: Reason =
                switch (code.prefix(2), code) {
                case ("23", _): .constraint
                case (_, "53100"): .full
                case (_, "25006"): .readOnly
                case ("XX", "XX001"), ("XX", "XX002"): .damaged
                case ("08", _), ("40", _), ("53", _), ("57", _), (_, "55P03"): .busy
                default: .other
                }
            self.init(reason, "PostgreSQL error \(code)\(code.hasPrefix("22") ? "" : ": \(message)")")
        }
    }
#endif

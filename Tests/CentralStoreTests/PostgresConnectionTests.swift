#if PostgreSQL
    @testable import CentralStore
    import EntryModel
    import TestSupport
    import Testing

    @Suite("PostgreSQL", .enabled(if: PostgresServer.isThere, Comment(rawValue: PostgresServer.whyNot)))
    struct PostgresConnectionTests {
        @Test("PostgreSQL keeps the contract of a connection")
        func contract() async throws {
            let url = try PostgresServer.newSchema()
            try await SQLConnectionContract(open: { try PostgresConnection(url: url, kind: .vault) }).run()
        }

        @Test("a database of another kind, and one with others' tables, are refused and stay as they are")
        func otherDatabases() throws {
            let url = try PostgresServer.newSchema()
            try PostgresConnection(url: url, kind: .catalog).close()
            #expect(throws: SQLFailure.self) { try PostgresConnection(url: url, kind: .vault) }
            #expect(throws: Never.self) { try PostgresConnection(url: url, kind: .catalog).close() }
            let foreign = try PostgresServer.newSchema()
            let made = try PostgresConnection(url: foreign, kind: .vault)
            try made.blockingTransaction(.write) { sql in
                try sql.execute("DROP TABLE field_entry_database", [])
                try sql.execute("CREATE TABLE theirs (number BIGINT)", [])
            }
            try made.close()
            #expect(throws: SQLFailure.self) { try PostgresConnection(url: foreign, kind: .vault) }
            #expect(throws: SQLFailure.self) { try PostgresConnection(url: "postgres:///none?host=/nonexistent", kind: .vault) }
        }

        @Test("two clients cannot have one database, and an address that does not work adds no client")
        func oneClient() async throws {
            let folder = try TemporaryFolder("postgres")
            let centre = try Centre(directory: folder.file("data"), catalog: DatabaseAddress(try PostgresServer.newSchema()))
            let url = try PostgresServer.newSchema()
            try await centre.addClient("one", vault: url)
            await #expect(throws: CentreError.self) { try await centre.addClient("two", vault: url) }
            await #expect(throws: CentreError.self) { try await centre.addClient("two", vault: "postgres:///none?host=/nonexistent") }
            #expect(try await centre.clients().map(\.id) == ["one"])
            #expect(try await centre.vault("one")?.client == "one")
        }

        @Test("sums, nulls and any bytes come back as they went in; an answer of any size is read in steps, and may be left early")
        func values() async throws {
            let connection = try PostgresConnection(url: try PostgresServer.newSchema(), kind: .vault)
            try await connection.transaction(.write) { sql in
                try sql.execute(connection.dialect.table("sample", "number INTEGER PRIMARY KEY, name TEXT, bytes BLOB"), [])
                let rows = (1...5000).flatMap { number -> [SQLValue] in
                    [
                        .integer(Int64(number)), number.isMultiple(of: 3) ? .null : .text("Zoë \(number)"),
                        .blob([UInt8](repeating: UInt8(number % 256), count: number % 5)),
                    ]
                }
                try sql.insert(into: "sample", columns: ["number", "name", "bytes"], values: rows)
                try sql.insert(into: "sample", columns: ["number", "name"], values: [.integer(9000), .null, .integer(9001), .null])
            }
            try await connection.transaction(.read) { sql in
                #expect(try sql.integer("SELECT SUM(number) FROM sample WHERE number <= 5000") == 12_502_500)
                #expect(try sql.integer("SELECT SUM(-number * 100000000) FROM sample WHERE number <= 5000") == -1_250_250_000_000_000)
                #expect(try sql.integer("SELECT COUNT(*) FROM sample WHERE name IS NULL") == 1668)
                #expect(try sql.integer("SELECT MAX(number) FROM sample WHERE number > ?", [.integer(10_000)]) == nil)
                var numbers: [Int64] = []
                try sql.walk("SELECT number, bytes FROM sample WHERE number <= ? ORDER BY number", [.integer(5000)]) { row in
                    numbers.append(row.integer(0))
                    #expect(row.blob(1) == [UInt8](repeating: UInt8(row.integer(0) % 256), count: Int(row.integer(0) % 5)))
                }
                #expect(numbers == Array(1...5000))
                numbers = []
                try sql.read(
                    "SELECT number FROM sample ORDER BY number", [],
                    while: { row in
                        numbers.append(row.integer(0))
                        // Another statement may run meanwhile.
                        let same = try sql.integer("SELECT number FROM sample WHERE number = ?", [.integer(row.integer(0))])
                        #expect(same == row.integer(0))
                        return numbers.count < 100
                    })
                #expect(numbers == Array(1...100))
            }
            try connection.close()
        }

        @Test("a session that the server has ended is replaced, and one that it ends in the midst of a transaction stores nothing")
        func lostSession() async throws {
            let url = try PostgresServer.newSchema()
            let connection = try PostgresConnection(url: url, kind: .vault)
            try await connection.transaction(.write) { _ = try $0.execute("CREATE TABLE sample (number BIGINT)", []) }
            let other = try PostgresConnection(url: url, kind: .vault)
            let mine = try await connection.transaction(.read) { try $0.integer("SELECT pg_backend_pid()") }
            let end = "SELECT 1 FROM (SELECT pg_terminate_backend(?::int)) AS ended"
            try await other.transaction(.write) { _ = try $0.integer(end, [.integer(mine ?? 0)]) }
            try await connection.transaction(.write) { _ = try $0.execute("INSERT INTO sample VALUES (1)", []) }
            do {
                try await connection.transaction(.write) { sql in
                    let mine = try sql.integer("SELECT pg_backend_pid()") ?? 0
                    _ = try sql.execute("INSERT INTO sample VALUES (2)", [])
                    try other.blockingTransaction(.read) { _ = try $0.integer(end, [.integer(mine)]) }
                    _ = try sql.execute("INSERT INTO sample VALUES (3)", [])
                }
                Issue.record("a transaction went on without its session")
            } catch let failure as SQLFailure {
                #expect(failure.reason == .busy)
            }
            let stored = try await connection.transaction(.read) { sql in try sql.map("SELECT number FROM sample") { $0.integer(0) } }
            #expect(stored == [1])
        }
    }
#endif

import CentralStore
import Testing

/// What every driver has to do; each runs the whole of it on an empty database of its own.
struct SQLConnectionContract {
    /// Opens the same, at first empty, database; each call another connection.
    var open: () throws -> any SQLConnection

    func run() async throws {
        let connection = try open()
        try await connection.transaction(.write) { sql in
            try sql.execute(
                connection.dialect.table("sample", "number INTEGER PRIMARY KEY, name TEXT, bytes BLOB, amount INTEGER NOT NULL"), [])
        }
        try await values(connection)
        try await rollback(connection)
        try await bulk(connection)
        try await failures(connection)
        try await order(connection)
        try await others(connection)
        try connection.close()
        try connection.close()
        await #expect(throws: SQLFailure.self) { try await connection.transaction(.read) { try $0.integer("SELECT 1") } }
    }

    private func values(_ connection: any SQLConnection) async throws {
        let values: [SQLValue] = [.integer(.min), .text("Ünïcode 'quoted' ?"), .blob([0, 255, 1]), .integer(.max)]
        let changed = try await connection.transaction(.write) { sql in
            try sql.execute("INSERT INTO sample (number, name, bytes, amount) VALUES (?, ?, ?, ?)", values)
        }
        #expect(changed == 1)
        try await connection.transaction(.write) { sql in
            try sql.execute(
                "INSERT INTO sample (number, name, bytes, amount) VALUES (?, ?, ?, ?)", [.integer(2), .null, .null, .integer(0)])
            try sql.execute(
                "INSERT INTO sample (number, name, bytes, amount) VALUES (?, ?, ?, ?)", [.integer(3), .text(""), .blob([]), .integer(1)])
        }
        let read = try await connection.transaction(.read) { sql in
            try sql.map("SELECT number, name, bytes, amount FROM sample ORDER BY number") { row -> [SQLValue] in
                [
                    .integer(row.integer(0)), row.optionalText(1).map { .text($0) } ?? .null,
                    row.isNull(2) ? .null : .blob(row.blob(2)), .integer(row.integer(3)),
                ]
            }
        }
        #expect(read == [values, [.integer(2), .null, .null, .integer(0)], [.integer(3), .text(""), .blob([]), .integer(1)]])
        let returned = try await connection.transaction(.write) { sql in
            try sql.map("UPDATE sample SET amount = amount + 1 WHERE number = ? RETURNING amount", [.integer(3)]) { $0.integer(0) }
        }
        #expect(returned == [2])
    }

    private func rollback(_ connection: any SQLConnection) async throws {
        struct Stop: Error {}
        let before = try await count(connection)
        await #expect(throws: Stop.self) {
            try await connection.transaction(.write) { sql in
                try sql.execute("DELETE FROM sample", [])
                throw Stop()
            }
        }
        #expect(throws: Stop.self) {
            try connection.blockingTransaction(.write) { sql in
                try sql.execute("DELETE FROM sample", [])
                throw Stop()
            }
        }
        #expect(try await count(connection) == before)
    }

    private func bulk(_ connection: any SQLConnection) async throws {
        let rows = 10..<1510
        try await connection.transaction(.write) { sql in
            try sql.insert(
                into: "sample", columns: ["number", "name", "amount"],
                values: rows.flatMap { [.integer(Int64($0)), .text("n\($0)"), .integer(Int64($0 * 2))] })
            try sql.insert(into: "sample", columns: ["number", "name", "amount"], values: [])
        }
        #expect(try await count(connection) == rows.count + 3)
        // A reader may stop early, and the same statement can be run again.
        for _ in 0..<2 {
            let first = try await connection.transaction(.read) { sql -> [Int64] in
                var list: [Int64] = []
                try sql.read(
                    "SELECT amount FROM sample WHERE number >= ? ORDER BY number", [.integer(10)],
                    while: { row in
                        list.append(row.integer(0))
                        return list.count < 3
                    })
                return list
            }
            #expect(first == [20, 22, 24])
        }
        #expect(try await connection.transaction(.read) { try $0.integer("SELECT amount FROM sample WHERE number = -1") } == nil)
    }

    private func failures(_ connection: any SQLConnection) async throws {
        let before = try await count(connection)
        do {
            try await connection.transaction(.write) { sql in
                try sql.insert(
                    into: "sample", columns: ["number", "amount"], values: [.integer(5000), .integer(1), .integer(5000), .integer(1)])
            }
            Issue.record("a number was stored twice")
        } catch let failure as SQLFailure {
            #expect(failure.reason == .constraint)
        }
        await #expect(throws: SQLFailure.self) { try await connection.transaction(.write) { try $0.execute("NONSENSE", []) } }
        await #expect(throws: SQLFailure.self) { try await connection.transaction(.read) { try $0.execute("DELETE FROM sample", []) } }
        #expect(try await count(connection) == before)
    }

    /// Transactions of one connection run one after the other.
    private func order(_ connection: any SQLConnection) async throws {
        try await connection.transaction(.write) { try $0.execute("UPDATE sample SET amount = 0 WHERE number = 2", []) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    try await connection.transaction(.write) { sql in
                        let amount = try sql.integer("SELECT amount FROM sample WHERE number = 2") ?? 0
                        try sql.execute("UPDATE sample SET amount = ? WHERE number = 2", [.integer(amount + 1)])
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await connection.transaction(.read) { try $0.integer("SELECT amount FROM sample WHERE number = 2") } == 50)
    }

    /// Several connections to one database take turns, and see what the others stored.
    private func others(_ connection: any SQLConnection) async throws {
        let other = try open()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<40 {
                let turn = index.isMultiple(of: 2) ? connection : other
                group.addTask {
                    try await turn.transaction(.write) { sql in
                        let amount = try sql.integer("SELECT amount FROM sample WHERE number = 2") ?? 0
                        try sql.execute("UPDATE sample SET amount = ? WHERE number = 2", [.integer(amount + 1)])
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await other.transaction(.read) { try $0.integer("SELECT amount FROM sample WHERE number = 2") } == 90)
        try other.close()
    }

    private func count(_ connection: any SQLConnection) async throws -> Int {
        Int(try await connection.transaction(.read) { try $0.integer("SELECT COUNT(*) FROM sample") } ?? 0)
    }
}

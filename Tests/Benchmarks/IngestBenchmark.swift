import CentralStore
import EntryModel
import FieldStore
import FieldSync
import Foundation
import GRDBSQLite
import TestSupport

/// What the centre alone takes to ingest pushes of 500 changes, against the same rows inserted in the database's bare way: prepared
/// statements for SQLite, `unnest` for PostgreSQL.
enum IngestBenchmark {
    /// What a push writes, in the order of its statements.
    private static let tables = ["change", "entry", "feed", "change_id", "membership", "link"]
    private static let perMessage = 500

    static func run(_ site: BenchmarkSite, _ cards: SampleCards, _ sizes: Sizes, in folder: String) async throws -> [Figure] {
        let unsent = try site.copy(to: "\(folder)/ingest")
        try unsent.capture(0..<sizes.ingest, cards)
        let messages = try await pushes(of: unsent, in: folder)
        let full = try unsent.copy(to: "\(folder)/ingested")
        _ = try await ingest(messages, into: full.centre, vault: nil)
        let rows = try tables.map { try StoredRows($0, in: full.vaultFile) }

        var next = 0
        func fresh() throws -> String {
            next += 1
            try? FileManager.default.removeItem(atPath: "\(folder)/leg")
            return try unsent.copy(to: "\(folder)/leg").centre
        }
        let schema = try BareRows(path: full.vaultFile, schemaOf: tables)
        let sqlite = try await Alternation.run(
            rounds: sizes.ingestRounds, subject: { try await ingest(messages, into: try fresh(), vault: nil) },
            baseline: {
                let bare = "\(folder)/bare-vault.sqlite"
                CaptureBenchmark.remove(bare)
                return try schema.insert(rows, into: bare, perTransaction: perMessage)
            })
        var figures = [
            Figure(perEntry: "ingest of \(sizes.ingest) changes, SQLite", sqlite, count: sizes.ingest, target: 0.3)
        ]
        #if PostgreSQL
            guard PostgresServer.isThere else {
                FileHandle.standardError.write(Data("    without PostgreSQL: \(PostgresServer.whyNot)\n".utf8))
                return figures
            }
            let postgres = try await Alternation.run(
                rounds: sizes.ingestRounds,
                subject: { try await ingest(messages, into: try fresh(), vault: try PostgresServer.newSchema()) },
                baseline: { try await bareUnnest(rows, like: try fresh()) })
            figures.append(
                Figure(perEntry: "ingest of \(sizes.ingest) changes, PostgreSQL", postgres, count: sizes.ingest, target: 0.4))
        #endif
        return figures
    }

    /// The messages in which a station pushes all that it has.
    private static func pushes(of site: BenchmarkSite, in folder: String) async throws -> [[UInt8]] {
        let copy = try site.copy(to: "\(folder)/recorded")
        let centre = try Centre(directory: copy.centre)
        let database = try FieldDatabase(path: copy.first)
        let road = LoopbackTransport(centre: centre)
        let summary = await SyncEngine(database: database, transport: road).synchronize()
        guard summary.outcome == .complete else { throw BenchmarkError(summary.message) }
        try database.close()
        try centre.close()
        return road.deliveries.filter { $0.kind == .push }.map(\.message)
    }

    /// - Returns: Seconds from the first message to the last answer.
    private static func ingest(_ messages: [[UInt8]], into directory: String, vault: String?) async throws -> Double {
        let centre = try Centre(directory: directory)
        defer { try? centre.close() }
        if let vault { _ = try await centre.moveVault(SampleCards.client, to: DatabaseAddress(vault)) }
        _ = try await centre.vault(SampleCards.client)?.status()
        return try await Stopwatch.elapsed {
            for message in messages { _ = try await centre.answer(.push, message) }
        }
    }

    #if PostgreSQL
        /// The same rows into the same tables of a vault, 500 of each in a transaction.
        private static func bareUnnest(_ rows: [StoredRows], like directory: String) async throws -> Double {
            let centre = try Centre(directory: directory)
            let address = try PostgresServer.newSchema()
            _ = try await centre.moveVault(SampleCards.client, to: DatabaseAddress(address))
            try centre.close()
            let connection = try PostgresConnection(url: address, kind: .vault)
            defer { try? connection.close() }
            try await connection.transaction(.write) { sql in
                for table in rows { try sql.execute("DELETE FROM \(table.name)", []) }
            }
            let most = rows.map(\.values.count).max() ?? 0
            return try await Stopwatch.elapsed {
                for start in stride(from: 0, to: most, by: perMessage) {
                    try await connection.transaction(.write) { sql in
                        for table in rows {
                            let values = table.values.dropFirst(start).prefix(perMessage).joined()
                            try sql.insert(into: table.name, columns: table.columns, values: Array(values))
                        }
                    }
                }
            }
        }
    #endif
}

/// All rows of one table of a vault's file.
struct StoredRows: Sendable {
    var name: String
    var columns: [String]
    var values: [[SQLValue]]

    init(_ name: String, in path: String) throws {
        let database = try BareDatabase(path)
        self.name = name
        columns = try database.strings("SELECT name FROM pragma_table_info('\(name)') ORDER BY cid")
        values = try database.rows("SELECT * FROM \"\(name)\"").map { row in
            row.map { value in
                switch value {
                case .null: .null
                case .integer(let number): .integer(number)
                case .text(let bytes): .text(String(decoding: bytes, as: UTF8.self))
                case .blob(let bytes): .blob(bytes)
                }
            }
        }
    }

    /// As the bare statements take them.
    var bare: [[BareRows.Value]] {
        values.map { row in
            row.map { value in
                switch value {
                case .null: .null
                case .integer(let number): .integer(number)
                case .text(let text): .text(Array(text.utf8))
                case .blob(let bytes): .blob(bytes)
                }
            }
        }
    }
}

extension BareRows {
    /// Tables without rows.
    init(path: String, schemaOf names: [String]) throws {
        let database = try BareDatabase(path)
        tables = try names.map { name in
            let schema = try database.strings(
                "SELECT sql FROM sqlite_master WHERE tbl_name = '\(name)' AND sql IS NOT NULL ORDER BY type DESC")
            let columns = try database.strings("SELECT name FROM pragma_table_info('\(name)')")
            let marks = [String](repeating: "?", count: columns.count).joined(separator: ", ")
            return Table(schema: schema, insert: "INSERT INTO \"\(name)\" VALUES (\(marks))", rows: [])
        }
    }

    /// As `insert(into:perTransaction:)`, of these rows.
    func insert(_ rows: [StoredRows], into path: String, perTransaction: Int) throws -> Double {
        var filled = self
        for (index, table) in rows.enumerated() { filled.tables[index].rows = table.bare }
        return try filled.insert(into: path, perTransaction: perTransaction)
    }
}

import EntryModel
import GRDB
import GRDBSQLite
import Testing

@testable import FieldStore

/// With two hundred thousand entries a query that walks a whole table is felt; so every statement that the store has run is explained.
@Suite("Query plans")
struct QueryPlanTests {
    @Test("no statement walks all entries or all changes, but for the counts of the status")
    func plans() throws {
        let station = try StationFixture()
        try work(station)
        let scans = try station.database.queue.inDatabase { database in
            let statements = Self.prepared(database)
            #expect(statements.count > 60)
            // A key that is withdrawn has all of its promotion's entries looked at in any case.
            let withdrawal = "DELETE FROM holding WHERE feed_key IN"
            return try statements.filter { !$0.contains("count(*)") && !$0.hasPrefix(withdrawal) }.flatMap { sql in
                try Self.plan(sql, database).filter { step in
                    step.contains("SCAN") && !step.contains("INDEX")
                        && ["entry", "change", "look_up", "holding", "c", "e", "l", "h"].contains(Self.table(step))
                }.map { "\(sql): \($0)" }
            }
        }
        #expect(scans == [])
        // A search by the end of an id walks no index either.
        let walks = try station.database.queue.inDatabase { database in
            try Self.prepared(database).filter { $0.contains("entry_end n") || $0.contains("FROM entry WHERE number > ? AND flags") }
                .flatMap {
                    try Self.plan($0, database)
                }
        }
        #expect(walks.count >= 3)
        #expect(walks.filter { $0.contains("SCAN") } == [])
        let epochWalks = try station.database.queue.inDatabase { database in
            // By the epoch alone stands every own change.
            try Self.prepared(database).filter { sql in
                try !sql.contains("ORDER BY sequence") && Self.plan(sql, database).contains { $0.hasSuffix("change_sequence (epoch=?)") }
            }
        }
        #expect(epochWalks == [])
    }

    /// Does a bit of everything.
    private func work(_ station: StationFixture) throws {
        let database = station.database
        let all = FeedKey.promotion("brightfizz-summer")
        let batch = FeedKey.batch(promotion: "brightfizz-summer", label: "MB-1")
        try database.setGranted([.documents(promotion: "brightfizz-summer"), all, batch])
        let entry = try station.capture(["given_name": "Sandra"], place: CardPlace(batch: "MB-1", envelope: 1)).entry
        try station.edit(entry, ["given_name": "Alexandra"])
        _ = try database.undo(by: station.operatorID)
        try keyAgain(entry, station)
        _ = try database.openBatch(promotion: "brightfizz-summer", label: "MB-1", expected: 2, by: station.operatorID)
        _ = try database.closeBatch(promotion: "brightfizz-summer", label: "MB-1", by: station.operatorID)
        let other = try StationFixture("b", seed: 2)
        try station.pull(from: other, key: all)
        try other.pull(from: station)
        try other.edit(entry, ["given_name": "Sandrine"])
        try station.pull(from: other, key: batch)
        let sent = try #require(try station.outgoing().first)
        try station.acknowledgeAll(exceptions: [PushAnswer.Exception(id: sent.id, state: .quarantined, problem: "bad-line")])
        try database.settleHoldings()
        _ = try database.find("Sandra Nobody", limit: 9)
        _ = try database.history(entry)
        _ = try database.conflicts(limit: 9)
        _ = try database.conflicts(promotion: "brightfizz-summer", limit: 9)
        _ = try database.entries(promotion: "brightfizz-summer", limit: 9)
        _ = try database.entries(promotion: "brightfizz-summer", batch: "MB-1", limit: 9)
        _ = try database.entryIDs(withPrefix: "01", limit: 9)
        _ = try database.entryIDs(withSuffix: "01ab", limit: 9)
        try database.queue.inDatabase { try EntryEnds($0).catchUp() }
        try database.noteConflictsSeen(by: station.operatorID)
        _ = try database.batches(promotion: "brightfizz-summer")
        _ = try database.entries(promotion: "brightfizz-summer", label: "MB-1", envelope: 1)
        _ = try database.syncState(for: station.operatorID)
        _ = try database.comparison(promotion: "brightfizz-summer")
        _ = try database.status()
        try database.setGranted([.documents(promotion: "brightfizz-summer")])
        try station.acknowledgeAll(durable: 99)
    }

    /// A second keying that differs, figures, and a known card.
    private func keyAgain(_ entry: UniqueID, _ station: StationFixture) throws {
        let database = station.database
        let second = try database.operatorID(named: "Second")
        _ = try database.peek(entry, field: "family_name", by: second)
        _ = try database.keyAgain(entry, field: "family_name", Keyed(text: ""), by: second)
        _ = try database.secondKeying(promotion: "brightfizz-summer", batch: "MB-1", for: second)
        let place = CardPlace(batch: "MB-1", envelope: 2)
        let known = Capture(promotion: "brightfizz-summer", channel: .mailIn, place: place, values: [("city", Keyed(text: "Inez"))])
        _ = try database.addKnownCards([known], by: station.operatorID)
        _ = try database.capture(known, by: station.operatorID, effort: KeyingEffort(keystrokes: 5, milliseconds: 900))
        _ = try database.knownCards(promotion: "brightfizz-summer")
        _ = try database.removeKnownCards(promotion: "brightfizz-summer", batch: "MB-1")
        _ = try database.statistics(promotion: "brightfizz-summer", since: 0)
    }

    /// The statements that the connection keeps.
    private static func prepared(_ database: Database) -> [String] {
        var statements: [String] = []
        var statement = sqlite3_next_stmt(database.sqliteConnection, nil)
        while let found = statement {
            if let sql = sqlite3_sql(found) { statements.append(String(cString: sql)) }
            statement = sqlite3_next_stmt(database.sqliteConnection, found)
        }
        return statements.filter { !$0.hasPrefix("PRAGMA") && !$0.hasPrefix("EXPLAIN") }
    }

    private static func plan(_ sql: String, _ database: Database) throws -> [String] {
        let statement = try database.makeStatement(sql: "EXPLAIN QUERY PLAN " + sql)
        statement.setUncheckedArguments([])
        return try Row.fetchAll(statement).map { $0["detail"] }
    }

    private static func table(_ step: String) -> String {
        let words = step.split(separator: " ")
        return words.firstIndex(of: "SCAN").flatMap { words.dropFirst($0 + 1).first }.map(String.init) ?? ""
    }
}

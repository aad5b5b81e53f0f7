import Testing

/// A deliberate fault in the code, made by a trigger in a database: a row that is not written, or written where it does not belong.
///
/// The product knows nothing of it. The simulator has to catch each of them, or it would not catch the like in the code either.
struct Mutation: Sendable, CustomTestStringConvertible {
    enum Side: Sendable { case station, centre }

    var name: String
    var side: Side
    /// What makes the trigger.
    var sql: String
    /// Where the search begins: 1, or a seed that is known to catch it, for those that few seeds catch.
    var firstSeed: UInt64 = 1

    var testDescription: String { name }

    private static func ignoring(
        _ name: String, _ side: Side, _ event: String, when condition: String = "1", firstSeed: UInt64 = 1
    ) -> Mutation {
        Mutation(
            name: name, side: side,
            sql: "CREATE TRIGGER mutation BEFORE \(event) WHEN \(condition) BEGIN SELECT RAISE(IGNORE); END", firstSeed: firstSeed)
    }

    static let all: [Mutation] = [
        ignoring(
            "a station passes over one of 20 changes of a page and moves its cursor", .station, "INSERT ON change",
            when: "NEW.epoch IS NULL AND NEW.entry IS NOT NULL AND NEW.number % 20 = 0"),
        ignoring("a station drops receipts", .station, "UPDATE OF acknowledged ON epoch", when: "NEW.acknowledged > 5"),
        ignoring(
            "a station drops the exceptions of an answer", .station, "UPDATE OF quarantined ON change", when: "NEW.quarantined IS NOT NULL"),
        ignoring(
            "a station keeps what was released in quarantine", .station, "UPDATE OF mac ON change", when: "OLD.quarantined IS NOT NULL"),
        ignoring("a station keeps entries that leave", .station, "DELETE ON holding", firstSeed: 378),
        ignoring("a station does not move its cursor", .station, "UPDATE OF position ON feed_key", when: "NEW.position > 20"),
        Mutation(
            name: "a station forgets an unsent change when its batch is closed", side: .station,
            sql: """
                CREATE TRIGGER mutation AFTER UPDATE OF closed ON batch WHEN NEW.closed = 1 BEGIN
                    DELETE FROM change WHERE epoch IS NOT NULL AND sequence = (SELECT head - 1 FROM epoch)
                        AND sequence > (SELECT acknowledged FROM epoch);
                END
                """),
        ignoring("the centre acknowledges a change that it does not store", .centre, "INSERT ON change", when: "NEW.number % 40 = 0"),
        ignoring("the centre leaves a row out of the feed", .centre, "INSERT ON feed", when: "NEW.position % 40 = 0"),
        ignoring("the centre does not keep what it cannot merge", .centre, "INSERT ON quarantine", when: "NEW.number % 3 = 0"),
        ignoring("the centre releases a change and keeps it in quarantine", .centre, "DELETE ON quarantine"),
        Mutation(
            name: "the centre stores a change twice", side: .centre,
            sql: """
                CREATE TRIGGER mutation AFTER INSERT ON change WHEN NEW.number % 50 = 0 AND NEW.epoch IS NOT NULL BEGIN
                    INSERT INTO quarantine (number, id, station, epoch, sequence, problem, received, header, body)
                    VALUES (1000 + NEW.number, NEW.id, 1, 1, 0, 'over-limit', 0, NEW.header, NEW.body);
                END
                """),
        ignoring("the centre forgets the row of an entry that changed", .centre, "UPDATE OF void ON entry", when: "NEW.void <> OLD.void"),
        Mutation(
            name: "the centre takes a wrong chain for an epoch's", side: .centre,
            sql: """
                CREATE TRIGGER mutation AFTER UPDATE OF chain ON epoch WHEN NEW.sequence % 7 = 0 BEGIN
                    UPDATE epoch SET chain = OLD.chain WHERE number = NEW.number;
                END
                """),
        ignoring("the centre does not let a station read the batches that it works on", .centre, "INSERT ON entitlement"),
    ]
}

import Testing

/// A deliberate fault: made by a trigger in a database (a row that is not written, or written where it does not belong), or by the simulated world
/// around the code.
///
/// The product knows nothing of it. The simulator has to catch each of them, or it would not catch the like in the code either.
struct Mutation: Sendable, CustomTestStringConvertible {
    enum Side: Sendable { case station, centre }

    enum Effect: Sendable, Equatable {
        /// What makes the trigger.
        case trigger(Side, String)
        /// The centre takes whatever chain it is told for the station's own.
        case anyChain
        /// An edit names none of the values that it replaces.
        case skippedBase
        /// A station that stops in a sync has moved its cursors, and not applied the pages.
        case cursorAhead

        var isAnyChain: Bool { self == .anyChain }

        func sql(at side: Side) -> String? {
            if case .trigger(side, let sql) = self { sql } else { nil }
        }
    }

    var name: String
    var effect: Effect
    /// Where the search begins: 1, or a seed that is known to catch it, for those that few seeds catch.
    var firstSeed: UInt64 = 1

    var testDescription: String { name }

    private static func ignoring(
        _ name: String, _ side: Side, _ event: String, when condition: String = "1", firstSeed: UInt64 = 1
    ) -> Mutation {
        let sql = "CREATE TRIGGER mutation BEFORE \(event) WHEN \(condition) BEGIN SELECT RAISE(IGNORE); END"
        return Mutation(name: name, effect: .trigger(side, sql), firstSeed: firstSeed)
    }

    static let all = atStations + atTheCentre

    private static let atStations: [Mutation] = [
        Mutation(name: "a station's edit skips its base", effect: .skippedBase),
        Mutation(name: "a station moves its cursors before it applies the pages", effect: .cursorAhead),
        // Behind the insertion: before it SQLite has not given the row its number yet.
        Mutation(
            name: "a station passes over one of 20 changes of a page and moves its cursor",
            effect: .trigger(
                .station,
                """
                CREATE TRIGGER mutation AFTER INSERT ON change WHEN NEW.epoch IS NULL AND NEW.entry IS NOT NULL AND NEW.number % 20 = 0 BEGIN
                    DELETE FROM change WHERE number = NEW.number;
                END
                """)),
        Mutation(
            name: "a station applies one of 20 changes twice",
            effect: .trigger(
                .station,
                """
                CREATE TRIGGER mutation AFTER INSERT ON change WHEN NEW.epoch IS NULL AND NEW.entry IS NOT NULL AND NEW.number % 20 = 0 BEGIN
                    INSERT INTO change (id, entry, header, body, body_digest, mac, position)
                    VALUES (NEW.id, NEW.entry, NEW.header, NEW.body, NEW.body_digest, NEW.mac, NEW.position);
                END
                """)),
        ignoring("a station drops receipts", .station, "UPDATE OF acknowledged ON epoch", when: "NEW.acknowledged > 5"),
        ignoring(
            "a station drops the exceptions of an answer", .station, "UPDATE OF quarantined ON change", when: "NEW.quarantined IS NOT NULL"),
        ignoring(
            "a station keeps what was released in quarantine", .station, "UPDATE OF mac ON change", when: "OLD.quarantined IS NOT NULL"),
        ignoring("a station keeps entries in sight that have left it", .station, "UPDATE OF flags ON entry", when: "NEW.flags >= 16"),
        ignoring("a station does not move its cursor", .station, "UPDATE OF position ON feed_key", when: "NEW.position > 20"),
        Mutation(
            name: "a station forgets an unsent change when its batch is closed",
            effect: .trigger(
                .station,
                """
                CREATE TRIGGER mutation AFTER UPDATE OF closed ON batch WHEN NEW.closed = 1 BEGIN
                    DELETE FROM change WHERE epoch IS NOT NULL AND sequence = (SELECT head - 1 FROM epoch ORDER BY number DESC)
                        AND sequence > (SELECT acknowledged FROM epoch ORDER BY number DESC);
                END
                """)),
        ignoring("a station that was put back does not send its lines again", .station, "UPDATE OF epoch ON change"),
        ignoring("a station does not mark what a restored centre may have lost", .station, "INSERT ON unconfirmed"),
        ignoring("a station keeps the bodies of an erased entry", .station, "UPDATE OF body ON change", when: "length(NEW.body) = 66"),
    ]

    private static let atTheCentre: [Mutation] = [
        Mutation(name: "the centre ignores the chain", effect: .anyChain),
        ignoring("the centre acknowledges a change that it does not store", .centre, "INSERT ON change", when: "NEW.number % 40 = 0"),
        ignoring("the centre leaves a row out of the feed", .centre, "INSERT ON feed", when: "NEW.position % 40 = 0"),
        ignoring("the centre does not keep what it cannot merge", .centre, "INSERT ON quarantine", when: "NEW.number % 3 = 0"),
        ignoring("the centre releases a change and keeps it in quarantine", .centre, "DELETE ON quarantine"),
        Mutation(
            name: "the centre stores a change twice",
            effect: .trigger(
                .centre,
                """
                CREATE TRIGGER mutation AFTER INSERT ON change WHEN NEW.number % 50 = 0 AND NEW.epoch IS NOT NULL BEGIN
                    INSERT INTO quarantine (number, id, station, epoch, sequence, problem, received, header, body)
                    VALUES (1000 + NEW.number, NEW.id, 1, 1, 0, 'over-limit', 0, NEW.header, NEW.body);
                END
                """)),
        ignoring("the centre forgets the row of an entry that changed", .centre, "UPDATE OF void ON entry", when: "NEW.void <> OLD.void"),
        Mutation(
            name: "the centre takes a wrong chain for an epoch's",
            effect: .trigger(
                .centre,
                """
                CREATE TRIGGER mutation AFTER UPDATE OF chain ON epoch WHEN NEW.sequence % 7 = 0 BEGIN
                    UPDATE epoch SET chain = OLD.chain WHERE number = NEW.number;
                END
                """)),
        Mutation(
            name: "the centre shows a row of the feed after those behind it",
            effect: .trigger(
                .centre,
                """
                CREATE TRIGGER mutation AFTER INSERT ON feed WHEN NEW.position % 30 IN (0, 9) BEGIN
                    UPDATE feed SET feed_key = -feed_key WHERE position = NEW.position AND position % 30 = 0;
                    UPDATE feed SET feed_key = -feed_key WHERE position = NEW.position - 9 AND feed_key < 0;
                END
                """)),
        ignoring("the centre does not let a station read the batches that it works on", .centre, "INSERT ON entitlement"),
    ]
}

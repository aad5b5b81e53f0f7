import EntryModel
import GRDB

extension FieldDatabase {
    /// What people did at this station, by name.
    ///
    /// It counts what happened here: keying, corrections and second keyings at other stations are theirs to tell.
    ///
    /// - Parameters:
    ///   - promotion: `nil` for all.
    ///   - since: From the hour of this moment on, milliseconds since 1970; `nil` for all time.
    ///   - operatorID: One person alone; `nil` for everybody.
    public func statistics(promotion: String? = nil, since: Int64? = nil, of operatorID: String? = nil) throws -> [OperatorStatistics] {
        let first = SQLValue.integer(max(0, since ?? 0) / WorkTally.millisecondsAnHour)
        let filter = """
            hour >= ?1 AND (?2 IS NULL OR operator = ?2)
            AND (?3 IS NULL OR promotion = (SELECT number FROM promotion WHERE id = ?3))
            """
        let arguments: [SQLValue] = [first, .optional(operatorID), .optional(promotion)]
        return try read { database in
            let names = try Self.operatorNames(database)
            var people = try database.list(
                """
                SELECT operator, sum(cards), sum(keystrokes), sum(milliseconds), sum(corrected), sum(corrected_by_others), sum(checked),
                sum(mistaken), sum(verified), sum(differed), sum(changed), sum(peeks), sum(again_keystrokes), sum(again_milliseconds)
                FROM work WHERE \(filter) GROUP BY operator
                """, arguments
            ) { row in
                OperatorStatistics(
                    operatorID: row.text(0), name: names[row.text(0)], cards: row.integer(1),
                    effort: KeyingEffort(keystrokes: Int(row.integer(2)), milliseconds: row.integer(3)), corrected: row.integer(4),
                    correctedByOthers: row.integer(5), checked: row.integer(6), mistaken: row.integer(7), verified: row.integer(8),
                    differed: row.integer(9), changed: row.integer(10), peeks: row.integer(11),
                    effortAgain: KeyingEffort(keystrokes: Int(row.integer(12)), milliseconds: row.integer(13)), known: [])
            }
            let known = try database.list(
                "SELECT operator, field, sum(keyed), sum(wrong) FROM known_field WHERE \(filter) GROUP BY operator, field ORDER BY field",
                arguments
            ) { row in
                (row.text(0), OperatorStatistics.KnownField(field: row.text(1), keyed: row.integer(2), wrong: row.integer(3)))
            }
            for id in Set(known.map(\.0)).subtracting(people.map(\.operatorID)) {
                people.append(OperatorStatistics(operatorID: id, name: names[id]))
            }
            for index in people.indices {
                people[index].known = known.filter { $0.0 == people[index].operatorID }.map(\.1)
            }
            return people.sorted { ($0.name ?? "", $0.operatorID) < ($1.name ?? "", $1.operatorID) }
        }
    }
}

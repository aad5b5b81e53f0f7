import EntryModel
import GRDB

/// What is added to the figures of one operator: a row for each hour in which somebody worked, so that asking for them never walks cards.
struct WorkTally {
    var cards: Int64 = 0
    var keyed = KeyingEffort()
    /// Fields that the same person set right after keying them, and those that somebody else did, outside of double keying.
    var corrected: Int64 = 0
    var correctedByOthers: Int64 = 0
    /// Of what the person keyed: fields keyed a second time by somebody else, and those decided otherwise.
    var checked: Int64 = 0
    var mistaken: Int64 = 0
    /// Of what the person keyed a second time: fields, those that differed, those that were changed, and looks at the first keying.
    var verified: Int64 = 0
    var differed: Int64 = 0
    var changed: Int64 = 0
    var peeks: Int64 = 0
    var keyedAgain = KeyingEffort()

    static let millisecondsAnHour: Int64 = 3_600_000
}

extension OwnChanges {
    /// Adds to somebody's figures, in the transaction of what they are about.
    func count(_ tally: WorkTally, of operatorID: String, promotion: Int64) throws {
        try database.count(tally, of: operatorID, promotion: promotion, at: maker.stamp)
    }

    /// Whose keyings at this station stand in a field: for each head that was made here who made it.
    func keyers(of field: String, _ entry: EntryInHand) -> [String] {
        let heads = Set(entry.state[field]?.heads.map(\.change) ?? [])
        return entry.changes.filter { heads.contains($0.change.id) && $0.change.header.station == maker.station }
            .map(\.change.header.operatorID)
    }
}

extension Database {
    /// - Parameter stamp: The station's clock.
    func count(_ tally: WorkTally, of operatorID: String, promotion: Int64, at stamp: Int64) throws {
        try run(
            """
            INSERT INTO work (hour, operator, promotion, cards, keystrokes, milliseconds, corrected, corrected_by_others, checked, mistaken,
            verified, differed, changed, peeks, again_keystrokes, again_milliseconds)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
            ON CONFLICT (hour, operator, promotion) DO UPDATE SET cards = cards + ?4, keystrokes = keystrokes + ?5,
            milliseconds = milliseconds + ?6, corrected = corrected + ?7, corrected_by_others = corrected_by_others + ?8,
            checked = checked + ?9, mistaken = mistaken + ?10, verified = verified + ?11, differed = differed + ?12,
            changed = changed + ?13, peeks = peeks + ?14, again_keystrokes = again_keystrokes + ?15,
            again_milliseconds = again_milliseconds + ?16
            """,
            [
                .integer(stamp / WorkTally.millisecondsAnHour), .text(operatorID), .integer(promotion), .integer(tally.cards),
                .integer(Int64(tally.keyed.keystrokes)), .integer(tally.keyed.milliseconds), .integer(tally.corrected),
                .integer(tally.correctedByOthers), .integer(tally.checked), .integer(tally.mistaken), .integer(tally.verified),
                .integer(tally.differed), .integer(tally.changed), .integer(tally.peeks), .integer(Int64(tally.keyedAgain.keystrokes)),
                .integer(tally.keyedAgain.milliseconds),
            ])
    }
}

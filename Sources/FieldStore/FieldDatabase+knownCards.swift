import EntryModel
import GRDB

extension FieldDatabase {
    /// What an envelope is put aside as that holds a known card.
    public static let knownAnswer = "known-answer"

    /// Takes known cards in: what each says, and where it will lie.
    ///
    /// They stay in this file and are shown to nobody. Whoever keys a card of such a place keys no entry: the answers are compared, the
    /// envelope is put aside as `known-answer`, and the figures of the batch add up.
    ///
    /// - Parameter captures: With their places; a field that is blank on the card has the empty text, one that is not compared is left out.
    /// - Returns: One for each, in their order.
    /// - Throws: `unknownPromotion`, `unknownField`, `invalid` for one without a place.
    public func addKnownCards(_ captures: [Capture], by operatorID: String) throws -> [KnownCardResult] {
        try record(by: operatorID) { changes in
            try captures.map { capture in
                let held = try assigned(capture.promotion)
                guard let place = capture.place, Identifier.isBatchLabel(place.batch), place.envelope > 0, place.card > 0 else {
                    throw failure(.invalid, "A known card lies in a batch and an envelope. Nothing was stored. Say where.")
                }
                if let field = capture.values.first(where: { held.promotion.field($0.field) == nil })?.field {
                    throw failure(
                        .unknownField,
                        "The form of \(capture.promotion) has no field \(field). Nothing was stored. Leave the field out.")
                }
                return try changes.database.add(capture, at: place, held.number, values)
            }
        }
    }

    /// The known cards of a promotion by their places, without what they say.
    public func knownCards(promotion: String) throws -> [KnownCard] {
        try checkLock()
        return try read { database in
            try database.list(
                """
                SELECT k.batch, k.envelope, k.card, k.operator, k.keyed, k.fields, k.wrong FROM known_card k
                JOIN promotion p ON p.number = k.promotion WHERE p.id = ? ORDER BY k.batch, k.envelope, k.card
                """, [.text(promotion)]
            ) { row in
                KnownCard(
                    promotion: promotion, place: CardPlace(batch: row.text(0), envelope: row.integer(1), card: row.integer(2)),
                    operatorID: row.optionalText(3), keyed: row.optionalInteger(4), fields: row.integer(5), wrong: row.integer(6))
            }
        }
    }

    /// Takes the known cards of a batch out again that nobody has keyed.
    /// - Returns: How many.
    public func removeKnownCards(promotion: String, batch: String) throws -> Int {
        try write { database in
            try database.run(
                """
                DELETE FROM known_card WHERE keyed IS NULL AND batch = ? AND promotion = (SELECT number FROM promotion WHERE id = ?)
                """, [.text(batch), .text(promotion)])
        }
    }
}

extension Database {
    fileprivate func add(_ capture: Capture, at place: CardPlace, _ promotion: Int64, _ values: PersonalValues) throws -> KnownCardResult {
        let key: [SQLValue] = [.integer(promotion), .text(place.batch), .integer(place.envelope), .integer(place.card)]
        let entries = try integer(
            """
            SELECT count(*) FROM entry e JOIN batch b ON b.number = e.batch
            WHERE b.promotion = ? AND b.label = ? AND e.envelope = ? AND e.card = ? AND e.flags & 20 = 0
            """, key)
        guard entries == 0 else { return .occupied }
        let isNew =
            try integer(
                "SELECT count(*) FROM known_card WHERE promotion = ? AND batch = ? AND envelope = ? AND card = ?", key) == 0
        let body = values.seal(Draft(promotion: capture.promotion, place: place, values: capture.values).line)
        try run(
            """
            INSERT INTO known_card (promotion, batch, envelope, card, body) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (promotion, batch, envelope, card) DO UPDATE SET body = ?5 WHERE keyed IS NULL
            """, key + [.blob(body)])
        return isNew ? .added : .held
    }
}

/// A known card that was just keyed.
struct KnownCardInHand {
    let promotion: HeldPromotion
    let place: CardPlace
    private let truth: Draft
    private let wasKeyed: Bool

    /// - Returns: `nil` when the place is that of a real card, which it nearly always is.
    init?(at place: CardPlace, _ promotion: HeldPromotion, _ changes: borrowing OwnChanges) throws {
        let found = try changes.database.first(
            "SELECT body, keyed IS NOT NULL FROM known_card WHERE promotion = ? AND batch = ? AND envelope = ? AND card = ?",
            [.integer(promotion.number), .text(place.batch), .integer(place.envelope), .integer(place.card)]
        ) { ($0.blob(0), $0.integer(1) != 0) }
        guard let found, let truth = Draft(line: changes.log.values.open(found.0), promotion: promotion.promotion.id) else { return nil }
        self.promotion = promotion
        self.place = place
        self.truth = truth
        wasKeyed = found.1
    }

    /// Compares what was keyed, once, and puts the envelope aside.
    /// - Returns: The change that put it aside; `nil` when it was aside already.
    func take(_ keyed: Capture, received: CalendarDate?, _ changes: inout OwnChanges) throws -> Change? {
        let batch = try changes.takeBatch(place.batch, promotion)
        let aside = Assignment(field: "$envelope.\(place.envelope)", value: .text(FieldDatabase.knownAnswer))
        let change = try changes.set(batch, [aside])?.change
        guard !wasKeyed else { return change }
        let answers = promotion.check.check(keyed.values, received: received).assignments
        let truths = promotion.check.check(truth.values, received: received).assignments
        var wrong: Int64 = 0
        for (field, _) in truth.values {
            let isWrong = !Self.agrees(
                answers.first { $0.field == field } ?? Assignment(field: field, value: .null),
                truths.first { $0.field == field } ?? Assignment(field: field, value: .null))
            wrong += isWrong ? 1 : 0
            try changes.database.run(
                """
                INSERT INTO known_field (hour, operator, promotion, field, keyed, wrong) VALUES (?1, ?2, ?3, ?4, 1, ?5)
                ON CONFLICT (hour, operator, promotion, field) DO UPDATE SET keyed = keyed + 1, wrong = wrong + ?5
                """,
                [
                    .integer(changes.maker.stamp / WorkTally.millisecondsAnHour), .text(changes.maker.operatorID),
                    .integer(promotion.number), .text(field), .integer(isWrong ? 1 : 0),
                ])
        }
        try changes.database.run(
            """
            UPDATE known_card SET operator = ?5, keyed = ?6, fields = ?7, wrong = ?8
            WHERE promotion = ?1 AND batch = ?2 AND envelope = ?3 AND card = ?4
            """,
            [
                .integer(promotion.number), .text(place.batch), .integer(place.envelope), .integer(place.card),
                .text(changes.maker.operatorID), .integer(changes.maker.stamp), .integer(Int64(truth.values.count)), .integer(wrong),
            ])
        return change
    }

    private static func agrees(_ answer: Assignment, _ truth: Assignment) -> Bool {
        answer.value == truth.value && answer.flag == truth.flag
    }
}

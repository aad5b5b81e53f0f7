import EntryModel
import GRDB

extension FieldDatabase {
    /// Checks and stores one new entry, with its change, in one transaction.
    ///
    /// A card is never refused for what is written on it: the findings say what to look at. A batch that was never opened is opened by its
    /// first card.
    ///
    /// - Parameters:
    ///   - operatorID: From `operatorID(named:)`.
    ///   - endsDraft: Whether this is the promotion's draft, finished: then the draft goes as the entry comes, neither without the other.
    ///   - effort: What keying took; `nil` for a card that nobody keyed field by field, which then counts in nobody's figures.
    /// - Returns: `isNew` is `false` when an entry of the given id was here already; then nothing was changed.
    /// - Throws: `notEnrolled`, `unknownPromotion`, `closedBatch`, `invalid` (the place), `limit` (more than fits into a change).
    public func capture(
        _ capture: Capture, by operatorID: String, endsDraft: Bool = false, effort: KeyingEffort? = nil
    ) throws -> Captured {
        let captured = try self.capture([capture], by: operatorID, endsDraft: endsDraft, effort: effort)
        return captured[0]
    }

    /// Checks and stores many entries in one transaction: all of them, or none.
    /// - Returns: One for each capture, in their order.
    public func capture(_ captures: [Capture], by operatorID: String) throws -> [Captured] {
        try capture(captures, by: operatorID, endsDraft: false, effort: nil)
    }

    private func capture(
        _ captures: [Capture], by operatorID: String, endsDraft: Bool, effort: KeyingEffort?
    ) throws -> [Captured] {
        let today = today()
        return try record(by: operatorID) { changes in
            var promotions: [HeldPromotion] = []
            let places = try captures.map { capture in
                if let place = promotions.firstIndex(where: { $0.promotion.id == capture.promotion }) { return place }
                promotions.append(try assigned(capture.promotion))
                return promotions.count - 1
            }
            var trays = Trays(
                hasKnownCards: try changes.database.integer("SELECT EXISTS (SELECT 1 FROM known_card)") != 0, today: today)
            var results: [Captured] = []
            results.reserveCapacity(captures.count)
            for start in stride(from: 0, to: captures.count, by: Self.captureGroup) {
                let group = start..<min(start + Self.captureGroup, captures.count)
                let prepared = PreparedCapture.prepare(
                    captures[group], places[group], promotions, changes.maker, today: today, surroundings)
                for (index, prepared) in zip(group, prepared) {
                    results.append(try changes.capture(captures[index], prepared, promotions[places[index]], &trays))
                }
            }
            if let effort, let held = promotions.first {
                try changes.count(WorkTally(cards: 1, keyed: effort), of: operatorID, promotion: held.number)
            }
            if endsDraft {
                for held in promotions { try changes.database.run("DELETE FROM draft WHERE promotion = ?", [.text(held.promotion.id)]) }
            }
            return results
        }
    }

    /// So many captures are held in memory with their changes at a time.
    private static let captureGroup = 1000

    /// The day by the station's clock less its skew, in UTC.
    private func today() -> CalendarDate? {
        CalendarDate(millisecondsSince1970: surroundings.now() - (current.skew ?? 0))
    }
}

/// The batches that one transaction has met, so that a thousand cards of a tray look it up once.
struct Trays {
    fileprivate struct Tray {
        var number: Int64
        var isClosed: Bool
    }

    /// Whether any card might be one whose truth is known.
    let hasKnownCards: Bool
    /// By the station's clock.
    let today: CalendarDate?
    fileprivate var known: [String: Tray] = [:]
}

extension OwnChanges {
    fileprivate mutating func capture(
        _ capture: Capture, _ prepared: PreparedCapture, _ promotion: HeldPromotion, _ trays: inout Trays
    ) throws -> Captured {
        let tray = try capture.place.map { try self.tray($0, promotion, &trays) }
        let id = prepared.entry
        let place = capture.place
        if trays.hasKnownCards, capture.entry == nil, let tray, let place, let known = try KnownCardInHand(at: place, promotion, self) {
            if tray.isClosed { throw closed(place.batch) }
            _ = try prepared.change.get()
            let received = capture.received ?? (capture.channel == .mailIn ? nil : trays.today)
            let change = try known.take(capture, received: received, &self)
            return Captured(entry: id, isNew: true, change: change?.id, findings: prepared.findings, isKnownCard: true)
        }
        let inserted = try database.run(
            """
            INSERT INTO entry (id, promotion, batch, envelope, card, channel, changes) VALUES (?, ?, ?, ?, ?, ?, 1)
            ON CONFLICT (id) DO NOTHING
            """,
            [
                .id(id), .integer(promotion.number), .optional(tray?.number), .optional(place?.envelope), .optional(place?.card),
                .text(capture.channel.rawValue),
            ])
        var number = database.lastInsertedRowID
        if inserted == 0 {
            // An entry that had left this station is keyed anew; the merge takes equal values for one.
            guard let left = try EntryRecord.find(id, database), left.isHidden, !left.isErased, left.promotion == promotion.number else {
                return Captured(entry: id, isNew: false, change: nil, findings: [])
            }
            number = left.number
        }
        if let tray, tray.isClosed, let place { throw closed(place.batch) }
        let change = try prepared.change.get()
        try append(change, to: .entry(number))
        if inserted == 0 {
            // Until the centre has taken this capture, the station is not entitled to the rest of the entry.
            try database.run(
                "UPDATE entry SET flags = flags & ~?2 | ?3 WHERE number = ?1",
                [.integer(number), .integer(EntryRecord.Flag.hidden), .integer(EntryRecord.Flag.leaving)])
            try merging.refresh(entry: number)
        } else if number <= merging.indexed {
            try merging.followUp(number)
        }
        return Captured(entry: id, isNew: true, change: change.id, findings: prepared.findings)
    }

    private func tray(_ place: CardPlace, _ promotion: HeldPromotion, _ trays: inout Trays) throws -> Trays.Tray {
        guard safeIntegers.contains(place.envelope), safeIntegers.contains(place.card), place.envelope > 0, place.card > 0 else {
            throw failure(.invalid, "The numbers of envelopes and cards begin at 1. Nothing was stored. Say the number again.")
        }
        let name = "\(promotion.number)/\(place.batch)"
        if let tray = trays.known[name] { return tray }
        try checkLabel(place.batch)
        let number = try merging.batchNumber(place.batch, promotion: promotion.number)
        let isClosed = try database.integer("SELECT closed FROM batch WHERE number = ?", [.integer(number)]) != 0
        let tray = Trays.Tray(number: number, isClosed: isClosed)
        trays.known[name] = tray
        return tray
    }

    func checkLabel(_ label: String) throws {
        guard Identifier.isBatchLabel(label) else {
            throw failure(
                .invalid, "A batch's label has 1 to 32 capital letters, digits and hyphens. Nothing was stored. Choose another label.")
        }
    }

    private func closed(_ label: String) -> FieldStoreError {
        failure(
            .closedBatch,
            """
            Batch \(label) is closed: it was counted and put away. Nothing was stored. Reopen it with `batch reopen`, \
            or choose another batch.
            """)
    }
}

extension CardPlace {
    /// What a change sets to say that a card lies here.
    var assignments: [Assignment] {
        [
            Assignment(field: "$batch", value: .text(batch)), Assignment(field: "$envelope", value: .integer(envelope)),
            Assignment(field: "$card", value: .integer(card)),
        ]
    }
}

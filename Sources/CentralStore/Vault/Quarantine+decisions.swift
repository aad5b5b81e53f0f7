import EntryModel

/// Finding out what staff may decide about a change in the quarantine, and what they decided.
extension Quarantine {
    enum Decision: String, Sendable { case released, rejected }

    static func find(_ reference: QuarantineReference, _ writer: LogWriter) throws -> Held? {
        let (column, value): (String, SQLValue) =
            switch reference {
            case .number(let number): ("number", .integer(number))
            case .id(let id): ("id", .blob(id.bytes))
            }
        return try writer.sql.map("SELECT \(Held.columns) FROM quarantine WHERE \(column) = ?", [value]) {
            try Held($0, writer.bodies)
        }.first
    }

    /// What is to be told of a change that is no longer in the quarantine.
    /// - Throws: `CentreError.notInQuarantine` when it was not decided that way.
    static func decided(_ reference: QuarantineReference, _ wanted: Decision, _ sql: any SQLTransaction) throws -> QuarantineDecision {
        let (condition, value, name): (String, SQLValue, String) =
            switch reference {
            case .number(let number): ("number = ?", .integer(number), String(number))
            case .id(let id): ("id = ?", .blob(id.bytes), id.hex)
            }
        let decision = try sql.map("SELECT id, kind FROM decision WHERE \(condition) ORDER BY number DESC", [value]) {
            (id: Digest(bytes: $0.blob(0)), kind: $0.text(1))
        }.first
        guard let decision, let id = decision.id, decision.kind == wanted.rawValue else {
            throw CentreError.notInQuarantine(name, decision.flatMap { Decision(rawValue: $0.kind)?.rawValue })
        }
        return QuarantineDecision(id: id, changes: 0, wasDone: true)
    }

    static func record(_ held: Held, _ decision: Decision, at now: Int64, _ sql: any SQLTransaction) throws {
        try sql.execute(
            "INSERT INTO decision (number, id, kind, at) VALUES (?, ?, ?, ?)",
            [.integer(held.number), .blob(held.change.id.bytes), .text(decision.rawValue), .integer(now)])
    }

    /// - Throws: `CentreError.cannotRelease` with the reason.
    static func checkRelease(_ held: Held, _ catalogue: Catalogue, _ writer: LogWriter) throws {
        func refuse(_ reason: String) -> CentreError { .cannotRelease(held.number, reason) }
        guard case .change(let read) = held.change.content else { throw refuse("Its lines cannot be read, so it can only be rejected.") }
        switch read.change.header.kind {
        case .erase, .reject, .document: throw refuse("Only staff make changes of this kind, so it can only be rejected.")
        case .set, .void, .restore, .verify: break
        }
        guard read.change.body != nil else { throw refuse("Its values are gone, so it can only be rejected.") }
        guard let about = read.subject else { throw refuse("It is about no entry and no batch, so it can only be rejected.") }
        guard let item = catalogue.promotions[read.change.header.promotion] else {
            throw refuse("Its promotion is not known here; put the promotion's document, and the change goes on by itself.")
        }
        if let subject = held.subject,
            let first = try writer.sql.integer(
                "SELECT MIN(number) FROM quarantine WHERE subject = ? AND station = ? AND number < ?",
                [.text(subject), .integer(held.station), .integer(held.number)])
        {
            throw refuse("Change \(first) is about the same entry or batch and came first; decide about that one first.")
        }
        // It would go into the log and into no key, and its maker would never learn of it.
        if case .entry(let id) = about, item.sharing != .all, !held.isCapture, try !isShared(id, writer) {
            throw refuse("Nobody has captured the entry that it changes, or that was rejected, so it can only be rejected.")
        }
    }

    /// Whether an entry is in a key.
    private static func isShared(_ entry: UniqueID, _ writer: LogWriter) throws -> Bool {
        try writer.sql.integer(
            "SELECT 1 FROM membership m JOIN entry e ON e.number = m.entry WHERE e.id = ? LIMIT 1", [.blob(entry.bytes)]) != nil
    }

    /// The changes that wait behind one, in order, up to the next that is held for a reason of its own.
    static func waiting(behind held: Held, _ writer: LogWriter) throws -> [Held] {
        Array(try behind(held, writer).prefix { $0.problem == .waits })
    }

    /// The changes that have nothing to stand on without one, for whatever reason each is held: up to the next capture.
    static func standing(on held: Held, _ writer: LogWriter) throws -> [Held] {
        Array(try behind(held, writer).prefix { !$0.isCapture })
    }

    /// What a station made of a subject after its first change that is held; nothing when the given one is not the first.
    private static func behind(_ held: Held, _ writer: LogWriter) throws -> [Held] {
        guard let subject = held.subject else { return [] }
        let earlier = try writer.sql.integer(
            "SELECT number FROM quarantine WHERE subject = ? AND station = ? AND number < ? LIMIT 1",
            [.text(subject), .integer(held.station), .integer(held.number)])
        guard earlier == nil else { return [] }
        return try writer.sql.map(
            "SELECT \(Held.columns) FROM quarantine WHERE subject = ? AND station = ? AND number > ? ORDER BY number LIMIT 500",
            [.text(subject), .integer(held.station), .integer(held.number)]
        ) { try Held($0, writer.bodies) }
    }

    /// Whether the log has anything of what the change is about.
    static func isKnown(_ held: Held, _ writer: LogWriter) throws -> Bool {
        switch held.change.subject {
        case .entry(let id)?: try writer.sql.integer("SELECT 1 FROM entry WHERE id = ?", [.blob(id.bytes)]) != nil
        case .batch?, nil: true
        }
    }

    /// The ids of all changes that came from a station since a time, in the order of its chain; also of those that came back by other hands.
    static func taken(from station: UniqueID, since: Int64, _ sql: any SQLTransaction) throws -> [Digest] {
        guard let found = try StationRow.read(sql, station) else { throw CentreError.unknownStation(station) }
        var ids: [Digest] = []
        try sql.query(
            "SELECT l.ids FROM link l JOIN epoch e ON e.number = l.epoch WHERE e.station = ? AND l.received >= ? ORDER BY e.number, l.first",
            [.integer(found.number), .integer(since)]
        ) { row in
            let bytes = row.blob(0)
            for start in stride(from: 0, to: bytes.count - 31, by: 32) {
                if let id = Digest(bytes: bytes[start..<(start + 32)]) { ids.append(id) }
            }
        }
        try sql.walk("SELECT id, header FROM change WHERE epoch IS NULL AND received >= ? ORDER BY number", [.integer(since)]) { row in
            guard let header = try? ChangeHeader(line: row.blob(1)), header.station == station.description,
                let id = Digest(bytes: row.blob(0))
            else { return }
            ids.append(id)
        }
        var seen: Set<Digest> = []
        return ids.filter { seen.insert($0).inserted }
    }
}

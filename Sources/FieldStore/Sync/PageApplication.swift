import EntryModel
import GRDB

/// A row of a page, read and hashed.
enum PageRow {
    /// With the promotion and version of a document.
    case change(Change, FeedPlace, Versioned?)
    case leave(UniqueID)
}

/// Where in the centre's feed a line stood when it came, and the centre's proof that the line is its own.
struct FeedPlace {
    var position: Int64
    var mac: [UInt8]
}

/// Applies the rows of one page within one transaction.
struct PageApplication {
    private let merging: EntryMerging
    private let holdings: Holdings
    private let keyNumber: Int64
    /// Whether `holding` has to say which entries the key brought; the key of a whole promotion brings all of it.
    private let isNarrow: Bool
    /// Whether it is the station's own key, in which also stands what concerns nobody but its makers.
    private let isOwn: Bool
    private let promotion: String
    private var promotionNumber: Int64?
    private var batches: [String: Int64] = [:]
    /// Entries whose changes have to be merged anew; those with one plain capture need no merge.
    private var toMerge: Set<Int64> = []
    private var batchesToMerge: Set<Int64> = []
    private var touched: Set<Int64> = []
    /// Held changes whose bytes had rotted here and came back whole.
    private var restored: Set<Digest> = []
    private(set) var result = PageResult.nothing

    private var database: Database { merging.log.database }

    init(_ merging: EntryMerging, key: FeedKey, keyNumber: Int64, epoch: Int64) throws {
        self.merging = merging
        self.keyNumber = keyNumber
        holdings = try Holdings(merging, epoch: epoch)
        promotion = key.promotion
        isNarrow = if case .promotion = key { false } else { true }
        isOwn = if case .station = key { true } else { false }
    }

    mutating func apply(_ row: PageRow) throws {
        switch row {
        case .leave(let id):
            guard let record = try EntryRecord.find(id, database) else { return }
            if toMerge.remove(record.number) != nil { try merging.refresh(entry: record.number) }
            // What came with an earlier row of this page is not held by this key any more, though another may hold the entry.
            touched.remove(record.number)
            if try holdings.leave(record.number, key: keyNumber) { result.droppedEntries += 1 }
        case .change(let change, let place, let document):
            switch change.header.subject {
            case .entry(let id): try apply(change, place, entry: id)
            case .batch(let label): try apply(change, place, batch: label)
            case .promotion: try apply(change, place, document: document)
            }
        }
    }

    /// Merges what was touched; last in the transaction.
    mutating func finish() throws {
        for number in toMerge.sorted() {
            // A reject that names no subject tells nothing of who may have the entry.
            let isEntitled = touched.contains(number)
            guard let (before, after) = try merging.refresh(entry: number, isEntitled: isEntitled) else { continue }
            result.newConflicts += Int(max(0, after - before))
            if !isEntitled, try holdings.reconsider(number) { result.droppedEntries += 1 }
        }
        for number in batchesToMerge.sorted() { try merging.refresh(batch: number) }
        if isNarrow {
            for number in touched.sorted() {
                // What left again in the same page is not held by anything.
                try database.run(
                    "INSERT INTO holding (entry, feed_key) SELECT number, ?2 FROM entry WHERE number = ?1 ON CONFLICT DO NOTHING",
                    [.integer(number), .integer(keyNumber)])
            }
        }
        result.touchedEntries = touched.count
    }

    private mutating func apply(_ change: Change, _ place: FeedPlace, entry id: UniqueID) throws {
        let promotion = try numberOfPromotion()
        let isPlain = change.header.kind == .set && change.body?.base.isEmpty == true && change.body?.set.isEmpty == false
        let placing = isPlain ? EntryPlacing(change.body?.set ?? []) : EntryPlacing([])
        let batch = try placing.batch.map { try numberOfBatch($0) }
        let inserted = try database.run(
            """
            INSERT INTO entry (id, promotion, batch, envelope, card, channel, changes) VALUES (?, ?, ?, ?, ?, ?, 1)
            ON CONFLICT (id) DO NOTHING
            """,
            [
                .id(id), .integer(promotion), .optional(batch), .optional(placing.envelope), .optional(placing.card),
                .optional(placing.channel),
            ])
        let number: Int64
        if inserted > 0 {
            number = database.lastInsertedRowID
            result.newEntries += 1
            if number <= merging.indexed { try merging.followUp(number) }
            if !isPlain { toMerge.insert(number) }
        } else {
            guard let known = try EntryRecord.find(id, database)?.number else { throw DatabaseError.damaged("an entry") }
            number = known
            toMerge.insert(number)
        }
        // A rejection comes to its target's maker alone as well, and tells nothing of who may have the entry then.
        if !isOwn || change.header.kind != .reject { touched.insert(number) }
        if let target = change.header.target { try markRejected("entry = ? AND id = ?", [.integer(number), .digest(target)]) }
        try insert(change, place, subject: Subject(entry: number), isFirst: inserted > 0)
    }

    private mutating func apply(_ change: Change, _ place: FeedPlace, batch label: String) throws {
        let number = try numberOfBatch(label)
        if let target = change.header.target { try markRejected("batch = ? AND id = ?", [.integer(number), .digest(target)]) }
        batchesToMerge.insert(number)
        try insert(change, place, subject: Subject(batch: number))
    }

    /// A document, or a `reject` that names its target only.
    private mutating func apply(_ change: Change, _ place: FeedPlace, document: Versioned?) throws {
        // A reject without a subject is about a line that the centre could not read, or of which it may not tell; it is merged with what it
        // takes out. Own lines are few and such rejects rare, so they are walked through.
        let target = try change.header.target.flatMap { target in
            try database.first(
                "SELECT entry, batch, number FROM change WHERE epoch IS NOT NULL AND id = ?", [.digest(target)]
            ) { ($0.optionalInteger(0), $0.optionalInteger(1), $0.integer(2)) }
        }
        if let number = target?.0 { toMerge.insert(number) }
        if let number = target?.1 { batchesToMerge.insert(number) }
        if let target { try markRejected("number = ?", [.integer(target.2)]) }
        let number = try insert(change, place, subject: Subject(entry: target?.0, batch: target?.1))
        if let document, restored.contains(change.id) { result.documents.append(document.id) }
        guard let document, let number else { return }
        let promotion = try numberOfPromotion()
        try database.run(
            "INSERT INTO document (promotion, version, change) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [.integer(promotion), .integer(document.version), .integer(number)])
        result.documents.append(document.id)
    }

    /// An own change that is rejected waits for nothing any more, and captures nothing.
    private func markRejected(_ condition: String, _ values: [SQLValue]) throws {
        try database.run(
            "UPDATE change SET quarantined = ? WHERE epoch IS NOT NULL AND \(condition)", [.text(LoggedChange.rejected)] + values)
    }

    /// The rows that a change belongs to; of a document none.
    private struct Subject {
        var entry: Int64?
        var batch: Int64?
    }

    /// Writes a change, or notes of one that is here already that the centre has it in its log.
    /// - Parameter isFirst: Whether the entry was made for it, so that it cannot be here.
    /// - Returns: Its row when it is new.
    @discardableResult
    private mutating func insert(_ change: Change, _ place: FeedPlace, subject: Subject, isFirst: Bool = false) throws -> Int64? {
        if !isFirst, let held = try held(change.id, subject) {
            result.heldChanges += 1
            try database.run(
                "UPDATE change SET mac = ?, position = ?, quarantined = NULL WHERE number = ?",
                [.blob(place.mac), .integer(place.position), .integer(held.number)])
            try database.run("DELETE FROM unconfirmed WHERE change = ?", [.integer(held.number)])
            // Bytes that rotted here come back whole.
            if change.body != nil, held.header != change.headerLine || held.body != change.bodyLine {
                try database.run(
                    "UPDATE change SET header = ?, body = ? WHERE number = ?",
                    [.blob(change.headerLine), .blob(merging.log.values.seal(change.bodyLine)), .integer(held.number)])
                restored.insert(change.id)
            }
            return nil
        }
        try database.run(
            "INSERT INTO change (id, entry, batch, header, body, body_digest, mac, position) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                .digest(change.id), .optional(subject.entry), .optional(subject.batch), .blob(change.headerLine),
                .blob(merging.log.values.seal(change.bodyLine)), .digest(change.bodyDigest), .blob(place.mac), .integer(place.position),
            ])
        result.newChanges += 1
        return database.lastInsertedRowID
    }

    private typealias Held = (number: Int64, header: [UInt8], body: [UInt8])

    private func held(_ id: Digest, _ subject: Subject) throws -> Held? {
        func row(_ condition: String, _ value: Int64?) throws -> Held? {
            try database.first(
                "SELECT number, header, body FROM change WHERE id = ? AND \(condition)",
                [.digest(id)] + (value.map { [.integer($0)] } ?? [])
            ) { (number: $0.integer(0), header: $0.blob(1), body: merging.log.values.open($0.blob(2))) }
        }
        if let entry = subject.entry { return try row("entry = ?", entry) }
        if let batch = subject.batch { return try row("batch = ?", batch) }
        return try row("entry IS NULL AND batch IS NULL", nil)
    }

    private mutating func numberOfPromotion() throws -> Int64 {
        if let promotionNumber { return promotionNumber }
        let number = try FieldDatabase.promotionNumber(promotion, database)
        promotionNumber = number
        return number
    }

    private mutating func numberOfBatch(_ label: String) throws -> Int64 {
        if let number = batches[label] { return number }
        let number = try merging.batchNumber(label, promotion: try numberOfPromotion())
        batches[label] = number
        return number
    }
}

extension PageResult {
    /// Nothing done yet.
    static let nothing = PageResult(
        newChanges: 0, heldChanges: 0, newEntries: 0, touchedEntries: 0, droppedEntries: 0, newConflicts: 0, documents: [],
        isCentreRestored: false)

    /// Nothing done but the cursor put back.
    static var restored: PageResult {
        var result = nothing
        result.isCentreRestored = true
        return result
    }
}

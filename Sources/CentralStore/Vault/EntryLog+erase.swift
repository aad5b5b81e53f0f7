import EntryModel

/// What an erasure does to an entry at the centre: its bodies are destroyed, and everyone who ever had the entry is told.
extension EntryLog {
    /// Marks the entry's row and destroys every body of it that the vault holds, in quarantine too. Headers and digests stay, so chains and ids
    /// can be checked for ever.
    func writeErasedRow(_ log: SubjectLog, _ id: UniqueID, changes: SQLValue) throws {
        let sql = writer.sql
        if log.isNew {
            writer.insertErased(id, promotion: log.promotion.number, changes: changes, number: log.number)
        } else {
            writer.row.erased += 1
            try sql.execute(
                "UPDATE entry SET void = 0, erased = 1, conflicts = 0, changes = ? WHERE number = ?", [changes, .integer(log.number)])
        }
        for (number, change) in log.existing where change.header.kind != .erase {
            try sql.execute(
                "UPDATE change SET body = ? WHERE number = ?",
                [.blob(writer.bodies.sealed(change.goneBodyLine)), .integer(number)])
        }
        let held = try sql.map("SELECT number, body FROM quarantine WHERE subject = ?", [.text(log.subject.text)]) {
            (number: $0.integer(0), body: writer.bodies.opened($0.blob(1)))
        }
        for (number, body) in held where Change.goneBody(body) == nil {
            let gone = writer.bodies.sealed(Change.goneBodyLine(Hash.line(body)))
            try sql.execute("UPDATE quarantine SET body = ? WHERE number = ?", [.blob(gone), .integer(number)])
        }
        for line in try archived(of: log.subject) where Change.goneBody(line.body) == nil {
            let gone = writer.bodies.sealed(Change.goneBodyLine(Hash.line(line.body)))
            try sql.execute("UPDATE change SET body = ? WHERE number = ?", [.blob(gone), .integer(line.number)])
        }
        try Parked.destroyBodies(of: id, writer)
    }

    /// What was rejected before it was merged; it is of no subject in the log, but its header says what it was about.
    private func archived(of subject: Subject) throws -> [(number: Int64, station: String, body: [UInt8])] {
        guard writer.row.rejected > 0 else { return [] }
        return try writer.sql.map(
            "SELECT c.number, c.header, c.body FROM archived a JOIN change c ON c.number = a.change WHERE a.subject = ? ORDER BY 1",
            [.text(subject.text)]
        ) { row in
            guard let header = try? ChangeHeader(line: row.blob(1)) else { throw SQLFailure(.damaged, "a rejected change cannot be read") }
            return (row.integer(0), header.station, writer.bodies.opened(row.blob(2)))
        }
    }

    /// Writes an `erase` to every key that the entry was ever in, and tells the stations of which the quarantine has something of it, or of which
    /// something was rejected: they hold the entry, though no key of theirs ever had it.
    func feedErase(_ log: SubjectLog, change: Int64, id: Digest) throws {
        if log.promotion.sharing == .all {
            return writer.feed(try writer.key(.promotion(log.promotion.newest.id)), change: change, id: id)
        }
        try writer.flush()
        let waiting = try writer.sql.map(
            "SELECT DISTINCT s.id FROM quarantine q JOIN station s ON s.number = q.station WHERE q.subject = ?", [.text(log.subject.text)]
        ) { UniqueID(bytes: $0.blob(0)) }.compactMap { $0 }
        let rejected = try archived(of: log.subject).compactMap { UniqueID($0.station) }
        let told = (waiting + rejected).map { FeedKey.station(promotion: log.promotion.newest.id, station: $0).description }
        for name in Set(try Self.keysEver(of: log.number, writer.sql) + told).sorted() {
            guard let key = FeedKey(name) else { throw SQLFailure(.damaged, "an entry is in a key that cannot be read") }
            writer.feed(try writer.key(key), change: change, id: id)
        }
    }

    /// The names of all keys that an entry is in.
    static func keys(of entry: Int64, _ sql: any SQLTransaction) throws -> [String] {
        try sql.map(
            "SELECT k.name FROM membership m JOIN feed_key k ON k.number = m.feed_key WHERE m.entry = ? ORDER BY 1", [.integer(entry)]
        ) { $0.text(0) }
    }

    /// The names of all keys that an entry is in or has left, sorted; with those in which somebody was told of one change of it.
    static func keysEver(of entry: Int64, _ sql: any SQLTransaction) throws -> [String] {
        try sql.map(
            """
            SELECT k.name FROM membership m JOIN feed_key k ON k.number = m.feed_key WHERE m.entry = ? \
            UNION SELECT k.name FROM feed f JOIN feed_key k ON k.number = f.feed_key WHERE f.entry = ? ORDER BY 1
            """, [.integer(entry), .integer(entry)]
        ) { $0.text(0) }
    }

    /// The labels of all batches that an entry was ever put into, by what the log has of it.
    static func labelsEver(of entry: Int64, _ writer: LogWriter) throws -> Set<String> {
        let changes = try writer.sql.map("SELECT header, body FROM change WHERE entry = ?", [.integer(entry)]) {
            try LogChange.read($0, header: 0, body: 1, writer.bodies)
        }
        return Set(changes.compactMap(\.batchLabel).filter(Identifier.isBatchLabel))
    }
}

extension LogWriter {
    /// Sees to it that a station which has just brought lines of erased entries learns of the erasures.
    ///
    /// A vault that was restored from a backup may not know any more in which keys an entry was, so nothing that it wrote then reaches those who
    /// hold the entry; but they bring their lines, and so can be told in a key of their own.
    /// - Parameter changes: What was brought.
    func tellErasures(of changes: some Sequence<IncomingChange>, to station: UniqueID, _ catalogue: Catalogue) throws {
        guard row.erased > 0 else { return }
        try flush()
        var erasures: [(change: Int64, id: Digest, promotion: String)] = []
        try sql.query(
            """
            SELECT c.number, c.id, c.header FROM change c WHERE c.epoch IS NULL AND c.entry IN \
            (SELECT number FROM entry WHERE erased = 1 AND id IN (?*))
            """, keys: Set(changes.compactMap(\.entry)).map { .blob($0.bytes) }
        ) { row in
            guard let id = Digest(bytes: row.blob(1)), let header = try? ChangeHeader(line: row.blob(2)), header.kind == .erase else {
                return
            }
            erasures.append((row.integer(0), id, header.promotion))
        }
        for erasure in erasures {
            // Where all share all, the erasure stands in the one key that there is.
            guard let item = catalogue.promotions[erasure.promotion], item.sharing != .all else { continue }
            let key = try key(.station(promotion: erasure.promotion, station: station))
            let isThere = try sql.integer(
                "SELECT 1 FROM feed WHERE change = ? AND feed_key = ?", [.integer(erasure.change), .integer(key.number)])
            if isThere == nil { feed(key, change: erasure.change, id: erasure.id) }
        }
        try flush()
    }
}

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
            let gone = Array("\"\(Hash.line(body).hex)\"".utf8)
            try sql.execute(
                "UPDATE quarantine SET body = ? WHERE number = ?", [.blob(writer.bodies.sealed(gone)), .integer(number)])
        }
        try Parked.destroyBodies(of: id, writer)
    }

    /// Writes an `erase` to every key that the entry was ever in.
    func feedErase(_ log: SubjectLog, change: Int64, id: Digest) throws {
        if log.promotion.sharing == .all {
            return writer.feed(try writer.key(.promotion(log.promotion.newest.id)), change: change, id: id)
        }
        try writer.flush()
        for name in try Self.keysEver(of: log.number, writer.sql) {
            guard let key = FeedKey(name) else { throw SQLFailure(.damaged, "an entry is in a key that cannot be read") }
            writer.feed(try writer.key(key), change: change, id: id)
        }
    }

    /// The names of all keys that an entry is in or has left, sorted.
    static func keysEver(of entry: Int64, _ sql: any SQLTransaction) throws -> [String] {
        try sql.map(
            """
            SELECT k.name FROM membership m JOIN feed_key k ON k.number = m.feed_key WHERE m.entry = ? \
            UNION SELECT k.name FROM feed f JOIN feed_key k ON k.number = f.feed_key WHERE f.entry = ? ORDER BY 1
            """, [.integer(entry), .integer(entry)]
        ) { $0.text(0) }
    }
}

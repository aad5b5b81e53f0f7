public import EntryModel

extension Vault {
    /// Puts back whatever the ledger has and the vault lacks: stations, what they are assigned, revocations, erasures.
    ///
    /// Done before the vault serves, because it may have been restored from a backup taken before an enrolment, or before somebody was erased.
    /// Where nothing is missing nothing is written.
    func replay(_ ledger: ClientLedger) throws {
        guard try connection.blockingTransaction(.read, { sql in try Self.lacks(ledger, sql) }) else { return }
        let now = surroundings.now()
        try connection.blockingTransaction(.write) { sql in
            let writer = try LogWriter(sql, now: now)
            var changed: Set<String> = []
            for enrolment in ledger.enrolments {
                try Self.enrol(enrolment, at: now, sql)
                guard let station = try StationRow.read(sql, enrolment.station) else { continue }
                guard try station.assigned(sql) != enrolment.promotions else { continue }
                try Self.assign(station, enrolment.promotions, sql)
                changed.formUnion(enrolment.promotions)
            }
            let catalogue = try Catalogue(sql, revision: writer.row.revision)
            for promotion in changed.sorted() { _ = try Quarantine.release(promotion, writer, catalogue) }
            for (station, at) in ledger.revocations {
                try sql.execute(
                    "UPDATE station SET revoked = ? WHERE id = ? AND revoked IS NULL", [.integer(at), .blob(station.bytes)])
            }
            for erasure in ledger.erasures where try Self.lacks(erasure, sql) { try self.erase(erasure, by: "staff", writer) }
            try writer.finish()
        }
    }

    private static func lacks(_ ledger: ClientLedger, _ sql: any SQLTransaction) throws -> Bool {
        for enrolment in ledger.enrolments {
            guard let station = try StationRow.read(sql, enrolment.station), try station.assigned(sql) == enrolment.promotions else {
                return true
            }
            if ledger.revocations[enrolment.station] != nil, !station.isRevoked { return true }
        }
        return try ledger.erasures.contains { try lacks($0, sql) }
    }

    private static func lacks(_ erasure: ClientLedger.Erasure, _ sql: any SQLTransaction) throws -> Bool {
        try sql.integer("SELECT erased FROM entry WHERE id = ?", [.blob(erasure.entry.bytes)]) != 1
    }

    /// Erases an entry for ever: its bodies are destroyed here and, by an `erase` change in the feed, everywhere; headers and digests stay.
    ///
    /// It is written in the ledger first, so that no restored backup brings the person back. An entry that is erased stays as it is.
    /// - Parameters:
    ///   - entry: The entry's id.
    ///   - operatorID: Who erases; an id, never a name.
    /// - Throws: `CentreError.unknownEntry`.
    public func erase(_ entry: UniqueID, by operatorID: String = "staff") async throws {
        let found = try await transaction(.read) { sql in
            try sql.map(
                "SELECT p.id, e.erased FROM entry e JOIN promotion p ON p.number = e.promotion WHERE e.id = ?", [.blob(entry.bytes)]
            ) { (promotion: $0.text(0), isErased: $0.integer(1) != 0) }.first
        }
        guard let found else { throw CentreError.unknownEntry(entry) }
        guard !found.isErased else { return }
        try await catalog.record(.erased, client: client, entry: entry, promotion: found.promotion)
        let now = surroundings.now()
        try await transaction(.write) { sql in
            let writer = try LogWriter(sql, now: now)
            let erasure = ClientLedger.Erasure(promotion: found.promotion, entry: entry)
            guard try Self.lacks(erasure, sql) else { return }
            try self.erase(erasure, by: operatorID, writer)
            try writer.finish()
        }
    }

    private func erase(_ erasure: ClientLedger.Erasure, by operatorID: String, _ writer: LogWriter) throws {
        // Not through the cache: a document may be among what this transaction wrote.
        let catalogue = try Catalogue(writer.sql, revision: writer.row.revision)
        guard let promotion = catalogue.promotions[erasure.promotion]?.newest else {
            // The document is lost too, and comes back by hand; until then nothing of the entry may come in whole.
            let promotion = try Self.number(of: erasure.promotion, writer.sql)
            writer.insertErased(erasure.entry, promotion: promotion)
            try Parked.destroyBodies(of: erasure.entry, writer)
            return try writer.flush()
        }
        let change = try staffChange(
            .erase, promotion: promotion.formVersion, subject: .entry(erasure.entry), by: operatorID,
            body: ChangeBody(salt: surroundings.randomBytes(16)))
        var intake = Intake(writer, catalogue)
        try intake.take([IncomingChange(ReadChange(change))], from: nil)
    }
}

extension LogWriter {
    /// Adds the row of an entry of which only the erasure is known.
    func insertErased(_ entry: UniqueID, promotion: Int64, changes: SQLValue = .integer(0), number: Int64? = nil) {
        row.erased += 1
        let none = SQLValue.null
        insertEntry([
            .integer(number ?? nextEntry()), .blob(entry.bytes), .integer(promotion), none, none, none, none, .integer(0), .integer(1),
            .integer(0), changes,
        ])
    }
}

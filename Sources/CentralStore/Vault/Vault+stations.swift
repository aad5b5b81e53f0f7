public import EntryModel
import Synchronization

extension Vault {
    /// All stations ever enrolled, in the order of their enrolment.
    public func stations() async throws -> [StationRecord] {
        try await transaction(.read) { sql in
            let assigned = Dictionary(
                grouping: try sql.map("SELECT station, promotion FROM assignment ORDER BY promotion") { ($0.integer(0), $0.text(1)) },
                by: \.0)
            let rows = try sql.map("SELECT number, id, name, enrolled, revoked, seen, trouble, troubled FROM station ORDER BY number") {
                row in
                (
                    number: row.integer(0), id: row.blob(1), name: row.text(2), enrolled: row.integer(3), revoked: row.optionalInteger(4),
                    seen: row.optionalInteger(5), trouble: AnswerOutcome(rawValue: row.text(6)), troubled: row.optionalInteger(7)
                )
            }
            return try rows.map { row in
                guard let id = UniqueID(bytes: row.id) else { throw SQLFailure(.damaged, "a station's id cannot be read") }
                let changes = try sql.integer("SELECT SUM(sequence) FROM epoch WHERE station = ?", [.integer(row.number)])
                return StationRecord(
                    id: id, name: row.name, promotions: (assigned[row.number] ?? []).map(\.1), enrolled: row.enrolled,
                    revoked: row.revoked, lastSeen: row.seen, changes: Int(changes ?? 0), trouble: row.trouble, troubled: row.troubled)
            }
        }
    }

    /// Sets which promotions a station works on; what it is no longer assigned is withdrawn at its next pull.
    ///
    /// What the station sent of a promotion before it was assigned goes on from the quarantine.
    /// - Parameter promotions: Ids; an empty list takes all away.
    /// - Throws: `CentreError.unknownStation`, `.unknownPromotion`.
    public func assign(_ station: UniqueID, _ promotions: [String]) async throws {
        let now = surroundings.now()
        try await transaction(.read) { sql in
            guard try StationRow.read(sql, station) != nil else { throw CentreError.unknownStation(station) }
            let catalogue = try self.catalogue(sql, revision: VaultRow.read(sql).revision)
            for id in promotions where catalogue.promotions[id] == nil { throw CentreError.unknownPromotion(id, client: self.client) }
        }
        // The ledger first: were it last, a vault restored after an interruption would not get this back.
        try await catalog.noteAssignment(station, promotions)
        try await transaction(.write) { sql in
            let writer = try LogWriter(sql, now: now)
            guard let found = try StationRow.read(sql, station) else { throw CentreError.unknownStation(station) }
            let catalogue = try self.catalogue(sql, revision: writer.row.revision)
            try Self.assign(found, promotions, sql)
            for id in Set(promotions).sorted() { _ = try Quarantine.release(id, writer, catalogue) }
            try writer.finish()
        }
    }

    /// Sets the assignments, and sees to it that a station gets all of what it is assigned newly.
    static func assign(_ station: StationRow, _ promotions: [String], _ sql: any SQLTransaction) throws {
        for id in Set(promotions).subtracting(try station.assigned(sql)) { try sendOwnLinesAgain(of: id, to: station, sql) }
        try assign(station.number, promotions, sql)
    }

    private static func assign(_ station: Int64, _ promotions: [String], _ sql: any SQLTransaction) throws {
        try sql.execute("DELETE FROM assignment WHERE station = ?", [.integer(station)])
        for promotion in Set(promotions).sorted() {
            try sql.execute("INSERT INTO assignment (station, promotion) VALUES (?, ?)", [.integer(station), .text(promotion)])
        }
    }

    /// A station that gets a promotion back has dropped what it had of it, lines of its own too, so none of them is left out any more.
    private static func sendOwnLinesAgain(of promotion: String, to station: StationRow, _ sql: any SQLTransaction) throws {
        let keys = try sql.map("SELECT number, name FROM feed_key") { (number: $0.integer(0), key: FeedKey($0.text(1))) }
        for (number, key) in keys where key?.promotion == promotion {
            if case .station(_, let other) = key, other != station.id { continue }
            try sql.execute(
                "UPDATE feed SET epoch = NULL, sequence = NULL WHERE feed_key = ? AND epoch IN (SELECT number FROM epoch WHERE station = ?)",
                [.integer(number), .integer(station.number)])
        }
    }

    /// Stops a station at once, and writes it down in the ledger. Its unsent work stays in its file.
    ///
    /// A station that is revoked already stays as it is.
    /// - Throws: `CentreError.unknownStation`.
    public func revoke(_ station: UniqueID) async throws {
        let now = surroundings.now()
        let isRevoked = try await transaction(.read) { sql in
            guard let found = try StationRow.read(sql, station) else { throw CentreError.unknownStation(station) }
            return found.isRevoked
        }
        guard !isRevoked else { return }
        // The ledger first: a vault that is restored, or was interrupted here, gets the revocation from it.
        try await catalog.record(.revoked, client: client, station: station)
        try await transaction(.write) { sql in
            _ = try VaultRow.lock(sql)
            try sql.execute("UPDATE station SET revoked = ? WHERE id = ? AND revoked IS NULL", [.integer(now), .blob(station.bytes)])
        }
    }

    /// Adds a station that the catalog enrolled; harmless when it is there.
    func enrol(_ enrolment: Catalog.Enrolment) async throws {
        let now = surroundings.now()
        try await connection.transaction(.write) { sql in
            _ = try VaultRow.lock(sql)
            try Self.enrol(enrolment, at: now, sql)
        }
    }

    static func enrol(_ enrolment: Catalog.Enrolment, at now: Int64, _ sql: any SQLTransaction) throws {
        guard try StationRow.read(sql, enrolment.station) == nil else { return }
        let number = try (sql.integer("SELECT MAX(number) FROM station") ?? 0) + 1
        try sql.execute(
            "INSERT INTO station (number, id, name, signing_key, agreement_key, enrolled) VALUES (?, ?, ?, ?, ?, ?)",
            [
                .integer(number), .blob(enrolment.station.bytes), .text(enrolment.name), .blob(enrolment.signingKey),
                .blob(enrolment.agreementKey), .integer(now),
            ])
        try assign(number, enrolment.promotions, sql)
    }

    /// A station's public key; `nil` when no such station is enrolled.
    func verifyingKey(of station: UniqueID) async throws -> VerifyingKey? {
        if let key = stationKeys.withLock({ $0[station] }) { return key }
        let bytes = try await connection.transaction(.read) { sql in
            let key = try sql.map("SELECT signing_key FROM station WHERE id = ?", [.blob(station.bytes)]) { $0.blob(0) }.first
            // A station that enrolled after a move is not to be told that it is not enrolled.
            if key == nil { _ = try VaultRow.read(sql) }
            return key
        }
        guard let bytes, let key = VerifyingKey(bytes: bytes) else { return nil }
        stationKeys.withLock { $0[station] = key }
        return key
    }
}

import EntryModel

/// Changes that were kept as they came because they could not be merged.
enum Quarantine {
    private struct Held {
        var number: Int64
        var station: Int64
        var epoch: Int64
        var change: IncomingChange
    }

    /// Takes in what waited for a promotion's document or for an assignment, in the order in which it came.
    ///
    /// What still cannot be merged goes back, and what is behind it waits on. Works through the quarantine in steps of a message's size, so
    /// that memory does not grow with it.
    /// - Returns: How many changes are in the log now that were not before.
    static func release(_ promotion: String, _ writer: LogWriter, _ catalogue: Catalogue) throws -> Int {
        let end = writer.row.lastQuarantine
        var last: Int64 = 0
        var released = 0
        while writer.row.quarantined > 0 {
            let step = try next(promotion, after: last, through: end, writer)
            guard let final = step.last else { break }
            last = final.number
            for held in step {
                try writer.sql.execute("DELETE FROM quarantine WHERE number = ?", [.integer(held.number)])
            }
            writer.row.quarantined -= Int64(step.count)
            let before = writer.row.quarantined
            try take(step, writer, catalogue)
            released += step.count - Int(writer.row.quarantined - before)
        }
        return released
    }

    /// Takes changes in run by run of one station's, because what a station may do is its own.
    private static func take(_ step: [Held], _ writer: LogWriter, _ catalogue: Catalogue) throws {
        var start = 0
        while start < step.count {
            let end = step[start...].firstIndex { $0.station != step[start].station || $0.epoch != step[start].epoch } ?? step.count
            let id = try writer.sql.map("SELECT id FROM station WHERE number = ?", [.integer(step[start].station)]) {
                UniqueID(bytes: $0.blob(0))
            }.first
            guard let id = id ?? nil else { throw SQLFailure(.damaged, "the quarantine names an unknown station") }
            let station = StationRow(number: step[start].station, id: id, isRevoked: false, lastSeen: 0)
            let origin = ChangeOrigin(
                station: id, stationNumber: station.number, epochNumber: step[start].epoch,
                assigned: Set(try station.assigned(writer.sql)))
            var intake = Intake(writer, catalogue)
            try intake.take(step[start..<end].map(\.change), from: origin, isRelease: true)
            start = end
        }
    }

    private static func next(_ promotion: String, after last: Int64, through end: Int64, _ writer: LogWriter) throws -> [Held] {
        let waiting = [Problem.Code.unknownPromotion, .unknownForm, .notEntitled, .waits].map { "'\($0.rawValue)'" }.joined(separator: ", ")
        return try writer.sql.map(
            """
            SELECT number, station, epoch, sequence, header, body, received FROM quarantine \
            WHERE promotion = ? AND number > ? AND number <= ? AND problem IN (\(waiting)) ORDER BY number LIMIT ?
            """, [.text(promotion), .integer(last), .integer(end), .integer(Int64(Envelope.Limits.rows))]
        ) { row in
            let change = IncomingChange(
                headerLine: row.blob(4), bodyLine: writer.bodies.opened(row.blob(5)), sequence: row.integer(3),
                received: row.integer(6))
            return Held(
                number: row.integer(0), station: row.integer(1), epoch: row.integer(2), change: change)
        }
    }
}

extension Vault {
    /// Changes in quarantine, oldest first.
    ///
    /// - Parameter after: `QuarantinedChange.number` of the last page's last change; 0 for the first page.
    public func quarantine(after: Int64 = 0, limit: Int = 100) async throws -> [QuarantinedChange] {
        try await transaction(.read) { sql in
            try sql.map(
                """
                SELECT q.number, q.id, s.id, q.problem, q.received, q.header FROM quarantine q JOIN station s ON s.number = q.station \
                WHERE q.number > ? ORDER BY q.number LIMIT ?
                """, [.integer(after), .integer(Int64(limit))]
            ) { row in
                guard let id = Digest(bytes: row.blob(1)), let station = UniqueID(bytes: row.blob(2)),
                    let problem = Problem.Code(rawValue: row.text(3))
                else { throw SQLFailure(.damaged, "the quarantine cannot be read") }
                return QuarantinedChange(
                    number: row.integer(0), id: id, station: station, problem: problem, received: row.integer(4),
                    header: try? ChangeHeader(line: row.blob(5)))
            }
        }
    }
}

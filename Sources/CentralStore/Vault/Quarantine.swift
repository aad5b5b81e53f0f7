import EntryModel

/// Changes that were kept as they came because they could not be merged.
enum Quarantine {
    struct Held {
        var number: Int64
        /// 0 where no station sent it.
        var station: Int64
        var epoch: Int64
        var problem: Problem.Code
        var subject: String?
        var change: IncomingChange

        static let columns = "number, station, epoch, sequence, problem, subject, header, body, received"

        init(_ row: any SQLRow, _ bodies: BodyStore) throws {
            guard let problem = Problem.Code(rawValue: row.text(4)) else { throw SQLFailure(.damaged, "the quarantine cannot be read") }
            number = row.integer(0)
            station = row.integer(1)
            epoch = row.integer(2)
            self.problem = problem
            subject = row.isNull(5) ? nil : row.text(5)
            change = IncomingChange(
                headerLine: row.blob(6), bodyLine: bodies.opened(row.blob(7)), sequence: row.integer(3) > 0 ? row.integer(3) : nil,
                received: row.integer(8))
        }

        /// Whether it makes an entry by itself.
        var isCapture: Bool {
            guard case .change(let read) = change.content, read.change.header.kind == .set else { return false }
            return read.change.body?.base.isEmpty ?? false
        }
    }

    /// Takes in what waited for a promotion's document or for an assignment, in the order in which it came.
    ///
    /// What still cannot be merged goes back, and what is behind it waits on. Works through the quarantine in steps of a message's size, so
    /// that memory does not grow with it.
    /// - Returns: How many changes are in the log now that were not before.
    static func release(_ promotion: String, _ writer: LogWriter, _ catalogue: Catalogue) throws -> Int {
        try retry("promotion = ?", .text(promotion), writer, catalogue)
    }

    /// Takes in what was refused an entry that has come into other keys since; its maker may be entitled to it now.
    static func release(_ subject: Subject, _ writer: LogWriter, _ catalogue: Catalogue) throws {
        _ = try retry("subject = ?", .text(subject.text), writer, catalogue)
    }

    /// Takes in what a station was refused of entries that are or were in keys which it may read from now on.
    static func releaseRefused(of station: Int64, in keys: Set<String>, _ writer: LogWriter, _ catalogue: Catalogue) throws {
        let held = try writer.sql.map(
            "SELECT header FROM quarantine WHERE station = ? AND problem = ? AND subject IS NOT NULL ORDER BY number LIMIT ?",
            [.integer(station), .text(Problem.Code.notEntitled.rawValue), .integer(Int64(Envelope.Limits.rows))]
        ) { try? ChangeHeader(line: $0.blob(0)) }
        for subject in Set(held.compactMap { $0.flatMap(Subject.init) }).sorted(by: { $0.text < $1.text }) {
            guard case .entry(let id) = subject,
                let entry = try writer.sql.integer("SELECT number FROM entry WHERE id = ?", [.blob(id.bytes)]),
                try EntryLog.keysEver(of: entry, writer.sql).contains(where: keys.contains)
            else { continue }
            try release(subject, writer, catalogue)
        }
    }

    private static func retry(
        _ condition: String, _ value: SQLValue, _ writer: LogWriter, _ catalogue: Catalogue
    ) throws -> Int {
        let end = writer.row.lastQuarantine
        var last: Int64 = 0
        var released = 0
        while writer.row.quarantined > 0 {
            let step = try next(condition, value, after: last, through: end, writer)
            guard let final = step.last else { break }
            last = final.number
            try remove(step, writer)
            let before = writer.row.quarantined
            try take(step, writer, catalogue)
            released += step.count - Int(writer.row.quarantined - before)
        }
        return released
    }

    static func remove(_ list: [Held], _ writer: LogWriter) throws {
        for held in list { try writer.sql.execute("DELETE FROM quarantine WHERE number = ?", [.integer(held.number)]) }
        writer.row.quarantined -= Int64(list.count)
    }

    /// Takes changes in run by run of one station's, because what a station may do is its own.
    ///
    /// - Parameter isTrusted: Staff vouch for them.
    static func take(_ step: [Held], _ writer: LogWriter, _ catalogue: Catalogue, isTrusted: Bool = false) throws {
        var start = 0
        while start < step.count {
            let end = step[start...].firstIndex { $0.station != step[start].station || $0.epoch != step[start].epoch } ?? step.count
            var intake = Intake(writer, catalogue)
            let origin = try origin(of: step[start], writer.sql)
            try intake.take(step[start..<end].map(\.change), from: origin, isRelease: true, isTrusted: isTrusted)
            if let origin { try writer.tellErasures(of: step[start..<end].map(\.change), to: origin.station, catalogue) }
            start = end
        }
    }

    /// Who sent a change; `nil` where no station did.
    static func origin(of held: Held, _ sql: any SQLTransaction) throws -> ChangeOrigin? {
        guard held.station != 0 else { return nil }
        let id = try sql.map("SELECT id FROM station WHERE number = ?", [.integer(held.station)]) { UniqueID(bytes: $0.blob(0)) }.first
        guard let id = id ?? nil else { throw SQLFailure(.damaged, "the quarantine names an unknown station") }
        let station = StationRow(number: held.station, id: id, isRevoked: false, lastSeen: 0)
        return ChangeOrigin(
            station: id, stationNumber: station.number, epochNumber: held.epoch, assigned: Set(try station.assigned(sql)))
    }

    private static func next(
        _ condition: String, _ value: SQLValue, after last: Int64, through end: Int64, _ writer: LogWriter
    ) throws -> [Held] {
        let waiting = [Problem.Code.unknownPromotion, .unknownForm, .notEntitled, .waits].map { "'\($0.rawValue)'" }.joined(separator: ", ")
        return try writer.sql.map(
            """
            SELECT \(Held.columns) FROM quarantine \
            WHERE \(condition) AND number > ? AND number <= ? AND problem IN (\(waiting)) ORDER BY number LIMIT ?
            """, [value, .integer(last), .integer(end), .integer(Int64(Envelope.Limits.rows))]
        ) { try Held($0, writer.bodies) }
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
                SELECT q.number, q.id, s.id, q.problem, q.received, q.header, q.body FROM quarantine q LEFT JOIN station s ON s.number = q.station \
                WHERE q.number > ? ORDER BY q.number LIMIT ?
                """, [.integer(after), .integer(Int64(limit))]
            ) { row in
                guard let id = Digest(bytes: row.blob(1)), let problem = Problem.Code(rawValue: row.text(3))
                else { throw SQLFailure(.damaged, "the quarantine cannot be read") }
                return QuarantinedChange(
                    number: row.integer(0), id: id, station: UniqueID(bytes: row.blob(2)), problem: problem, received: row.integer(4),
                    header: try? ChangeHeader(line: row.blob(5)),
                    isWhole: Change.goneBody(BodyStore().opened(row.blob(6))) == nil)
            }
        }
    }
}

import EntryModel

/// Pushes out of bundles that are kept whole until the gap before them is closed or staff accept them.
///
/// Their signatures were checked when they came. A row stays when its push was taken, without its lines, so that the same file does not
/// bring it again.
enum Parked {
    /// How many are kept of one station.
    static let limit = 1000

    struct Row: Sendable {
        var number: Int64
        var station: UniqueID
        var push: BundledPush
    }

    /// How many of a station's pushes are kept now.
    static func count(_ station: Int64, _ sql: any SQLTransaction) throws -> Int {
        Int(try sql.integer("SELECT COUNT(*) FROM parked WHERE station = ? AND taken IS NULL", [.integer(station)]) ?? 0)
    }

    /// Whether anything of a station waits; asked at every push.
    static func isWaiting(_ station: Int64, _ sql: any SQLTransaction) throws -> Bool {
        try sql.integer("SELECT 1 FROM parked WHERE station = ? AND taken IS NULL LIMIT 1", [.integer(station)]) != nil
    }

    /// Whether there is one, of any station, whose gap is closed.
    static func isDue(_ sql: any SQLTransaction) throws -> Bool {
        try sql.integer("SELECT 1 FROM parked p \(Choice.due.join) WHERE p.taken IS NULL AND \(Choice.due.condition) LIMIT 1") != nil
    }

    static func isKnown(_ reference: Digest, _ sql: any SQLTransaction) throws -> Bool {
        try sql.integer("SELECT 1 FROM parked WHERE reference = ?", [.blob(reference.bytes)]) != nil
    }

    /// - Throws: `BundleRefusal.noRoom`.
    static func keep(_ push: BundledPush, of station: StationRow, _ reason: ParkedPush.Reason, _ writer: LogWriter) throws {
        guard try count(station.number, writer.sql) < limit else { throw BundleRefusal.noRoom(station.id, limit: limit) }
        let number = try (writer.sql.integer("SELECT MAX(number) FROM parked") ?? 0) + 1
        try writer.sql.execute(
            """
            INSERT INTO parked (number, station, epoch, after_sequence, changes, reason, reference, received, line, lines) \
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .integer(number), .integer(station.number), .blob(push.request.epoch.bytes), .integer(push.request.after),
                .integer(Int64(push.changes.count)), .text(reason.rawValue), .blob(push.reference.bytes), .integer(writer.now),
                .blob(push.line), .blob(writer.bodies.sealed(lines(of: push.changes))),
            ])
    }

    private static func lines(of changes: [IncomingChange]) -> [UInt8] {
        changes.flatMap { $0.headerLine + [lineFeed] + $0.bodyLine + [lineFeed] }
    }

    private static let lineFeed = UInt8(ascii: "\n")

    /// Which of the pushes that are kept comes next.
    enum Choice {
        /// One whose gap is closed, of any station.
        case due
        case number(Int64)
        /// Of a station, in the order of its chain.
        case station(Int64)

        var join: String {
            if case .due = self { "JOIN epoch e ON e.station = p.station AND e.id = p.epoch" } else { "" }
        }

        var condition: String {
            switch self {
            case .due: "p.reason = 'gap' AND p.after_sequence <= e.sequence"
            case .number: "p.number = ?"
            case .station: "p.station = ?"
            }
        }

        var values: [SQLValue] {
            switch self {
            case .due: []
            case .number(let number), .station(let number): [.integer(number)]
            }
        }
    }

    static func next(_ choice: Choice, _ sql: any SQLTransaction) throws -> Row? {
        let rows = try sql.map(
            """
            SELECT p.number, s.id, p.reference, p.line, p.lines FROM parked p JOIN station s ON s.number = p.station \(choice.join) \
            WHERE p.taken IS NULL AND \(choice.condition) ORDER BY p.station, p.epoch, p.after_sequence, p.number LIMIT 1
            """, choice.values
        ) { try Row($0) }
        return rows.first
    }

    /// Notes that a push was taken, and lets its lines go.
    static func settle(_ number: Int64, _ writer: LogWriter) throws {
        try writer.sql.execute(
            "UPDATE parked SET taken = ?, lines = ? WHERE number = ?", [.integer(writer.now), .blob([]), .integer(number)])
    }

    /// The station was revoked while it waited.
    static func noteRevoked(_ number: Int64, _ sql: any SQLTransaction) throws {
        try sql.execute(
            "UPDATE parked SET reason = ? WHERE number = ?", [.text(ParkedPush.Reason.revoked.rawValue), .integer(number)])
    }
}

extension Parked {
    /// Destroys the bodies of an erased entry in what is kept; their digests take their places.
    static func destroyBodies(of entry: UniqueID, _ writer: LogWriter) throws {
        let numbers = try writer.sql.map("SELECT number FROM parked WHERE taken IS NULL ORDER BY number") { $0.integer(0) }
        for number in numbers {
            guard var changes = try next(.number(number), writer.sql)?.push.changes else { continue }
            var isFound = false
            for index in changes.indices where changes[index].header?.subject == .entry(entry) {
                guard Change.goneBody(changes[index].bodyLine) == nil else { continue }
                changes[index] = changes[index].withoutBody
                isFound = true
            }
            guard isFound else { continue }
            try writer.sql.execute(
                "UPDATE parked SET lines = ? WHERE number = ?", [.blob(writer.bodies.sealed(lines(of: changes))), .integer(number)])
        }
    }
}

extension Parked.Row {
    init(_ row: any SQLRow) throws {
        guard let station = UniqueID(bytes: row.blob(1)), let reference = Digest(bytes: row.blob(2)),
            let request = try? RequestLine(line: row.blob(3), kind: .push)
        else { throw SQLFailure(.damaged, "a push that is kept cannot be read") }
        let lines = BodyStore().opened(row.blob(4)).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
        number = row.integer(0)
        self.station = station
        push = BundledPush(request, reference: reference, lines: [row.blob(3)] + lines.map(Array.init))
    }
}

extension Vault {
    /// Pushes from bundles that are kept whole, by station and in the order of its chain.
    public func parked() async throws -> [ParkedPush] {
        try await transaction(.read) { sql in
            try sql.map(
                """
                SELECT p.number, s.id, s.name, p.epoch, p.after_sequence, p.changes, p.reason, p.received \
                FROM parked p JOIN station s ON s.number = p.station \
                WHERE p.taken IS NULL ORDER BY p.station, p.epoch, p.after_sequence, p.number
                """
            ) { row in
                guard let station = UniqueID(bytes: row.blob(1)), let epoch = UniqueID(bytes: row.blob(3)),
                    let reason = ParkedPush.Reason(rawValue: row.text(6))
                else { throw SQLFailure(.damaged, "a push that is kept cannot be read") }
                return ParkedPush(
                    number: row.integer(0), station: station, stationName: row.text(2), epoch: epoch, after: row.integer(4),
                    changes: Int(row.integer(5)), reason: reason, received: row.integer(7))
            }
        }
    }
}

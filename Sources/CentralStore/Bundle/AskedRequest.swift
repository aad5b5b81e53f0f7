import EntryModel

/// A request that came by file, remembered so that its answer can be written whenever somebody goes back to the station.
struct AskedRequest: Sendable {
    var kind: MessageKind
    var station: Int64
    var reference: Digest
    var line: [UInt8]
    /// Of its changes, in order.
    var ids: [Digest]
    /// Of a handback: what can never be taken.
    var refused: [Digest] = []
    var received: Int64

    /// How many are remembered of one station, besides those of its last bundle.
    static let limit: Int64 = 1000

    init(_ push: BundledPush, station: Int64, received: Int64) {
        self.init(
            .push, station: station, reference: push.reference, line: push.line, ids: push.changes.map(\.id), received: received)
    }

    init(
        _ kind: MessageKind, station: Int64, reference: Digest, line: [UInt8], ids: [Digest] = [], refused: [Digest] = [], received: Int64
    ) {
        self.kind = kind
        self.station = station
        self.reference = reference
        self.line = line
        self.ids = ids
        self.refused = refused
        self.received = received
    }

    /// Remembers it, once. Of pulls only the one that came last is answered.
    func note(_ sql: any SQLTransaction) throws {
        if kind == .pull {
            try sql.execute("DELETE FROM asked WHERE station = ? AND kind = ?", [.integer(station), .text(kind.rawValue)])
        }
        let number = try (sql.integer("SELECT MAX(number) FROM asked") ?? 0) + 1
        try sql.execute(
            """
            INSERT INTO asked (number, station, kind, reference, received, line, ids, refused) VALUES (?, ?, ?, ?, ?, ?, ?, ?) \
            ON CONFLICT (reference) DO NOTHING
            """,
            [
                .integer(number), .integer(station), .text(kind.rawValue), .blob(reference.bytes), .integer(received), .blob(line),
                .blob(ids.flatMap(\.bytes)), .blob(refused.flatMap(\.bytes)),
            ])
    }

    /// Forgets the oldest of a station's, before a bundle brings more.
    static func forgetOldest(of station: Int64, _ sql: any SQLTransaction) throws {
        let oldest = try sql.map(
            "SELECT number FROM asked WHERE station = ? ORDER BY number DESC LIMIT 1 OFFSET ?", [.integer(station), .integer(limit)]
        ) { $0.integer(0) }.first
        guard let oldest else { return }
        try sql.execute("DELETE FROM asked WHERE station = ? AND number <= ?", [.integer(station), .integer(oldest)])
    }

    /// Of a station, in the order in which they came; the pull last.
    static func numbers(of station: Int64, _ sql: any SQLTransaction) throws -> [Int64] {
        try sql.map(
            "SELECT number FROM asked WHERE station = ? ORDER BY CASE kind WHEN 'pull' THEN 1 ELSE 0 END, number", [.integer(station)]
        ) { $0.integer(0) }
    }

    static func read(_ number: Int64, _ sql: any SQLTransaction) throws -> AskedRequest? {
        try sql.map("SELECT kind, station, reference, received, line, ids, refused FROM asked WHERE number = ?", [.integer(number)]) {
            row in
            guard let kind = MessageKind(rawValue: row.text(0)), let reference = Digest(bytes: row.blob(2)) else {
                throw SQLFailure(.damaged, "a request that came by file cannot be read")
            }
            return AskedRequest(
                kind, station: row.integer(1), reference: reference, line: row.blob(4), ids: digests(row.blob(5)),
                refused: digests(row.blob(6)), received: row.integer(3))
        }.first
    }

    private static func digests(_ bytes: [UInt8]) -> [Digest] {
        stride(from: 0, to: bytes.count - bytes.count % 32, by: 32).compactMap { Digest(bytes: bytes[$0..<$0 + 32]) }
    }
}

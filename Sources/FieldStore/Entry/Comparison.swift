import EntryModel
import GRDB

/// Sums up what a station holds of a promotion, entry by entry, in little memory. What is on its way out is not compared.
struct Comparison {
    private let database: Database
    private let values: PersonalValues

    init(_ database: Database, _ values: PersonalValues) {
        self.database = database
        self.values = values
    }

    func sum(_ promotion: String) throws -> (entries: Int, digest: Digest) {
        var entries = 0
        var digest = Digest.zero
        try subjects(
            """
            SELECT e.number, e.id, NULL, c.header, c.body, c.id, c.body_digest FROM entry e JOIN change c ON c.entry = e.number
            WHERE e.promotion = (SELECT number FROM promotion WHERE id = ?) AND e.flags & 24 = 0 AND c.quarantined IS NULL
            ORDER BY e.number
            """, promotion
        ) { _, subject, changes in
            entries += 1
            digest = digest &+ Merge.state(of: changes).comparisonDigest(subject: subject)
        }
        try subjects(
            """
            SELECT b.number, NULL, b.label, c.header, c.body, c.id, c.body_digest FROM batch b JOIN change c ON c.batch = b.number
            WHERE b.promotion = (SELECT number FROM promotion WHERE id = ?) AND c.quarantined IS NULL ORDER BY b.number
            """, promotion
        ) { _, subject, changes in
            digest = digest &+ Merge.state(of: changes).comparisonDigest(subject: subject)
        }
        return (entries, digest)
    }

    /// Sums up what the station holds of one key, as far as the centre has told that it has it too.
    func sum(_ request: KeyComparison.Request, station: UniqueID, sharing: Promotion.Sharing?, epoch: Int64) throws -> KeyComparison {
        var comparison = KeyComparison(request)
        let key = request.key
        let taken =
            "c.quarantined IS NULL AND (c.epoch IS NULL OR c.epoch <> ?2 OR c.sequence <= (SELECT acknowledged FROM epoch WHERE number = ?2))"
        let held = try Set(
            database.list(
                "SELECT h.entry FROM holding h JOIN feed_key k ON k.number = h.feed_key WHERE k.name = ?", [.text(key.description)]
            ) { $0.integer(0) })
        try subjects(
            """
            SELECT e.number, e.id, NULL, c.header, c.body, c.id, c.body_digest FROM entry e JOIN change c ON c.entry = e.number
            WHERE e.promotion = (SELECT number FROM promotion WHERE id = ?1) AND e.flags & 24 = 0 AND \(taken) ORDER BY e.number
            """, key.promotion, epoch: epoch
        ) { number, subject, changes in
            guard comparison.asks(for: subject) else { return }
            let state = Merge.state(of: changes)
            let isInKey =
                switch key {
                case .documents: false
                case .promotion: true
                case .station: held.contains(number) || changes.contains { $0.isCapture(by: station) }
                case .batch(_, let label): state["$batch"]?.heads.contains { $0.assignment.value == .text(label) } ?? false
                }
            if isInKey { comparison.add(subject, state) }
        }
        try subjects(
            """
            SELECT b.number, NULL, b.label, c.header, c.body, c.id, c.body_digest FROM batch b JOIN change c ON c.batch = b.number
            WHERE b.promotion = (SELECT number FROM promotion WHERE id = ?1) AND \(taken) ORDER BY b.number
            """, key.promotion, epoch: epoch
        ) { _, subject, changes in
            let isInKey =
                switch key {
                case .documents: false
                case .promotion: true
                case .station: sharing == .own
                case .batch: subject == key.description
                }
            if isInKey { comparison.add(subject, Merge.state(of: changes)) }
        }
        return comparison
    }

    /// Lends the changes of one subject after the other.
    private func subjects(
        _ sql: String, _ promotion: String, epoch: Int64? = nil, _ body: (Int64, String, [Change]) -> Void
    ) throws {
        var number: Int64 = 0
        var subject = ""
        var changes: [Change] = []
        try database.rows(sql, [.text(promotion)] + (epoch.map { [.integer($0)] } ?? [])) { row in
            if row.integer(0) != number {
                if !changes.isEmpty { body(number, subject, changes) }
                changes.removeAll(keepingCapacity: true)
                number = row.integer(0)
                subject = try row.optionalText(2).map { "batch/\(promotion)/\($0)" } ?? row.id(1).description
            }
            let line = StoredLine(
                id: try row.digest(5), header: row.blob(3), body: values.open(row.blob(4)), bodyDigest: try row.digest(6))
            if let change = line.change { changes.append(change) }
        }
        if !changes.isEmpty { body(number, subject, changes) }
    }
}

extension Change {
    /// Whether a station captured an entry by it.
    fileprivate func isCapture(by station: UniqueID) -> Bool {
        header.kind == .set && header.station == station.description && body?.base.isEmpty ?? false
    }
}

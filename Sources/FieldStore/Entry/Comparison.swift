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
        ) { subject, state in
            entries += 1
            digest = digest &+ state.comparisonDigest(subject: subject)
        }
        try subjects(
            """
            SELECT b.number, NULL, b.label, c.header, c.body, c.id, c.body_digest FROM batch b JOIN change c ON c.batch = b.number
            WHERE b.promotion = (SELECT number FROM promotion WHERE id = ?) AND c.quarantined IS NULL ORDER BY b.number
            """, promotion
        ) { subject, state in
            digest = digest &+ state.comparisonDigest(subject: subject)
        }
        return (entries, digest)
    }

    /// Merges the changes of one subject after the other.
    private func subjects(_ sql: String, _ promotion: String, _ body: (String, EntryState) -> Void) throws {
        var number: Int64 = 0
        var subject = ""
        var changes: [Change] = []
        try database.rows(sql, [.text(promotion)]) { row in
            if row.integer(0) != number {
                if !changes.isEmpty { body(subject, Merge.state(of: changes)) }
                changes.removeAll(keepingCapacity: true)
                number = row.integer(0)
                subject = try row.optionalText(2).map { "batch/\(promotion)/\($0)" } ?? row.id(1).description
            }
            let line = StoredLine(
                id: try row.digest(5), header: row.blob(3), body: values.open(row.blob(4)), bodyDigest: try row.digest(6))
            if let change = line.change { changes.append(change) }
        }
        if !changes.isEmpty { body(subject, Merge.state(of: changes)) }
    }
}

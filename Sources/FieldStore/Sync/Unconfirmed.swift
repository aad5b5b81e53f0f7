import EntryModel
import GRDB

/// The lines that the centre had sent and may have lost since, because it was put back to an earlier state: rows of `unconfirmed`.
///
/// A page that brings a line again takes it from here, and so does the answer to a handback.
struct Unconfirmed {
    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    func count() throws -> Int {
        Int(try database.integer("SELECT count(*) FROM unconfirmed"))
    }

    /// Takes note that the centre may have lost what one key brought from above a position.
    ///
    /// Lines that came by another key as well are among them; handing those back does no harm.
    func mark(above position: Int64, of key: FeedKey, _ keyNumber: Int64, promotion: Int64) throws {
        let entries = "entry IN (SELECT entry FROM holding WHERE feed_key IN (?2, -?2))"
        let batches = "batch IN (SELECT number FROM batch WHERE promotion = ?3)"
        let lines: String
        var values: [SQLValue] = [.integer(position), .integer(keyNumber), .integer(promotion)]
        switch key {
        case .documents:
            lines = "entry IS NULL AND batch IS NULL"
            values = [.integer(position)]
        case .promotion: lines = "(entry IN (SELECT number FROM entry WHERE promotion = ?3) OR \(batches))"
        case .station:
            // What came to this station alone, as its maker or that of a rejection's target, made no key hold the entry.
            let unheld = "entry IN (SELECT number FROM entry WHERE promotion = ?3 AND number NOT IN (SELECT entry FROM holding))"
            lines = "(\(entries) OR \(unheld) OR \(batches))"
        case .batch(_, let label):
            lines = "(\(entries) OR batch IN (SELECT number FROM batch WHERE promotion = ?3 AND label = ?4))"
            values.append(.text(label))
        }
        try database.run(
            """
            INSERT INTO unconfirmed (change)
            SELECT number FROM change WHERE position > ?1 AND mac IS NOT NULL AND \(lines) ON CONFLICT DO NOTHING
            """, values)
        if case .documents = key { try markRejects(above: position) }
    }

    /// Takes note of what others wrote of a promotion that is here though nothing of it was read any more, such as rejections of own changes: it
    /// was taken from the station and is given back, and the centre may have been put back in between. The pages that come confirm what it has.
    func markLeft(of promotion: Int64, _ id: String) throws {
        try database.run(
            """
            INSERT INTO unconfirmed (change) SELECT number FROM change WHERE mac IS NOT NULL AND epoch IS NULL
            AND (entry IN (SELECT number FROM entry WHERE promotion = ?1) OR batch IN (SELECT number FROM batch WHERE promotion = ?1)
            OR number IN (SELECT change FROM document WHERE promotion = ?1)) ON CONFLICT DO NOTHING
            """, [.integer(promotion)])
        try markRejects(above: 0, of: id)
    }

    /// A rejection that names no subject came with the documents, and stands here with what it takes out.
    /// - Parameter promotion: With whose documents they came; `nil` for any.
    private func markRejects(above position: Int64, of promotion: String? = nil) throws {
        let rejects = try database.list(
            """
            SELECT number, header FROM change
            WHERE position > ? AND mac IS NOT NULL AND epoch IS NULL AND (entry IS NOT NULL OR batch IS NOT NULL)
            """, [.integer(position)]
        ) { row -> Int64? in
            guard let header = try? ChangeHeader(line: row.blob(1)), case .promotion = header.subject else { return nil }
            return promotion == nil || promotion == header.promotion ? row.integer(0) : nil
        }
        for case let number? in rejects {
            try database.run("INSERT INTO unconfirmed (change) VALUES (?) ON CONFLICT DO NOTHING", [.integer(number)])
        }
    }

    /// Takes out the lines that the centre has, or will never take.
    /// - Returns: How many.
    func settle(_ ids: Set<Digest>) throws -> Int {
        guard !ids.isEmpty else { return 0 }
        let settled = try database.list(
            "SELECT u.change, c.id FROM unconfirmed u LEFT JOIN change c ON c.number = u.change"
        ) { row in (number: row.integer(0), id: row.isNull(1) ? nil : try row.digest(1)) }
        .filter { $0.id.map { ids.contains($0) } ?? true }
        for line in settled { try database.run("DELETE FROM unconfirmed WHERE change = ?", [.integer(line.number)]) }
        return settled.count
    }
}

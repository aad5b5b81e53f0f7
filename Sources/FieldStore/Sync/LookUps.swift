import EntryModel
import GRDB

/// The index by which an entry is found again from a name, an address, a number or a ZIP code; it holds keyed hashes of whole words only.
///
/// Entries are taken in when somebody looks for one, not when they are captured: an index of hashes grows at random places, which would cost
/// every capture as much as the capture itself, while taking in many at once, in the order of their hashes, costs a fraction.
struct LookUps {
    private let merging: EntryMerging
    private let names: [Int64: HeldPromotion]

    private var database: Database { merging.log.database }
    private var values: PersonalValues { merging.log.values }

    init(_ database: Database, _ values: PersonalValues, _ promotions: [String: HeldPromotion]) throws {
        merging = try EntryMerging(database, values)
        names = Dictionary(promotions.values.map { ($0.number, $0) }) { first, _ in first }
    }

    /// Entries that one transaction takes in while nobody else writes.
    static let portion = 5_000

    /// Takes in entries that came or changed since the last time, up to `portion`.
    /// - Returns: Whether all are in.
    func catchUp(portion: Int) throws -> Bool {
        let due = try database.list("SELECT entry FROM look_up_due ORDER BY entry LIMIT ?", [.integer(Int64(portion))]) {
            $0.integer(0)
        }
        let new = try database.list(
            "SELECT number FROM entry WHERE number > ? ORDER BY number LIMIT ?",
            [.integer(merging.indexed), .integer(Int64(portion))]
        ) { $0.integer(0) }
        guard !due.isEmpty || !new.isEmpty else { return true }
        var rows: [(word: Int64, entry: Int64)] = []
        rows.reserveCapacity((due.count + new.count) * 6)
        for entry in due {
            try Self.remove(entry, database)
            try database.run("DELETE FROM look_up_due WHERE entry = ?", [.integer(entry)])
        }
        for entry in due + new { try take(entry, &rows) }
        rows.sort { ($0.word, $0.entry) < ($1.word, $1.entry) }
        for row in rows {
            try database.run(
                "INSERT INTO look_up (word, entry) VALUES (?, ?) ON CONFLICT DO NOTHING", [.integer(row.word), .integer(row.entry)])
        }
        if let last = new.last { try database.run("UPDATE station SET indexed = ?", [.integer(last)]) }
        return due.count < portion && new.count < portion
    }

    private func take(_ entry: Int64, _ rows: inout [(word: Int64, entry: Int64)]) throws {
        guard let record = try EntryRecord.find(entry, database), !record.isHidden, let promotion = names[record.promotion] else { return }
        let state = try merging.log.state(of: .entry(entry))
        let words = Set(Self.words(of: state, in: promotion.promotion).map { values.number(of: $0) })
        guard !words.isEmpty else { return }
        try database.run("UPDATE entry SET words = ? WHERE number = ?", [.blob(Self.bytes(words)), .integer(entry)])
        for word in words { rows.append((word, entry)) }
    }

    /// The words of all values that stand, the ones in conflict too.
    static func words(of state: EntryState, in promotion: Promotion) -> [LookUpWord] {
        LookUpWords.of(
            state.fields.lazy.flatMap { field in field.heads.map { (field: field.name, value: $0.assignment.value) } }, in: promotion)
    }

    /// The numbers of an entry's words stand in its row, so that they can be taken out again when the values are gone.
    static func remove(_ entry: Int64, _ database: Database) throws {
        guard let words = try database.first("SELECT words FROM entry WHERE number = ?", [.integer(entry)], { $0.optionalBlob(0) }) ?? nil
        else { return }
        for word in numbers(words) {
            try database.run("DELETE FROM look_up WHERE word = ? AND entry = ?", [.integer(word), .integer(entry)])
        }
        try database.run("UPDATE entry SET words = NULL WHERE number = ?", [.integer(entry)])
    }

    private static func bytes(_ words: Set<Int64>) -> [UInt8] {
        words.sorted().flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> Int64(56 - $0 * 8)) } }
    }

    private static func numbers(_ bytes: [UInt8]) -> [Int64] {
        stride(from: 0, to: bytes.count - 7, by: 8).map { start in bytes[start..<start + 8].reduce(0) { $0 << 8 | Int64($1) } }
    }
}

extension Database {
    /// The entries that have all these words, newest first, until `body` returns `false`; other words may share a number with them.
    func entries(with words: [Int64], _ body: (Int64) throws -> Bool) throws {
        guard let first = words.first else { return }
        let others = words.dropFirst().indices.map { "AND EXISTS (SELECT 1 FROM look_up WHERE word = ?\($0 + 1) AND entry = l.entry)" }
        try whileRows(
            "SELECT l.entry FROM look_up l WHERE l.word = ?1 \(others.joined(separator: " ")) ORDER BY l.entry DESC",
            ([first] + words.dropFirst()).map { .integer($0) }
        ) { try body($0.integer(0)) }
    }
}

import EntryModel
import GRDB

/// Finds entries by the end of their ids, which is how people name them: ids made close together differ only there.
///
/// Entries are taken in when somebody asks and many have come since, not when they are captured: the end of an id is a random place, which
/// would cost every capture. The few that are not in yet are looked through one by one.
struct EntryEnds {
    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    /// So many are looked through rather than taken in.
    static let lookedThrough: Int64 = 1000
    /// Entries that one transaction takes in.
    static let portion: Int64 = 50_000

    /// Whether so many have come that they have to be taken in first.
    var isDue: Bool {
        get throws {
            try database.integer("SELECT coalesce(max(number), 0) FROM entry") - indexed > Self.lookedThrough
        }
    }

    private var indexed: Int64 { get throws { try database.integer("SELECT ends_indexed FROM station") } }

    /// Takes in what came since the last time, up to `portion`.
    func catchUp() throws {
        var rows = try database.list(
            "SELECT id, number FROM entry WHERE number > ? ORDER BY number LIMIT ?", [.integer(try indexed), .integer(Self.portion)]
        ) { (ending: Self.ending(try $0.id(0)), entry: $0.integer(1)) }
        guard let last = rows.last?.entry else { return }
        rows.sort { ($0.ending, $0.entry) < ($1.ending, $1.entry) }
        for row in rows {
            try database.run(
                "INSERT INTO entry_end (ending, entry) VALUES (?, ?) ON CONFLICT DO NOTHING", [.integer(row.ending), .integer(row.entry)])
        }
        try database.run("UPDATE station SET ends_indexed = ?", [.integer(last)])
    }

    /// After entries were dropped: what comes next may have their numbers.
    func goBack() throws {
        try database.run("UPDATE station SET ends_indexed = min(ends_indexed, coalesce((SELECT max(number) FROM entry), 0))")
    }

    /// The ids of entries that end so, in their order.
    /// - Parameter digits: Hexadecimal, in small letters, 1 to 32.
    func ids(endingIn digits: String, limit: Int) throws -> [UniqueID] {
        let known = Self.reversed(digits)
        let low = known.value << (4 * (8 - known.count))
        let high = low | (1 << (4 * (8 - known.count)) - 1)
        // The row itself says which id it has: a number may have been given to another entry since. Sorted here, not by the database, which
        // would rather walk through all ids in their order.
        let taken = try database.list(
            """
            SELECT e.id FROM entry_end n CROSS JOIN entry e ON e.number = n.entry WHERE n.ending BETWEEN ? AND ? AND e.flags & 16 = 0
            """, [.integer(low), .integer(high)]
        ) { try $0.id(0) }
        let rest = try database.list("SELECT id FROM entry WHERE number > ? AND flags & 16 = 0", [.integer(try indexed)]) { try $0.id(0) }
        let ids = Set(taken + rest).map { (id: $0, text: $0.description) }
            .filter { $0.text.filter { $0 != "-" }.hasSuffix(digits) }
        return ids.sorted { $0.text < $1.text }.prefix(limit).map(\.id)
    }

    /// The last eight digits, the last one first, so that a shorter end is a range of numbers.
    private static func ending(_ id: UniqueID) -> Int64 {
        var ending: Int64 = 0
        for byte in id.bytes.suffix(4).reversed() { ending = ending << 8 | Int64(byte & 15) << 4 | Int64(byte >> 4) }
        return ending
    }

    private static func reversed(_ digits: String) -> (value: Int64, count: Int) {
        let last = String(digits.suffix(8).reversed())
        return (Int64(last, radix: 16) ?? 0, last.count)
    }
}

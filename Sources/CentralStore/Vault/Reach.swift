import EntryModel

/// Entries that a station may change because the vault gave them to it once, though the vault does not know that any more.
///
/// After a restore a station may not read a batch any more in which it worked: its work there was erased, say. It proves by a line that it hands
/// back that it was given the entry, and may have changed it in good faith. The entry does not come into its keys for that.
enum Reach {
    /// Takes note of what a station was given.
    ///
    /// A line proves that by its MAC only where somebody else made it: a station's own lines, and a rejection or an erasure, also go to those who
    /// had no right to the entry.
    /// - Parameter changes: The MAC of each is the vault's.
    static func note(_ changes: [IncomingChange], by station: StationRow, _ writer: LogWriter, _ catalogue: Catalogue) throws {
        let kinds: Set<ChangeHeader.Kind> = [.set, .void, .restore, .verify]
        let given = changes.filter { change in
            guard let header = change.header, catalogue.promotions[header.promotion]?.sharing != .all else { return false }
            return kinds.contains(header.kind) && header.station != station.id.description
        }
        var entries: [Int64] = []
        try writer.sql.query(
            "SELECT number FROM entry WHERE erased = 0 AND id IN (?*)", keys: Set(given.compactMap(\.entry)).map { .blob($0.bytes) }
        ) { entries.append($0.integer(0)) }
        for entry in entries.sorted() {
            try writer.sql.execute(
                "INSERT INTO reach (station, entry) VALUES (?, ?) ON CONFLICT (station, entry) DO NOTHING",
                [.integer(station.number), .integer(entry)])
        }
    }

    static func contains(_ entry: Int64, of station: Int64, _ sql: any SQLTransaction) throws -> Bool {
        try sql.integer("SELECT 1 FROM reach WHERE station = ? AND entry = ?", [.integer(station), .integer(entry)]) != nil
    }
}

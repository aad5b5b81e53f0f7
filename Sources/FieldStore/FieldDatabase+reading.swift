public import EntryModel
import GRDB

extension FieldDatabase {
    /// One entry as it stands now; `nil` when the station has none of this id.
    public func entry(_ id: UniqueID) throws -> EntryView? {
        try checkLock()
        return try read { database in
            guard let record = try EntryRecord.find(id, database), !record.isHidden else { return nil }
            return try EntryReader(database, self).view(record)
        }
    }

    /// A page of a promotion's entries in the order in which they came here.
    ///
    /// - Parameters:
    ///   - batch: A label; `nil` for all.
    ///   - after: The cursor of the last entry of the page before; `nil` for the first page.
    ///   - limit: Entries at most; fewer mean that there are no more.
    public func entries(
        promotion: String, batch: String? = nil, after: EntryCursor? = nil, limit: Int, includingVoid: Bool = true
    ) throws -> [EntryView] {
        try checkLock()
        return try read { database in
            let excluded = EntryRecord.Flag.hidden | (includingVoid ? 0 : EntryRecord.Flag.void)
            let records: [EntryRecord]
            if let batch {
                records = try database.list(
                    """
                    SELECT \(EntryRecord.columns) FROM entry WHERE number > ?1 AND flags & ?2 = 0
                    AND batch = (SELECT b.number FROM batch b JOIN promotion p ON p.number = b.promotion WHERE p.id = ?3 AND b.label = ?4)
                    ORDER BY number LIMIT ?5
                    """,
                    [.integer(after?.number ?? 0), .integer(excluded), .text(promotion), .text(batch), .integer(Int64(limit))],
                    EntryRecord.init)
            } else {
                records = try database.list(
                    """
                    SELECT \(EntryRecord.columns) FROM entry WHERE number > ?1 AND flags & ?2 = 0
                    AND promotion = (SELECT number FROM promotion WHERE id = ?3) ORDER BY number LIMIT ?4
                    """, [.integer(after?.number ?? 0), .integer(excluded), .text(promotion), .integer(Int64(limit))],
                    EntryRecord.init)
            }
            let reader = try EntryReader(database, self)
            return try records.map { try reader.view($0) }
        }
    }

    /// How many entries there are of a promotion, void ones included; counts them.
    public func entryCount(promotion: String) throws -> Int {
        try read { database in
            Int(
                try database.integer(
                    "SELECT count(*) FROM entry WHERE promotion = (SELECT number FROM promotion WHERE id = ?) AND flags & 16 = 0",
                    [.text(promotion)]))
        }
    }

    /// The ids of entries that begin so.
    /// - Parameter prefix: Hexadecimal digits; hyphens are passed over.
    public func entryIDs(withPrefix prefix: String, limit: Int) throws -> [UniqueID] {
        try checkLock()
        guard let digits = Self.digits(prefix) else { return [] }
        let least = digits + String(repeating: "0", count: 32 - digits.count)
        let greatest = digits + String(repeating: "f", count: 32 - digits.count)
        guard let low = Hex.decode(least), let high = Hex.decode(greatest) else { return [] }
        return try read { database in
            try database.list(
                "SELECT id FROM entry WHERE id BETWEEN ? AND ? AND flags & 16 = 0 ORDER BY id LIMIT ?",
                [.blob(low), .blob(high), .integer(Int64(limit))]
            ) { try $0.id(0) }
        }
    }

    /// The ids of entries that end so; ids made close together differ only at their end.
    ///
    /// After many entries have come the first call takes their ids in, which needs about a second for a million.
    /// - Parameter suffix: Hexadecimal digits; hyphens are passed over.
    public func entryIDs(withSuffix suffix: String, limit: Int) throws -> [UniqueID] {
        try checkLock()
        guard let digits = Self.digits(suffix) else { return [] }
        while try read({ try EntryEnds($0).isDue }) { try write { try EntryEnds($0).catchUp() } }
        return try read { try EntryEnds($0).ids(endingIn: digits, limit: limit) }
    }

    private static func digits(_ text: String) -> String? {
        let digits = text.lowercased().filter { $0 != "-" }
        return 1...32 ~= digits.utf8.count && digits.utf8.allSatisfy { 48...57 ~= $0 || 97...102 ~= $0 } ? digits : nil
    }

    /// What happened to an entry, change by change, in the order in which it came here.
    /// - Throws: `unknownEntry`.
    public func history(_ entry: UniqueID) throws -> [HistoryItem] {
        try checkLock()
        return try read { database in
            guard let record = try EntryRecord.find(entry, database), !record.isHidden else { throw unknown(entry) }
            return try EntryReader(database, self).history(record)
        }
    }

    /// The fields that a person has to decide about, entry by entry in the order in which they came here.
    ///
    /// - Parameters:
    ///   - promotion: `nil` for all.
    ///   - limit: Fields at most.
    public func conflicts(promotion: String? = nil, limit: Int) throws -> [ConflictView] {
        try checkLock()
        return try read { database in
            let records = try database.list(
                """
                SELECT \(EntryRecord.columns) FROM entry WHERE conflicts > 0 AND flags & 16 = 0
                AND promotion IN (SELECT number FROM promotion WHERE ?1 IS NULL OR id = ?1) ORDER BY number LIMIT ?2
                """, [.optional(promotion), .integer(Int64(limit))], EntryRecord.init)
            let reader = try EntryReader(database, self)
            return Array(try records.flatMap { try reader.conflicts($0) }.prefix(limit))
        }
    }

    /// How many entries this station holds of a promotion, and their comparison digest, batches included.
    ///
    /// Equal to the centre's when both hold the same heads. Changes that the centre keeps in quarantine are left out.
    /// Merges everything, so it takes its time: about 20 µs an entry.
    /// - SeeAlso: Protocol/README.md, "Merge".
    public func comparison(promotion: String) throws -> (entries: Int, digest: Digest) {
        try read { try Comparison($0, values).sum(promotion) }
    }

    /// Sums up what is held of a key, to be compared with what the centre sums up of it.
    ///
    /// Leaves out what the centre cannot have, as far as is known here: changes that are unsent or in quarantine, and entries on their way out.
    /// - Throws: `notEnrolled`.
    public func comparison(_ request: KeyComparison.Request) throws -> KeyComparison {
        let station = try enrolled().station
        let epoch = current.epoch
        let sharing = try promotion(request.key.promotion)?.sharing
        return try read { try Comparison($0, values).sum(request, station: station, sharing: sharing, epoch: epoch) }
    }
}

public import EntryModel

/// One occasion on which staff read what people wrote on their cards.
public struct PersonalRead: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        case entryShown = "entry-shown"
        case entriesExported = "entries-exported"
        case conflictsShown = "conflicts-shown"
    }

    /// In the order in which they were written.
    public var number: Int64
    /// Milliseconds since 1970 UTC.
    public var at: Int64
    /// Who read: a staff account, or the operator that a command on the centre's own machine named.
    public var reader: String
    public var client: String
    public var kind: Kind
    /// `nil` for all promotions.
    public var promotion: String?
    /// Of one entry.
    public var entry: UniqueID?
    /// As the reader gave it.
    public var purpose: String
}

extension Centre {
    /// The longest purpose that is taken, in characters.
    public static let longestPurpose = 200

    /// Writes down that somebody is about to read what people wrote; whoever cannot be written down reads nothing.
    ///
    /// - Parameter purpose: 3 to 200 characters, without line breaks.
    /// - Throws: `CentreError.badPurpose`.
    public func recordRead(
        _ kind: PersonalRead.Kind, by reader: String, client: String, promotion: String? = nil, entry: UniqueID? = nil, purpose: String
    ) async throws {
        guard 3...Self.longestPurpose ~= purpose.count, purpose.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else { throw CentreError.badPurpose }
        let now = surroundings.now()
        try await catalog.transaction(.write) { sql in
            let number = try (sql.integer("SELECT MAX(number) FROM personal_read") ?? 0) + 1
            try sql.execute(
                """
                INSERT INTO personal_read (number, at, reader, client, kind, promotion, entry, purpose)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    .integer(number), .integer(now), .text(reader), .text(client), .text(kind.rawValue), .optional(promotion),
                    .optional(entry?.bytes), .text(purpose),
                ])
        }
    }

    /// What was read, oldest first.
    ///
    /// - Parameters:
    ///   - client: Only this client's; `nil` for all.
    ///   - number: Only what was written behind this one.
    public func personalReads(client: String? = nil, after number: Int64 = 0, limit: Int = 1000) async throws -> [PersonalRead] {
        try await catalog.transaction(.read) { sql in
            try sql.map(
                """
                SELECT number, at, reader, client, kind, promotion, entry, purpose FROM personal_read
                WHERE number > ? AND (? = '' OR client = ?) ORDER BY number LIMIT ?
                """, [.integer(number), .text(client ?? ""), .text(client ?? ""), .integer(Int64(limit))]
            ) { row in
                guard let kind = PersonalRead.Kind(rawValue: row.text(4)) else {
                    throw SQLFailure(.damaged, "the list of reads has a line of an unknown kind")
                }
                return PersonalRead(
                    number: row.integer(0), at: row.integer(1), reader: row.text(2), client: row.text(3), kind: kind,
                    promotion: row.optionalText(5), entry: UniqueID(bytes: row.blob(6)), purpose: row.text(7))
            }
        }
    }
}

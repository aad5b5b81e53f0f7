public import EntryModel

extension Vault {
    /// Fields in conflict, entry by entry.
    ///
    /// - Parameters:
    ///   - promotion: `nil` for all.
    ///   - after: `entry.number` of the last page's last conflict; 0 for the first page.
    ///   - limit: Entries a page; each is listed with all its conflicts.
    public func conflicts(promotion: String? = nil, after: Int64 = 0, limit: Int = 100) async throws -> [VaultConflict] {
        try await transaction(.read) { sql in
            let entries = try self.entries(promotion, "conflicts > 0 AND number > ?", [.integer(after)], limit: limit, sql)
            return entries.flatMap { entry in
                entry.state.conflicts.map { VaultConflict(entry: entry, field: $0, heads: entry.state[$0]?.heads ?? []) }
            }
        }
    }

    /// Decides a conflict: a change by the centre whose base lists all heads, so that it reaches everyone.
    ///
    /// - Parameters:
    ///   - field: A field's id, or `$void` for a contested void.
    ///   - choice: Of `$void` `.void` or `.keep`; of others one of the heads, or another value as typed.
    ///   - operatorID: Who decides; an id, never a name.
    /// - Returns: The change's id.
    /// - Throws: `CentreError.unknownEntry`, `.noConflict`, `.noHead`, `.wrongChoice`.
    @discardableResult
    public func resolve(
        _ entry: UniqueID, field: String, _ choice: ConflictChoice, by operatorID: String = "staff"
    ) async throws -> Digest {
        let now = surroundings.now()
        // One field's normal form needs no table of ZIP codes, but the check that gives it carries one.
        let postal: PostalTable?
        do throws(PostalTableError) { postal = if case .keyed = choice { try PostalTable.installed() } else { nil } } catch {
            throw CentreError.postalTable(error)
        }
        return try await transaction(.write) { sql in
            let writer = try LogWriter(sql, now: now)
            guard let found = try self.entries(nil, "id = ?", [.blob(entry.bytes)], limit: 1, sql).first else {
                throw CentreError.unknownEntry(entry)
            }
            guard found.state.conflicts.contains(field) else { throw CentreError.noConflict(entry, field: field) }
            let catalogue = try self.catalogue(sql, revision: writer.row.revision)
            guard let promotion = catalogue.promotions[found.promotion]?.newest else {
                throw CentreError.unknownPromotion(found.promotion, client: self.client)
            }
            let decision = Decision(entry: found, field: field, promotion: promotion, postal: postal)
            let (kind, body) = try decision.body(choice, salt: self.surroundings.randomBytes(16))
            let change = try self.staffChange(kind, promotion: promotion.formVersion, subject: .entry(entry), by: operatorID, body: body)
            var intake = Intake(writer, catalogue)
            try intake.take([IncomingChange(ReadChange(change))], from: nil)
            try writer.finish()
            return change.id
        }
    }

    /// How much there is.
    public func status() async throws -> VaultStatus {
        try await transaction(.read) { sql in
            let row = try VaultRow.read(sql)
            func count(_ statement: String) throws -> Int { Int(try sql.integer(statement) ?? 0) }
            return VaultStatus(
                client: self.client, entries: try count("SELECT COUNT(*) FROM entry"),
                void: try count("SELECT COUNT(*) FROM entry WHERE void = 1"),
                contested: try count("SELECT COUNT(*) FROM entry WHERE void = 2"), changes: try count("SELECT COUNT(*) FROM change"),
                conflicts: try count("SELECT COUNT(*) FROM entry WHERE conflicts > 0"), quarantined: Int(row.quarantined),
                parked: try count("SELECT COUNT(*) FROM parked WHERE taken IS NULL"),
                stations: try count("SELECT COUNT(*) FROM station WHERE revoked IS NULL"),
                promotions: try count("SELECT COUNT(DISTINCT promotion) FROM document"), position: row.position, digest: row.digest)
        }
    }
}

/// Makes the change that decides one conflict.
private struct Decision {
    var entry: VaultEntry
    var field: String
    var promotion: Promotion
    /// There for `.keyed`.
    var postal: PostalTable?

    func body(_ choice: ConflictChoice, salt: [UInt8]) throws -> (ChangeHeader.Kind, ChangeBody) {
        let base = entry.state.bases(of: [field])
        switch (choice, field == "$void") {
        case (.void, true):
            let seen = entry.state.headIDs
            return (.void, ChangeBody(salt: salt, set: [Assignment(field: field, value: .bool(true))], base: base, seen: seen))
        case (.keep, true):
            return (.restore, ChangeBody(salt: salt, set: [Assignment(field: field, value: .bool(false))], base: base))
        case (.head(let change), false):
            guard let head = entry.state[field]?.heads.first(where: { $0.change == change }) else {
                throw CentreError.noHead(change, field: field)
            }
            return (.set, ChangeBody(salt: salt, set: [head.assignment], base: base))
        case (.keyed(let keyed), false):
            return (.set, ChangeBody(salt: salt, set: [try assignment(keyed)], base: base))
        default: throw CentreError.wrongChoice(field: field)
        }
    }

    /// The typed value in its normal form. Reserved fields are no part of the form: their values are taken from the heads.
    private func assignment(_ keyed: Keyed) throws -> Assignment {
        guard let item = promotion.field(field), let postal else {
            if field.hasPrefix("$") { throw CentreError.wrongChoice(field: field) }
            throw CentreError.unknownField(field, promotion: promotion.id)
        }
        return FormCheck(promotion: promotion, postal: postal).assignment(for: item, keyed: keyed, received: nil).assignment
    }
}

import EntryModel

extension Vault {
    /// Puts a promotion's document: a new promotion, or a newer version of one.
    ///
    /// The document becomes a `document` change by the centre, in the log and in the feed; changes that waited for it go on. The same document
    /// put again changes nothing.
    /// - Parameters:
    ///   - line: As `Promotion.read(file:)` gives it.
    ///   - operatorID: Who puts it; an id, never a name.
    /// - Throws: `CentreError.document` with every fault.
    @discardableResult
    public func putPromotion(_ line: [UInt8], by operatorID: String = "staff") async throws -> DocumentReceipt {
        let promotion: Promotion
        let document: JSONValue
        do throws(PromotionFaults) { promotion = try Promotion(line: line) } catch { throw CentreError.document(error) }
        do throws(JSONError) { document = try JSONValue(line: line, limits: .document) } catch {
            throw CentreError.limit(.line(.body, error))
        }
        guard promotion.client == client else {
            throw CentreError.fault("$.client", "The document is for the client \"\(promotion.client)\", not for \"\(client)\".")
        }
        let change = try staffChange(
            .document, promotion: promotion.formVersion, subject: .promotion, by: operatorID,
            body: ChangeBody(salt: surroundings.randomBytes(16), document: document))
        let now = surroundings.now()
        return try await transaction(.write) { sql in
            try self.put(promotion, line: line, change, LogWriter(sql, now: now))
        }
    }

    private func put(_ promotion: Promotion, line: [UInt8], _ change: Change, _ writer: LogWriter) throws -> DocumentReceipt {
        let sql = writer.sql
        let held = try catalogue(sql, revision: writer.row.revision).promotions[promotion.id]
        if let held {
            let same = try sql.integer(
                "SELECT 1 FROM document WHERE promotion = ? AND version = ? AND line = ?",
                [.integer(held.number), .integer(promotion.version), .blob(line)])
            if same != nil { return DocumentReceipt(promotion: promotion.id, version: promotion.version, released: 0, wasThere: true) }
            var faults = promotion.faults(succeeding: held.newest)
            if promotion.sharing != held.newest.sharing, try Self.hasEntries(held.number, sql) {
                faults.append(
                    PromotionFault(
                        path: "$.sharing",
                        message: "The sharing scope stays \"\(held.newest.sharing.rawValue)\" once there are entries."))
            }
            guard faults.isEmpty else { throw CentreError.document(PromotionFaults(faults: faults)) }
        }
        try Self.install(promotion, line: line, change, writer)
        // Not through the cache: what is read here is true for others only once this transaction is.
        let released = try Quarantine.release(promotion.id, writer, try Catalogue(sql, revision: writer.row.revision))
        try writer.finish()
        return DocumentReceipt(promotion: promotion.id, version: promotion.version, released: released, wasThere: false)
    }

    /// Puts a `document` change into the log and the feed, and its document in force. A version that is there keeps its document.
    static func install(_ promotion: Promotion, line: [UInt8], _ change: Change, _ writer: LogWriter) throws {
        let sql = writer.sql
        let number = try Self.number(of: promotion.id, sql)
        let changeNumber = try writer.insert(change, promotion: number)
        try sql.execute(
            "INSERT INTO document (promotion, version, change, line) VALUES (?, ?, ?, ?) ON CONFLICT (promotion, version) DO NOTHING",
            [.integer(number), .integer(promotion.version), .integer(changeNumber), .blob(line)])
        writer.feed(try writer.key(.documents(promotion: promotion.id)), change: changeNumber, id: change.id)
        writer.row.revision += 1
    }

    /// The number of a promotion, which gets one when it is first named.
    static func number(of promotion: String, _ sql: any SQLTransaction) throws -> Int64 {
        if let known = try sql.integer("SELECT number FROM promotion WHERE id = ?", [.text(promotion)]) { return known }
        let number = try (sql.integer("SELECT MAX(number) FROM promotion") ?? 0) + 1
        try sql.execute("INSERT INTO promotion (number, id) VALUES (?, ?)", [.integer(number), .text(promotion)])
        return number
    }

    private static func hasEntries(_ promotion: Int64, _ sql: any SQLTransaction) throws -> Bool {
        let entry = try sql.integer("SELECT number FROM entry WHERE promotion = ? LIMIT 1", [.integer(promotion)])
        return try entry != nil || sql.integer("SELECT number FROM batch WHERE promotion = ? LIMIT 1", [.integer(promotion)]) != nil
    }

    /// The newest document of every promotion, by id.
    public func promotions() async throws -> [PromotionRecord] {
        try await transaction(.read) { sql in
            let catalogue = try self.catalogue(sql, revision: VaultRow.read(sql).revision)
            return try catalogue.promotions.values.sorted { $0.newest.id < $1.newest.id }.map { item in
                let line = try sql.map(
                    "SELECT line FROM document WHERE promotion = ? AND version = ?",
                    [.integer(item.number), .integer(item.newest.version)]
                ) { $0.blob(0) }.first
                return PromotionRecord(promotion: item.newest, document: line ?? [], versions: item.versions.keys.sorted())
            }
        }
    }

    /// A change by the centre: no chain, no epoch.
    func staffChange(
        _ kind: ChangeHeader.Kind, promotion: Versioned, subject: ChangeHeader.Subject, target: Digest? = nil, by operatorID: String,
        body: ChangeBody
    ) throws -> Change {
        guard Identifier.isValid(operatorID) else { throw CentreError.badName(operatorID) }
        let header = ChangeHeader(
            station: ChangeHeader.central, operatorID: operatorID, stamp: surroundings.now(), skew: 0, kind: kind, form: promotion,
            subject: subject, target: target)
        do throws(ChangeError) { return try Change(header: header, body: body) } catch { throw CentreError.limit(error) }
    }
}

extension CentreError {
    static func fault(_ path: String, _ message: String) -> CentreError {
        .document(PromotionFaults(faults: [PromotionFault(path: path, message: message)]))
    }
}

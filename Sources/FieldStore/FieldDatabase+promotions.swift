public import EntryModel
import GRDB

extension FieldDatabase {
    /// The newest version held of each promotion that the station is assigned, in the order of their ids.
    public func promotions() throws -> [Promotion] {
        current.promotions.values.filter { !$0.isWithdrawn }.map(\.promotion).sorted { $0.id < $1.id }
    }

    /// The newest version held of one promotion; also of one that was withdrawn, for the sake of its entries.
    public func promotion(_ id: String) throws -> Promotion? {
        current.promotions[id]?.promotion
    }

    /// The promotion to key entries of.
    /// - Throws: `FieldStoreError` of the code `unknownPromotion`.
    func assigned(_ id: String) throws -> HeldPromotion {
        guard let promotion = current.promotions[id] else {
            throw failure(
                .unknownPromotion,
                "This station holds no promotion \(id). Nothing was changed. Sync once, or choose another with `promotions`.")
        }
        guard !promotion.isWithdrawn else {
            throw failure(
                .unknownPromotion,
                """
                The promotion \(id) is no longer assigned to this station. Nothing was changed and unsent entries stay safe. \
                Ask the central staff if keying should go on.
                """)
        }
        return promotion
    }

    /// Reads the newest document of every promotion.
    static func promotions(_ database: Database, postal: PostalTable?, path: String) throws -> [String: HeldPromotion] {
        let rows = try database.list(
            """
            SELECT p.number, p.withdrawn, c.header, c.body FROM promotion p
            JOIN document d ON d.promotion = p.number JOIN change c ON c.number = d.change
            WHERE d.version = (SELECT max(version) FROM document WHERE promotion = p.number)
            """
        ) { (number: $0.integer(0), isWithdrawn: $0.integer(1) != 0, header: $0.blob(2), body: $0.blob(3)) }
        guard !rows.isEmpty else { return [:] }
        let table: PostalTable
        do { table = try postal ?? PostalTable.installed() } catch {
            throw FieldStoreError(.unavailable, path: path, message: "\(error)", underlying: error)
        }
        var promotions: [String: HeldPromotion] = [:]
        for row in rows {
            // One whose bytes rotted cannot be keyed until it has come again; all others can.
            guard let change = try? Change(headerLine: row.header, bodyLine: row.body), let document = change.body?.document,
                let promotion = try? Promotion(document: document)
            else { continue }
            promotions[promotion.id] = HeldPromotion(
                number: row.number, isWithdrawn: row.isWithdrawn, promotion: promotion,
                check: FormCheck(promotion: promotion, postal: table))
        }
        return promotions
    }

    /// The row of a promotion, made when it is not there yet: entries may come before their promotion's document.
    static func promotionNumber(_ id: String, _ database: Database) throws -> Int64 {
        if let number = try database.first("SELECT number FROM promotion WHERE id = ?", [.text(id)], { $0.integer(0) }) { return number }
        try database.run("INSERT INTO promotion (id) VALUES (?)", [.text(id)])
        return database.lastInsertedRowID
    }
}

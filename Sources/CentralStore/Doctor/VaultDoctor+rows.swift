import EntryModel

/// The rows that are worked out from the log: entries, batches, counts.
extension VaultDoctor {
    /// An entry's row, as it is stored or as the merge gives it.
    private struct EntryRow: Equatable {
        var batch: String?
        var envelope: Int64?
        var card: Int64?
        var channel: String?
        var void: Int64
        var isErased: Bool
        var conflicts: Int64
        var changes: Int64

        init(_ row: any SQLRow, from column: Int) {
            batch = row.optionalText(column)
            envelope = row.optionalInteger(column + 1)
            card = row.optionalInteger(column + 2)
            channel = row.optionalText(column + 3)
            void = row.integer(column + 4)
            isErased = row.integer(column + 5) != 0
            conflicts = row.integer(column + 6)
            changes = row.integer(column + 7)
        }

        init(_ changes: [Change]) {
            let state = Merge.state(of: changes)
            let origin = EntryOrigin(state)
            batch = origin.batch
            envelope = origin.envelope
            card = origin.card
            channel = origin.channel
            void = state.void.code
            isErased = state.isErased
            conflicts = Int64(state.conflicts.count)
            self.changes = Int64(changes.count)
        }

        /// The names of the columns in which two rows differ. Of an erased entry the row keeps where the card was.
        func differences(from other: EntryRow) -> [String] {
            var names: [String] = []
            if !isErased {
                if batch != other.batch { names.append("batch") }
                if envelope != other.envelope { names.append("envelope") }
                if card != other.card { names.append("card") }
                if channel != other.channel { names.append("channel") }
            }
            if void != other.void { names.append("void") }
            if isErased != other.isErased { names.append("erased") }
            if conflicts != other.conflicts { names.append("conflicts") }
            if changes != other.changes { names.append("changes") }
            return names
        }
    }

    private static let pageSize: Int64 = 200

    mutating func examineEntries(_ vaultRow: VaultRow) throws {
        let catalogue = try Catalogue(sql, revision: vaultRow.revision)
        let items = Dictionary(catalogue.promotions.values.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
        var last: Int64 = 0
        while true {
            let page = try sql.map(
                """
                SELECT number, id, promotion, batch, envelope, card, channel, void, erased, conflicts, changes FROM entry \
                WHERE number > ? ORDER BY number LIMIT \(Self.pageSize)
                """, [.integer(last)]
            ) { (number: $0.integer(0), id: UniqueID(bytes: $0.blob(1)), promotion: $0.integer(2), row: EntryRow($0, from: 3)) }
            guard let end = page.last?.number else { break }
            let logs = try self.logs("entry", from: last, through: end)
            for entry in page {
                examination.entries += 1
                let name = entry.id?.description ?? String(entry.number)
                let changes = logs[entry.number] ?? []
                // An erasure that the ledger brought, of an entry whose promotion is not here: there is nothing to merge yet.
                if entry.row.isErased, changes.isEmpty { continue }
                let merged = EntryRow(changes)
                try examine(entry.row, merged, number: entry.number, name: name)
                if merged.isErased { try examineErased(entry.number, name, changes) }
                if !entry.row.isErased, let item = items[entry.promotion] { try examineKeys(entry.number, name, changes, item) }
            }
            last = end
        }
        let orphans = try sql.map(
            "SELECT DISTINCT c.entry FROM change c LEFT JOIN entry e ON e.number = c.entry WHERE c.entry IS NOT NULL AND e.number IS NULL"
        ) { $0.integer(0) }
        for number in orphans { note(.entry, String(number), "its changes are in the log and its row is not there") }
    }

    private mutating func examine(_ stored: EntryRow, _ merged: EntryRow, number: Int64, name: String) throws {
        let differences = merged.differences(from: stored)
        guard !differences.isEmpty else { return }
        if repairs {
            try sql.execute(
                """
                UPDATE entry SET batch = ?, envelope = ?, card = ?, channel = ?, void = ?, erased = ?, conflicts = ?, changes = ? \
                WHERE number = ?
                """,
                [
                    .optional(merged.isErased ? stored.batch : merged.batch),
                    .optional(merged.isErased ? stored.envelope : merged.envelope),
                    .optional(merged.isErased ? stored.card : merged.card),
                    .optional(merged.isErased ? stored.channel : merged.channel), .integer(merged.void),
                    .integer(merged.isErased ? 1 : 0), .integer(merged.conflicts), .integer(merged.changes), .integer(number),
                ])
        }
        note(
            .entry, name, "its row differs from its changes in \(differences.joined(separator: ", "))", isRepairable: true,
            isRepaired: repairs)
    }

    private mutating func examineKeys(_ number: Int64, _ name: String, _ changes: [Change], _ item: Catalogue.Item) throws {
        guard item.sharing != .all else { return }
        let promotion = item.newest.id
        var keys = Set(SubjectLog.capturers(in: changes).map { FeedKey.station(promotion: promotion, station: $0).description })
        if item.sharing == .batch {
            let labels = (Merge.state(of: changes)["$batch"]?.heads ?? []).compactMap(\.assignment.value.text)
            keys.formUnion(labels.filter(Identifier.isBatchLabel).map { FeedKey.batch(promotion: promotion, label: $0).description })
        }
        let stored = Set(
            try sql.map(
                "SELECT k.name FROM membership m JOIN feed_key k ON k.number = m.feed_key WHERE m.entry = ?", [.integer(number)]
            ) { $0.text(0) })
        for key in keys.subtracting(stored).sorted() { note(.key, name, "it should be in \(key) and is not") }
        for key in stored.subtracting(keys).sorted() { note(.key, name, "it is in \(key) and should not be") }
    }

    mutating func examineBatches() throws {
        var last: Int64 = 0
        while true {
            let page = try sql.map(
                """
                SELECT b.number, p.id, b.label, b.conflicts, b.changes FROM batch b LEFT JOIN promotion p ON p.number = b.promotion \
                WHERE b.number > ? ORDER BY b.number LIMIT \(Self.pageSize)
                """, [.integer(last)]
            ) { (number: $0.integer(0), name: "\($0.text(1))/\($0.text(2))", conflicts: $0.integer(3), changes: $0.integer(4)) }
            guard let end = page.last?.number else { return }
            let logs = try self.logs("batch", from: last, through: end)
            for batch in page {
                examination.batches += 1
                let changes = logs[batch.number] ?? []
                let conflicts = Int64(Merge.state(of: changes).conflicts.count)
                guard conflicts != batch.conflicts || Int64(changes.count) != batch.changes else { continue }
                if repairs {
                    try sql.execute(
                        "UPDATE batch SET conflicts = ?, changes = ? WHERE number = ?",
                        [.integer(conflicts), .integer(Int64(changes.count)), .integer(batch.number)])
                }
                note(.batch, batch.name, "its row differs from its changes", isRepairable: true, isRepaired: repairs)
            }
            last = end
        }
    }

    /// The changes of subjects with numbers above `first` and up to `last`. One that cannot be read is named and left out.
    private mutating func logs(_ column: String, from first: Int64, through last: Int64) throws -> [Int64: [Change]] {
        var logs: [Int64: [Change]] = [:]
        var unreadable: [Int64] = []
        var doubled: [Digest] = []
        var seen: Set<Digest> = []
        try sql.query(
            "SELECT \(column), number, header, body FROM change WHERE \(column) > ? AND \(column) <= ? ORDER BY number",
            [.integer(first), .integer(last)]
        ) { row in
            do throws(ChangeError) {
                let change = try Change(headerLine: row.blob(2), bodyLine: bodies.opened(row.blob(3)))
                if !seen.insert(change.id).inserted { doubled.append(change.id) }
                logs[row.integer(0), default: []].append(change)
            } catch {
                unreadable.append(row.integer(1))
            }
        }
        for id in doubled { note(.change, id.hex, "it is in the log more than once") }
        for number in unreadable { note(.change, String(number), "its lines cannot be read") }
        return logs
    }

    mutating func examineCounts(_ row: VaultRow) throws {
        func count(_ statement: String) throws -> Int64 { try sql.integer(statement) ?? 0 }
        let counts: [(column: String, stored: Int64, found: Int64)] = [
            ("quarantined", row.quarantined, try count("SELECT COUNT(*) FROM quarantine")),
            ("rejected", row.rejected, try count("SELECT COUNT(*) FROM rejected")),
            ("erased", row.erased, try count("SELECT COUNT(*) FROM entry WHERE erased = 1")),
        ]
        for (column, stored, found) in counts where stored != found {
            if repairs { try sql.execute("UPDATE vault SET \(column) = ?", [.integer(found)]) }
            note(.count, column, "the vault's row says \(stored), and there are \(found)", isRepairable: true, isRepaired: repairs)
        }
        let lasts: [(column: String, stored: Int64, table: String)] = [
            ("entry", row.lastEntry, "entry"), ("batch", row.lastBatch, "batch"), ("change", row.lastChange, "change"),
            ("quarantine", row.lastQuarantine, "quarantine"),
        ]
        for (column, stored, table) in lasts {
            let greatest = try count("SELECT MAX(number) FROM \(table)")
            guard greatest > stored else { continue }
            if repairs { try sql.execute("UPDATE vault SET \(column) = ?", [.integer(greatest)]) }
            note(
                .count, column, "the last number given is said to be \(stored), and \(greatest) is there", isRepairable: true,
                isRepaired: repairs)
        }
    }
}

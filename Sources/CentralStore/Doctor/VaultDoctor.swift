import EntryModel

/// Works out again, within one transaction, what a vault has worked out before, and names what differs.
struct VaultDoctor {
    let client: String
    let dialect: SQLDialect
    let sql: any SQLTransaction
    let repairs: Bool
    let bodies = BodyStore()
    var examination = VaultExamination()

    private static let findingLimit = 1000

    init(client: String, dialect: SQLDialect, _ sql: any SQLTransaction, repairs: Bool) {
        self.client = client
        self.dialect = dialect
        self.sql = sql
        self.repairs = repairs
    }

    mutating func examine() throws {
        // The lock first, when anything is going to be written.
        let row = try repairs ? VaultRow.lock(sql) : VaultRow.read(sql)
        try examineFile()
        try examineChanges()
        try examineFeed(row)
        try examineChains(ChangeIndex(sql, after: try examineIndex(row)))
        try examineEntries(row)
        try examineBatches()
        try examineArchive()
        try examineQuarantine()
        try examineReach()
        try examineCounts(row)
    }

    /// What can be told without reading the log: the file, where the feed ends, and the counts.
    mutating func examineBriefly() throws -> VaultRow {
        let row = try VaultRow.read(sql)
        try examineFile()
        let end = try sql.map("SELECT position, digest FROM feed ORDER BY position DESC LIMIT 1") {
            (position: $0.integer(0), digest: Digest(bytes: $0.blob(1)))
        }.first
        let digest = end.map(\.digest) ?? FeedDigest.start(vault: client)
        if end?.position ?? 0 != row.position || digest != row.digest {
            note(.feed, String(end?.position ?? 0), "the vault's row says that the feed ends elsewhere, at \(row.position)")
        }
        try examineCounts(row)
        return row
    }

    mutating func note(
        _ area: VaultFinding.Area, _ subject: String, _ message: String, isRepairable: Bool = false, isRepaired: Bool = false
    ) {
        guard examination.findings.count < Self.findingLimit else {
            examination.hasMore = true
            return
        }
        examination.findings.append(
            VaultFinding(area: area, subject: subject, message: message, isRepairable: isRepairable, isRepaired: isRepaired))
    }

    // MARK: File and changes

    private mutating func examineFile() throws {
        guard dialect == .sqlite else { return }
        for line in try sql.map("PRAGMA integrity_check(50)", [], { $0.text(0) }) where line != "ok" {
            note(.file, "\(client).sqlite", line)
        }
    }

    private mutating func examineChanges() throws {
        var damaged: [(number: Int64, id: Digest?)] = []
        var count = 0
        try sql.walk("SELECT number, id, header, body FROM change ORDER BY number", []) { row in
            count += 1
            let id = Digest(bytes: row.blob(1))
            guard id != Change.id(headerLine: row.blob(2), bodyLine: bodies.opened(row.blob(3))) else { return }
            damaged.append((row.integer(0), id))
        }
        examination.changes = count
        for change in damaged { note(.change, change.id?.hex ?? String(change.number), "its bytes no longer give its id") }
    }

    // MARK: Feed

    private mutating func examineFeed(_ end: VaultRow) throws {
        var found: [(subject: String, message: String)] = []
        var position: Int64 = 0
        var digest = FeedDigest.start(vault: client)
        var keys: [Int64: Digest] = [:]
        try sql.query("SELECT number, name FROM feed_key", []) { keys[$0.integer(0)] = FeedDigest.key($0.text(1)) }
        try sql.walk(
            """
            SELECT f.position, f.feed_key, f.digest, c.id, e.id FROM feed f LEFT JOIN change c ON c.number = f.change \
            LEFT JOIN entry e ON e.number = f.entry ORDER BY f.position
            """, []
        ) { row in
            let here = row.integer(0)
            if here != position + 1 { found.append((String(position + 1), "positions up to \(here - 1) are missing")) }
            position = here
            let stored = Digest(bytes: row.blob(2))
            var next: Digest?
            if let key = keys[row.integer(1)] {
                if let id = Digest(bytes: row.blob(3)) {
                    next = FeedDigest.next(digest, keyDigest: key, kind: .change, id: id)
                } else if let entry = UniqueID(bytes: row.blob(4)) {
                    next = FeedDigest.next(digest, keyDigest: key, kind: .leave, id: FeedDigest.key(entry.description))
                }
            }
            if next == nil {
                found.append((String(here), "it names a key, change or entry that is not there"))
            } else if next != stored {
                found.append((String(here), "the digest is not that of the rows up to here"))
            }
            // From what is stored, so that one fault is found once.
            digest = stored ?? next ?? digest
        }
        examination.feedRows = Int(position)
        if position != end.position || digest != end.digest {
            found.append((String(position), "the vault's row says that the feed ends elsewhere, at \(end.position)"))
        }
        for one in found { note(.feed, one.subject, one.message) }
    }

    // MARK: Chains

    /// - Returns: How far changes are found by their ids now.
    private mutating func examineIndex(_ row: VaultRow) throws -> Int64 {
        var missing = 0
        var changes: Int64 = 0
        try sql.walk("SELECT id, number FROM change WHERE number <= ?", [.integer(row.indexed)]) { change in
            changes += 1
            guard let id = Digest(bytes: change.blob(0)) else { return }
            let place: [SQLValue] = [.integer(ChangeIndex.prefix(id)), .integer(change.integer(1))]
            if try sql.integer("SELECT 1 FROM change_id WHERE prefix = ? AND change = ?", place) == nil { missing += 1 }
        }
        let rows = try sql.integer("SELECT COUNT(*) FROM change_id") ?? 0
        guard missing > 0 || rows != changes else { return row.indexed }
        if repairs {
            try sql.execute("DELETE FROM change_id", [])
            let last = try sql.integer("SELECT MAX(number) FROM change") ?? 0
            for start in stride(from: 0, to: last, by: Int64.Stride(ChangeIndex.step)) {
                try ChangeIndex.extend(from: start, through: min(last, start + ChangeIndex.step), sql)
            }
            try sql.execute("UPDATE vault SET indexed = ?", [.integer(last)])
        }
        note(
            .index, "change_id", "of \(changes) changes \(missing) are not found by their ids, and it has \(rows) rows",
            isRepairable: true, isRepaired: repairs)
        return repairs ? try sql.integer("SELECT indexed FROM vault") ?? 0 : row.indexed
    }

    private mutating func examineChains(_ index: ChangeIndex) throws {
        let epochs = try sql.map(
            "SELECT e.number, e.id, e.sequence, e.chain, s.id FROM epoch e LEFT JOIN station s ON s.number = e.station ORDER BY e.number"
        ) { row in
            (
                number: row.integer(0), id: UniqueID(bytes: row.blob(1)), sequence: row.integer(2), chain: Digest(bytes: row.blob(3)),
                station: UniqueID(bytes: row.blob(4))
            )
        }
        for epoch in epochs {
            guard let id = epoch.id, let station = epoch.station else {
                note(.chain, String(epoch.number), "its epoch or station cannot be read")
                continue
            }
            let end = try examineLinks(epoch.number, Chain.start(station: station, epoch: id), name: "\(station)/\(id)", index)
            if end.sequence != epoch.sequence || end.chain != epoch.chain {
                note(.chain, "\(station)/\(id)", "the head is recorded at \(epoch.sequence), and what was pushed ends at \(end.sequence)")
            }
        }
    }

    /// Recomputes the chain of one epoch from what each push added.
    private mutating func examineLinks(
        _ epoch: Int64, _ start: Digest, name: String, _ index: ChangeIndex
    ) throws -> (sequence: Int64, chain: Digest) {
        var sequence: Int64 = 0
        var chain = start
        let firsts = try sql.map("SELECT first FROM link WHERE epoch = ? ORDER BY first", [.integer(epoch)]) { $0.integer(0) }
        for first in firsts {
            examination.links += 1
            let link = try sql.map("SELECT last, chain, ids FROM link WHERE epoch = ? AND first = ?", [.integer(epoch), .integer(first)]) {
                (last: $0.integer(0), before: Digest(bytes: $0.blob(1)), ids: $0.blob(2))
            }.first
            guard let link else { continue }
            let ids = stride(from: 0, to: link.ids.count - 31, by: 32).compactMap { Digest(bytes: link.ids[$0..<($0 + 32)]) }
            if first != sequence + 1 || link.before != chain {
                note(.chain, name, "what was pushed from \(first) on does not follow what was pushed before")
            }
            if Int64(ids.count) != link.last - first + 1 || link.ids.count % 32 != 0 {
                note(.chain, name, "changes \(first) to \(link.last) are recorded with \(ids.count) ids")
            }
            let missing = try self.missing(ids, index)
            if let one = missing.first { note(.chain, name, "\(missing.count) changes are not there, such as \(one)") }
            chain = Chain.next(link.before ?? chain, ids)
            sequence = link.last
        }
        return (sequence, chain)
    }

    /// Which of these are neither in the log nor in quarantine.
    private func missing(_ ids: [Digest], _ index: ChangeIndex) throws -> [Digest] {
        let logged = try index.numbers(of: ids)
        var held: Set<Digest> = []
        try sql.query("SELECT id FROM quarantine WHERE id IN (?*)", keys: ids.map { .blob($0.bytes) }) { row in
            if let id = Digest(bytes: row.blob(0)) { held.insert(id) }
        }
        return ids.filter { logged[$0] == nil && !held.contains($0) }
    }
}

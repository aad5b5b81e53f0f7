import EntryModel

/// What must be found when an entry is erased: bodies that no merge knows of, and whether those of erased entries are gone.
extension VaultDoctor {
    private static let pageSize = 500

    /// A stored line's body, and what the line is about.
    private struct StoredBody {
        var number: Int64
        var subject: Subject
        var body: [UInt8]
    }

    mutating func examineArchive() throws {
        var last: Int64 = 0
        while true {
            var page: [StoredBody] = []
            var end: Int64?
            try sql.query(
                """
                SELECT number, header, body FROM change WHERE entry IS NULL AND batch IS NULL AND promotion = 0 AND number > ? \
                ORDER BY number LIMIT \(Self.pageSize)
                """, [.integer(last)]
            ) { row in
                end = row.integer(0)
                guard let subject = (try? ChangeHeader(line: row.blob(1))).flatMap(Subject.init) else { return }
                page.append(StoredBody(number: row.integer(0), subject: subject, body: bodies.opened(row.blob(2))))
            }
            guard let end else { break }
            try examineArchived(page)
            try examineErased(page, "change")
            last = end
        }
        let strays = try sql.map(
            """
            SELECT a.subject, a.change FROM archived a LEFT JOIN change c ON c.number = a.change AND c.promotion = 0 \
            WHERE c.number IS NULL ORDER BY a.change
            """
        ) { (subject: $0.text(0), change: $0.integer(1)) }
        for stray in strays {
            if repairs {
                try sql.execute("DELETE FROM archived WHERE subject = ? AND change = ?", [.text(stray.subject), .integer(stray.change)])
            }
            note(
                .archive, String(stray.change), "it is noted as rejected before it was merged, and is not", isRepairable: true,
                isRepaired: repairs)
        }
    }

    /// Each of these must be noted under its subject.
    private mutating func examineArchived(_ page: [StoredBody]) throws {
        var noted: [Int64: Set<String>] = [:]
        try sql.query("SELECT subject, change FROM archived WHERE subject IN (?*)", keys: page.map { .text($0.subject.text) }) { row in
            noted[row.integer(1), default: []].insert(row.text(0))
        }
        for line in page where noted[line.number]?.contains(line.subject.text) != true {
            if repairs {
                try sql.execute(
                    "INSERT INTO archived (subject, change) VALUES (?, ?)", [.text(line.subject.text), .integer(line.number)])
            }
            note(
                .archive, String(line.number), "it was rejected before it was merged, and an erasure would not find it",
                isRepairable: true, isRepaired: repairs)
        }
    }

    mutating func examineQuarantine() throws {
        var last: Int64 = 0
        while true {
            var page: [StoredBody] = []
            var end: Int64?
            try sql.query(
                "SELECT number, header, body FROM quarantine WHERE number > ? ORDER BY number LIMIT \(Self.pageSize)", [.integer(last)]
            ) { row in
                end = row.integer(0)
                guard let subject = (try? ChangeHeader(line: row.blob(1))).flatMap(Subject.init) else { return }
                page.append(StoredBody(number: row.integer(0), subject: subject, body: bodies.opened(row.blob(2))))
            }
            guard let end else { return }
            try examineErased(page, "quarantine")
            last = end
        }
    }

    /// None of these may still have its body when it is about an entry that is erased.
    private mutating func examineErased(_ page: [StoredBody], _ table: String) throws {
        let whole = page.filter { Change.goneBody($0.body) == nil }
        var erased: Set<UniqueID> = []
        let ids = Set(whole.compactMap { if case .entry(let id) = $0.subject { id } else { nil } })
        try sql.query("SELECT id FROM entry WHERE erased = 1 AND id IN (?*)", keys: ids.map { .blob($0.bytes) }) { row in
            if let id = UniqueID(bytes: row.blob(0)) { erased.insert(id) }
        }
        for line in whole {
            guard case .entry(let id) = line.subject, erased.contains(id) else { continue }
            if repairs {
                let gone = bodies.sealed(Change.goneBodyLine(Hash.line(line.body)))
                try sql.execute("UPDATE \(table) SET body = ? WHERE number = ?", [.blob(gone), .integer(line.number)])
            }
            noteStanding(id.description)
        }
    }

    /// As `examineErased`, of what the log has of the entry itself.
    mutating func examineErased(_ number: Int64, _ name: String, _ changes: [Change]) throws {
        let standing = changes.filter { $0.body != nil && $0.header.kind != .erase }
        for change in standing where repairs {
            try sql.execute(
                "UPDATE change SET body = ? WHERE entry = ? AND id = ?",
                [.blob(bodies.sealed(change.goneBodyLine)), .integer(number), .blob(change.id.bytes)])
        }
        if !standing.isEmpty { noteStanding(name) }
    }

    private mutating func noteStanding(_ entry: String) {
        note(.entry, entry, "it is erased, and a body of it still stands", isRepairable: true, isRepaired: repairs)
    }

    /// What stations have proved that they were given names a station and an entry that are there.
    mutating func examineReach() throws {
        let strays = try sql.map(
            """
            SELECT r.station, r.entry FROM reach r LEFT JOIN station s ON s.number = r.station LEFT JOIN entry e ON e.number = r.entry \
            WHERE s.number IS NULL OR e.number IS NULL ORDER BY r.station, r.entry
            """
        ) { (station: $0.integer(0), entry: $0.integer(1)) }
        for stray in strays {
            if repairs {
                try sql.execute("DELETE FROM reach WHERE station = ? AND entry = ?", [.integer(stray.station), .integer(stray.entry)])
            }
            note(
                .key, String(stray.entry), "station \(stray.station) has proved that it was given it, and one of the two is not there",
                isRepairable: true, isRepaired: repairs)
        }
    }
}

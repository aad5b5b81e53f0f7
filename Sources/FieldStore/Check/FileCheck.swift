import EntryModel
import GRDB

/// Looks through a whole file, reads it only, and remembers where what it found is.
struct FileCheck {
    /// Where a finding is.
    enum Place {
        case change(Int64, isOwn: Bool, isSent: Bool)
        case entry(Int64)
        case batch(Int64)
        case key(Int64)
        case elsewhere
    }

    private let database: Database
    private let log: ChangeLog
    private let station: UniqueID?
    private(set) var findings: [(finding: FileFinding, place: Place)] = []

    init(_ database: Database, _ values: PersonalValues, station: UniqueID?) {
        self.database = database
        self.station = station
        log = ChangeLog(database: database, values: values)
    }

    mutating func run() throws {
        try surviving { check in
            try check.database.rows("PRAGMA integrity_check(20)") { row in
                if row.text(0) != "ok" { check.note(.structure, row.text(0), .people, .elsewhere) }
            }
        }
        try surviving { try $0.lines() }
        try surviving { try $0.chains() }
        try surviving { try $0.entries() }
        try surviving { try $0.batches() }
        try surviving { try $0.cursors() }
        try surviving { try $0.leftovers() }
    }

    /// Pages that SQLite cannot read end one part of the check, not the whole.
    private mutating func surviving(_ part: (inout FileCheck) throws -> Void) throws {
        do {
            try part(&self)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
            let text = error.message ?? "a page cannot be read"
            if !findings.contains(where: { $0.finding.kind == .structure && $0.finding.subject == text }) {
                note(.structure, text, .people, .elsewhere)
            }
        }
    }

    private mutating func note(_ kind: FileFinding.Kind, _ subject: String, _ remedy: FileFinding.Remedy, _ place: Place) {
        findings.append((FileFinding(kind, subject, remedy), place))
    }

    // MARK: Changes

    private mutating func lines() throws {
        var sent: [Int64: Int64] = [:]
        try database.rows("SELECT number, acknowledged FROM epoch ORDER BY number") { sent[$0.integer(0)] = $0.integer(1) }
        // Whatever an earlier epoch had and the centre lacked was moved into the present one.
        let present = sent.keys.max() ?? 0
        try database.rows(
            """
            SELECT c.number, c.id, c.header, c.body, c.body_digest, c.epoch, c.sequence, e.id, b.label, p.id
            FROM change c LEFT JOIN entry e ON e.number = c.entry LEFT JOIN batch b ON b.number = c.batch
            LEFT JOIN promotion p ON p.number = coalesce(e.promotion, b.promotion) ORDER BY c.number
            """
        ) { row in
            let line = StoredLine(
                id: try row.digest(1), header: row.blob(2), body: log.values.open(row.blob(3)), bodyDigest: try row.digest(4))
            let soundness = line.soundness
            guard soundness != .whole else { return }
            let epoch = row.optionalInteger(5)
            let isSent = epoch.map { $0 < present || row.integer(6) <= sent[$0] ?? 0 } ?? true
            let subject = try row.isNull(7) ? row.optionalText(8).map { "batch/\(row.text(9))/\($0)" } : "entry \(row.id(7))"
            note(
                soundness == .rottedBody ? .rottedBody : .rottedHeader, subject ?? "a promotion", isSent ? .repairAndSync : .people,
                .change(row.integer(0), isOwn: epoch != nil, isSent: isSent))
        }
    }

    private mutating func chains() throws {
        guard let station else { return }
        // An earlier epoch is closed: its chain proves nothing any more.
        let present = try database.first(
            "SELECT number, id, acknowledged, head, head_chain, durable FROM epoch ORDER BY number DESC LIMIT 1"
        ) { row in
            (
                number: row.integer(0), id: try row.id(1), acknowledged: row.integer(2), head: row.integer(3),
                headChain: try row.digest(4), durable: row.integer(5)
            )
        }
        guard let present else { return }
        var last = (sequence: Int64(0), chain: Chain.start(station: station, epoch: present.id))
        var fault: String?
        try database.rows(
            "SELECT sequence, id, chain FROM change WHERE epoch = ? ORDER BY sequence", [.integer(present.number)]
        ) { row in
            let (sequence, chain) = (row.integer(0), try row.digest(2))
            if sequence == last.sequence + 1 {
                if chain != Chain.next(last.chain, try row.digest(1)) { fault = fault ?? "at change \(sequence)" }
            } else if sequence > present.durable + 1 {
                // What was safe for good at the centre may have left with its entry; nothing else may.
                fault = fault ?? "a gap before change \(sequence)"
            }
            last = (sequence, chain)
        }
        if present.acknowledged > present.head || present.durable > present.acknowledged { fault = fault ?? "its ends cross" }
        if last.sequence == present.head, last.chain != present.headChain { fault = fault ?? "at its end" }
        if last.sequence != present.head, present.head > present.durable { fault = fault ?? "its end is missing" }
        if let fault { note(.chain, fault, .repair, .elsewhere) }
    }

    // MARK: Rows

    private mutating func entries() throws {
        let numbers = try database.list("SELECT number FROM entry ORDER BY number") { $0.integer(0) }
        for number in numbers {
            let changes = try log.changes(of: .entry(number)).map(\.change)
            let expected = EntryRow(Merge.state(of: changes), changes: changes.count)
            let found = try database.first(
                """
                SELECT e.id, b.label, e.envelope, e.card, e.channel, e.flags, e.conflicts, e.changes
                FROM entry e LEFT JOIN batch b ON b.number = e.batch WHERE e.number = ?
                """, [.integer(number)]
            ) { (id: try $0.id(0), row: EntryRow($0)) }
            if let found, found.row != expected { note(.row, "entry \(found.id)", .repair, .entry(number)) }
        }
    }

    private mutating func batches() throws {
        let rows = try database.list(
            """
            SELECT b.number, p.id, b.label, b.closed, b.expected, b.conflicts, b.changes
            FROM batch b JOIN promotion p ON p.number = b.promotion ORDER BY b.number
            """
        ) { row in
            (
                number: row.integer(0), name: "batch/\(row.text(1))/\(row.text(2))",
                row: [row.integer(3), row.optionalInteger(4), row.integer(5), row.integer(6)]
            )
        }
        for (number, name, row) in rows {
            let changes = try log.changes(of: .batch(number)).map(\.change)
            let state = Merge.state(of: changes)
            let isClosed = state["$state"]?.shown(by: .latest)?.assignment.value == .text("closed")
            let expected: [Int64?] = [
                isClosed ? 1 : 0, state["$expected"]?.shown(by: .latest)?.assignment.value.integer, Int64(state.conflicts.count),
                Int64(changes.count),
            ]
            if row != expected { note(.row, name, .repair, .batch(number)) }
        }
    }

    // MARK: The rest

    private mutating func cursors() throws {
        let rows = try database.list("SELECT number, name, position, digest, checkpoints FROM feed_key ORDER BY number") { row in
            (number: row.integer(0), name: row.text(1), isSound: Self.isSound(row))
        }
        for row in rows where !row.isSound { note(.cursor, row.name, .repairAndSync, .key(row.number)) }
    }

    private static func isSound(_ row: SQLRow) -> Bool {
        guard FeedKey(row.text(1)) != nil else { return false }
        guard !row.isNull(2) else { return true }
        guard let digest = try? row.digest(3),
            let cursor = try? FeedCursor(position: row.integer(2), digest: digest, checkpoints: row.blob(4))
        else { return false }
        let positions = [row.integer(2)] + cursor.checkpoints.map(\.position)
        return positions.allSatisfy { $0 >= 0 } && zip(positions, positions.dropFirst()).allSatisfy { $0 > $1 }
    }

    private mutating func leftovers() throws {
        for (name, sql) in Self.leftovers {
            let count = try database.integer("SELECT count(*) \(sql)")
            if count > 0 { note(.leftover, "\(count) of \(name)", .repair, .elsewhere) }
        }
    }

    static let leftovers = [
        (name: "holding", sql: "FROM holding WHERE entry NOT IN (SELECT number FROM entry)"),
        (name: "unconfirmed", sql: "FROM unconfirmed WHERE change NOT IN (SELECT number FROM change)"),
        (name: "look_up", sql: "FROM look_up WHERE entry NOT IN (SELECT number FROM entry)"),
    ]
}

/// What an entry's row says, or should say.
private struct EntryRow: Equatable {
    var batch: String?
    var envelope: Int64?
    var card: Int64?
    var channel: String?
    var flags: Int64
    var conflicts: Int64
    var changes: Int64

    init(_ state: EntryState, changes: Int) {
        let placing = EntryPlacing(state)
        (batch, envelope, card, channel) = (placing.batch, placing.envelope, placing.card, placing.channel)
        flags =
            switch state.void {
            case .no: 0
            case .void: EntryRecord.Flag.void
            case .contested: EntryRecord.Flag.contested
            }
        if state.isErased { flags |= EntryRecord.Flag.erased }
        conflicts = Int64(state.conflicts.count)
        self.changes = Int64(changes)
    }

    /// Reads the columns from 1 on; where the entry is on its way out is no matter of its changes.
    init(_ row: SQLRow) {
        batch = row.optionalText(1)
        envelope = row.optionalInteger(2)
        card = row.optionalInteger(3)
        channel = row.optionalText(4)
        flags = row.integer(5) & ~(EntryRecord.Flag.leaving | EntryRecord.Flag.hidden)
        conflicts = row.integer(6)
        changes = row.integer(7)
    }
}

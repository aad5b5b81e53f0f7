import EntryModel

/// Adds accepted changes to the logs of their entries and batches, and to the feed of every key these are in.
final class EntryLog {
    private struct EntryRow {
        var number: Int64
        var promotion: Int64
        var isErased: Bool
        var changes: Int64
    }

    let writer: LogWriter
    private let catalogue: Catalogue
    private var rows: [UniqueID: EntryRow] = [:]
    private var logs: [Subject: SubjectLog] = [:]
    private var order: [SubjectLog] = []
    private var entitlements: Set<[Int64]> = []
    private var makers: [String: Int64?] = [:]
    /// Entries that came into a key, or passed through a batch within one message.
    private(set) var entered: Set<Subject> = []
    /// The keys of batches that stations may read from now on and could not before, by station.
    private(set) var admitted: [Int64: Set<String>] = [:]

    init(_ writer: LogWriter, _ catalogue: Catalogue) {
        self.writer = writer
        self.catalogue = catalogue
    }

    /// Finds the entries among the subjects that the vault has.
    func look(for subjects: Set<Subject>) throws {
        rows = [:]
        var ids: [SQLValue] = []
        for case .entry(let id) in subjects { ids.append(.blob(id.bytes)) }
        try writer.sql.query("SELECT id, number, promotion, erased, changes FROM entry WHERE id IN (?*)", keys: ids) { row in
            guard let id = UniqueID(bytes: row.blob(0)) else { return }
            rows[id] = EntryRow(number: row.integer(1), promotion: row.integer(2), isErased: row.integer(3) != 0, changes: row.integer(4))
        }
    }

    /// Lends the ids of all changes that the log has of subjects that were looked for.
    func eachID(of subjects: Set<Subject>, _ note: (any SQLRow) throws -> Void) throws {
        let entries = rows.values.map { SQLValue.integer($0.number) }
        try writer.sql.query("SELECT id FROM change WHERE entry IN (?*)", keys: entries, note)
        var batches: [SQLValue] = []
        for case .batch(let promotion, let label) in subjects {
            guard let item = catalogue.promotions[promotion] else { continue }
            let found = try writer.sql.integer(
                "SELECT number FROM batch WHERE promotion = ? AND label = ?", [.integer(item.number), .text(label)])
            if let found { batches.append(.integer(found)) }
        }
        try writer.sql.query("SELECT id FROM change WHERE batch IN (?*)", keys: batches, note)
    }

    /// The number of an entry that was looked for and that the vault has.
    func number(of entry: UniqueID) -> Int64? { rows[entry]?.number }

    /// Whether a change of that promotion may be about the subject: an entry belongs to one promotion for ever.
    func fits(_ subject: Subject, promotion: Int64) -> Bool {
        guard case .entry(let id) = subject, let row = rows[id] else { return true }
        return row.promotion == promotion
    }

    /// Whether the subject is an entry of that promotion that was looked for and is erased.
    func isErased(_ subject: Subject, in promotion: Int64) -> Bool {
        guard case .entry(let id) = subject, let row = rows[id] else { return false }
        return row.isErased && row.promotion == promotion
    }

    /// Writes changes, in order, to the log and the feed.
    ///
    /// - Parameter changes: None of them is in the log. Their entries were looked for.
    /// - Returns: Those that were not written because a field would have too many heads, or that wait behind such a one.
    func store(_ changes: [Intake.Accepted]) throws -> [(Intake.Accepted, Problem.Code)] {
        logs = Dictionary(minimumCapacity: changes.count)
        order = []
        var logOfChange: [SubjectLog?] = []
        logOfChange.reserveCapacity(changes.count)
        for change in changes {
            let log = try subjectLog(of: change)
            log?.added.append(change)
            logOfChange.append(log)
        }
        try loadLogs()
        var aside: [(Intake.Accepted, Problem.Code)] = []
        for log in order where !log.isErased { aside += log.settle() }
        let rejected = Set(aside.map(\.0.read.change.id))
        for (change, log) in zip(changes, logOfChange) {
            guard let log, rejected.isEmpty || !rejected.contains(change.read.change.id) else { continue }
            try write(change, to: log)
        }
        try writer.flush()
        return aside
    }

    private func subjectLog(of change: Intake.Accepted) throws -> SubjectLog? {
        guard let subject = change.read.subject else { return nil }
        if let log = logs[subject] { return log }
        guard let item = catalogue.promotions[change.read.change.header.form.id] else { return nil }
        let log: SubjectLog
        switch subject {
        case .entry(let id):
            if let row = rows[id] {
                log = SubjectLog(
                    subject, item, number: row.number, isNew: false, isErased: row.isErased, existingCount: row.changes)
            } else {
                log = SubjectLog(subject, item, number: writer.nextEntry(), isNew: true)
                rows[id] = EntryRow(number: log.number, promotion: item.number, isErased: false, changes: 0)
            }
        case .batch(_, let label): log = try batchLog(subject, item, label)
        }
        logs[subject] = log
        order.append(log)
        return log
    }

    private func batchLog(_ subject: Subject, _ item: Catalogue.Item, _ label: String) throws -> SubjectLog {
        let found = try writer.sql.map(
            "SELECT number, changes FROM batch WHERE promotion = ? AND label = ?", [.integer(item.number), .text(label)]
        ) { ($0.integer(0), $0.integer(1)) }.first
        if let (number, changes) = found { return SubjectLog(subject, item, number: number, isNew: false, existingCount: changes) }
        writer.row.lastBatch += 1
        return SubjectLog(subject, item, number: writer.row.lastBatch, isNew: true)
    }

    /// Loads what the log has of the subjects that are being added to; usually little, and nothing for new entries.
    private func loadLogs() throws {
        for column in ["entry", "batch"] {
            var byNumber: [Int64: SubjectLog] = [:]
            for log in order where !log.isNew && !log.isErased && log.isEntry == (column == "entry") { byNumber[log.number] = log }
            guard !byNumber.isEmpty else { continue }
            try writer.sql.query(
                "SELECT \(column), number, header, body FROM change WHERE \(column) IN (?*) ORDER BY number",
                keys: byNumber.keys.sorted().map { .integer($0) }
            ) { row in
                let change = try LogChange.read(row, header: 2, body: 3, writer.bodies)
                byNumber[row.integer(0)]?.existing.append((row.integer(1), change))
            }
        }
    }

    // MARK: Writing

    private func write(_ accepted: Intake.Accepted, to log: SubjectLog) throws {
        var place: LogWriter.ChainPlace?
        if let origin = accepted.origin, let sequence = accepted.sequence {
            place = LogWriter.ChainPlace(epoch: origin.epochNumber, sequence: sequence)
        }
        let isPlaced = log.isPlaced
        if !isPlaced { try writeRow(log) }
        let isErase = accepted.read.change.header.kind == .erase
        let number = try writer.insert(
            accepted.read.change, promotion: log.promotion.number, entry: log.isEntry ? log.number : nil,
            batch: log.isEntry ? nil : log.number,
            place: place, isErased: (log.isErased || log.becomesErased) && !isErase)
        // An erased entry has no heads anywhere; what still comes for it is kept as its digest and goes no further.
        if log.isErased || log.becomesErased {
            if isErase { try feedErase(log, change: number, id: accepted.read.change.id) }
            return
        }
        if !isPlaced { try findKeys(log) }
        for key in try log.isEntry ? log.keys : batchKeys(log, accepted) {
            // Where the entry has just come in, its maker gets this line as well: it may drop the entry by another key before it reads this one.
            let isToAll = accepted.isReleased || log.enteredKeys.contains(key.number)
            writer.feed(key, change: number, id: accepted.read.change.id, place: isToAll ? nil : place)
        }
        if log.promotion.sharing == .batch, let maker = try accepted.origin?.stationNumber ?? maker(of: accepted.read.change) {
            try entitle(maker, log, by: accepted.read.change)
        }
        if accepted.isReleased { try tellMaker(accepted, log, number) }
    }

    /// The maker of a change that was released has to learn that it waits no longer, also where it reads none of the entry's keys.
    private func tellMaker(_ accepted: Intake.Accepted, _ log: SubjectLog, _ number: Int64) throws {
        guard case .entry(let id) = log.subject, log.promotion.sharing != .all, let maker = accepted.origin else { return }
        let own = try writer.key(.station(promotion: log.promotion.newest.id, station: maker.station))
        guard try !log.keys.contains(where: { try $0 == own || isEntitled(maker.stationNumber, to: $0) }) else { return }
        try writer.tell(own, change: number, id: accepted.read.change.id, entry: log.number, id)
    }

    /// Writes the entry's or batch's row as it is after all changes of this transaction.
    private func writeRow(_ log: SubjectLog) throws {
        log.isPlaced = true
        let changes = SQLValue.integer(log.existingCount + Int64(log.added.count))
        let conflicts = SQLValue.integer(Int64(log.isPlainCapture ? 0 : log.state.conflicts.count))
        guard case .entry(let id) = log.subject else { return try writeBatchRow(log, conflicts: conflicts, changes: changes) }
        if log.becomesErased { return try writeErasedRow(log, id, changes: changes) }
        if log.isErased {
            try writer.sql.execute("UPDATE entry SET changes = ? WHERE number = ?", [changes, .integer(log.number)])
            return
        }
        let void: Int64 = log.isPlainCapture ? 0 : log.state.void.code
        let shown: [SQLValue] = [
            .optional(log.origin.batch), .optional(log.origin.envelope), .optional(log.origin.card), .optional(log.origin.channel),
            .integer(void),
        ]
        if log.isNew {
            writer.insertEntry(
                [.integer(log.number), .blob(id.bytes), .integer(log.promotion.number)] + shown + [.integer(0), conflicts, changes])
        } else {
            try writer.sql.execute(
                "UPDATE entry SET batch = ?, envelope = ?, card = ?, channel = ?, void = ?, conflicts = ?, changes = ? WHERE number = ?",
                shown + [conflicts, changes, .integer(log.number)])
        }
    }

    private func writeBatchRow(_ log: SubjectLog, conflicts: SQLValue, changes: SQLValue) throws {
        guard case .batch(_, let label) = log.subject else { return }
        if log.isNew {
            try writer.sql.execute(
                "INSERT INTO batch (number, promotion, label, conflicts, changes) VALUES (?, ?, ?, ?, ?)",
                [.integer(log.number), .integer(log.promotion.number), .text(label), conflicts, changes])
        } else {
            try writer.sql.execute(
                "UPDATE batch SET conflicts = ?, changes = ? WHERE number = ?", [conflicts, changes, .integer(log.number)])
        }
    }

    // MARK: Keys

    /// Finds the entry's keys, writes its history to those that it enters, and takes it out of those that it leaves.
    private func findKeys(_ log: SubjectLog) throws {
        guard case .entry(let id) = log.subject else { return }
        let promotion = log.promotion.newest.id
        if log.promotion.sharing == .all {
            log.keys = [try writer.key(.promotion(promotion))]
            return
        }
        var keys = log.capturers.sorted().map { FeedKey.station(promotion: promotion, station: $0) }
        if log.promotion.sharing == .batch {
            keys += Set(log.batchLabels).sorted().filter(Identifier.isBatchLabel).map { .batch(promotion: promotion, label: $0) }
        }
        log.keys = try keys.map(writer.key)
        try move(log, id, to: log.keys)
        // Where it was for no longer than a message no key tells of, and yet somebody may have changed it there.
        if !log.isPlainCapture, log.promotion.sharing == .batch, log.added.contains(where: { $0.read.change.batchLabel != nil }) {
            entered.insert(log.subject)
        }
    }

    private func move(_ log: SubjectLog, _ id: UniqueID, to keys: [LogWriter.KeyReference]) throws {
        var before: Set<Int64> = []
        if !log.isNew {
            try writer.sql.query("SELECT feed_key FROM membership WHERE entry = ?", [.integer(log.number)]) { before.insert($0.integer(0)) }
        }
        for key in keys where before.remove(key.number) == nil {
            entered.insert(log.subject)
            if !log.isNew { log.enteredKeys.insert(key.number) }
            writer.enter(key, entry: log.number)
            // Nobody's own lines are left out here: a station that saw the entry leave has dropped them.
            for (number, change) in log.existing { writer.feed(key, change: number, id: change.id) }
        }
        for number in before.sorted() {
            let name = try writer.sql.map("SELECT name FROM feed_key WHERE number = ?", [.integer(number)]) { $0.text(0) }.first
            guard let name else { throw SQLFailure(.damaged, "an entry is in a key that does not exist") }
            try writer.leave(LogWriter.KeyReference(number: number, digest: FeedDigest.key(name)), entry: log.number, id: id)
        }
    }

    /// The keys of one change of a batch. It holds no personal data, so a station gets back what it made itself even when it shares nothing.
    private func batchKeys(_ log: SubjectLog, _ accepted: Intake.Accepted) throws -> [LogWriter.KeyReference] {
        guard case .batch(let promotion, let label) = log.subject else { return [] }
        switch log.promotion.sharing {
        case .all: return [try writer.key(.promotion(promotion))]
        case .batch: return [try writer.key(.batch(promotion: promotion, label: label))]
        case .own:
            // What staff reject has to go where it stands.
            let target = accepted.read.change.header.target
            let made = target.flatMap { target in log.changes.first { $0.id == target } } ?? accepted.read.change
            guard let station = UniqueID(made.header.station) else { return [] }
            return [try writer.key(.station(promotion: promotion, station: station))]
        }
    }

    /// The station that made a change which came back by other hands; `nil` for the centre itself.
    private func maker(of change: Change) throws -> Int64? {
        let name = change.header.station
        if let known = makers[name] { return known }
        let number = try UniqueID(name).flatMap { try StationRow.read(writer.sql, $0)?.number }
        makers[name] = .some(number)
        return number
    }

    /// A station that works on a batch, or on an entry in it, may read the batch from now on: also one that it put the entry into, and that the
    /// entry has left since.
    private func entitle(_ station: Int64, _ log: SubjectLog, by change: Change) throws {
        var labels: [String]
        if case .batch(_, let label) = log.subject { labels = [label] } else { labels = log.batchLabels }
        if !log.isPlainCapture, let label = change.batchLabel, !labels.contains(label) { labels.append(label) }
        for label in labels where Identifier.isBatchLabel(label) {
            let key = try writer.key(.batch(promotion: log.promotion.newest.id, label: label))
            guard entitlements.insert([station, key.number]).inserted else { continue }
            let added = try writer.sql.execute(
                "INSERT INTO entitlement (station, feed_key) VALUES (?, ?) ON CONFLICT (station, feed_key) DO NOTHING",
                [.integer(station), .integer(key.number)])
            if added > 0 {
                admitted[station, default: []].insert(FeedKey.batch(promotion: log.promotion.newest.id, label: label).description)
            }
        }
    }

    private func isEntitled(_ station: Int64, to key: LogWriter.KeyReference) throws -> Bool {
        if entitlements.contains([station, key.number]) { return true }
        return try writer.sql.integer(
            "SELECT 1 FROM entitlement WHERE station = ? AND feed_key = ?", [.integer(station), .integer(key.number)]) != nil
    }
}

extension Change {
    /// The batch into which it puts its entry.
    var batchLabel: String? { body?.assignment(of: "$batch")?.value.text }
}

extension SubjectLog {
    var isEntry: Bool { if case .entry = subject { true } else { false } }
}

extension EntryState.Void {
    /// As the entry's row has it.
    var code: Int64 {
        switch self {
        case .no: 0
        case .void: 1
        case .contested: 2
        }
    }

    init(code: Int64) {
        self = code == 1 ? .void : code == 2 ? .contested : .no
    }
}

/// Reads changes back from the log.
enum LogChange {
    static func read(_ row: any SQLRow, header: Int, body: Int, _ bodies: BodyStore) throws -> Change {
        do throws(ChangeError) {
            return try Change(headerLine: row.blob(header), bodyLine: bodies.opened(row.blob(body)))
        } catch {
            throw SQLFailure(.damaged, "a change in the log cannot be read")
        }
    }
}

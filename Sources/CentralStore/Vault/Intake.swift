import EntryModel

/// Decides for each incoming change whether it goes into the log or into quarantine.
///
/// A change that the log has is passed over. One that cannot be merged is kept as it came, with the reason; later changes of the same entry
/// by the same station wait behind it; all others go on.
struct Intake {
    /// A change that goes into the log.
    struct Accepted {
        var read: ReadChange
        /// `nil` for a change by the centre.
        var origin: ChangeOrigin?
        var sequence: Int64?
        /// Its maker holds it as quarantined and has to get it back from the feed.
        var isReleased: Bool
    }

    private let writer: LogWriter
    private let catalogue: Catalogue
    private let log: EntryLog
    private var blocked: Set<Subject> = []
    private var known: Set<Digest> = []
    private var rejected: Set<Digest> = []
    /// Batches that the changes taken so far were made in or on.
    private var touched: Set<String> = []
    /// Entries that the changes taken so far captured: their maker may go on with them, though no key has them yet.
    private var captured: Set<UniqueID> = []
    private(set) var accepted: [Accepted] = []

    init(_ writer: LogWriter, _ catalogue: Catalogue) {
        self.writer = writer
        self.catalogue = catalogue
        log = EntryLog(writer, catalogue)
    }

    /// Takes changes in, in order, and writes them to the log and the feed or to the quarantine.
    ///
    /// - Parameters:
    ///   - changes: At most a message's.
    ///   - origin: `nil` for changes by the centre, and for those that it took before.
    ///   - isRelease: They were in quarantine until now.
    ///   - isTrusted: Staff vouch for them: nothing is asked but whether they can be merged.
    mutating func take(
        _ changes: some Collection<IncomingChange>, from origin: ChangeOrigin?, isRelease: Bool = false, isTrusted: Bool = false
    ) throws {
        try look(for: changes, from: origin)
        accepted.removeAll(keepingCapacity: true)
        accepted.reserveCapacity(changes.count)
        let station = origin?.station.description ?? ChangeHeader.central
        var refused: [Digest] = []
        for change in changes where known.insert(change.id).inserted {
            if rejected.contains(change.id) {
                try archive(change, origin)
                refused.append(change.id)
            } else if let problem = try problem(of: change, from: station, isTrusted ? nil : origin) {
                try quarantine(change, problem, origin)
            } else if case .change(let read) = change.content {
                accepted.append(Accepted(read: read, origin: origin, sequence: change.sequence, isReleased: isRelease))
            }
        }
        for (rejected, problem) in try log.store(accepted) {
            try quarantine(IncomingChange(rejected.read, sequence: rejected.sequence), problem, rejected.origin)
        }
        if let origin { try writer.tellRejections(of: refused, to: origin.station, catalogue) }
        // A move that came late, as after a restore, may be what a change in quarantine was refused for; so may one that waited there itself.
        guard writer.row.quarantined > 0 else { return }
        for subject in log.entered { try Quarantine.release(subject, writer, catalogue) }
        for (station, keys) in log.admitted.sorted(by: { $0.key < $1.key }) {
            try Quarantine.releaseRefused(of: station, in: keys, writer, catalogue)
        }
    }

    /// Finds out what of it the vault has: ids in the log or in quarantine, entries, and entries that wait.
    private mutating func look(for changes: some Collection<IncomingChange>, from origin: ChangeOrigin?) throws {
        let ids = changes.map { SQLValue.blob($0.id.bytes) }
        known = Set(minimumCapacity: changes.count)
        rejected = []
        blocked = []
        func note(_ row: any SQLRow) { if let id = Digest(bytes: row.blob(0)) { known.insert(id) } }
        var subjects: Set<Subject> = []
        subjects.reserveCapacity(changes.count)
        for change in changes { if let subject = change.subject { subjects.insert(subject) } }
        try log.look(for: subjects)
        if writer.row.rejected > 0 {
            try writer.sql.query("SELECT target FROM rejected WHERE target IN (?*)", keys: ids) { row in
                if let id = Digest(bytes: row.blob(0)) { rejected.insert(id) }
            }
        }
        try log.eachID(of: subjects, note)
        // What the log keeps without its subject: a `reject` may be, and what was rejected.
        let alone = changes.filter { $0.subject == nil || $0.header?.target != nil || rejected.contains($0.id) }
        try writer.sql.query(
            "SELECT id FROM change WHERE entry IS NULL AND batch IS NULL AND id IN (?*)", keys: alone.map { .blob($0.id.bytes) }, note)
        guard writer.row.quarantined > 0 else { return }
        try writer.sql.query("SELECT id FROM quarantine WHERE id IN (?*)", keys: ids, note)
        let bySubject = Dictionary(subjects.map { ($0.text, $0) }, uniquingKeysWith: { first, _ in first })
        try writer.sql.query(
            "SELECT DISTINCT subject, station FROM quarantine WHERE subject IN (?*)", keys: bySubject.keys.map { .text($0) }
        ) { row in
            // Nobody has seen what another station holds in quarantine, so nobody builds on it, and nobody can hold up others by it.
            if row.integer(1) == origin?.stationNumber ?? 0, let subject = bySubject[row.text(0)] { blocked.insert(subject) }
        }
    }

    // MARK: What is wrong with a change

    private mutating func problem(of incoming: IncomingChange, from station: String, _ origin: ChangeOrigin?) throws -> Problem.Code? {
        switch incoming.content {
        case .unreadable(let lines):
            switch lines.error {
            case .line(_, let error): return error.reason == .tooLong ? .overLimit : .badLine
            }
        case .change(let read):
            guard let origin else { return isInItsPromotion(read) ? nil : .notEntitled }
            return try problem(of: read, from: station, origin)
        }
    }

    private func isInItsPromotion(_ read: ReadChange) -> Bool {
        guard let subject = read.subject, let item = catalogue.promotions[read.change.header.promotion] else { return false }
        return log.fits(subject, promotion: item.number)
    }

    private mutating func problem(of read: ReadChange, from station: String, _ origin: ChangeOrigin) throws -> Problem.Code? {
        let header = read.change.header
        guard header.station == station else { return .notEntitled }
        switch header.kind {
        case .erase, .reject, .document: return .notEntitled
        case .set, .void, .restore, .verify: break
        }
        guard let item = catalogue.promotions[header.promotion] else { return .unknownPromotion }
        // Nothing is merged of what comes for an erased entry, and nothing but its digest may be kept, whatever else is to be said of it.
        if let subject = read.subject, log.isErased(subject, in: item.number) { return nil }
        guard origin.assigned.contains(header.promotion) else { return .notEntitled }
        guard let document = item.versions[header.form.version] else { return .unknownForm }
        guard let body = read.change.body else { return .badDigest }
        guard let subject = read.subject else { return .badLine }
        guard areFields(body, of: subject, document), setsOnlyItsOwn(header.kind, body) else { return .unknownField }
        guard log.fits(subject, promotion: item.number) else { return .notEntitled }
        // What waits may be what brings the entry within reach, so that comes first.
        if blocked.contains(subject) { return .waits }
        if item.sharing != .all {
            guard try isWithinReach(read, origin) else { return .notEntitled }
            noteReach(read, subject, body)
        }
        return nil
    }

    /// Whether everything that the body sets or verifies is a field of the form, or reserved for subjects of its kind.
    private func areFields(_ body: ChangeBody, of subject: Subject, _ document: Catalogue.Document) -> Bool {
        let isBatch = if case .batch = subject { true } else { false }
        var place = 0
        for index in body.set.indices {
            guard isField(body.set[index].field, ofBatch: isBatch, document, from: &place) else { return false }
        }
        return body.verify.allSatisfy { isField($0.field, ofBatch: isBatch, document, from: &place) }
    }

    private func isField(_ name: String, ofBatch isBatch: Bool, _ document: Catalogue.Document, from place: inout Int) -> Bool {
        guard name.utf8.first == UInt8(ascii: "$") else { return !isBatch && document.hasField(name, from: &place) }
        return isBatch == (name == "$state" || name == "$expected" || name.hasPrefix("$envelope."))
    }

    /// Whether `$void` is set by the kinds that set it and by no other: what a `set` says cannot make an entry void.
    private func setsOnlyItsOwn(_ kind: ChangeHeader.Kind, _ body: ChangeBody) -> Bool {
        switch kind {
        case .set:
            for index in body.set.indices where body.set[index].field == "$void" { return false }
            return true
        case .void, .restore: return body.set.allSatisfy { $0.field == "$void" && $0.value == .bool(kind == .void) }
        default: return body.set.isEmpty
        }
    }

    // MARK: What is within a station's reach

    /// Whether a station may change an entry: the change captures it, as two stations may capture one card; or it is or was in a key that the
    /// station reads; or the station was given it before the vault was restored.
    ///
    /// An entry that nobody has captured is within no reach: its capture was rejected, or comes back to a restored centre only later, and then the
    /// change goes on.
    private func isWithinReach(_ read: ReadChange, _ origin: ChangeOrigin) throws -> Bool {
        guard case .entry(let id)? = read.subject else { return true }
        if captured.contains(id) { return true }
        if read.change.header.kind == .set, read.change.body?.base.isEmpty == true { return true }
        guard let entry = log.number(of: id) else { return false }
        let promotion = read.change.header.promotion
        let isInKey = try EntryLog.keys(of: entry, writer.sql).contains { name in
            switch FeedKey(name) {
            case .station(_, let station): station == origin.station
            case .batch(_, let label): try reads(label, of: promotion, origin)
            case .promotion, .documents, nil: false
            }
        }
        if try isInKey || Reach.contains(entry, of: origin.stationNumber, writer.sql) { return true }
        guard catalogue.promotions[promotion]?.sharing == .batch else { return false }
        // By the log and not by the feed: two moves that came in one message leave no trace there. Whether they did is chance, and after a restore
        // they mostly do.
        return try EntryLog.labelsEver(of: entry, writer).contains { try reads($0, of: promotion, origin) }
    }

    private func reads(_ label: String, of promotion: String, _ origin: ChangeOrigin) throws -> Bool {
        try touched.contains(label) || isEntitled(origin.stationNumber, FeedKey.batch(promotion: promotion, label: label).description)
    }

    private func isEntitled(_ station: Int64, _ key: String) throws -> Bool {
        let sql = "SELECT 1 FROM entitlement e JOIN feed_key k ON k.number = e.feed_key WHERE k.name = ? AND e.station = ?"
        return try writer.sql.integer(sql, [.text(key), .integer(station)]) != nil
    }

    /// What a station captures, and what it does in a batch, widens what it may change, from the same message on.
    private mutating func noteReach(_ read: ReadChange, _ subject: Subject, _ body: ChangeBody) {
        switch subject {
        case .entry(let id): if read.change.header.kind == .set, body.base.isEmpty { captured.insert(id) }
        case .batch(_, let label): touched.insert(label)
        }
        if let label = read.change.batchLabel { touched.insert(label) }
    }

    private func archive(_ change: IncomingChange, _ origin: ChangeOrigin?) throws {
        var place: LogWriter.ChainPlace?
        if let origin, let sequence = change.sequence { place = LogWriter.ChainPlace(epoch: origin.epochNumber, sequence: sequence) }
        var change = change
        // Of an erased entry only the digest may be kept.
        if let promotion = change.header.flatMap({ catalogue.promotions[$0.promotion] }), let subject = change.subject,
            log.isErased(subject, in: promotion.number)
        {
            change = change.withoutBody
        }
        try writer.archive(change, place: place)
    }

    private mutating func quarantine(_ change: IncomingChange, _ problem: Problem.Code, _ origin: ChangeOrigin?) throws {
        let header = change.header
        let subject = change.subject
        if let subject { blocked.insert(subject) }
        writer.row.lastQuarantine += 1
        writer.row.quarantined += 1
        try writer.sql.insert(
            into: "quarantine",
            columns: [
                "number", "id", "station", "epoch", "sequence", "subject", "promotion", "problem", "received", "header", "body",
            ],
            values: [
                .integer(writer.row.lastQuarantine), .blob(change.id.bytes), .integer(origin?.stationNumber ?? 0),
                .integer(origin?.epochNumber ?? 0), .integer(change.sequence ?? 0), .optional(subject?.text), .optional(header?.promotion),
                .text(problem.rawValue), .integer(change.received ?? writer.now), .blob(change.headerLine),
                .blob(writer.bodies.sealed(change.bodyLine)),
            ])
    }
}

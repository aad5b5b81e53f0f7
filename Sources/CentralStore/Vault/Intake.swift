import EntryModel

/// Decides for each incoming change whether it goes into the log or into quarantine.
///
/// A change that the log has is passed over. One that cannot be merged is kept as it came, with the reason; later changes of the same entry
/// wait behind it; all others go on.
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
    ///   - isRelease: They were in quarantine until now.
    mutating func take(_ changes: some Collection<IncomingChange>, from origin: ChangeOrigin?, isRelease: Bool = false) throws {
        try look(for: changes)
        accepted.removeAll(keepingCapacity: true)
        accepted.reserveCapacity(changes.count)
        let station = origin?.station.description ?? ChangeHeader.central
        for change in changes where known.insert(change.id).inserted {
            if let problem = problem(of: change, from: station, origin) {
                try quarantine(change, problem, origin)
            } else if case .change(let read) = change.content {
                accepted.append(Accepted(read: read, origin: origin, sequence: change.sequence, isReleased: isRelease))
            }
        }
        for (rejected, problem) in try log.store(accepted) {
            try quarantine(IncomingChange(rejected.read, sequence: rejected.sequence), problem, rejected.origin)
        }
    }

    /// Finds out what of it the vault has: ids in the log or in quarantine, entries, and entries that wait.
    private mutating func look(for changes: some Collection<IncomingChange>) throws {
        let ids = changes.map { SQLValue.blob($0.id.bytes) }
        known = Set(minimumCapacity: changes.count)
        blocked = []
        func note(_ row: any SQLRow) { if let id = Digest(bytes: row.blob(0)) { known.insert(id) } }
        try writer.sql.query("SELECT id FROM change WHERE id IN (?*)", keys: ids, note)
        var subjects: Set<Subject> = []
        subjects.reserveCapacity(changes.count)
        for change in changes { if let subject = change.subject { subjects.insert(subject) } }
        try log.look(for: subjects)
        guard writer.row.quarantined > 0 else { return }
        try writer.sql.query("SELECT id FROM quarantine WHERE id IN (?*)", keys: ids, note)
        let bySubject = Dictionary(subjects.map { ($0.text, $0) }, uniquingKeysWith: { first, _ in first })
        try writer.sql.query(
            "SELECT DISTINCT subject FROM quarantine WHERE subject IN (?*)", keys: bySubject.keys.map { .text($0) }
        ) { row in
            if let subject = bySubject[row.text(0)] { blocked.insert(subject) }
        }
    }

    // MARK: What is wrong with a change

    private func problem(of incoming: IncomingChange, from station: String, _ origin: ChangeOrigin?) -> Problem.Code? {
        switch incoming.content {
        case .unreadable(.line(_, let error)): return error.reason == .tooLong ? .overLimit : .badLine
        case .change(let read):
            guard let origin else { return nil }
            return problem(of: read, from: station, origin)
        }
    }

    private func problem(of read: ReadChange, from station: String, _ origin: ChangeOrigin) -> Problem.Code? {
        let header = read.change.header
        guard header.station == station else { return .notEntitled }
        switch header.kind {
        case .erase, .reject, .document: return .notEntitled
        case .set, .void, .restore, .verify: break
        }
        guard let item = catalogue.promotions[header.promotion] else { return .unknownPromotion }
        guard origin.assigned.contains(header.promotion) else { return .notEntitled }
        guard let document = item.versions[header.form.version] else { return .unknownForm }
        guard let body = read.change.body else { return .badDigest }
        guard let subject = read.subject else { return .badLine }
        guard areFields(body, of: subject, document) else { return .unknownField }
        guard log.fits(subject, promotion: item.number) else { return .notEntitled }
        return blocked.contains(subject) ? .waits : nil
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

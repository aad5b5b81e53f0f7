import EntryModel

@testable import CentralStore

/// What stands in the centre's database, read row by row.
struct CentreLog {
    /// One entry or batch.
    struct Subject {
        var promotion: String
        /// The entry's id in lower case; of a batch `batch/P/LABEL`.
        var text: String
        var entry: UniqueID?
        var changes: [Change] = []
    }

    struct FeedRow {
        var position: Int64
        /// Of a change row.
        var change: Digest?
        var entry: UniqueID?
    }

    var ids: [Digest] = []
    var byStations: Set<Digest> = []
    /// What staff rejected before it was merged: kept, and of no subject any more.
    var archived: Set<Digest> = []
    /// The entries that these were about, by the stations that made them.
    private var archivedWork: Set<String> = []
    /// By entry, those of them whose bodies are still there.
    private(set) var archivedBodies: [UniqueID: [Digest]] = [:]
    /// Rejections that the log has of no subject.
    var blind: Set<Digest> = []
    /// The rejections of each change that was rejected.
    private(set) var rejects: [Digest: [Digest]] = [:]
    var quarantine: [(id: Digest, station: UniqueID?, problem: String, promotion: String)] = []
    /// By their text.
    private(set) var subjects: [String: Subject] = [:]
    /// By promotion, in the order of their texts.
    private(set) var ordered: [String: [Subject]] = [:]
    /// By key.
    var feed: [String: [FeedRow]] = [:]
    /// Labels of the batches that a station may read, by station and promotion.
    var entitled: [UniqueID: [String: Set<String>]] = [:]
    var assigned: [UniqueID: [String]] = [:]

    /// Everything that the centre has: in the log, or in quarantine.
    var all: Set<Digest> { Set(ids).union(quarantine.map(\.id)) }

    /// - Parameter reading: What was read before; bytes that are the same need not be parsed again.
    init(_ vault: Vault, _ reading: ChangeReading) async throws {
        self = try vault.connection.blockingTransaction(.read) { try CentreLog($0, reading) }
    }

    private init(_ sql: any SQLTransaction, _ reading: ChangeReading) throws {
        try sql.query("SELECT id, header, body, promotion, entry IS NULL AND batch IS NULL FROM change ORDER BY number", []) { row in
            guard let id = Digest(bytes: row.blob(0)) else { throw Violation("the centre's log has something that is no id") }
            ids.append(id)
            guard row.integer(3) != 0 else {
                archived.insert(id)
                if let header = try? ChangeHeader(line: row.blob(1)), case .entry(let entry) = header.subject {
                    archivedWork.insert("\(header.station) \(entry)")
                    if Change.goneBody(row.blob(2)) == nil { archivedBodies[entry, default: []].append(id) }
                }
                return
            }
            let change = try reading.change(id, header: row.blob(1), body: row.blob(2))
            if !change.header.isByCentre { byStations.insert(change.id) }
            if let target = change.header.target { rejects[target, default: []].append(change.id) }
            // A rejection of which the log has no subject concerns nobody but the maker of what it rejects.
            if change.header.kind == .reject, row.integer(4) != 0 { blind.insert(change.id) } else { add(change) }
        }
        for subject in subjects.values { ordered[subject.promotion, default: []].append(subject) }
        for promotion in ordered.keys { ordered[promotion]?.sort { $0.text < $1.text } }
        try sql.query(
            """
            SELECT q.id, s.id, q.problem, coalesce(q.promotion, '') FROM quarantine q LEFT JOIN station s ON s.number = q.station
            ORDER BY q.number
            """, []
        ) { row in
            guard let id = Digest(bytes: row.blob(0)) else { return }
            quarantine.append((id, UniqueID(bytes: row.blob(1)), row.text(2), row.text(3)))
        }
        try readFeed(sql)
        try readGrants(sql)
    }

    private mutating func readFeed(_ sql: any SQLTransaction) throws {
        try sql.query(
            """
            SELECT k.name, f.position, c.id, coalesce(e.id, d.id) FROM feed f JOIN feed_key k ON k.number = f.feed_key
            LEFT JOIN change c ON c.number = f.change LEFT JOIN entry e ON e.number = f.entry LEFT JOIN entry d ON d.number = c.entry
            ORDER BY f.position
            """, []
        ) { row in
            feed[row.text(0), default: []].append(
                FeedRow(position: row.integer(1), change: Digest(bytes: row.blob(2)), entry: UniqueID(bytes: row.blob(3))))
        }
    }

    private mutating func readGrants(_ sql: any SQLTransaction) throws {
        try sql.query(
            """
            SELECT s.id, k.name FROM entitlement e JOIN feed_key k ON k.number = e.feed_key JOIN station s ON s.number = e.station
            """, []
        ) { row in
            guard let station = UniqueID(bytes: row.blob(0)) else { return }
            let parts = row.text(1).split(separator: "/").map(String.init)
            entitled[station, default: [:]][parts[1], default: []].insert(parts[2])
        }
        try sql.query("SELECT s.id, a.promotion FROM station s JOIN assignment a ON a.station = s.number ORDER BY 2", []) { row in
            guard let station = UniqueID(bytes: row.blob(0)) else { return }
            assigned[station, default: []].append(row.text(1))
        }
    }

    private mutating func add(_ change: Change) {
        let promotion = change.header.promotion
        switch change.header.subject {
        case .entry(let id):
            subjects[id.description, default: Subject(promotion: promotion, text: id.description, entry: id)].changes.append(change)
        case .batch(let label):
            let text = "batch/\(promotion)/\(label)"
            subjects[text, default: Subject(promotion: promotion, text: text)].changes.append(change)
        case .promotion: break
        }
    }
}

// MARK: Who shares what, from F3 of Protocol/README.md

extension CentreLog {
    /// The entries and batches of a promotion that a station has to hold, with the changes of each that it has to hold.
    func share(of station: UniqueID, in promotion: SimulatedPromotion, _ merges: NaiveViews) -> [Subject] {
        guard assigned[station]?.contains(promotion.id) == true else { return [] }
        let labels = entitled[station]?[promotion.id] ?? []
        let name = station.description
        return (ordered[promotion.id] ?? []).compactMap { subject in
            let isEntry = subject.entry != nil
            switch promotion.sharing {
            case .all: return subject
            case .own where isEntry: return Self.isCaptured(subject, by: name) ? subject : nil
            case .batch where isEntry:
                let isShared = merges.view(of: subject).batches.contains { labels.contains($0) }
                return isShared || Self.isCaptured(subject, by: name) ? subject : nil
            case .batch: return labels.contains { subject.text == "batch/\(promotion.id)/\($0)" } ? subject : nil
            case .own:
                var own = subject
                let made = Set(subject.changes.lazy.filter { $0.header.station == name }.map(\.id))
                // A rejection goes where its target is.
                own.changes = subject.changes.filter { made.contains($0.id) || $0.header.target.map(made.contains) ?? false }
                return own.changes.isEmpty ? nil : own
            }
        }
    }

    /// The names of the keys that a station may read.
    func keys(of station: UniqueID, in promotions: [SimulatedPromotion]) -> Set<String> {
        var keys: Set<String> = []
        for promotion in promotions where assigned[station]?.contains(promotion.id) == true {
            keys.insert("documents/\(promotion.id)")
            if promotion.sharing == .all {
                keys.insert("promotion/\(promotion.id)")
            } else {
                keys.insert("station/\(promotion.id)/\(station)")
            }
            guard promotion.sharing == .batch else { continue }
            for label in entitled[station]?[promotion.id] ?? [] { keys.insert("batch/\(promotion.id)/\(label)") }
        }
        return keys
    }

    /// What the centre's note of batches has to hold at least, and may hold at most: others may have moved an entry before a change of it came.
    func batches(of station: UniqueID, in promotion: String) -> (least: Set<String>, most: Set<String>) {
        var least: Set<String> = []
        var most: Set<String> = []
        let name = station.description
        for subject in ordered[promotion] ?? [] {
            guard subject.changes.contains(where: { $0.header.station == name }) else { continue }
            guard subject.entry != nil else {
                let label = String(subject.text.split(separator: "/")[2])
                least.insert(label)
                most.insert(label)
                continue
            }
            for change in subject.changes {
                guard let label = change.body?.set.first(where: { $0.field == "$batch" })?.value.text else { continue }
                most.insert(label)
                if change.header.station == name { least.insert(label) }
            }
        }
        return (least, most)
    }

    /// Whether a change in quarantine has nothing to stand on: nothing that the log has of the entry says anything; or staff have rejected what its
    /// maker had captured, the entry is another station's by now, and in no batch that the maker reads it ever was.
    func isOrphan(_ header: ChangeHeader) -> Bool {
        guard case .entry(let entry) = header.subject else { return false }
        guard let subject = subjects[entry.description],
            subject.changes.contains(where: { $0.body != nil && $0.header.kind != .reject })
        else { return true }
        guard archivedWork.contains("\(header.station) \(entry)"), !Self.isCaptured(subject, by: header.station) else { return false }
        let labels = UniqueID(header.station).flatMap { entitled[$0]?[header.promotion] } ?? []
        return !labels.contains { label in feed["batch/\(header.promotion)/\(label)"]?.contains { $0.entry == entry } ?? false }
    }

    private static func isCaptured(_ subject: Subject, by station: String) -> Bool {
        subject.changes.contains { change in
            change.header.kind == .set && change.header.station == station && change.body?.base.isEmpty == true
        }
    }
}

/// Parses changes, each once as long as its bytes stay the same.
final class ChangeReading {
    private var known: [Digest: Change] = [:]

    /// - Parameter id: As the row has it.
    func change(_ id: Digest, header: [UInt8], body: [UInt8]) throws -> Change {
        if let change = known[id], change.headerLine == header, change.bodyLine == body { return change }
        let change = try Change(headerLine: header, bodyLine: body)
        guard change.id == id else { throw Violation("the centre keeps the change \(change.id) under the id \(id)") }
        known[id] = change
        return change
    }
}

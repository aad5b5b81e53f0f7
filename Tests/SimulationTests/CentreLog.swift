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
        var key: String
        var position: Int64
        /// Of a change row.
        var change: Digest?
        var entry: UniqueID?
    }

    var ids: [Digest] = []
    var byStations: Set<Digest> = []
    var quarantine: [(id: Digest, station: UniqueID, problem: String)] = []
    var subjects: [String: Subject] = [:]
    var feed: [FeedRow] = []
    /// Labels of the batches that a station may read, by station and promotion.
    var entitled: [UniqueID: [String: Set<String>]] = [:]
    var assigned: [UniqueID: [String]] = [:]

    init(_ vault: Vault) async throws {
        self = try vault.connection.blockingTransaction(.read) { try CentreLog($0) }
    }

    private init(_ sql: any SQLTransaction) throws {
        try sql.query("SELECT header, body FROM change ORDER BY number", []) { row in
            let change = try Change(headerLine: row.blob(0), bodyLine: row.blob(1))
            ids.append(change.id)
            if !change.header.isByCentre { byStations.insert(change.id) }
            add(change)
        }
        try sql.query(
            "SELECT q.id, s.id, q.problem FROM quarantine q JOIN station s ON s.number = q.station ORDER BY q.number", []
        ) { row in
            guard let id = Digest(bytes: row.blob(0)), let station = UniqueID(bytes: row.blob(1)) else { return }
            quarantine.append((id, station, row.text(2)))
        }
        try sql.query(
            """
            SELECT k.name, f.position, c.id, coalesce(e.id, d.id) FROM feed f JOIN feed_key k ON k.number = f.feed_key
            LEFT JOIN change c ON c.number = f.change LEFT JOIN entry e ON e.number = f.entry LEFT JOIN entry d ON d.number = c.entry
            ORDER BY f.position
            """, []
        ) { row in
            feed.append(
                FeedRow(
                    key: row.text(0), position: row.integer(1), change: Digest(bytes: row.blob(2)), entry: UniqueID(bytes: row.blob(3))))
        }
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

    // MARK: Who shares what, from F3 of Protocol/README.md

    /// The entries and batches of a promotion that a station has to hold, with the changes of each that it has to hold.
    func share(of station: UniqueID, in promotion: SimulatedPromotion) -> [Subject] {
        guard assigned[station]?.contains(promotion.id) == true else { return [] }
        let all = subjects.values.filter { $0.promotion == promotion.id }.sorted { $0.text < $1.text }
        let labels = entitled[station]?[promotion.id] ?? []
        return all.compactMap { subject in
            let isEntry = subject.entry != nil
            switch promotion.sharing {
            case .all: return subject
            case .own where isEntry: return isCaptured(subject, by: station) ? subject : nil
            case .batch where isEntry:
                let batches = NaiveMerge(subject.changes).heads("$batch").compactMap { Self.text("$batch", in: $0) }
                return isCaptured(subject, by: station) || batches.contains { labels.contains($0) } ? subject : nil
            case .batch: return labels.contains { subject.text == "batch/\(promotion.id)/\($0)" } ? subject : nil
            case .own:
                var own = subject
                own.changes = subject.changes.filter { $0.header.station == station.description }
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

    /// What the centre's note of batches has to hold at least, and may hold at most: a change may have moved its entry before it came.
    func batches(of station: UniqueID, in promotion: String) -> (least: Set<String>, most: Set<String>) {
        var least: Set<String> = []
        var most: Set<String> = []
        for subject in subjects.values where subject.promotion == promotion {
            guard subject.changes.contains(where: { $0.header.station == station.description }) else { continue }
            guard subject.entry != nil else {
                let label = String(subject.text.split(separator: "/")[2])
                least.insert(label)
                most.insert(label)
                continue
            }
            most.formUnion(subject.changes.compactMap { Self.text("$batch", in: $0) })
        }
        return (least, most)
    }

    private static func text(_ field: String, in change: Change) -> String? {
        change.body?.set.first { $0.field == field }?.value.text
    }

    private func isCaptured(_ subject: Subject, by station: UniqueID) -> Bool {
        subject.changes.contains { change in
            change.header.kind == .set && change.header.station == station.description && change.body?.base.isEmpty == true
        }
    }
}

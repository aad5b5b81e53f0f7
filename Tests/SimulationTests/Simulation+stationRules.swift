import EntryModel
import FieldStore
import FieldSync
import TestSupport

@testable import CentralStore

/// What has to hold at a station after a quiet period.
extension Simulation {
    func check(_ station: SimulatedStation, _ log: CentreLog, isSettled: Bool) throws {
        let id = try station.id
        let ids = try station.changeIDs()
        let doubtful = try checkQuarantine(station, id, ids, log)
        try checkKeys(station, id, log)
        try checkCursors(station, log, ids)
        for promotion in promotions where !doubtful.contains(promotion.id) {
            try checkShare(of: station, id, promotion, log, looksAtAll: isSettled)
        }
    }

    /// The station knows what of it is in quarantine.
    ///
    /// - Returns: Promotions of which it cannot know that: another machine with a copy of its file sent the change for both of them.
    private func checkQuarantine(_ station: SimulatedStation, _ id: UniqueID, _ ids: Set<Digest>, _ log: CentreLog) throws -> Set<String> {
        let quarantined = log.quarantine.filter { $0.station == id }
        let held = try station.database.status().quarantined
        // What became of a change is not told to a station that does not read its promotion.
        let promotions = log.assigned[id] ?? []
        let told = Set(held.filter { promotions.contains($0.promotion) }.map(\.change))
        let more = told.subtracting(log.quarantine.map(\.id))
        // What another machine with a copy of the file sent again is decided for both, and told to that one.
        let isCopied = try stations.contains { try $0 !== station && $0.id == id }
        guard more.isEmpty || isCopied else {
            let list = try more.sorted().map { try whereabouts($0, log) }
            throw Violation("\(station.name) wrongly takes for quarantined: \(list)")
        }
        let known = Set(held.map(\.change))
        let unknown = try quarantined.filter { change in
            guard ids.contains(change.id), !known.contains(change.id) else { return false }
            // What staff have rejected stays so, even if a centre that was put back puts it aside once more.
            guard try !station.isRejected(change.id) else { return false }
            // Of an erased entry nothing waits any more.
            return try !erased.contains { try station.changes(of: $0).contains(change.id) }
        }
        guard unknown.isEmpty || isCopied else {
            let list = try unknown.map { "\($0.problem): \(try whereabouts($0.id, log))" }
            throw Violation("\(station.name) does not know what of it is in quarantine: \(list)")
        }
        return Set(unknown.map(\.promotion)).union(held.filter { more.contains($0.change) }.map(\.promotion))
    }

    private func checkKeys(_ station: SimulatedStation, _ id: UniqueID, _ log: CentreLog) throws {
        let keys = Set(try station.database.cursors().keys)
        let expected = log.keys(of: id, in: promotions)
        guard keys == expected else {
            throw Violation("\(station.name) reads \(keys.sorted()) and may read \(expected.sorted())")
        }
        for promotion in promotions where promotion.sharing == .batch {
            let (least, most) = log.batches(of: id, in: promotion.id)
            labels[id, default: [:]][promotion.id, default: []].formUnion(most)
            let granted = log.entitled[id]?[promotion.id] ?? []
            // Labels that stood in bodies which an erasure destroyed cannot be told any more.
            let known = erased.isEmpty ? labels[id]?[promotion.id] ?? [] : granted
            guard least.isSubset(of: granted), granted.isSubset(of: known) else {
                throw Violation("\(station.name) may read \(granted.sorted()) of \(promotion.id), and works on \(most.sorted())")
            }
        }
    }

    /// The cursor never passes a change that the station does not have.
    private func checkCursors(_ station: SimulatedStation, _ log: CentreLog, _ ids: Set<Digest>) throws {
        for (key, cursor) in try station.database.cursors().sorted(by: { $0.key < $1.key }) {
            var present: [UniqueID: [Digest]] = [:]
            for row in log.feed[key] ?? [] where row.position <= cursor.at.position {
                if let change = row.change {
                    if let entry = row.entry {
                        present[entry, default: []].append(change)
                    } else if !ids.contains(change), !log.blind.contains(change) {
                        throw Violation("\(station.name) has read \(key) beyond \(row.position), and lacks the change \(change) there")
                    }
                } else if let entry = row.entry {
                    present[entry] = nil
                }
            }
            for (entry, changes) in present {
                for change in changes where !ids.contains(change) {
                    throw Violation(
                        "\(station.name) has read \(key) to its end, and lacks a change of \(name(entry)): \(try whereabouts(change, log))")
                }
            }
        }
    }

    /// The station has the heads of what it shares, and can show every value that ever was.
    private func checkShare(
        of station: SimulatedStation, _ id: UniqueID, _ promotion: SimulatedPromotion, _ log: CentreLog, looksAtAll: Bool
    ) throws {
        guard log.assigned[id]?.contains(promotion.id) == true else {
            // What was captured here stays in sight until the centre has decided about it.
            let left = try station.database.entries(promotion: promotion.id, limit: 1000).filter {
                $0.quarantinedCount == 0 && $0.unsentCount == 0
            }
            guard left.isEmpty else { throw Violation("\(station.name) has entries of \(promotion.id), which was taken from it") }
            return
        }
        let share = log.share(of: id, in: promotion, merges)
        let digest = share.reduce(Digest.zero) { $0 &+ merges.view(of: $1).digest }
        let comparison = try station.database.comparison(promotion: promotion.id)
        // Who captured an entry stood in the bodies that an erasure destroys.
        let erasedHere = try erased.count { entry in
            try entries.contains { $0.id == entry && $0.promotion == promotion.id } && station.database.entry(entry) != nil
        }
        let count = share.count { subject in subject.entry.map { !erased.contains($0) } ?? false }
        guard comparison.digest == digest, try comparison.entries - erasedHere == count || hasOnlyEmptyOnes(station, promotion, share)
        else { throw Violation(try difference(station, promotion, share, comparison.entries, log)) }
        let aside = Set(log.quarantine.map(\.id)).union(log.archived).union(log.blind).union(gone.subtracting(log.ids))
        for subject in share {
            guard let entry = subject.entry, !erased.contains(entry) else { continue }
            let mark = NaiveViews.mark(subject)
            let isNew = station.looked[entry] != mark
            guard looksAtAll || (isNew && subject.changes.count > 1) || Int.random(in: 0..<100, using: &lookingChance) < 5 else { continue }
            try look(at: entry, subject, at: station, aside, log)
            station.looked[entry] = mark
        }
    }

    /// Whether what a station has beside its share is nothing but what is left of entries that were captured there and then rejected.
    private func hasOnlyEmptyOnes(
        _ station: SimulatedStation, _ promotion: SimulatedPromotion, _ share: [CentreLog.Subject]
    ) throws -> Bool {
        let expected = Set(share.compactMap(\.entry))
        let views = try station.database.entries(promotion: promotion.id, limit: 1000)
        return views.allSatisfy { expected.contains($0.id) || erased.contains($0.id) || $0.state.fields.isEmpty || $0.quarantinedCount > 0 }
            && expected.isSubset(of: views.map(\.id))
    }

    /// What people see of an entry there is what its changes say, and nothing of its history is missing.
    private func look(
        at entry: UniqueID, _ subject: CentreLog.Subject, at station: SimulatedStation, _ aside: Set<Digest>, _ log: CentreLog
    ) throws {
        guard let view = try station.database.entry(entry) else { throw Violation("\(station.name) does not show \(name(entry))") }
        let changes = subject.changes
        let history = try station.database.history(entry).filter { !aside.contains($0.change) }
        guard Set(history.map(\.change)) == Set(changes.map(\.id)), history.count == changes.count else {
            let more = history.map(\.change).filter { id in !changes.contains { $0.id == id } }
            let fewer = changes.map(\.id).filter { id in !history.contains { $0.change == id } }
            throw Violation(
                "the history of \(name(entry)) at \(station.name) has too many: \(try more.map { try whereabouts($0, log) }), "
                    + "and lacks: \(try fewer.map { try whereabouts($0, log) })")
        }
        let told = Dictionary(history.map { ($0.change, $0.fields) }) { first, _ in first }
        for change in changes {
            for assignment in change.body?.set ?? [] where told[change.id]?.contains(where: { $0.new == assignment }) != true {
                throw Violation(
                    "the history of \(name(entry)) at \(station.name) does not tell what \(change.id) set \(assignment.field) to")
            }
        }
        // What waits in quarantine counts at its own station until it is decided.
        guard view.quarantinedCount == 0 else { return }
        // A rejection without a subject is merged where its target is held, and so only there settles what waits for the target.
        let waitsForRejected = changes.contains { $0.body?.base.contains { log.archived.contains($0.change) } ?? false }
        let merge = merges.view(of: subject)
        guard view.isVoid == (merge.void == .void), waitsForRejected || view.conflicts.sorted() == merge.conflicts else {
            throw Violation(
                "\(name(entry)) at \(station.name) is \(view.isVoid ? "" : "not ")void with conflicts \(view.conflicts), "
                    + "and should be \(merge.void) with \(merge.conflicts)")
        }
    }

    private func difference(
        _ station: SimulatedStation, _ promotion: SimulatedPromotion, _ share: [CentreLog.Subject], _ count: Int, _ log: CentreLog
    ) throws -> String {
        var lines = ["\(station.name) and the centre differ in \(promotion.id):"]
        let expected = Set(share.compactMap(\.entry))
        lines.append("it has \(count) entries and should have \(expected.count)")
        for subject in share {
            guard let entry = subject.entry else {
                lines.append("\(subject.text): \(NaiveMerge(subject.changes).headLines.joined(separator: "; "))")
                continue
            }
            guard let view = try station.database.entry(entry) else {
                lines.append("it lacks \(name(entry))")
                lines += try subject.changes.map { "\($0.header.kind.rawValue) \(try whereabouts($0.id, log))" }
                continue
            }
            let heads = view.state.fields.flatMap { field in field.heads.map { "\(field.name) \($0.change)" } }.sorted()
            let naive = NaiveMerge(subject.changes).headLines
            guard heads != naive else { continue }
            lines.append("\(name(entry)): \(heads), should be \(naive)")
            lines += try station.database.history(entry).map(\.change).filter { id in !subject.changes.contains { $0.id == id } }
                .map { "more: \(try whereabouts($0, log))" }
        }
        for view in try station.database.entries(promotion: promotion.id, limit: 1000) where !expected.contains(view.id) {
            lines.append("it has \(name(view.id)) more, changes \(view.changeCount), in quarantine \(view.quarantinedCount)")
            lines += try station.database.history(view.id).map { "\($0.kind.rawValue) \(try whereabouts($0.change, log))" }
        }
        return lines.joined(separator: "\n       ")
    }

    /// Where a change is, for people who look into a failure.
    func whereabouts(_ id: Digest, _ log: CentreLog) throws -> String {
        var words = ["\(id) of \(made[id] ?? "the centre")"]
        if log.archived.contains(id) { words.append("rejected") } else if log.ids.contains(id) { words.append("in the log") }
        for held in log.quarantine where held.id == id { words.append("in quarantine (\(held.problem))") }
        for reject in log.rejects[id] ?? [] { words.append("by \(try whereabouts(reject, log))") }
        for (key, rows) in log.feed.sorted(by: { $0.key < $1.key }) {
            for row in rows where row.change == id { words.append("\(key) at \(row.position)") }
        }
        for station in stations {
            for row in try station.rows(of: id) { words.append("\(station.name)\(station.isOut ? ", which is out," : "") has \(row)") }
        }
        return words.joined(separator: "; ")
    }
}

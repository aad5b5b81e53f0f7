import EntryModel
import FieldStore
import FieldSync
import TestSupport

@testable import CentralStore

extension Simulation {
    /// Faults are off; everybody syncs until nothing moves. Then everything has to hold.
    ///
    /// - Parameter isSettled: Staff have seen to everything that was in quarantine.
    func quiet(_ name: String, isSettled: Bool = false) async throws {
        record.add("-- \(name)")
        for station in stations where !station.isOut { station.partitionedSyncs = 0 }
        var rounds = 0
        var isMoving = true
        while isMoving {
            rounds += 1
            guard rounds <= 5 else { throw Violation("after 5 rounds without faults the stations are still sending and receiving") }
            isMoving = false
            for station in stations where !station.isOut {
                station.network.begin(.fair)
                let summary = await station.engine.synchronize()
                guard summary.outcome == .complete else {
                    throw Violation("a sync of \(station.name) without faults ended with \(summary.outcome.code): \(summary.message)")
                }
                try note(summary, of: station)
                isMoving = isMoving || summary.pushed > 0 || summary.pulled > 0
                guard try station.database.unsentCount() == 0 else {
                    throw Violation("a sync of \(station.name) without faults left something unsent")
                }
            }
        }
        let vault = try await centre.vault
        let log = try await CentreLog(vault)
        try checkLog(log)
        try await checkMerge(vault, log)
        try checkVoids(log)
        for station in stations where !station.isOut { try check(station, log) }
        guard log.quarantine.isEmpty || !isSettled else {
            throw Violation("staff have seen to everything, and the quarantine still has \(log.quarantine)")
        }
    }

    // MARK: The centre's log

    /// Every acknowledged change is in the centre's log exactly once, and nothing is there that nobody made.
    private func checkLog(_ log: CentreLog) throws {
        var places: [Digest: Int] = [:]
        for id in log.ids + log.quarantine.map(\.id) { places[id, default: 0] += 1 }
        for id in acknowledged.sorted() where places[id] != 1 {
            throw Violation("the acknowledged change \(id) of \(made[id] ?? "?") is \(places[id] ?? 0) times at the centre")
        }
        for station in stations where !station.isOut {
            for id in station.own where !acknowledged.contains(id) { throw Violation("the change \(id) of \(station.name) is nowhere") }
        }
        for id in log.byStations.sorted() where made[id] == nil { throw Violation("the centre has the change \(id), which nobody made") }
        for (id, count) in places.sorted(by: { $0.key < $1.key }) where count > 1 {
            throw Violation("\(id) is \(count) times at the centre")
        }
    }

    /// The centre's merge is that of the naive model.
    private func checkMerge(_ vault: Vault, _ log: CentreLog) async throws {
        var void = 0
        var contested = 0
        var conflicts = 0
        for promotion in promotions {
            var digest = Digest.zero
            for subject in log.subjects.values where subject.promotion == promotion.id {
                let merge = NaiveMerge(subject.changes)
                digest = digest &+ merge.comparisonDigest(subject: subject.text)
                guard subject.entry != nil else { continue }
                void += merge.void == .void ? 1 : 0
                contested += merge.void == .contested ? 1 : 0
                conflicts += merge.conflicts.isEmpty ? 0 : 1
            }
            guard try await vault.comparison(promotion.id).digest == digest else {
                throw Violation("the centre's heads in \(promotion.id) are not those of its log")
            }
        }
        if contested > 0 { record.note(.contestedVoid) }
        let status = try await vault.status()
        guard status.void == void, status.contested == contested, status.conflicts == conflicts else {
            throw Violation(
                "the centre counts \(status.void) void, \(status.contested) contested, \(status.conflicts) with conflicts; "
                    + "its log says \(void), \(contested), \(conflicts)")
        }
    }

    /// What was void stays so unless somebody restored it, or had changed it without knowing.
    private func checkVoids(_ log: CentreLog) throws {
        var now: [UniqueID: Int] = [:]
        for subject in log.subjects.values {
            guard let entry = subject.entry else { continue }
            let merge = NaiveMerge(subject.changes)
            if merge.void == .void { now[entry] = subject.changes.count }
            guard let before = voidEntries[entry], merge.void == .no else { continue }
            guard subject.changes.dropFirst(before).contains(where: { $0.header.kind == .restore }) else {
                throw Violation("\(name(entry)) was void and is not any more, and nobody restored it")
            }
        }
        voidEntries = now
    }

    // MARK: A station

    private func check(_ station: SimulatedStation, _ log: CentreLog) throws {
        let id = try station.id
        let quarantined = Set(log.quarantine.filter { $0.station == id }.map(\.id))
        let held = try station.database.status().quarantined
        let ids = try station.changeIDs()
        // What became of a change is not told to a station that its entry has left.
        let told = Set(try held.filter { try $0.entry.map { try station.database.entry($0) != nil } ?? true }.map(\.change))
        let unknown = quarantined.intersection(ids).subtracting(held.map(\.change))
        guard told.isSubset(of: quarantined), unknown.isEmpty else {
            let more = told.subtracting(quarantined).sorted().map { id in
                let status = log.ids.contains(id) ? "in the log" : log.quarantine.contains { $0.id == id } ? "of another" : "not there"
                return "\(id) of \(made[id] ?? "?"), \(status)"
            }
            let fewer = unknown.sorted().map { "\($0) of \(made[$0] ?? "?")" }
            throw Violation("\(station.name) wrongly takes for quarantined: \(more), and does not: \(fewer)")
        }
        let keys = Set(try station.database.status().cursors.map(\.key.description))
        let expected = log.keys(of: id, in: promotions)
        guard keys == expected else {
            throw Violation("\(station.name) reads \(keys.sorted()) and may read \(expected.sorted())")
        }
        for promotion in promotions where promotion.sharing == .batch {
            let (least, most) = log.batches(of: id, in: promotion.id)
            let granted = log.entitled[id]?[promotion.id] ?? []
            guard least.isSubset(of: granted), granted.isSubset(of: most) else {
                throw Violation("\(station.name) may read \(granted.sorted()) of \(promotion.id), and works on \(most.sorted())")
            }
        }
        try checkCursors(station, log, ids)
        for promotion in promotions { try checkShare(of: station, id, promotion, log) }
    }

    /// The cursor never passes a change that the station does not have.
    private func checkCursors(_ station: SimulatedStation, _ log: CentreLog, _ ids: Set<Digest>) throws {
        for (key, cursor) in try station.database.cursors().sorted(by: { $0.key < $1.key }) {
            var present: [UniqueID: [Digest]] = [:]
            for row in log.feed where row.key == key && row.position <= cursor.at.position {
                if let change = row.change {
                    if let entry = row.entry {
                        present[entry, default: []].append(change)
                    } else if !ids.contains(change) {
                        throw Violation("\(station.name) has read \(key) beyond \(row.position), and lacks the change \(change) there")
                    }
                } else if let entry = row.entry {
                    present[entry] = nil
                }
            }
            for (entry, changes) in present {
                for change in changes where !ids.contains(change) {
                    throw Violation("\(station.name) has read \(key) to its end, and lacks the change \(change) of \(name(entry))")
                }
            }
        }
    }

    /// The station has the heads of what it shares, and can show every value that ever was.
    private func checkShare(
        of station: SimulatedStation, _ id: UniqueID, _ promotion: SimulatedPromotion, _ log: CentreLog
    ) throws {
        guard log.assigned[id]?.contains(promotion.id) == true else {
            let left = try station.database.entries(promotion: promotion.id, limit: 5)
            guard left.isEmpty else { throw Violation("\(station.name) has entries of \(promotion.id), which was taken from it") }
            return
        }
        let share = log.share(of: id, in: promotion)
        var digest = Digest.zero
        for subject in share { digest = digest &+ NaiveMerge(subject.changes).comparisonDigest(subject: subject.text) }
        let comparison = try station.database.comparison(promotion: promotion.id)
        guard comparison.digest == digest, comparison.entries == share.filter({ $0.entry != nil }).count else {
            throw Violation(try difference(station, promotion, share, comparison.entries))
        }
        let quarantined = Set(log.quarantine.map(\.id))
        for subject in share {
            guard let entry = subject.entry, subject.changes.count > 1 || chance(10) else { continue }
            try checkEntry(entry, subject.changes, at: station, quarantined)
        }
    }

    private func checkEntry(_ entry: UniqueID, _ changes: [Change], at station: SimulatedStation, _ quarantined: Set<Digest>) throws {
        guard let view = try station.database.entry(entry) else { throw Violation("\(station.name) does not show \(name(entry))") }
        let history = try station.database.history(entry).filter { !quarantined.contains($0.change) }
        guard Set(history.map(\.change)) == Set(changes.map(\.id)), history.count == changes.count else {
            throw Violation("the history of \(name(entry)) at \(station.name) has \(history.count) changes, and not \(changes.count)")
        }
        for change in changes {
            let told = history.first { $0.change == change.id }?.fields ?? []
            for assignment in change.body?.set ?? [] where !told.contains(where: { $0.new == assignment }) {
                throw Violation(
                    "the history of \(name(entry)) at \(station.name) does not tell what \(change.id) set \(assignment.field) to")
            }
        }
        // What waits in quarantine counts at its own station until it is decided.
        guard view.quarantinedCount == 0 else { return }
        let merge = NaiveMerge(changes)
        guard view.isVoid == (merge.void == .void), view.conflicts.sorted() == merge.conflicts else {
            throw Violation(
                "\(name(entry)) at \(station.name) is \(view.isVoid ? "" : "not ")void with conflicts \(view.conflicts), "
                    + "and should be \(merge.void) with \(merge.conflicts)")
        }
    }

    private func difference(
        _ station: SimulatedStation, _ promotion: SimulatedPromotion, _ share: [CentreLog.Subject], _ count: Int
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
                continue
            }
            let heads = view.state.fields.flatMap { field in field.heads.map { "\(field.name) \($0.change)" } }.sorted()
            let naive = NaiveMerge(subject.changes).headLines
            if heads != naive { lines.append("\(name(entry)): \(heads), should be \(naive)") }
        }
        for view in try station.database.entries(promotion: promotion.id, limit: 1000) where !expected.contains(view.id) {
            let history = try station.database.history(view.id).map { "\(made[$0.change] ?? "centre") \($0.quarantined ?? "taken")" }
            lines.append("it has \(name(view.id)): \(history.joined(separator: ", "))")
        }
        return lines.joined(separator: "\n       ")
    }
}

import EntryModel
import FieldStore
import FieldSync
import TestSupport

@testable import CentralStore

extension Simulation {
    /// In so many rounds of syncs without faults everything has to come to rest, whatever happened before.
    private static let mostRounds = 6

    /// Faults are off; everybody syncs until nothing moves. Then everything has to hold.
    ///
    /// - Parameter isSettled: Staff have seen to everything that was in quarantine.
    func quiet(_ name: String, isSettled: Bool = false) async throws {
        record.add("-- \(name)")
        for station in active {
            station.partitionedSyncs = 0
            try repair(station)
        }
        try await comeToRest()
        let log = try await CentreLog(try await centre.vault, reading)
        try checkLog(log)
        try await checkMerge(log)
        try checkVoids(log)
        try await checkErased(log)
        try await checkNothingIsDue()
        for station in active { try check(station, log, isSettled: isSettled) }
        guard log.quarantine.isEmpty || !isSettled else {
            throw Violation("staff have seen to everything, and the quarantine still has \(log.quarantine)")
        }
        centre.backUp()
    }

    /// Everybody syncs in turn, until as many syncs as there are stations have moved nothing.
    private func comeToRest() async throws {
        var rounds = 0
        var still = 0
        while still < active.count {
            rounds += 1
            guard rounds <= Self.mostRounds else {
                throw Violation("after \(Self.mostRounds) rounds without faults the stations are still sending and receiving")
            }
            for station in active {
                if still == active.count {
                    // What happens to its next messages goes by the number of its syncs.
                    station.network.begin(.fair)
                } else if try await syncInPeace(station) {
                    still = 0
                } else {
                    still += 1
                }
            }
        }
    }

    /// One sync without faults, which has to do all that is to be done.
    /// - Returns: Whether anything moved.
    private func syncInPeace(_ station: SimulatedStation) async throws -> Bool {
        let (finding, mayBeAhead) = try await finding(about: station)
        station.network.begin(.fair)
        let summary = await station.engine.synchronize()
        guard summary.outcome == .complete else {
            throw Violation("a sync of \(station.name) without faults ended with \(summary.outcome.code): \(summary.message)")
        }
        try note(summary, of: station)
        let found = summary.recoveries.map(\.kind).filter { $0 != .handedBack }
        guard found == (finding.map { [$0] } ?? []) || (mayBeAhead && found == [.rolledBack]) else {
            throw Violation(
                "\(station.name) found \(found.map(\.rawValue)), and should have found \(finding?.rawValue ?? "nothing") about its chain")
        }
        guard try station.database.unsentCount() == 0 else {
            throw Violation("a sync of \(station.name) without faults left something unsent")
        }
        return summary.pushed > 0 || summary.pulled > 0 || !summary.recoveries.isEmpty
    }

    /// What the chain check has to find, told from what the centre and the file have: K2 to K6 of Protocol/README.md.
    ///
    /// - Returns: Also whether the centre keeps a push out of a bundle which goes on, once the gap before it is closed, with what this file has
    ///   forgotten: then the chain may be found to be ahead of the file within the sync.
    private func finding(about station: SimulatedStation) async throws -> (Recovery.Kind?, mayBeAhead: Bool) {
        let position = try station.database.chainPosition()
        let id = try station.id
        let (known, isConfirmed, mayBeAhead) = try await centre.vault.connection.blockingTransaction(.read) { sql in
            let known = try sql.map(
                "SELECT e.sequence, e.chain FROM epoch e JOIN station s ON s.number = e.station WHERE s.id = ? AND e.id = ?",
                [.blob(id.bytes), .blob(position.epoch.bytes)]
            ) { ($0.integer(0), Digest(bytes: $0.blob(1))) }.first
            let head = SQLValue.integer(position.head.sequence)
            let isKept = try sql.integer(
                "SELECT 1 FROM parked WHERE epoch = ? AND taken IS NULL AND after_sequence <= ? AND after_sequence + changes > ? LIMIT 1",
                [.blob(position.epoch.bytes), head, head])
            // What the centre has of the epoch, change by change, up to what this file takes for acknowledged.
            var ids: [Digest] = []
            try sql.query(
                "SELECT l.ids FROM link l JOIN epoch e ON e.number = l.epoch JOIN station s ON s.number = e.station "
                    + "WHERE s.id = ? AND e.id = ? ORDER BY l.first", [.blob(id.bytes), .blob(position.epoch.bytes)]
            ) { row in
                let bytes = row.blob(0)
                for start in stride(from: 0, to: bytes.count, by: 32) {
                    if let change = Digest(bytes: bytes[start..<(start + 32)]) { ids.append(change) }
                }
            }
            let chain = Chain.next(Chain.start(station: id, epoch: position.epoch), ids.prefix(Int(position.acknowledged.sequence)))
            return (known, chain == position.acknowledged.chain, isKept != nil)
        }
        let (end, chain) = known ?? (0, Chain.start(station: id, epoch: position.epoch))
        if position.head.sequence < end { return (isConfirmed ? .rolledBack : .forked, mayBeAhead) }
        let own = try station.database.chain(at: end)
        if position.acknowledged.sequence > end { return (own == nil || own == chain ? .behind : .forked, mayBeAhead) }
        return (own == chain ? nil : .forked, mayBeAhead)
    }

    // MARK: The centre's log

    /// Every acknowledged change is in the centre's log exactly once, and nothing is there that nobody made.
    private func checkLog(_ log: CentreLog) throws {
        var places: [Digest: Int] = [:]
        for id in log.ids + log.quarantine.map(\.id) { places[id, default: 0] += 1 }
        for id in acknowledged.sorted() where places[id] != 1 {
            throw Violation("an acknowledged change is \(places[id] ?? 0) times at the centre: \(try whereabouts(id, log))")
        }
        for station in active {
            for id in station.pending { throw Violation("the change \(id) of \(station.name) was never acknowledged") }
        }
        for id in log.byStations.sorted() where made[id] == nil { throw Violation("the centre has the change \(id), which nobody made") }
        for (id, count) in places.sorted(by: { $0.key < $1.key }) where count > 1 {
            throw Violation("\(id) is \(count) times at the centre")
        }
    }

    /// The centre's merge is that of the naive model.
    private func checkMerge(_ log: CentreLog) async throws {
        let vault = try await centre.vault
        var void = 0
        var contested = 0
        var conflicts = 0
        for promotion in promotions {
            var digest = Digest.zero
            for subject in log.ordered[promotion.id] ?? [] {
                let view = merges.view(of: subject)
                digest = digest &+ view.digest
                guard subject.entry != nil else { continue }
                void += view.void == .void ? 1 : 0
                contested += view.void == .contested ? 1 : 0
                conflicts += view.conflicts.isEmpty ? 0 : 1
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

    /// What was void stays so unless somebody restored it, had changed it without knowing, or its void is lost for good.
    private func checkVoids(_ log: CentreLog) throws {
        var now: [UniqueID: Set<Digest>] = [:]
        for subject in log.subjects.values {
            guard let entry = subject.entry else { continue }
            let void = merges.view(of: subject).void
            guard void == .void || voidEntries[entry] != nil else { continue }
            let ids = Set(subject.changes.map(\.id))
            if void == .void { now[entry] = ids }
            guard let before = voidEntries[entry], void == .no, before.isSubset(of: ids), !erased.contains(entry) else { continue }
            let isRestored = subject.changes.contains { change in
                !before.contains(change.id) && (change.header.kind == .restore || change.header.kind == .reject)
            }
            guard isRestored else { throw Violation("\(name(entry)) was void and is not any more, and nobody restored it") }
        }
        voidEntries = now
    }

    /// Of an erased entry nothing but digests is left, at the centre and wherever its promotion is worked on.
    private func checkErased(_ log: CentreLog) async throws {
        for entry in erased.sorted() {
            for change in log.subjects[entry.description]?.changes ?? [] where change.header.kind != .erase && change.body != nil {
                throw Violation("\(name(entry)) was erased, and the centre holds the body of \(change.id)")
            }
            if let rejected = log.archivedBodies[entry]?.first {
                throw Violation("\(name(entry)) was erased, and the centre holds the body of \(rejected), which was rejected")
            }
            guard try await centre.vault.entry(entry)?.state.fields.isEmpty ?? true else {
                throw Violation("\(name(entry)) was erased, and has values at the centre")
            }
            let promotion = entries.first { $0.id == entry }?.promotion ?? ""
            for station in active where log.assigned[try station.id]?.contains(promotion) == true {
                let bodies = try station.bodies(of: entry)
                guard bodies.isEmpty else {
                    throw Violation(
                        "\(name(entry)) was erased, and \(station.name) holds bodies of it: \(try bodies.map { try whereabouts($0, log) })")
                }
            }
        }
    }
}

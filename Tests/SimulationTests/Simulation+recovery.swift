import EntryModel
import FieldStore
import FieldSync
import TestSupport

@testable import CentralStore

/// What happens to files: they are put back to an earlier state, copied to a second machine, or rot; at the centre and at stations, in the midst
/// of the work.
extension Simulation {
    // MARK: The centre

    func restoreCentre() async throws {
        guard let backup = pick(centre.backups) else { return }
        try await restoreCentre(backup)
    }

    private func restoreCentre(_ backup: SimulatedCentre.Backup) async throws {
        record.note(.centreRestored)
        log("the centre's vault is put back to what it was \((clock.milliseconds - backup.time) / 60_000) minutes ago")
        try await centre.restore(backup)
        wasQuarantined.formIntersection(try await centre.vault.quarantine(limit: 10_000).map(\.id))
        try await noteVersions()
        try await forgetWhatIsGone()
    }

    /// The centre and some of the stations go back at the same time.
    func restoreBoth() async throws {
        let kept = active.filter(\.hasKeptImage)
        guard let backup = pick(centre.backups), !kept.isEmpty else { return }
        record.note(.bothRestored)
        for station in kept where station === kept[0] || chance(40) { try await putBack(station) }
        try await restoreCentre(backup)
    }

    /// The newest documents that the centre has now.
    func noteVersions() async throws {
        for held in try await centre.vault.promotions() {
            guard let index = promotions.firstIndex(where: { $0.id == held.promotion.id }) else { continue }
            promotions[index].version = held.promotion.version
        }
    }

    /// What neither the centre nor any station holds any more cannot come back; that may only be what went with a machine's file.
    ///
    /// Everything else has to be at the centre again when all is quiet.
    func forgetWhatIsGone() async throws {
        let log = try await CentreLog(try await centre.vault, reading)
        let missing = acknowledged.subtracting(log.all)
        guard !missing.isEmpty else { return }
        var held: Set<Digest> = []
        for station in active { held.formUnion(try station.heldIDs(log.assigned[station.id] ?? [])) }
        let lost = missing.subtracting(held)
        for id in lost.sorted() {
            guard lostOnce.contains(id) else {
                throw Violation(
                    "\(id) of \(made[id] ?? "?") was dropped everywhere though the centre had not said that it is safe for good")
            }
        }
        acknowledged.subtract(lost)
        gone.formUnion(lost)
        if !lost.isEmpty { record.add("       \(lost.count) changes are gone with machines that held them alone") }
        record.add("       the centre lacks \(missing.count - lost.count) changes that stations hold")
    }

    // MARK: Stations

    func rollBack() async throws {
        guard let station = pick(active.filter(\.hasKeptImage)) else { return }
        try await putBack(station)
        try await forgetWhatIsGone()
    }

    private func putBack(_ station: SimulatedStation) async throws {
        record.note(.rollback)
        log("\(station.name)'s file is put back to the copy that was kept")
        let before = try station.changeIDs()
        try station.rollBack()
        lostOnce.formUnion(before.subtracting(try station.changeIDs()))
    }

    func copyStation() throws {
        guard let station = pick(active), stations.count < 10 else { return }
        record.note(.clone)
        let number = stations.count { $0.name.hasPrefix(station.name) } + 1
        let name = "\(station.name)\(number)"
        log("a copy of \(station.name)'s file is used on another machine, \(name)")
        let copy = try machine(name, offset: Int64(draw(-200_000...200_000)), copying: try station.image())
        try copy.take(over: station)
        copy.isReader = station.isReader
        stations.append(copy)
    }

    func rot() async throws {
        guard let station = pick(active), let rotted = try station.rot(&random) else { return }
        record.note(.rot)
        lostOnce.insert(rotted.id)
        log("the \(rotted.part) of \(rotted.id) rots on \(station.name)'s disk")
        try await forgetWhatIsGone()
    }

    /// Somebody runs `doctor --repair` where something rotted.
    func repair(_ station: SimulatedStation) throws {
        guard !station.rotted.isEmpty else { return }
        let expected = try station.countRotted()
        let findings = try station.repair()
        record.add("       \(station.name) is repaired: \(findings.map(\.kind.rawValue).joined(separator: ", "))")
        if !findings.isEmpty { record.note(.repaired) }
        guard findings.count >= expected else { throw Violation("doctor did not find what rotted at \(station.name)") }
    }
}

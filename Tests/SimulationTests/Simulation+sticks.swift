import EntryModel
import FieldStore
import FieldSync
import Foundation
import TestSupport

@testable import CentralStore

/// Bundles that somebody carries on sticks, in any order, beside whatever goes by the network.
extension Simulation {
    /// Somebody goes around with sticks for a while.
    func carrySticks() async throws {
        for _ in 0..<draw(4...9) {
            switch draw(0...19) {
            case 0..<6: try writeBundle()
            case 6..<12: try await takeInAtCentre()
            case 12..<17: try await takeInAtMachine()
            case 17: try await writeReceipts()
            case 18: try await acceptKept()
            default: loseStick()
            }
        }
    }

    private func exchange(of station: SimulatedStation) -> BundleExchange {
        BundleExchange(database: station.database, surroundings: Surroundings(now: { [clock = station.clock] in clock.now }, random: { 0 }))
    }

    private func writeBundle() throws {
        guard let station = pick(active) else { return }
        let path = sticks.path(in: folder)
        let onlyNew = chance(25)
        let before = try station.database.chainPosition()
        let export = try exchange(of: station).export(to: path, onlyNew: onlyNew)
        guard try station.database.chainPosition() == before else {
            throw Violation("\(station.name) wrote a bundle, and counts something as sent")
        }
        log("\(station.name) writes a bundle of \(export.changes) changes\(onlyNew ? ", only new ones" : "")")
        sticks.send(.toCentre, of: station.name, path)
    }

    /// One of the sticks under way.
    private func take(_ road: Sticks.Road) -> Stick? {
        guard let stick = pick(sticks.waiting(road)) else { return nil }
        if stick.isUsed { record.note(.bundleTwice) }
        if sticks.isEarly(stick, road) { record.note(.bundleEarly) }
        sticks.use(stick, road, isLeft: chance(15))
        return stick
    }

    private func loseStick() {
        let road: Sticks.Road = chance(50) ? .toCentre : .toMachines
        guard let stick = pick(sticks.waiting(road)) else { return }
        sticks.use(stick, road, isLeft: false)
        log("a stick \(road == .toCentre ? "from" : "for") \(stick.machine) is lost")
        record.note(.bundleLost)
    }

    // MARK: At the centre

    private func takeInAtCentre() async throws {
        guard let stick = take(.toCentre) else { return }
        if chance(20) { try await refuseAtCentre(stick) }
        let receipt = try await centre.centre.importBundle(stick.path)
        log(
            "the centre takes in a bundle of \(stick.machine): \(receipt.new) of \(receipt.changes) changes are new, "
                + "\(receipt.parked + receipt.revoked) messages kept, \(receipt.forked) of another branch, \(receipt.handedBack) lines back"
        )
        if receipt.parked > 0 { record.note(.parked) }
        try await checkNothingIsDue()
        try await noteReleased()
        if chance(80) { try await writeReceipts(for: stick.machine) }
    }

    private func refuseAtCentre(_ stick: Stick) async throws {
        let copy = try damaged(stick)
        let before = try await centre.vault.status()
        do {
            _ = try await centre.centre.importBundle(copy)
            throw Violation("the centre took in a damaged bundle of \(stick.machine)")
        } catch is BundleRefusal {
            log("the centre refuses a damaged copy of a bundle of \(stick.machine)")
        }
        let after = try await centre.vault.status()
        guard after.digest == before.digest, after.position == before.position else {
            throw Violation("the centre refused a bundle of \(stick.machine), and took something of it")
        }
    }

    /// The centre writes its answers once more, to what some station has asked at some time.
    private func writeReceipts() async throws {
        guard let station = pick(active) else { return }
        try await writeReceipts(for: station.name)
    }

    private func writeReceipts(for machine: String) async throws {
        guard let station = active.first(where: { $0.name == machine }) else { return }
        let path = sticks.path(in: folder)
        do {
            let contents = try await centre.centre.exportBundle(for: try station.id, of: try await centre.vault, to: path)
            log("the centre writes a bundle for \(machine) with \(contents.changes) changes")
            sticks.send(.toMachines, of: machine, path)
        } catch BundleRefusal.nothingAsked {
            log("\(machine) has asked nothing by file that the centre knows of")
        }
    }

    /// Staff take in what waits for a gap, or for them.
    private func acceptKept() async throws {
        guard let kept = pick(try await centre.vault.parked()) else { return }
        let decision = try await centre.vault.acceptParked(number: kept.number)
        log("staff accept a bundle of \(kept.stationName), kept because of \(kept.reason.rawValue): \(decision.new) changes are new")
        try await noteReleased()
    }

    /// What waited for a gap that is closed has gone on by itself.
    func checkNothingIsDue() async throws {
        let isDue = try await centre.vault.connection.blockingTransaction(.read) { try Parked.isDue($0) }
        guard !isDue else { throw Violation("a push out of a bundle waits for a gap that is closed") }
    }

    // MARK: At a machine

    private func takeInAtMachine() async throws {
        guard let stick = take(.toMachines), let meant = active.first(where: { $0.name == stick.machine }) else { return }
        if chance(20) { try refuseAtMachine(stick, meant) }
        // Whoever carries it cannot tell two machines with one file from each other.
        let id = try meant.id
        guard let station = chance(70) ? meant : pick(try active.filter { try $0.id == id }) else { return }
        if chance(15) { try crash(station, takingIn: stick) } else { try takeIn(stick, at: station) }
    }

    private func takeIn(_ stick: Stick, at station: SimulatedStation) throws {
        let before = try station.database.unsentCount()
        let summary = try exchange(of: station).take(from: stick.path)
        log("\(station.name) takes in a bundle for \(stick.machine): \(summary.acknowledged) confirmed, \(summary.pulled) in")
        if !summary.isAnswer { record.note(.staleBundle) }
        if summary.acknowledged > 0 { record.note(.confirmedByBundle) }
        guard !summary.isRevoked else { throw Violation("\(station.name) takes itself for revoked by a bundle") }
        guard try !summary.recoveries.isEmpty || station.database.unsentCount() == before - summary.acknowledged else {
            throw Violation(
                "\(station.name) had \(before) unsent changes, \(summary.acknowledged) were confirmed, and it has \(summary.unsent)")
        }
        try noteEffects(summary.recoveries, newConflicts: summary.newConflicts, summary.exceptions, of: station)
    }

    private func refuseAtMachine(_ stick: Stick, _ meant: SimulatedStation) throws {
        guard let other = pick(active) else { return }
        let isWrong = try other.id != meant.id
        let copy = isWrong ? stick.path : try damaged(stick)
        let before = (try other.database.chainPosition(), try other.database.cursors())
        do {
            _ = try exchange(of: other).take(from: copy)
            throw Violation("\(other.name) took in \(isWrong ? "a bundle of another station" : "a damaged bundle")")
        } catch is BundleFault {
            log("\(other.name) refuses \(isWrong ? "a bundle for \(meant.name)" : "a damaged copy of a bundle")")
        }
        guard try (other.database.chainPosition(), other.database.cursors()) == before else {
            throw Violation("\(other.name) refused a bundle, and took something of it")
        }
    }

    /// The machine stops behind one of the commits, and the stick is taken in once more by what starts again.
    private func crash(_ station: SimulatedStation, takingIn stick: Stick) throws {
        let commits = draw(1...4)
        record.note(.crashInBundle)
        log("\(station.name) takes in a bundle for \(stick.machine) and stops behind commit \(commits)")
        try station.stop(behind: commits) { _ = try exchange(of: station).take(from: stick.path) }
        try noteAcknowledged(of: station)
        try takeIn(stick, at: station)
    }

    /// A copy that was cut, or in which one bit is turned.
    private func damaged(_ stick: Stick) throws -> String {
        var bytes = try [UInt8](Data(contentsOf: URL(filePath: stick.path)))
        if chance(50) {
            bytes.removeLast(draw(1...bytes.count))
        } else {
            bytes[draw(0...(bytes.count - 1))] ^= 1 << UInt8(draw(0...7))
        }
        record.note(.bundleDamaged)
        let path = folder.file("stick-damaged")
        try Data(bytes).write(to: URL(filePath: path))
        return path
    }
}

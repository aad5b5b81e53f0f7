import EntryModel
import FieldStore
import FieldSync
import TestSupport

@testable import CentralStore

extension Simulation {
    /// What ends the work on a file: it is put back to an earlier state, copied to a second machine, or its station is revoked.
    ///
    /// The sync puts the file right and says so, or ends because it is revoked; the centre keeps whatever it acknowledged.
    func end() async throws {
        guard let station = pick(stations) else { return }
        switch draw(0...2) {
        case 0: try await rollBack(station)
        case 1: try await copy(station)
        default: try await revoke(station)
        }
        let log = try await CentreLog(try await centre.vault)
        let there = Set(log.ids).union(log.quarantine.map(\.id))
        for id in acknowledged.sorted() where !there.contains(id) {
            throw Violation("the acknowledged change \(id) of \(made[id] ?? "?") is not at the centre any more")
        }
        station.isOut = true
        try await quiet("quiet the last")
    }

    private func work(_ station: SimulatedStation, _ times: Int) throws {
        for _ in 0..<times {
            try act(station) {
                let capture = Capture(promotion: promotions[0].id, channel: .kiosk, values: [("given_name", Keyed(text: "Ann"))])
                _ = try station.database.capture(capture, by: station.operators[0])
            }
        }
    }

    private func sync(_ station: SimulatedStation, expecting codes: [String], recoveries: [Recovery.Kind]? = nil) async throws {
        station.network.begin(.fair)
        let summary = await station.engine.synchronize()
        let outcome = summary.outcome
        record.add("       \(station.name) \(outcome.code)")
        for recovery in summary.recoveries {
            record.add("       \(recovery.sentence)")
            if let sight = Sight(recovery.kind) { record.note(sight) }
        }
        if let recoveries {
            guard summary.recoveries.count == 1, let kind = summary.recoveries.first?.kind, recoveries.contains(kind) else {
                let found = summary.recoveries.map(\.kind.rawValue)
                throw Violation("\(station.name) should have found \(recoveries.map(\.rawValue)), not \(found)")
            }
        }
        guard codes.contains(outcome.code) else {
            throw Violation("\(station.name) should have ended with \(codes.joined(separator: " or ")), not \(outcome.code)")
        }
        if let sight = Sight(outcome) { record.note(sight) }
    }

    private func rollBack(_ station: SimulatedStation) async throws {
        record.note(.rollback)
        let image = try station.image()
        try work(station, draw(1...4))
        try await sync(station, expecting: ["complete"])
        try noteAcknowledged(of: station)
        try station.restart(from: image)
        let isUsed = chance(60)
        log("\(station.name) is put back to an earlier state\(isUsed ? " and used" : "")")
        if isUsed {
            station.own = []
            station.recorded = try station.database.chainPosition().head.sequence
            station.own = Array(repeating: .zero, count: Int(station.recorded))
            try work(station, draw(1...6))
        }
        try await sync(station, expecting: ["complete"], recoveries: isUsed ? [.rolledBack, .forked] : [.rolledBack])
    }

    private func copy(_ station: SimulatedStation) async throws {
        record.note(.clone)
        let image = try station.image()
        let first = station.own
        try work(station, draw(1...4))
        try await sync(station, expecting: ["complete"])
        try noteAcknowledged(of: station)
        try station.restart(from: image)
        log("a copy of \(station.name) is used on another machine")
        station.own = first
        station.recorded = Int64(first.count)
        clock.advance(by: .seconds(draw(1...1000)))
        try work(station, draw(1...8))
        try await sync(station, expecting: ["complete"], recoveries: [.rolledBack, .forked])
    }

    private func revoke(_ station: SimulatedStation) async throws {
        record.note(.revoked as Fault)
        log("staff revoke \(station.name)")
        try work(station, draw(1...3))
        try await centre.vault.revoke(station.id)
        try await sync(station, expecting: ["revoked"])
        let unsent = try station.database.unsentCount()
        guard unsent > 0 else { throw Violation("\(station.name) was revoked and has lost its unsent work") }
    }
}

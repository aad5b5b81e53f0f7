import EntryModel
import FieldStore
import FieldSync
import TestSupport

@testable import CentralStore

/// What staff do at the centre.
extension Simulation {
    // MARK: Promotions

    func reassign(_ station: SimulatedStation) async throws {
        guard let promotion = pick(promotions)?.id else { return }
        let vault = try await centre.vault
        let id = try station.id
        guard let held = try await vault.stations().first(where: { $0.id == id }) else { throw Violation("no station \(id)") }
        let isAssigned = held.promotions.contains(promotion)
        log("staff \(isAssigned ? "take \(promotion) from" : "give \(promotion) to") \(station.name)")
        if isAssigned { record.note(.unassigned) }
        try await vault.assign(id, isAssigned ? held.promotions.filter { $0 != promotion } : held.promotions + [promotion])
        try await noteReleased()
        if isAssigned { try await forgetWhatIsGone() }
    }

    func putDocument() async throws {
        guard let index = promotions.indices.randomElement(using: &random), promotions[index].version < 4 else { return }
        try await putDocument(index)
        record.note(.documentInFlight)
    }

    private func putDocument(_ index: Int) async throws {
        promotions[index].version += 1
        let promotion = promotions[index]
        log("staff put version \(promotion.version) of \(promotion.id)")
        _ = try await centre.vault.putPromotion(try promotion.document(version: promotion.version))
        try await noteReleased()
    }

    /// A station has a document that the centre does not know, as after the centre was put back to an earlier state.
    func documentTooEarly(_ station: SimulatedStation) throws {
        guard let index = promotions.indices.randomElement(using: &random) else { return }
        let promotion = promotions[index]
        guard let cursor = try station.database.cursors()["documents/\(promotion.id)"]?.at,
            let held = try station.database.promotion(promotion.id), held.version == promotion.version
        else { return }
        let line = try promotion.document(version: promotion.version + 1)
        let header = ChangeHeader(
            station: ChangeHeader.central, operatorID: "staff", stamp: clock.milliseconds, skew: 0, kind: .document,
            form: Versioned(id: promotion.id, version: promotion.version + 1), subject: .promotion)
        let document = try JSONValue(line: line, limits: .document)
        let change = try Change(header: header, body: ChangeBody(salt: random.bytes(16), document: document))
        log("\(station.name) gets version \(promotion.version + 1) of \(promotion.id) too early")
        record.note(.documentTooEarly)
        let row = FeedRow(
            position: cursor.position,
            content: .change(
                id: change.id, mac: [UInt8](repeating: 0, count: 32), headerLine: change.headerLine, bodyLine: change.bodyLine))
        try station.database.apply(
            PullAnswer.KeyPage(
                key: .documents(promotion: promotion.id), from: cursor.position, to: cursor.position, digest: cursor.digest, more: false,
                rows: [row]))
    }

    // MARK: Entries

    func resolveAtCentre() async throws {
        let vault = try await centre.vault
        guard let conflict = pick(try await vault.conflicts(limit: 20)) else { return }
        let choice: ConflictChoice
        if conflict.field == "$void" {
            choice = chance(50) ? .void : .keep
        } else if let head = pick(conflict.heads) {
            choice = .head(head.change)
        } else {
            return
        }
        log("staff settle \(conflict.field) of \(name(conflict.entry.id))")
        try await vault.resolve(conflict.entry.id, field: conflict.field, choice)
        record.note(.settledByCentre)
    }

    func erase() async throws {
        let vault = try await centre.vault
        guard let entry = pick(entries)?.id, !erased.contains(entry), try await vault.entry(entry) != nil else { return }
        log("staff erase \(name(entry))")
        record.note(.erased)
        try await vault.erase(entry)
        erased.insert(entry)
    }

    // MARK: The quarantine

    /// Staff release or reject one of the changes in quarantine.
    func decide() async throws {
        guard let held = pick(try await centre.vault.quarantine(limit: 50)) else { return }
        if chance(50) { try await reject(held) } else { try await release(held) }
    }

    private func release(_ held: QuarantinedChange) async throws {
        do {
            let decision = try await centre.vault.release(.number(held.number))
            log("staff release \(held.id) (\(held.problem.rawValue)), changes \(decision.changes)")
            record.note(.releasedByStaff)
        } catch CentreError.cannotRelease(_, let reason) {
            log("staff cannot release \(held.id) (\(held.problem.rawValue)): \(reason)")
        }
        try await noteReleased()
    }

    private func reject(_ held: QuarantinedChange) async throws {
        let decision = try await centre.vault.reject(.number(held.number))
        log("staff reject \(held.id) of \(made[held.id] ?? "?") (\(held.problem.rawValue)), changes \(decision.changes)")
        record.note(.rejectedByStaff)
        wasQuarantined.formIntersection(try await centre.vault.quarantine(limit: 10_000).map(\.id))
    }

    /// Counts what has left the quarantine for the log.
    func noteReleased() async throws {
        let held = Set(try await centre.vault.quarantine(limit: 10_000).map(\.id))
        for _ in wasQuarantined.subtracting(held) { record.note(.released) }
        wasQuarantined.formIntersection(held)
    }

    /// Staff see to everything that waits for them: all documents are put, and all stations are assigned everything.
    func settleStaff() async throws {
        let vault = try await centre.vault
        for station in try await vault.stations() { try await vault.assign(station.id, promotions.map(\.id)) }
        // The station that held a version may have lost it; what waits names it, and staff have what they wrote.
        let waiting = try await vault.quarantine(limit: 10_000).compactMap { $0.problem == .unknownForm ? $0.header?.form : nil }
        for index in promotions.indices {
            var newest = waiting.filter { $0.id == promotions[index].id }.map(\.version).max() ?? 0
            for station in active { newest = max(newest, try station.database.promotion(promotions[index].id)?.version ?? 0) }
            while promotions[index].version < newest { try await putDocument(index) }
        }
        log("staff assign everything to everybody")
        try await noteReleased()
    }

    /// Staff decide about what only they can: lines that lost their values, and what stands on a capture that was rejected or is gone. All else has
    /// to have gone on by itself.
    func decideAll() async throws {
        while let held = try await centre.vault.quarantine(limit: 1).first {
            // A document that rotted on the one machine which held it is put by those who wrote it, once they see what waits for it; what names it may
            // have come to a restored centre only now.
            if held.problem == .unknownForm, let form = held.header?.form,
                let index = promotions.firstIndex(where: { $0.id == form.id && $0.version < form.version })
            {
                try await putDocument(index)
                continue
            }
            let log = try await CentreLog(try await centre.vault, reading)
            guard held.header.map(log.isOrphan) ?? false || lostOnce.contains(held.id) || held.problem == .waits else {
                throw Violation(
                    "\(held.id) stays in quarantine (\(held.problem.rawValue)) with nothing to wait for: \(try whereabouts(held.id, log))")
            }
            try await reject(held)
        }
    }

    // MARK: Stations

    func enrolLate() async throws {
        guard let name = Self.names.first(where: { name in !stations.contains { $0.name == name } }), stations.count < 10 else { return }
        record.note(.enrolledLate)
        try await enrol(name, isReader: chance(30))
    }

    /// A station is revoked; if it is taken for stolen, all that it sent in the last hours is rejected too.
    func revoke(isolating: Bool) async throws {
        let others = Set(try active.map { try $0.id })
        guard others.count > 2, let station = pick(active) else { return }
        let id = try station.id
        // Somebody has to go on keying.
        guard try active.contains(where: { try !$0.isReader && $0.id != id }) else { return }
        record.note(isolating ? .isolated : .revoked)
        let unsent = try station.database.unsentCount()
        if isolating {
            let isolation = try await centre.vault.isolate(id, since: clock.milliseconds - Int64(draw(0...3_600_000)))
            log("staff isolate \(station.name): \(isolation.rejected) changes are rejected")
        } else {
            log("staff revoke \(station.name)")
            try await centre.vault.revoke(id)
        }
        station.network.begin(.fair)
        let outcome = await station.engine.synchronize().outcome
        guard outcome == .revoked else { throw Violation("\(station.name) is revoked, and its sync ended with \(outcome.code)") }
        record.note(.revoked as Sight)
        guard try station.database.unsentCount() == unsent else {
            throw Violation("\(station.name) was revoked and has lost its unsent work")
        }
        for machine in try stations.filter({ try $0.id == id }) {
            lostOnce.formUnion(try machine.changeIDs())
            machine.isOut = true
        }
        try await forgetWhatIsGone()
    }
}

import EntryModel
import FieldStore
import FieldSync
import TestSupport

@testable import CentralStore

extension Simulation {
    // MARK: Syncs

    func syncInTrouble(_ station: SimulatedStation) async throws {
        var weather = weather
        if station.partitionedSyncs > 0 { station.partitionedSyncs -= 1 }
        let isPartitioned = station.partitionedSyncs > 0
        switch draw(0...39) {
        case 0, 1: weather.percent = 98
        case 2: weather = Weather(faults: [.busy, .gateway], percent: 100)
        default: break
        }
        let cancels = chance(5)
        if cancels { weather.faults += [.requestLost] }
        station.network.begin(weather, isPartitioned: isPartitioned, cancels: cancels)
        log("\(station.name) syncs\(isPartitioned ? " without a network" : "")")
        let summary = await station.engine.synchronize()
        try note(summary, of: station)
        try judge(summary.outcome, of: station, weather)
    }

    /// Whether a sync may end so in this weather.
    private func judge(_ outcome: SyncOutcome, of station: SimulatedStation, _ weather: Weather) throws {
        func some(_ faults: Fault...) -> Bool { faults.contains { weather.faults.contains($0) } }
        let isExpected =
            switch outcome {
            case .complete, .unreachable, .cancelled: true
            case .unavailable: some(.busy, .gateway)
            case .later: some(.longPause)
            case .refused: some(.requestTruncated, .requestFlipped)
            case .untrusted: some(.answerTruncated, .answerFlipped)
            case .clock: some(.requestLate)
            default: false
            }
        guard isExpected else { throw Violation("a sync of \(station.name) ended with \(outcome.code): \(outcome.message)") }
    }

    /// Writes down what a sync did, and checks what has to hold after every one.
    func note(_ summary: SyncSummary, of station: SimulatedStation) throws {
        let counts = "\(summary.pushed) out, \(summary.pulled) in"
        record.add("       \(station.name) \(summary.outcome.code): \(counts)")
        if let sight = Sight(summary.outcome) { record.note(sight) }
        let entries = try station.database.status().entries
        if entries < station.entries { record.note(.dropped) }
        station.entries = entries
        if summary.newConflicts > 0 { record.note(.conflict) }
        for exception in summary.exceptions {
            record.note(.quarantined)
            wasQuarantined.insert(exception.id)
            switch exception.problem {
            case Problem.Code.unknownForm.rawValue: record.note(.unknownForm)
            case Problem.Code.notEntitled.rawValue: record.note(.notEntitled)
            case Problem.Code.waits.rawValue: record.note(.waited)
            default: throw Violation("\(station.name) got the exception \(exception.problem)")
            }
        }
        try noteAcknowledged(of: station)
    }

    func noteAcknowledged(of station: SimulatedStation) throws {
        let position = try station.database.chainPosition()
        guard position.head.sequence == Int64(station.own.count), position.acknowledged.sequence <= position.head.sequence else {
            throw Violation(
                "\(station.name) has made \(station.own.count) changes and its chain ends at \(position.head.sequence), "
                    + "acknowledged \(position.acknowledged.sequence)")
        }
        acknowledged.formUnion(station.own.prefix(Int(position.acknowledged.sequence)))
    }

    func partition(_ station: SimulatedStation) {
        station.partitionedSyncs = draw(2...5)
        log("\(station.name) loses its network")
        record.note(.partition)
    }

    func syncWithFullDisk(_ station: SimulatedStation) async throws {
        try station.limitDisk(morePages: draw(0...2))
        station.network.begin(.fair)
        log("\(station.name) syncs with a full disk")
        let summary = await station.engine.synchronize()
        if case .store = summary.outcome { record.note(.diskFullInSync) }
        try station.limitDisk(morePages: nil)
        try note(summary, of: station)
        switch summary.outcome {
        case .complete, .store: break
        default: throw Violation("a sync of \(station.name) with a full disk ended with \(summary.outcome.code)")
        }
    }

    // MARK: Stopping

    func crash(_ station: SimulatedStation) throws {
        log("\(station.name) stops and starts")
        record.note(.stationCrash)
        try station.restart(from: station.image())
        try checkUnsent(station)
    }

    /// Stops a station in the middle of a sync, right behind one of its commits or before an answer comes.
    func crashInSync(_ station: SimulatedStation) async throws {
        let commits = draw(0...4)
        record.note(.crashInSync)
        log("\(station.name) syncs and stops \(commits == 0 ? "before an answer comes" : "behind commit \(commits)")")
        let image = try station.image()
        if commits == 0 {
            station.network.begin(.fair, lastWords: draw(1...2))
            _ = await station.engine.synchronize()
        } else {
            let watched = image + "-watched"
            let watch = try CommitWatch(
                station.database, stopAfter: commits, copying: station.path, to: watched, network: station.network)
            station.watch(watch)
            station.network.begin(.fair, lastWords: 1000)
            _ = await station.engine.synchronize()
            MemoryFolder.removeDatabase(image)
            if watch.hasStopped {
                try MemoryFolder.copyDatabase(watched, to: image)
            } else {
                // It stopped behind its last commit.
                try MemoryFolder.copyDatabase(station.path, to: image)
            }
            MemoryFolder.removeDatabase(watched)
        }
        try station.restart(from: image)
        try noteAcknowledged(of: station)
        try checkUnsent(station)
    }

    private func checkUnsent(_ station: SimulatedStation) throws {
        let acknowledged = try station.database.chainPosition().acknowledged.sequence
        let unsent = try station.ownChanges(after: acknowledged).map(\.id)
        guard unsent == Array(station.own.dropFirst(Int(acknowledged))) else {
            throw Violation("\(station.name) has lost unsent changes by stopping")
        }
    }

    // MARK: Clocks

    func jump(_ station: SimulatedStation) {
        let now = clock.milliseconds
        let (time, year): (Int64, String) =
            switch draw(0...4) {
            case 0: (Int64(draw(0...1_000_000)), "1970")
            case 1: (4_070_908_800_000, "2099")
            case 2: (now + Int64(draw(-90_000_000...90_000_000)), "by hours")
            case 3: (now + Int64(draw(-250_000...250_000)), "by minutes")
            default: (now, "right")
            }
        station.clock.set(to: time)
        log("\(station.name)'s clock jumps: \(year)")
        record.note(.clockJump)
    }

    // MARK: Staff

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
    }

    func putDocument() async throws {
        guard let index = promotions.indices.randomElement(using: &random), promotions[index].version < 4 else { return }
        try await putDocument(index)
        record.note(.documentInFlight)
    }

    private func putDocument(_ index: Int) async throws {
        promotions[index].version += 1
        promotions[index].isEarly = false
        let promotion = promotions[index]
        log("staff put version \(promotion.version) of \(promotion.id)")
        _ = try await centre.vault.putPromotion(try promotion.document(version: promotion.version))
        try await noteReleased()
    }

    private func noteReleased() async throws {
        let held = Set(try await centre.vault.quarantine(limit: 10_000).map(\.id))
        for _ in wasQuarantined.subtracting(held) { record.note(.released) }
        wasQuarantined.formIntersection(held)
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
        promotions[index].isEarly = true
    }

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

    /// Staff see to everything that waits: all documents are put, and all stations are assigned what they ever keyed.
    func settleStaff() async throws {
        let vault = try await centre.vault
        for station in stations { try await vault.assign(station.id, promotions.map(\.id)) }
        for index in promotions.indices where promotions[index].isEarly { try await putDocument(index) }
        log("staff assign everything to everybody")
        try await noteReleased()
    }
}

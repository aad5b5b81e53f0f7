import CentralStore
import EntryModel
import FieldStore
import FieldSync
import TestSupport
import Testing

/// Three stations that key, edit, void, decide and sync at random over a network that loses, repeats and refuses at random.
@Suite struct RandomScheduleTests {
    @Test(
        "whatever happens on the way, all stations and the centre end with the same heads, and every change is there once", arguments: 1...6
    )
    func converges(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let fleet = try await Fleet(seed: seed)
        var stations: [Station] = []
        for name in ["a", "b", "c"] {
            stations.append(try await fleet.station(name, skew: Int64.random(in: -200_000...200_000, using: &random)))
        }
        for station in stations { #expect(await station.sync().outcome == .complete) }
        var entries: [UniqueID] = []
        var ownChanges = 0
        for _ in 0..<150 {
            fleet.clock.advance(by: .milliseconds(Int64.random(in: 1...5000, using: &random)))
            let station = stations[Int.random(in: 0..<3, using: &random)]
            let before = try station.database.chainPosition().head.sequence
            try act(station, &entries, &random)
            ownChanges += Int(try station.database.chainPosition().head.sequence - before)
            if random.chance(oneIn: 4) { await sync(station, &random) }
        }
        for _ in 0..<2 {
            for station in stations {
                station.transport.decide { _ in .arrives }
                let summary = await station.sync()
                #expect(summary.outcome == .complete, "seed \(seed): \(summary.message)")
                #expect(summary.exceptions.isEmpty, "seed \(seed)")
            }
        }
        let centre = try await fleet.comparison()
        #expect(centre.entries == entries.count, "seed \(seed)")
        for station in stations {
            #expect(try station.comparison() == centre, "seed \(seed), station \(station.name)")
            #expect(try station.database.unsentCount() == 0, "seed \(seed)")
        }
        // One more is the promotion's document.
        #expect(try await fleet.vault.status().changes == ownChanges + 1, "seed \(seed)")
    }

    private func act(_ station: Station, _ entries: inout [UniqueID], _ random: inout SeededRandom) throws {
        let names = ["Ann", "Bo", "Cy", "Di"]
        let name = names[Int.random(in: 0..<4, using: &random)]
        guard !random.chance(oneIn: 5), let entry = entries.randomElement(using: &random), try station.database.entry(entry) != nil
        else {
            if random.chance(oneIn: 3) {
                // A card that another station may have imported already, or will.
                let number = Int64.random(in: 1...4, using: &random)
                let id = UniqueID.card(promotion: Fleet.promotion, batch: "MB-1", envelope: number, card: 1)
                if !entries.contains(id) { entries.append(id) }
                try station.capture(["given_name": "Card \(number)"], entry: id, place: CardPlace(batch: "MB-1", envelope: number))
            } else {
                entries.append(try station.capture(["given_name": name, "opt_in": "yes"]))
            }
            return
        }
        switch Int.random(in: 0..<6, using: &random) {
        case 0: try station.edit(entry, "opt_in", random.chance(oneIn: 2) ? "yes" : "no")
        case 1: try station.edit(entry, "city", name)
        case 2: try station.void(entry)
        case 3: try station.restore(entry)
        case 4:
            guard let conflict = try station.database.conflicts(limit: 100).first(where: { $0.entry == entry }),
                let head = conflict.heads.randomElement(using: &random)
            else { return }
            let choice: Choice = conflict.field == "$void" ? .keep : .head(head.change)
            _ = try station.database.resolve(entry, field: conflict.field, choice, by: station.operatorID)
        default: try station.edit(entry, "given_name", name)
        }
    }

    /// A sync that may fail; what it leaves behind has to be sound all the same.
    private func sync(_ station: Station, _ random: inout SeededRandom) async {
        let seed = random.next()
        station.transport.decide { delivery in
            var random = SeededRandom(seed: seed &+ UInt64(delivery.number) &* 0x9E37_79B9)
            return switch Int.random(in: 0..<8, using: &random) {
            case 0: .isLost
            case 1: .answerIsLost
            case 2: .arrivesTwice
            case 3: .isRefused(Problem(.busy), retryAfterMilliseconds: 10)
            default: .arrives
            }
        }
        _ = await station.sync()
    }
}

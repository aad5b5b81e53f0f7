import EntryModel
import FieldStore
import Foundation
import TestSupport
import Testing

/// Power cuts: programs killed while they work, again and again, and started anew on the same files.
@Suite("Killed programs") struct KillTests {
    private static let rounds = 60
    private static let promotion = LiveJobTests.promotion

    /// Everything that is on the machines, and who is killed when.
    private struct Site {
        let folder: TemporaryFolder
        var centre: KillableCentre
        var stations: [KillStation]
        var random: SeededRandom
        var centreKills = 0

        init(seed: UInt64) throws {
            folder = try TemporaryFolder("kill")
            centre = KillableCentre(data: folder.file("centre"), place: folder.file("central"), proxy: try WireProxy())
            random = SeededRandom(seed: seed)
            stations = []
            for name in ["Ash", "Birch", "Cedar"] { stations.append(KillStation(name, folder: folder, seed: random.next())) }
            try centre.prepare()
            try centre.start()
            for station in stations { try centre.enrol(station.name, file: station.file) }
        }

        /// Starts what is not running, waits a moment, and kills one or several of the four.
        mutating func round(cards: [String]) throws {
            if !centre.isRunning { try centre.start() }
            for index in stations.indices where !stations[index].isRunning { try stations[index].start(cards: cards) }
            usleep(UInt32.random(in: 10_000...500_000, using: &random))
            for victim in 0..<4 where random.chance(oneIn: 2) {
                if victim < 3 {
                    stations[victim].kill()
                } else {
                    centre.kill()
                    centreKills += 1
                }
                usleep(UInt32.random(in: 0...20_000, using: &random))
            }
        }
    }

    @Test(
        "centre and three stations killed in sixty rounds of work: all that was acknowledged is everywhere, once, and nobody sees a fault")
    func sixtyRounds() throws {
        let seed = UInt64(ProcessInfo.processInfo.environment["FIELD_ENTRY_KILL_SEED"] ?? "") ?? 1
        let sample = try String(contentsOf: ProjectFolder.file("Samples/cards.csv"), encoding: .utf8)
        let cards = sample.split(whereSeparator: \.isNewline).prefix(900).map(String.init)
        var site = try Site(seed: seed)
        for _ in 0..<Self.rounds { try site.round(cards: cards) }
        if !site.centre.isRunning { try site.centre.start() }
        for index in site.stations.indices { site.stations[index].kill() }
        // Now nobody is killed any more.
        for _ in 0..<2 {
            for station in site.stations {
                let outcome = try Programs.run("fieldentry", [station.file, "-c", "sync"])
                #expect(outcome.status == 0, "seed \(seed), \(station.name): \(outcome.errors)")
            }
        }
        let kills = site.stations.map(\.kills)
        print("killed: seed \(seed), centre \(site.centreKills), stations \(kills), syncs \(site.stations.map(\.syncs))")
        #expect(site.centreKills > 15)
        #expect(kills.allSatisfy { $0 > 10 })
        // On an idle machine it is ten times as much; the least that shows that the programs came to work.
        #expect(site.stations.allSatisfy { $0.syncs > 5 && $0.promised.count > 60 && $0.imported.count > 60 })
        try Self.expectAllThere(site.centre, site.stations, seed: seed)
        #expect(site.centre.stop() == 0)
    }

    /// Expects what was promised at every station and at the centre, once, and the same everywhere.
    static func expectAllThere(_ centre: KillableCentre, _ stations: [KillStation], seed: UInt64) throws {
        let examined = try centre.central("doctor")
        #expect(examined.status == 0, "\(examined.output)")
        let scripted = stations.reduce(into: Set<String>()) { $0.formUnion($1.scripted) }
        let imported = stations.reduce(into: Set<String>()) { $0.formUnion($1.imported) }
        var digests: Set<String> = []
        for station in stations {
            let database = try FieldDatabase(path: station.file)
            #expect(try database.check() == [], "seed \(seed), \(station.name)")
            let status = try database.status()
            #expect(status.unsent == 0 && status.conflicts == 0 && status.quarantinedCount == 0, "seed \(seed), \(station.name): \(status)")
            // A program that was only killed must not look like a file that was copied or put back.
            #expect(status.lastRecovery == nil)
            let entries = try database.entries(promotion: promotion, limit: 100_000)
            try expectOnce(entries, scripted: scripted, imported: imported, seed: seed)
            for (name, id) in station.promised {
                let entry = try #require(try database.entry(id), "seed \(seed): \(name) was acknowledged")
                #expect(entry.value(of: "given_name")?.value == .text(name))
                let street = entry.value(of: "street")?.value.description ?? ""
                #expect(station.streets[id]?.contains(street) == true, "seed \(seed): \(name) shows \(street)")
            }
            digests.insert(try database.comparison(promotion: promotion).digest.hex)
            #expect(station.failures.allSatisfy { $0.contains("sync") }, "seed \(seed): \(station.failures.prefix(3))")
            for trace in ["Fatal error", "Crash", "SIG"] { #expect(!station.complaints.contains(trace)) }
            try database.close()
        }
        #expect(digests.count == 1, "seed \(seed): the stations differ")
        let status = try centre.central("status", "--digests", "--json").output
        #expect(digests.allSatisfy { status.contains($0) }, "seed \(seed): the centre differs")
    }

    /// Each person once, each card once, and nobody that was never keyed.
    private static func expectOnce(_ entries: [EntryView], scripted: Set<String>, imported: Set<String>, seed: UInt64) throws {
        var names: Set<String> = []
        var places: Set<String> = []
        for entry in entries {
            if let place = entry.place {
                #expect(places.insert("\(place.batch),\(place.envelope),\(place.card)").inserted, "seed \(seed): a card twice")
            } else {
                let name = entry.value(of: "given_name")?.value.description ?? ""
                #expect(names.insert(name).inserted, "seed \(seed): \(name) twice")
                #expect(scripted.contains(name), "seed \(seed): nobody keyed \(name)")
            }
        }
        #expect(imported.isSubset(of: places), "seed \(seed): an imported card is missing")
    }
}

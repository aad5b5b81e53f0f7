import EntryModel
import FieldStore
import FieldSync
import TestSupport

@testable import CentralStore

/// One run: real stations and a real centre on a simulated network, disk and clock, all of it decided by one seed.
///
/// Times of trouble and quiet periods take turns; after each quiet period all rules are checked.
final class Simulation {
    let seed: UInt64
    private let mutation: Mutation?
    let record = Record()
    let clock = ManualClock(milliseconds: 1_780_000_000_000)
    let centre: SimulatedCentre
    let folder: MemoryFolder
    var random: SeededRandom
    var stations: [SimulatedStation] = []
    var promotions: [SimulatedPromotion] = []
    /// Every change that was ever made at a station, and by which.
    var made: [Digest: String] = [:]
    var acknowledged: Set<Digest> = []
    /// Entries that any station captured, in order, with a short name.
    var entries: [(id: UniqueID, promotion: String)] = []
    var entryNames: [UniqueID: String] = [:]
    var weather = Weather.fair
    var operations = 0
    /// Entries that were void at the last quiet period, and how much of their log was there.
    var voidEntries: [UniqueID: Int] = [:]
    var wasQuarantined: Set<Digest> = []

    /// - Parameter mutation: A deliberate fault, which has to end in a violation.
    init(seed: UInt64, mutation: Mutation? = nil) async throws {
        self.seed = seed
        self.mutation = mutation
        random = SeededRandom(seed: seed)
        folder = try MemoryFolder()
        centre = try await SimulatedCentre(folder: folder, clock: clock, random: random.split())
    }

    /// Runs to the end.
    /// - Throws: `Violation`, and what should not be thrown by the code under test.
    func run() async throws {
        try await begin()
        try await mutate()
        let periods = draw(3...4)
        let total = draw(200...240)
        for period in 1...periods {
            chooseWeather()
            record.add("-- trouble \(period): \(weather.percent) % of \(weather.faults.map(\.rawValue).joined(separator: ", "))")
            while operations < total * period / periods { try await operate() }
            while period == periods, record.faults.count < 3 { try await operate() }
            if period == periods { try await settleStaff() }
            try await quiet("quiet \(period)", isSettled: period == periods)
        }
        try await end()
    }

    private func mutate() async throws {
        guard let mutation else { return }
        switch mutation.side {
        case .station: for station in stations { try station.execute(mutation.sql) }
        case .centre:
            let connection = try await centre.vault.connection
            try connection.blockingTransaction(.write) { sql in _ = try sql.execute(mutation.sql, []) }
        }
    }

    func draw(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    func chance(_ percent: Int) -> Bool { draw(0...99) < percent }
    func pick<Element>(_ list: [Element]) -> Element? { list.randomElement(using: &random) }

    // MARK: The beginning

    private func begin() async throws {
        let sharings = Promotion.Sharing.allCases.shuffled(using: &random)
        for number in 1...draw(1...3) {
            let promotion = SimulatedPromotion(id: "p\(number)", sharing: sharings[number - 1])
            promotions.append(promotion)
            _ = try await centre.vault.putPromotion(try promotion.document(version: 1))
            record.add("promotion \(promotion.id) shares \(promotion.sharing.rawValue)")
        }
        let postal = try PostalTable(bytes: Array("zip,type,city,acceptable_cities,state,active\n".utf8))
        for name in ["A", "B", "C", "D", "E", "F", "G", "H"].prefix(draw(2...5) + draw(0...3)) {
            let offset = Int64(draw(-200_000...200_000))
            let station = try SimulatedStation(name, folder, centre, offset: offset, postal: postal, random: &random, record: record)
            let assigned = promotions.map(\.id).filter { _ in chance(80) }
            let first = promotions[0].id
            let code = try await centre.centre.invite(
                client: SimulatedCentre.client, name: name, promotions: assigned.isEmpty ? [first] : assigned, url: "http://simulation")
            try await station.engine.enrol(code: code)
            for person in 1...draw(1...3) { station.operators.append(try station.database.operatorID(named: "Operator \(name)\(person)")) }
            stations.append(station)
            station.network.begin(.fair)
            let outcome = await station.engine.synchronize().outcome
            guard outcome == .complete else { throw Violation("the first sync of \(name) ended with \(outcome.code)") }
            record.add("station \(name) keys \(assigned.isEmpty ? first : assigned.joined(separator: ", ")), clock off by \(offset) ms")
        }
    }

    private func chooseWeather() {
        let count = draw(3...8)
        weather = Weather(faults: Array(Weather.possible.shuffled(using: &random).prefix(count)), percent: draw(10...50))
    }

    // MARK: Names in the timeline

    func name(_ entry: UniqueID) -> String {
        entryNames[entry] ?? entry.description
    }

    func log(_ text: String) {
        let number = String(operations)
        record.add(String(repeating: " ", count: max(0, 4 - number.count)) + number + "  " + text)
    }
}

/// A promotion and how far its document has come.
struct SimulatedPromotion {
    var id: String
    var sharing: Promotion.Sharing
    /// The newest version at the centre.
    var version: Int64 = 1
    /// Whether a station has the version after it.
    var isEarly = false

    init(id: String, sharing: Promotion.Sharing) {
        self.id = id
        self.sharing = sharing
    }

    /// One field of each policy, and a field more for each version.
    func document(version: Int64) throws -> [UInt8] {
        let extras = (1...version).dropFirst().map { #",{"id":"extra_\#($0)","kind":"text","label":"Extra"}"# }.joined()
        let text = #"""
            {"id":"\#(id)","version":\#(version),"client":"\#(SimulatedCentre.client)","name":"Promotion","kind":"client",
            "dates":{"opens":"2026-05-25","closes":"2026-09-30","concludes":"2026-10-31"},"timeZone":"America/Chicago",
            "sharing":"\#(sharing.rawValue)","privacyPolicy":"privacy/1","form":{"fields":[
            {"id":"given_name","kind":"personName","label":"Given name"},
            {"id":"city","kind":"city","label":"City","policy":"first"},
            {"id":"note","kind":"text","label":"Note"},
            {"id":"opt_in","kind":"consent","label":"May we write to you?","purpose":"client",
            "wording":{"id":"mail","version":1,"text":"Yes, write to me."}}\#(extras)]}}
            """#
        return try Promotion.read(file: Array(text.utf8)).line
    }
}

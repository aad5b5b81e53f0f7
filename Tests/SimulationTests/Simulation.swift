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
    let mutation: Mutation?
    let record = Record()
    let clock = ManualClock(milliseconds: 1_780_000_000_000)
    let centre: SimulatedCentre
    let folder: MemoryFolder
    /// Decides what is done; while an incident happens, that incident's own chance.
    var random: SeededRandom
    /// Decides what is looked at again though nothing of it has changed.
    var lookingChance: SeededRandom
    private var incidents: [(incident: Incident, chance: SeededRandom)]
    private let postal: PostalTable
    var stations: [SimulatedStation] = []
    var promotions: [SimulatedPromotion] = []
    /// Entries that any station captured, in order, with a short name.
    var entries: [(id: UniqueID, promotion: String)] = []
    var entryNames: [UniqueID: String] = [:]
    var weather = Weather.fair
    var sticks = Sticks()
    var operations = 0

    // What has to hold.

    /// Every change that was ever made at a station, and by which.
    var made: [Digest: String] = [:]
    /// What the centre has acknowledged and has to have, now or once the stations have given it back.
    var acknowledged: Set<Digest> = []
    /// What went out of a machine's reach at some time: with a file that was put back, by rot, with a revoked station.
    var lostOnce: Set<Digest> = []
    /// What nobody holds any more, the centre neither.
    var gone: Set<Digest> = []
    /// Entries that were void at the last quiet period, and the ids of their changes then.
    var voidEntries: [UniqueID: Set<Digest>] = [:]
    var erased: Set<UniqueID> = []
    /// Labels of the batches that each station ever worked on, by its id and the promotion.
    var labels: [UniqueID: [String: Set<String>]] = [:]
    var wasQuarantined: Set<Digest> = []
    let reading = ChangeReading()
    let merges = NaiveViews()

    /// - Parameters:
    ///   - mutation: A deliberate fault, which has to end in a violation.
    ///   - without: Incidents that do not happen; all else is as it would be if they did not exist.
    init(seed: UInt64, mutation: Mutation? = nil, without: Set<Incident> = []) async throws {
        self.seed = seed
        self.mutation = mutation
        random = SeededRandom(seed: seed)
        lookingChance = random.split()
        incidents = Incident.allCases.filter { !without.contains($0) }.compactMap { incident in
            incident.chance(seed).map { (incident, $0) }
        }
        folder = try MemoryFolder()
        postal = try PostalTable(bytes: Array("zip,type,city,acceptable_cities,state,active\n".utf8))
        centre = try await SimulatedCentre(
            folder: folder, clock: clock, random: random.split(), believesAnyChain: mutation?.effect.isAnyChain ?? false)
    }

    /// Runs to the end.
    /// - Throws: `Violation`, and what should not be thrown by the code under test.
    func run() async throws {
        try await begin()
        let periods = draw(3...4)
        let total = draw(200...240)
        for period in 1...periods {
            chooseWeather()
            record.add("-- trouble \(period): \(weather.percent) % of \(weather.faults.map(\.rawValue).joined(separator: ", "))")
            while operations < total * period / periods { try await step() }
            while period == periods, record.faults.count < 3 { try await step() }
            if period == periods { try await settleStaff() }
            try await quiet("quiet \(period)")
        }
        try await decideAll()
        try await quiet("the last quiet", isSettled: true)
    }

    /// One operation, and the incidents that come with it.
    private func step() async throws {
        try await operate()
        for index in incidents.indices {
            let (incident, _) = incidents[index]
            guard Int.random(in: 0..<10_000, using: &incidents[index].chance) < incident.perTenThousand else { continue }
            swap(&random, &incidents[index].chance)
            defer { swap(&random, &incidents[index].chance) }
            operations += 1
            try await happen(incident)
        }
    }

    func draw(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    func chance(_ percent: Int) -> Bool { draw(0...99) < percent }
    func pick<Element>(_ list: [Element]) -> Element? { list.randomElement(using: &random) }

    /// The stations that take part.
    var active: [SimulatedStation] { stations.filter { !$0.isOut } }

    // MARK: The beginning

    private func begin() async throws {
        let sharings = Promotion.Sharing.allCases.shuffled(using: &random)
        for number in 1...draw(1...3) {
            let promotion = SimulatedPromotion(id: "p\(number)", sharing: sharings[number - 1])
            promotions.append(promotion)
            _ = try await centre.vault.putPromotion(try promotion.document(version: 1))
            record.add("promotion \(promotion.id) shares \(promotion.sharing.rawValue)")
        }
        if let sql = mutation?.effect.sql(at: .centre) {
            try await centre.vault.connection.blockingTransaction(.write) { _ = try $0.execute(sql, []) }
        }
        for name in Self.names.prefix(draw(2...5) + draw(0...3)) {
            try await enrol(name, isReader: name != "A" && chance(15))
        }
        centre.backUp()
    }

    static let names = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"]

    /// Adds a station and brings it up to date.
    func enrol(_ name: String, isReader: Bool) async throws {
        let offset = Int64(draw(-200_000...200_000))
        let station = try machine(name, offset: offset)
        let assigned = promotions.map(\.id).filter { _ in chance(80) }
        let keyed = assigned.isEmpty ? [promotions[0].id] : assigned
        let code = try await centre.centre.invite(
            client: SimulatedCentre.client, name: name, promotions: keyed, url: "http://simulation")
        try await station.engine.enrol(code: code)
        try station.readChain()
        if let sql = mutation?.effect.sql(at: .station) { try station.execute(sql) }
        for person in 1...draw(1...3) { station.operators.append(try station.database.operatorID(named: "Operator \(name)\(person)")) }
        station.isReader = isReader
        stations.append(station)
        let role = isReader ? "reads" : "keys"
        log("station \(name) \(role) \(keyed.joined(separator: ", ")), clock off by \(offset) ms")
        station.network.begin(.fair)
        let outcome = await station.engine.synchronize().outcome
        guard outcome == .complete else { throw Violation("the first sync of \(name) ended with \(outcome.code)") }
    }

    /// A machine with an empty file, or with a copy of another's.
    func machine(_ name: String, offset: Int64, copying image: String? = nil) throws -> SimulatedStation {
        try SimulatedStation(name, folder, centre, offset: offset, postal: postal, random: &random, record: record, copying: image)
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

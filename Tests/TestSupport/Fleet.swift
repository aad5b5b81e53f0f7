public import CentralStore
public import EntryModel
public import FieldStore
public import FieldSync
import Synchronization

/// A centre with one client, and stations that sync with it, all in one process: real files and real messages, with a clock that the test moves
/// and chance that a seed repeats.
public final class Fleet: Sendable {
    public static let client = "brightfizz"
    /// The promotion's id.
    public static let promotion = "summer"

    public let folder: TemporaryFolder
    /// The centre's clock, and a station's unless it has its own.
    public let clock: ManualClock
    private let serving: Mutex<(centre: Centre, vault: Vault)>
    private let chance: Mutex<SeededRandom>
    private let centreSurroundings: Surroundings

    public var centre: Centre { serving.withLock { $0.centre } }
    public var vault: Vault { serving.withLock { $0.vault } }

    /// - Parameters:
    ///   - sharing: Which entries of the promotion the stations share.
    ///   - seed: Repeats every id and every wait.
    public init(sharing: Promotion.Sharing = .all, seed: UInt64 = 1) async throws {
        folder = try TemporaryFolder("fleet")
        clock = ManualClock()
        var random = SeededRandom(seed: seed)
        chance = Mutex(random.split())
        let centreChance = Chance(random.split())
        centreSurroundings = Surroundings(now: clock.now, random: { centreChance.next() })
        let centre = try Centre(directory: folder.file("centre"), surroundings: centreSurroundings)
        try await centre.addClient(Self.client)
        guard let vault = try await centre.vault(Self.client) else { throw FleetError.noVault }
        serving = Mutex((centre, vault))
        try await put(sharing: sharing, version: 1)
    }

    /// Opens the centre in another folder, in the place of the one before.
    func serve(_ directory: String) async throws {
        let centre = try Centre(directory: directory, surroundings: centreSurroundings)
        guard let vault = try await centre.vault(Self.client) else { throw FleetError.noVault }
        serving.withLock { $0 = (centre, vault) }
    }

    /// A machine on the file of this name, new or copied.
    func machine(_ name: String, code: EnrolmentCode, skew: Int64) throws -> Station {
        try Station(name, in: self, code: code, skew: skew, random: chance.withLock { $0.split() })
    }

    /// Puts a version of the promotion's document.
    public func put(sharing: Promotion.Sharing, version: Int64, extraField: String? = nil) async throws {
        _ = try await vault.putPromotion(try Self.document(sharing: sharing, version: version, extraField: extraField))
    }

    /// Makes a station and enrols it.
    ///
    /// - Parameters:
    ///   - skew: How far its clock is ahead of the centre's, milliseconds.
    ///   - isEnrolled: `false` to leave the enrolment to the test; the code is in the station.
    public func station(_ name: String, skew: Int64 = 0, isEnrolled: Bool = true) async throws -> Station {
        let code = try await centre.invite(client: Self.client, name: name, promotions: [Self.promotion], url: "http://loopback")
        let station = try machine(name, code: code, skew: skew)
        if isEnrolled { try await station.engine.enrol(code: code) }
        return station
    }

    /// The promotion's digest and number of entries at the centre.
    public func comparison() async throws -> (entries: Int, digest: Digest) {
        let comparison = try await vault.comparison(Self.promotion)
        return (comparison.entries, comparison.digest)
    }

    /// A promotion with one field of each policy and a few more.
    public static func document(sharing: Promotion.Sharing, version: Int64, extraField: String? = nil) throws -> [UInt8] {
        let extra = extraField.map { #",{"id":"\#($0)","kind":"text","label":"Extra"}"# } ?? ""
        let text = #"""
            {"id":"\#(promotion)","version":\#(version),"client":"\#(client)","name":"Summer","kind":"client",
            "dates":{"opens":"2026-05-25","closes":"2026-09-30","concludes":"2026-10-31"},"timeZone":"America/Chicago",
            "sharing":"\#(sharing.rawValue)","privacyPolicy":"privacy/1","form":{"fields":[
            {"id":"given_name","kind":"personName","label":"Given name"},
            {"id":"family_name","kind":"personName","label":"Family name"},
            {"id":"city","kind":"city","label":"City","policy":"first"},
            {"id":"note","kind":"text","label":"Note"},
            {"id":"opt_in","kind":"consent","label":"May we write to you?","purpose":"client",
            "wording":{"id":"mail","version":1,"text":"Yes, write to me."}}\#(extra)]}}
            """#
        return try Promotion.read(file: Array(text.utf8)).line
    }
}

/// A station of a fleet: its file, its road to the centre, and the engine that syncs them.
public final class Station: Sendable {
    public let name: String
    public let path: String
    public let code: EnrolmentCode
    public let surroundings: Surroundings
    public let database: FieldDatabase
    public let transport: LoopbackTransport
    public let engine: SyncEngine
    public let operatorID: String
    private let waits: WaitRecord
    private let offset: ClockOffset

    /// What the engine waited for before trying again, milliseconds; the fleet's clock was moved instead.
    public var waitedMilliseconds: [Int64] { waits.milliseconds }

    init(_ name: String, in fleet: Fleet, code: EnrolmentCode, skew: Int64, random: SeededRandom) throws {
        self.name = name
        self.code = code
        path = fleet.folder.file("\(name).fieldentry")
        let chance = Chance(random)
        let clock = fleet.clock
        let offset = ClockOffset(skew)
        self.offset = offset
        surroundings = Surroundings(now: { clock.milliseconds + offset.milliseconds }, random: { chance.next() })
        // The table that comes with the library takes a while to read, and these entries have no ZIP code.
        let postal = try PostalTable(bytes: Array("zip,type,city,acceptable_cities,state,active\n".utf8))
        database = try FieldDatabase(path: path, surroundings: surroundings, postal: postal)
        transport = LoopbackTransport(centre: fleet.centre)
        let waits = WaitRecord()
        self.waits = waits
        engine = SyncEngine(database: database, transport: transport, surroundings: surroundings) { duration in
            try Task.checkCancellation()
            waits.add(clock, duration)
        }
        operatorID = try database.operatorID(named: "Operator of \(name)")
    }

    /// Somebody sets the machine's clock.
    /// - Parameter skew: How far it is ahead of the centre's from now on, milliseconds.
    public func setClock(skew: Int64) {
        offset.set(skew)
    }

    // MARK: What an operator does

    /// Keys an entry; a field that is not said is left out.
    @discardableResult
    public func capture(
        _ values: [String: String], entry: UniqueID? = nil, place: CardPlace? = nil
    ) throws -> UniqueID {
        let keyed = values.sorted { $0.key < $1.key }.map { (field: $0.key, keyed: Keyed(text: $0.value)) }
        let capture = Capture(
            promotion: Fleet.promotion, entry: entry, channel: place == nil ? .kiosk : .mailIn, place: place, values: keyed)
        return try database.capture(capture, by: operatorID).entry
    }

    public func edit(_ entry: UniqueID, _ field: String, _ text: String) throws {
        _ = try database.edit(entry, [(field: field, keyed: Keyed(text: text))], by: operatorID)
    }

    public func void(_ entry: UniqueID) throws {
        _ = try database.void(entry, by: operatorID)
    }

    public func restore(_ entry: UniqueID) throws {
        _ = try database.restore(entry, by: operatorID)
    }

    @discardableResult
    public func sync() async -> SyncSummary {
        await engine.synchronize()
    }

    // MARK: What can be seen of it

    /// The text shown of a field; `nil` when the entry is not here, or the field was never set.
    public func shown(_ entry: UniqueID, _ field: String) throws -> String? {
        try database.entry(entry)?.value(of: field)?.value.description
    }

    /// The fields of an entry that a person has to decide about.
    public func conflicts(_ entry: UniqueID) throws -> [String] {
        try database.entry(entry)?.conflicts ?? []
    }

    public func comparison() throws -> (entries: Int, digest: Digest) {
        try database.comparison(promotion: Fleet.promotion)
    }
}

public enum FleetError: Error { case noVault }

/// Chance that several threads may draw from.
private final class Chance: Sendable {
    private let random: Mutex<SeededRandom>

    init(_ random: SeededRandom) {
        self.random = Mutex(random)
    }

    func next() -> UInt64 {
        random.withLock { $0.next() }
    }
}

/// How far a clock is ahead of the fleet's.
private final class ClockOffset: Sendable {
    private let offset: Mutex<Int64>

    init(_ milliseconds: Int64) {
        offset = Mutex(milliseconds)
    }

    var milliseconds: Int64 { offset.withLock { $0 } }

    func set(_ milliseconds: Int64) {
        offset.withLock { $0 = milliseconds }
    }
}

/// Waits that moved a clock and took no time.
private final class WaitRecord: Sendable {
    private let list = Mutex<[Int64]>([])

    var milliseconds: [Int64] { list.withLock { $0 } }

    func add(_ clock: ManualClock, _ duration: Duration) {
        let before = clock.milliseconds
        let after = clock.advance(by: duration)
        list.withLock { $0.append(after - before) }
    }
}

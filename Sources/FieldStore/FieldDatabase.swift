public import EntryModel
import GRDB
import Synchronization

/// A station's database: one file, one connection, one client.
///
/// Everything that happens to entries goes through here. Each operation is one transaction together with the change that it makes, so
/// after a crash, a full disk or a power cut it has happened wholly or not at all. Once a call has returned, its change is on the disk.
///
/// The log of changes is the only place where values live; reading an entry merges its changes. May be called from any thread; calls take
/// turns, and block while they wait.
///
/// ```swift
/// let database = try FieldDatabase(path: "station.sqlite")
/// let operatorID = try database.operatorID(named: "Ana")
/// let captured = try database.capture(
///     Capture(promotion: "summer-splash", channel: .kiosk, values: [("given_name", Keyed(text: "Sandra"))]), by: operatorID)
/// ```
///
/// Every method throws `FieldStoreError` and nothing else, and changes nothing when it throws.
public final class FieldDatabase: Sendable {
    /// The file; `:memory:` when there is none.
    public let path: String
    let queue: DatabaseQueue
    let surroundings: Surroundings
    let values: PersonalValues
    private let givenPostal: PostalTable?
    /// What is read for nearly every call and changes rarely; renewed after each transaction that changed it.
    private let held: Mutex<Held>

    /// Opens a station's file, or makes a new one that only this user may read.
    ///
    /// - Parameters:
    ///   - path: The file; its folder has to exist and be writable.
    ///   - surroundings: Clock and chance.
    ///   - postal: The ZIP codes that entries are checked against; `nil` for the table that comes with the library.
    /// - Throws: `FieldStoreError`: another kind of file (which stays untouched), a newer or damaged one, one that another program uses, a
    ///   full disk, a folder that cannot be written to.
    public convenience init(path: String, surroundings: Surroundings = .system, postal: PostalTable? = nil) throws {
        try self.init(DatabaseFile.open(path), path: path, surroundings: surroundings, postal: postal)
    }

    /// A database without a file, gone when it is released: for tests and demonstrations.
    public static func inMemory(surroundings: Surroundings = .system, postal: PostalTable? = nil) throws -> FieldDatabase {
        try FieldDatabase(DatabaseFile.inMemory(), path: ":memory:", surroundings: surroundings, postal: postal)
    }

    private init(_ queue: DatabaseQueue, path: String, surroundings: Surroundings, postal: PostalTable?) throws {
        self.queue = queue
        self.path = path
        self.surroundings = surroundings
        givenPostal = postal
        do {
            values = try queue.write { try Self.personalValues($0, surroundings) }
            let first = try queue.writeWithoutTransaction { try Held($0, promotions: Self.promotions($0, postal: postal, path: path)) }
            held = Mutex(first)
        } catch {
            throw FieldStoreError(wrapping: error, path: path)
        }
    }

    /// Lets go of the file at once, rather than when the last reference goes. Nothing can be asked afterwards.
    public func close() throws {
        do { try queue.close() } catch { throw FieldStoreError(wrapping: error, path: path) }
    }

    /// The key of the look-ups, made with the file.
    private static func personalValues(_ database: Database, _ surroundings: Surroundings) throws -> PersonalValues {
        try database.run(
            "INSERT INTO station (number, look_up_key) VALUES (1, ?) ON CONFLICT DO NOTHING", [.blob(surroundings.randomBytes(32))])
        let key = try database.first("SELECT look_up_key FROM station") { $0.blob(0) }
        guard let values = key.flatMap({ PersonalValues(lookUpKey: $0) }) else { throw DatabaseError.damaged("the key of the look-ups") }
        return values
    }
}

/// What a database keeps in memory.
struct Held: Sendable {
    var identity: StationIdentity?
    /// The row of the current epoch; 0 before enrolment.
    var epoch: Int64
    var skew: Int64?
    /// Whether the centre has said that the station is revoked; nothing is shown or keyed then.
    var isRevoked: Bool
    var promotions: [String: HeldPromotion]

    init(_ database: Database, promotions: [String: HeldPromotion]) throws {
        identity = try StationIdentity.stored(database)
        epoch = try database.integer("SELECT max(number) FROM epoch")
        skew = try database.first("SELECT skew FROM station") { $0.optionalInteger(0) } ?? nil
        isRevoked = try database.integer("SELECT count(revoked) FROM station") > 0
        self.promotions = promotions
    }
}

/// A promotion whose newest document has been read, ready to check entries by.
struct HeldPromotion: Sendable {
    /// Its row.
    var number: Int64
    var isWithdrawn: Bool
    var promotion: Promotion
    var check: FormCheck
}

extension FieldDatabase {
    var current: Held { held.withLock { $0 } }

    /// Runs a transaction; what it throws undoes it.
    func write<Result>(_ body: (Database) throws -> Result) throws -> Result {
        do { return try queue.write(body) } catch { throw FieldStoreError(wrapping: error, path: path) }
    }

    /// Reads. Nothing else uses the file meanwhile, so what is read belongs together without a transaction.
    func read<Result>(_ body: (Database) throws -> Result) throws -> Result {
        do { return try queue.writeWithoutTransaction(body) } catch { throw FieldStoreError(wrapping: error, path: path) }
    }

    /// Renews what is held in memory after a transaction that changed it.
    func renew(promotions: Bool = false) throws {
        // All of it while the file is ours: of two that renew at the same time, the later one must not put back what it read before.
        try read { database in
            let promotions = promotions ? try Self.promotions(database, postal: givenPostal, path: path) : current.promotions
            let renewed = try Held(database, promotions: promotions)
            held.withLock { $0 = renewed }
        }
    }

    func failure(_ code: FieldStoreError.Code, _ message: String) -> FieldStoreError {
        FieldStoreError(code, path: path, message: message)
    }

    /// - Throws: `revoked` when the station is: then what the file holds is not for whoever has it.
    func checkLock() throws {
        guard current.isRevoked else { return }
        throw failure(
            .revoked,
            """
            The central staff have revoked this station, so nothing is shown or keyed any more. What was not sent yet is safe in this \
            file: `bundle export FILE` writes it for the centre. `reset` empties the file.
            """)
    }
}

import EntryModel
import FieldStore
import FieldSync

/// One person's place at one station: the open file, who is signed in, and what is being keyed. Every command works on it.
@MainActor
final class Desk {
    let database: FieldDatabase
    let surroundings: Surroundings
    let output: Output
    /// Asks the person; `nil` where nobody is there to be asked, as in a script.
    let reader: (any LineReading)?
    /// Makes the road to the centre at an address.
    let connect: (_ url: String) throws -> CentreConnection
    let postal: PostalTable

    /// What is being keyed, set by `use`.
    private(set) var promotion: Promotion?
    /// Said with `use --channel`; else it depends on the batch.
    private(set) var chosenChannel: EntryChannel?
    private(set) var batch: BatchPosition?
    var person: SignedIn?
    /// Of a script, from its environment.
    var givenPIN: String?
    var givenNewPIN: String?
    /// What the last card says, by field id, to be repeated; never a consent or a birth date.
    var lastTexts: [String: String] = [:]
    /// What `last` names: the entry that was keyed, changed or shown last.
    var lastEntry: UniqueID?
    /// Shows a line while somebody may be typing another one; `nil` where nobody types.
    var announcer: ((StyledText) -> Void)?
    /// Keeps signals from the keyboard and from a hang-up from ending or stopping the program; `nil` where there is no terminal.
    var terminalLock: ((Bool) -> Void)?
    /// Syncs, by hand and by itself.
    private(set) lazy var road = SyncRoad(self)
    /// Set by `quit`.
    var isLeaving = false

    struct SignedIn: Sendable {
        var id: String
        var name: String
        var role: OperatorRole
        var hasPIN: Bool
    }

    /// The batch that is being keyed, and the envelope that is next.
    struct BatchPosition: Sendable {
        var label: String
        var envelope: Int64
        /// How many envelopes there are; `nil` when nobody said.
        var expected: Int64?
    }

    init(
        database: FieldDatabase, surroundings: Surroundings, output: Output, reader: (any LineReading)?, postal: PostalTable,
        connect: @escaping (_ url: String) throws -> CentreConnection
    ) {
        self.database = database
        self.surroundings = surroundings
        self.output = output
        self.reader = reader
        self.postal = postal
        self.connect = connect
    }

    /// Nobody is signed in any more, and nothing that was keyed is offered to the next person.
    func signOut() {
        person = nil
        lastTexts = [:]
        lastEntry = nil
    }

    /// The file is empty: nothing of it is in use any more.
    func forget() {
        signOut()
        promotion = nil
        chosenChannel = nil
        batch = nil
    }

    /// Turns to a promotion; a batch of another one is left.
    func use(_ promotion: Promotion, channel: EntryChannel?) {
        if promotion.id != self.promotion?.id {
            batch = nil
            lastTexts = [:]
        }
        self.promotion = promotion
        chosenChannel = channel
    }

    /// Turns to a batch of the promotion in use, behind its last envelope.
    func enter(_ batch: BatchView) {
        self.batch = BatchPosition(label: batch.label, envelope: batch.lastEnvelope + 1, expected: batch.expected)
    }

    /// Says something that nobody waits for, without garbling what is being typed.
    func announce(_ text: StyledText) {
        if let announcer { announcer(text) } else { output.line(text) }
    }

    func lockTerminal(_ isLocked: Bool) { terminalLock?(isLocked) }

    func leaveBatch() {
        batch = nil
    }

    func keyed(envelope: Int64) {
        guard let batch else { return }
        self.batch?.envelope = max(batch.envelope, envelope + 1)
    }

    /// Mail in a batch, a kiosk otherwise, unless `use` said something else.
    var channel: EntryChannel { chosenChannel ?? (batch == nil ? .kiosk : .mailIn) }
}

extension Desk {
    /// Who makes the changes.
    ///
    /// Signing in lasts until the program ends: yesterday's operator is not today's, and every change carries one.
    /// - Throws: `CommandFailure` when nobody is signed in.
    func operatorID() throws -> String {
        guard let person else {
            throw CommandFailure("Nobody is signed in, and every change carries who made it. `operator NAME` signs you in.")
        }
        return person.id
    }

    /// What is being keyed, by its newest document.
    /// - Throws: `CommandFailure` when nothing is in use.
    func promotionInUse() throws -> Promotion {
        guard let promotion else {
            throw CommandFailure("No promotion is in use. `promotions` lists those that are here, `use PROMOTION` chooses one.")
        }
        // A sync may have brought a newer document.
        return try database.promotion(promotion.id) ?? promotion
    }

    /// A promotion that is here.
    /// - Throws: `CommandFailure` with what was probably meant.
    func promotion(named id: String) throws -> Promotion {
        if let promotion = try database.promotion(id) { return promotion }
        let ids = try database.promotions().map(\.id)
        if ids.isEmpty {
            throw CommandFailure("No promotion has come from the centre yet. `sync` fetches those that this station works on.")
        }
        let meant = Suggestion.nearest(to: id, among: ids).map { " Did you mean `\($0)`?" } ?? ""
        throw CommandFailure("There is no promotion `\(id)` at this station.\(meant) `promotions` lists those that are here.")
    }

    /// The person to ask.
    /// - Throws: `CommandFailure` with `instead`, what to write in a script.
    func asking(instead: String) throws -> any LineReading {
        guard let reader else { throw CommandFailure("Nobody is there to be asked. \(instead)") }
        return reader
    }

    /// Today, where the promotion is run.
    func today(for promotion: Promotion) -> CalendarDate {
        Moment.day(surroundings.now(), timeZone: promotion.timeZone) ?? promotion.dates.closes
    }
}

/// A road to the centre, with how to end it.
struct CentreConnection {
    var transport: any Transport
    var close: () async throws -> Void

    /// Over HTTP, to the address of the enrolment code, secured as the station's file says.
    static func http(_ url: String, _ database: FieldDatabase) throws -> CentreConnection {
        let transport = HTTPTransport(url: url, trust: try ConnectionTrust(keptIn: database))
        return CentreConnection(transport: transport, close: transport.close)
    }
}

/// A command that could not do what it was asked for; nothing was changed unless its message says so.
struct CommandFailure: Error, CustomStringConvertible {
    /// Whole sentences for the operator.
    var description: String

    init(_ description: String) {
        self.description = description
    }
}

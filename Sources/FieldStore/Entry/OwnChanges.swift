import EntryModel
import GRDB

/// Writes a station's own changes within one transaction: each gets its place in the chain where it is written.
struct OwnChanges {
    let merging: EntryMerging
    let maker: ChangeMaker
    let surroundings: Surroundings
    private let epoch: Int64
    private var sequence: Int64
    private var chain: Digest
    private var written = 0

    var database: Database { merging.log.database }
    var log: ChangeLog { merging.log }

    init(_ database: Database, _ field: FieldDatabase, _ held: Held, _ identity: StationIdentity, operatorID: String) throws {
        merging = try EntryMerging(database, field.values)
        maker = ChangeMaker(
            station: identity.station.description, operatorID: operatorID, stamp: field.surroundings.now(), skew: held.skew,
            path: field.path)
        surroundings = field.surroundings
        epoch = held.epoch
        let head = try database.first(
            "SELECT head, head_chain FROM epoch WHERE number = ?", [.integer(epoch)]
        ) { ($0.integer(0), try $0.digest(1)) }
        guard let head else { throw DatabaseError.damaged("the epoch") }
        (sequence, chain) = head
    }

    /// Makes a change and writes it.
    ///
    /// - Parameters:
    ///   - row: The entry's or the batch's.
    ///   - undoes: The change that this one undoes.
    /// - Throws: `FieldStoreError.Code.limit` when it is too long to be sent.
    mutating func write(
        _ kind: ChangeHeader.Kind, form: Versioned, subject: ChangeHeader.Subject, row: ChangeLog.Subject, body: ChangeBody,
        undoes: Int64? = nil
    ) throws -> Change {
        let change = try maker.change(kind, form: form, subject: subject, body: body)
        try append(ChangeLines(change), to: row, undoes: undoes)
        return change
    }

    /// Writes a change that was made already.
    mutating func append(_ change: ChangeLines, to row: ChangeLog.Subject, undoes: Int64? = nil) throws {
        let next = Chain.next(chain, change.id)
        var entry = SQLValue.null
        var batch = SQLValue.null
        switch row {
        case .entry(let number): entry = .integer(number)
        case .batch(let number): batch = .integer(number)
        }
        try database.run(
            """
            INSERT INTO change (id, entry, batch, header, body, body_digest, epoch, sequence, chain, undoes)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .digest(change.id), entry, batch, .blob(change.header), .blob(log.values.seal(change.body)),
                .digest(change.bodyDigest), .integer(epoch), .integer(sequence + 1), .digest(next), .optional(undoes),
            ])
        sequence += 1
        chain = next
        written += 1
    }

    /// Writes where the chain ends now; last in the transaction.
    func finish() throws {
        guard written > 0 else { return }
        try database.run(
            "UPDATE epoch SET head = ?, head_chain = ? WHERE number = ?", [.integer(sequence), .digest(chain), .integer(epoch)])
    }

    /// A new body, with a salt of its own.
    func body(set: [Assignment] = [], base: [ChangeBody.Base] = [], seen: [Digest] = [], reason: String? = nil) -> ChangeBody {
        ChangeBody(salt: surroundings.randomBytes(16), set: set, base: base, seen: seen, reason: reason)
    }

    func failure(_ code: FieldStoreError.Code, _ message: String) -> FieldStoreError { maker.failure(code, message) }
}

extension FieldDatabase {
    /// Runs one operator's action: a transaction whose changes join the chain.
    func record<Result>(by operatorID: String, _ body: (inout OwnChanges) throws -> Result) throws -> Result {
        guard Identifier.isValid(operatorID) else {
            throw failure(.unknownOperator, "The operator's id is not valid. Nothing was changed. Sign in first.")
        }
        let identity = try enrolled()
        try checkLock()
        let held = current
        return try write { database in
            var changes = try OwnChanges(database, self, held, identity, operatorID: operatorID)
            let result = try body(&changes)
            try changes.finish()
            return result
        }
    }
}

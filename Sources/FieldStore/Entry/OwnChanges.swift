import EntryModel
import GRDB

/// Writes a station's own changes within one transaction: each gets its place in the chain where it is written.
struct OwnChanges {
    let merging: EntryMerging
    let identity: StationIdentity
    let operatorID: String
    /// The clock when the transaction began, and the skew known then: the stamps of all its changes.
    let stamp: Int64
    let skew: Int64?
    let surroundings: Surroundings
    let path: String
    private let epoch: Int64
    private var sequence: Int64
    private var chain: Digest
    private var written = 0

    var database: Database { merging.log.database }
    var log: ChangeLog { merging.log }

    init(_ database: Database, _ field: FieldDatabase, _ held: Held, _ identity: StationIdentity, operatorID: String) throws {
        merging = try EntryMerging(database, field.values)
        self.identity = identity
        self.operatorID = operatorID
        stamp = field.surroundings.now()
        skew = held.skew
        surroundings = field.surroundings
        path = field.path
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
        let header = ChangeHeader(
            station: identity.station.description, operatorID: operatorID, stamp: stamp, skew: skew, kind: kind, form: form,
            subject: subject)
        let change: Change
        do { change = try Change(header: header, body: body) } catch { throw tooLong(error, body) }
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
                .digest(change.id), entry, batch, .blob(change.headerLine), .blob(log.values.seal(change.bodyLine)),
                .digest(Hash.line(change.bodyLine)), .integer(epoch), .integer(sequence + 1), .digest(next), .optional(undoes),
            ])
        sequence += 1
        chain = next
        written += 1
        return change
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

    func failure(_ code: FieldStoreError.Code, _ message: String) -> FieldStoreError {
        FieldStoreError(code, path: path, message: message)
    }

    private func tooLong(_ error: ChangeError, _ body: ChangeBody) -> FieldStoreError {
        if body.seen.count > ChangeBody.Limits.seenIDs || body.base.count > ChangeBody.Limits.baseIDs {
            return failure(.limit, "The entry has been changed too often to go on with it. Nothing was changed. Tell the central staff.")
        }
        func length(_ assignment: Assignment) -> Int { (assignment.value.text?.utf8.count ?? 0) + (assignment.keyed?.utf8.count ?? 0) }
        let longest = body.set.max { length($0) < length($1) }
        return FieldStoreError(
            .limit, path: path,
            message: """
                The entry is too long to be stored\(longest.map { "; the longest of its fields is \($0.field)" } ?? ""). \
                Nothing was changed. Shorten it: an entry has 64 KiB at most.
                """, underlying: error)
    }
}

extension FieldDatabase {
    /// Runs one operator's action: a transaction whose changes join the chain.
    func record<Result>(by operatorID: String, _ body: (inout OwnChanges) throws -> Result) throws -> Result {
        guard Identifier.isValid(operatorID) else {
            throw failure(.unknownOperator, "The operator's id is not valid. Nothing was changed. Sign in first.")
        }
        let identity = try enrolled()
        let held = current
        return try write { database in
            var changes = try OwnChanges(database, self, held, identity, operatorID: operatorID)
            let result = try body(&changes)
            try changes.finish()
            return result
        }
    }
}

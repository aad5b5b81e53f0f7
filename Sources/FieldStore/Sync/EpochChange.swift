import EntryModel
import GRDB

/// Gives own changes new places in the station's chain; their bytes and ids stay, so the centre knows them again.
struct EpochChange {
    private let database: Database
    private let values: PersonalValues
    /// The row of the current epoch.
    private let epoch: Int64

    init(_ database: Database, _ values: PersonalValues, epoch: Int64) {
        self.database = database
        self.values = values
        self.epoch = epoch
    }

    /// Starts an epoch, and puts every own change of the one before into it that the centre is not known to have.
    ///
    /// - Parameters:
    ///   - id: Of the new epoch.
    ///   - confirmed: The sequence of the old epoch through which the centre has everything; 0 when nothing is certain.
    /// - Returns: How many changes wait to be sent again.
    func begin(_ id: UniqueID, station: UniqueID, confirmed: Int64) throws -> Int64 {
        let start = Chain.start(station: station, epoch: id)
        try database.run(
            """
            INSERT INTO epoch (id, forked_from, acknowledged, acknowledged_chain, head, head_chain)
            SELECT ?, id, 0, ?, 0, ? FROM epoch WHERE number = ?
            """, [.id(id), .digest(start), .digest(start), .integer(epoch)])
        let numbers = try database.list(
            "SELECT number FROM change WHERE epoch = ? AND sequence > ? ORDER BY sequence", [.integer(epoch), .integer(confirmed)]
        ) { $0.integer(0) }
        try append(numbers, to: database.lastInsertedRowID)
        return Int64(numbers.count)
    }

    /// Puts the changes of earlier epochs to the end of this one of which the feed has never shown that the centre holds them: it answered
    /// for them once, and then was put back to an earlier state.
    /// - Returns: How many.
    @discardableResult
    func resendEarlierEpochs() throws -> Int64 {
        let numbers = try database.list(
            "SELECT number FROM change WHERE epoch < ? AND mac IS NULL ORDER BY epoch, sequence", [.integer(epoch)]
        ) { $0.integer(0) }
        try append(numbers, to: epoch)
        return Int64(numbers.count)
    }

    private func append(_ numbers: [Int64], to target: Int64) throws {
        guard !numbers.isEmpty else { return }
        let head = try database.first("SELECT head, head_chain FROM epoch WHERE number = ?", [.integer(target)]) {
            (sequence: $0.integer(0), chain: try $0.digest(1))
        }
        guard var head else { throw DatabaseError.damaged("the epoch") }
        for number in numbers {
            let id = try sendableID(number)
            head = (head.sequence + 1, Chain.next(head.chain, id))
            // What comes again is decided again, unless staff have decided it for good.
            try database.run(
                """
                UPDATE change SET epoch = ?, sequence = ?, chain = ?, quarantined = iif(quarantined = ?, quarantined, NULL) WHERE number = ?
                """,
                [
                    .integer(target), .integer(head.sequence), .digest(head.chain), .text(LoggedChange.rejected), .integer(number),
                ])
        }
        try database.run(
            "UPDATE epoch SET head = ?, head_chain = ? WHERE number = ?",
            [.integer(head.sequence), .digest(head.chain), .integer(target)])
    }

    /// The id under which the centre will know a change.
    ///
    /// Where a header rotted, nobody can make the old id again; the line then goes up as it is, under the id that its bytes give now, and
    /// staff decide about it. Otherwise it would break the chain for all that stand behind it.
    private func sendableID(_ number: Int64) throws -> Digest {
        let line = try database.first("SELECT id, header, body, body_digest FROM change WHERE number = ?", [.integer(number)]) { row in
            StoredLine(id: try row.digest(0), header: row.blob(1), body: values.open(row.blob(2)), bodyDigest: try row.digest(3))
        }
        guard let line else { throw DatabaseError.damaged("a change") }
        guard line.soundness == .rottedHeader else { return line.id }
        // A line feed would end the line too early.
        let header = line.header.map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 }
        let body = line.body.map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 }
        let id = Change.id(headerLine: header, bodyLine: body)
        try database.run(
            "UPDATE change SET id = ?, header = ?, body = ?, body_digest = ? WHERE number = ?",
            [
                .digest(id), .blob(header), .blob(values.seal(body)), .digest(Change.goneBody(body) ?? Hash.line(body)), .integer(number),
            ])
        return id
    }
}

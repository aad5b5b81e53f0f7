import EntryModel
import GRDB

/// A change as the log holds it, with what only this station knows of it.
struct LoggedChange {
    var number: Int64
    var change: Change
    /// Of own changes.
    var epoch: Int64?
    var sequence: Int64?
    /// The change that this one undid.
    var undoes: Int64?
    /// Why the centre keeps it in quarantine, or `rejected` once staff have rejected it.
    var quarantined: String?

    static let rejected = "rejected"

    var isWaiting: Bool { quarantined.map { $0 != Self.rejected } ?? false }
    var isOwn: Bool { epoch != nil }
}

/// Reads the log.
struct ChangeLog {
    let database: Database
    let values: PersonalValues

    /// What the changes of one log belong to.
    enum Subject {
        case entry(Int64)
        case batch(Int64)
    }

    private static let columns = "number, id, header, body, epoch, sequence, undoes, quarantined, body_digest"

    /// All changes of one subject in the order in which they came here.
    ///
    /// Bytes that rotted on the disk must not hold up the rest: of a body that does not fit its digest only the digest is left, and a change
    /// whose header does not fit is left out. `FieldDatabase.check()` finds both.
    func changes(of subject: Subject) throws -> [LoggedChange] {
        var list: [LoggedChange] = []
        func take(_ row: SQLRow) throws { if let logged = try logged(row) { list.append(logged) } }
        switch subject {
        case .entry(let number):
            try database.rows("SELECT \(Self.columns) FROM change WHERE entry = ? ORDER BY number", [.integer(number)], take)
        case .batch(let number):
            try database.rows("SELECT \(Self.columns) FROM change WHERE batch = ? ORDER BY number", [.integer(number)], take)
        }
        return list
    }

    func state(of subject: Subject) throws -> EntryState {
        Merge.state(of: try changes(of: subject).map(\.change))
    }

    func change(_ number: Int64) throws -> LoggedChange? {
        try database.first("SELECT \(Self.columns) FROM change WHERE number = ?", [.integer(number)], logged) ?? nil
    }

    /// Own changes from the newest on, also those of earlier epochs, until `body` returns `false`.
    func newestOwn(_ body: (LoggedChange) throws -> Bool) throws {
        try database.whileRows("SELECT \(Self.columns) FROM change WHERE epoch IS NOT NULL ORDER BY epoch DESC, sequence DESC") { row in
            try logged(row).map(body) ?? true
        }
    }

    private func logged(_ row: SQLRow) throws -> LoggedChange? {
        let line = StoredLine(id: try row.digest(1), header: row.blob(2), body: values.open(row.blob(3)), bodyDigest: try row.digest(8))
        return line.change.map { change in
            LoggedChange(
                number: row.integer(0), change: change, epoch: row.optionalInteger(4), sequence: row.optionalInteger(5),
                undoes: row.optionalInteger(6), quarantined: row.optionalText(7))
        }
    }
}

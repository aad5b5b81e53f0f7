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

    private static let columns = "number, id, header, body, epoch, sequence, undoes, quarantined"

    /// All changes of one subject in the order in which they came here.
    func changes(of subject: Subject) throws -> [LoggedChange] {
        switch subject {
        case .entry(let number):
            try database.list("SELECT \(Self.columns) FROM change WHERE entry = ? ORDER BY number", [.integer(number)], logged)
        case .batch(let number):
            try database.list("SELECT \(Self.columns) FROM change WHERE batch = ? ORDER BY number", [.integer(number)], logged)
        }
    }

    func state(of subject: Subject) throws -> EntryState {
        Merge.state(of: try changes(of: subject).map(\.change))
    }

    func change(_ number: Int64) throws -> LoggedChange? {
        try database.first("SELECT \(Self.columns) FROM change WHERE number = ?", [.integer(number)], logged)
    }

    /// Own changes of an epoch from the newest on, until `body` returns `false`.
    func newestOwn(epoch: Int64, _ body: (LoggedChange) throws -> Bool) throws {
        try database.whileRows("SELECT \(Self.columns) FROM change WHERE epoch = ? ORDER BY sequence DESC", [.integer(epoch)]) {
            try body(try logged($0))
        }
    }

    private func logged(_ row: SQLRow) throws -> LoggedChange {
        LoggedChange(
            number: row.integer(0), change: try change(id: row, header: row.blob(2), body: row.blob(3)),
            epoch: row.optionalInteger(4), sequence: row.optionalInteger(5), undoes: row.optionalInteger(6),
            quarantined: row.optionalText(7))
    }

    private func change(id row: SQLRow, header: [UInt8], body: [UInt8]) throws -> Change {
        let change: Change
        do { change = try Change(headerLine: header, bodyLine: values.open(body)) } catch { throw DatabaseError.damaged("a change") }
        guard change.id == (try row.digest(1)) else { throw DatabaseError.damaged("a change") }
        return change
    }
}

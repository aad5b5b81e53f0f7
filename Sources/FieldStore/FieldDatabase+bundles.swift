public import EntryModel
import GRDB

extension FieldDatabase {
    /// How many bundles a station remembers; answers to older ones change nothing.
    public static let rememberedExports = 50

    /// Remembers the requests of a bundle; done before the bundle gets its name, so that no answer can come to a request that is unknown.
    ///
    /// - Parameters:
    ///   - state: Of the chain when the bundle was begun.
    ///   - requests: References of its pushes and handbacks.
    ///   - pull: The reference and the first line of its pull.
    /// - Throws: `notEnrolled`; `invalid` when a new epoch began meanwhile.
    public func noteExport(_ state: ChainState, requests: [Digest], pull: (reference: Digest, line: [UInt8])) throws {
        let identity = try enrolled()
        let epoch = current.epoch
        let now = surroundings.now()
        try write { database in
            guard identity.epoch == state.epoch else {
                throw failure(.invalid, "A sync put this file's chain right meanwhile, so the bundle would be out of date. Write it again.")
            }
            try database.run(
                "INSERT INTO export (made, epoch, acknowledged, last, requests, pull, cursors) VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    .integer(now), .integer(epoch), .integer(state.acknowledged.sequence), .integer(state.head.sequence),
                    .blob(requests.flatMap(\.bytes)), .digest(pull.reference), .blob(pull.line),
                ])
            try database.run(
                "DELETE FROM export WHERE number <= ?", [.integer(database.lastInsertedRowID - Int64(Self.rememberedExports))])
        }
    }

    /// The bundles that are remembered, newest first; those of earlier epochs are not, since nothing acts on answers to them.
    public func exports() throws -> [ExportRecord] {
        guard let identity = current.identity else { return [] }
        let epoch = current.epoch
        return try read { database in
            try database.list(
                "SELECT number, made, acknowledged, last, requests, pull, cursors FROM export WHERE epoch = ? ORDER BY number DESC",
                [.integer(epoch)]
            ) { row in
                let bytes = row.blob(4)
                let requests = stride(from: 0, to: bytes.count - bytes.count % 32, by: 32).compactMap { Digest(bytes: bytes[$0..<$0 + 32]) }
                let line = row.optionalBlob(6).flatMap { try? RequestLine(line: $0, kind: .pull) }
                return ExportRecord(
                    number: row.integer(0), made: row.integer(1), epoch: identity.epoch, acknowledged: row.integer(2), last: row.integer(3),
                    requests: requests, pull: try row.digest(5), cursors: line?.cursors)
            }
        }
    }

    /// Forgets the pulls of bundles: an answer to them would take away what a later pull gave.
    /// - Parameter number: The newest whose pull is forgotten; `nil` for all.
    public func forgetExportedPulls(through number: Int64? = nil) throws {
        let condition = "cursors IS NOT NULL AND number <= ?"
        let values = [SQLValue.integer(number ?? .max)]
        // A sync asks this every time, and nearly always there is nothing to write.
        guard try read({ try $0.integer("SELECT count(*) FROM export WHERE \(condition)", values) }) > 0 else { return }
        _ = try write { try $0.run("UPDATE export SET cursors = NULL WHERE \(condition)", values) }
    }
}

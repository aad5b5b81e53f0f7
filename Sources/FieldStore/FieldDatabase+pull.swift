public import EntryModel
import GRDB

extension FieldDatabase {
    /// How far each granted key was read. A key that was never read is absent.
    public func cursors() throws -> [String: RequestLine.Cursor] {
        try read { database in
            var cursors: [String: RequestLine.Cursor] = [:]
            try database.rows("SELECT name, position, digest, checkpoints FROM feed_key WHERE position IS NOT NULL") { row in
                cursors[row.text(0)] = try FeedCursor(position: row.integer(1), digest: row.digest(2), checkpoints: row.blob(3)).wire
            }
            return cursors
        }
    }

    /// Applies one page of one key's feed: changes, merges and the cursor in one transaction.
    ///
    /// Changes that are here already are passed over; applying a page again does no harm. A `leave` drops the entry unless another key
    /// brought it or changes of it are still unsent. A document installs its promotion.
    ///
    /// A page that starts below the cursor says that the centre was put back to an earlier state: the cursor goes back with it, and every line
    /// that came from above that place has to be confirmed again, by a page or by handing it back.
    ///
    /// - Throws: `badPage` when a row is no change or not the one that it says, `pageOutOfPlace` when the page starts above the cursor.
    ///   The cursor then stays where it was, so nothing is passed over.
    /// - SeeAlso: Protocol/README.md, "Feed and pull".
    @discardableResult
    public func apply(_ page: PullAnswer.KeyPage) throws -> PageResult {
        // As mostly: nothing is new, so nothing is written.
        if page.rows.isEmpty, try read({ try FeedCursor.stands(at: page, $0) }) { return .nothing }
        let rows = try page.rows.mapInParallel { row throws(FieldStoreError) in try read(row, of: page) }
        let held = current
        let result = try write { database -> PageResult in
            let merging = try EntryMerging(database, values)
            var cursor = try FeedCursor.row(of: page.key, database)
            var isCentreRestored = false
            switch cursor.position(of: page) {
            case .here: break
            case .below(let checkpoint):
                isCentreRestored = true
                let isNarrow: Bool
                (cursor, isNarrow) = try Self.goBack(cursor, of: page.key, to: checkpoint, database)
                try EpochChange(database, values, epoch: held.epoch).resendEarlierEpochs()
                // A page from a place that this station never named tells only that it has to start again.
                guard !isNarrow, page.from == checkpoint?.position ?? 0 else { return .restored }
            case .above:
                throw failure(
                    .pageOutOfPlace,
                    """
                    The centre sent a page of \(page.key) that does not follow what was received before. Nothing was changed \
                    and nothing is lost. Sync again; if it goes on, tell the central staff.
                    """)
            }
            var application = try PageApplication(merging, key: page.key, keyNumber: cursor.number, epoch: held.epoch)
            for row in rows { try application.apply(row) }
            try application.finish()
            try cursor.move(to: page, database)
            var result = application.result
            result.isCentreRestored = isCentreRestored
            return result
        }
        if !result.documents.isEmpty { try renew(promotions: true) }
        return result
    }

    /// Puts a key's cursor back, and takes note that the centre may have lost every line from above.
    /// - Returns: The cursor there, and whether it is at the very beginning because nobody knows any more what the key holds.
    private static func goBack(
        _ cursor: FeedCursor, of key: FeedKey, to checkpoint: RequestLine.Cursor.Checkpoint?, _ database: Database
    ) throws -> (cursor: FeedCursor, isNarrow: Bool) {
        let isNarrow = try Holdings.doubt(key, cursor.number, database)
        try Unconfirmed(database).mark(
            above: checkpoint?.position ?? 0, of: key, cursor.number, promotion: promotionNumber(key.promotion, database))
        return (try cursor.rewound(to: isNarrow ? nil : checkpoint, database), isNarrow)
    }

    /// Forgets how far keys were read, so that the next sync reads them from their beginning, and that the centre has what they brought: what
    /// is held already is confirmed by the pages that come, and what none of them brings is handed back to the centre.
    public func readAgain(_ keys: [FeedKey]) throws {
        try write { database in
            for key in keys { _ = try Self.goBack(FeedCursor.row(of: key, database), of: key, to: nil, database) }
        }
    }

    /// Takes note that a centre which was put back does not grant keys that it had granted: it may have forgotten why. No page of theirs will say what
    /// it has lost, so all that they brought is handed back to it, unless another key brings it.
    public func doubtWithdrawn(granted: [FeedKey]) throws {
        let granted = Set(granted.map(\.description))
        let withdrawn = try cursors().keys.filter { !granted.contains($0) }.sorted().compactMap { FeedKey($0) }
        if !withdrawn.isEmpty { try readAgain(withdrawn) }
    }

    /// Parses and hashes a row before the transaction.
    private func read(_ row: FeedRow, of page: PullAnswer.KeyPage) throws(FieldStoreError) -> PageRow {
        switch row.content {
        case .leave(let entry): return .leave(entry)
        case .change(let id, let mac, let headerLine, let bodyLine):
            let place = FeedPlace(position: row.position, mac: mac)
            let change: Change
            do { change = try Change(headerLine: headerLine, bodyLine: bodyLine) } catch { throw bad(page, row, error) }
            guard change.id == id, change.header.promotion == page.key.promotion else { throw bad(page, row, nil) }
            guard change.header.kind == .document, let document = change.body?.document else { return .change(change, place, nil) }
            let promotion: Promotion
            do { promotion = try Promotion(document: document) } catch { throw bad(page, row, error) }
            guard promotion.formVersion == change.header.form else { throw bad(page, row, nil) }
            return .change(change, place, promotion.formVersion)
        }
    }

    private func bad(_ page: PullAnswer.KeyPage, _ row: FeedRow, _ underlying: (any Error)?) -> FieldStoreError {
        FieldStoreError(
            .badPage, path: path,
            message: """
                The centre sent something that this program cannot read (\(page.key), position \(row.position)). Nothing was changed \
                and nothing is lost. Update this program; if it goes on, tell the central staff.
                """, underlying: underlying)
    }

    /// Says which keys the station may read now; their cursors appear with their first pages.
    ///
    /// The cursor of a withdrawn key goes, and so do the entries that it alone brought, but never a change that is unsent or not yet safe
    /// for good at the centre. Nothing goes while the centre may have lost lines that are held here: it cannot tell yet what it should grant.
    ///
    /// What is still here of a promotion that is given back has to be confirmed again: nobody asked for it meanwhile.
    ///
    /// - Returns: How many entries went out of sight.
    @discardableResult
    public func setGranted(_ keys: [FeedKey]) throws -> Int {
        let epoch = current.epoch
        let granted = Set(keys)
        let known = Set(try read { try FeedCursor.keys($0) })
        guard granted != known else { return 0 }
        let dropped = try write { database in
            let keeps = try Unconfirmed(database).count() > 0
            for key in granted.subtracting(known).sorted(by: { $0.description < $1.description }) {
                _ = try FeedCursor.row(of: key, database)
                guard case .documents(let promotion) = key else { continue }
                try setWithdrawn(promotion, false, database)
                try Unconfirmed(database).markLeft(of: Self.promotionNumber(promotion, database), promotion)
            }
            var narrowed: Set<String> = []
            for key in known.subtracting(granted) where !keeps {
                let row = try FeedCursor.row(of: key, database)
                try database.run("DELETE FROM holding WHERE feed_key IN (?1, -?1)", [.integer(row.number)])
                try database.run("DELETE FROM feed_key WHERE number = ?", [.integer(row.number)])
                if case .documents(let promotion) = key {
                    try setWithdrawn(promotion, true, database)
                } else {
                    narrowed.insert(key.promotion)
                }
            }
            let holdings = try Holdings(EntryMerging(database, values), epoch: epoch)
            for case .station(let promotion, _) in granted.subtracting(known) {
                try holdings.restoreSight(promotion: Self.promotionNumber(promotion, database))
            }
            for case .promotion(let promotion) in granted.subtracting(known) {
                try holdings.restoreSight(promotion: Self.promotionNumber(promotion, database))
            }
            // What others wrote of a batch came by its own key alone.
            for case .batch(let promotion, let label) in known.subtracting(granted) where !keeps {
                try holdings.withdrawBatches(Self.promotionNumber(promotion, database), label: label)
            }
            return try narrowed.reduce(0) { count, promotion in
                count + (try holdings.withdraw(promotion: Self.promotionNumber(promotion, database)))
            }
        }
        try renew(promotions: true)
        return dropped
    }

    /// After a sync in which nothing of a restored centre was left to do: lets go what was held before, and what nothing has brought again.
    public func settleHoldings() throws {
        let epoch = current.epoch
        try write { database in
            guard try Unconfirmed(database).count() == 0 else { return }
            try Holdings(EntryMerging(database, values), epoch: epoch).settleDoubts()
        }
    }

    private func setWithdrawn(_ promotion: String, _ isWithdrawn: Bool, _ database: Database) throws {
        try database.run("UPDATE promotion SET withdrawn = ? WHERE id = ?", [.integer(isWithdrawn ? 1 : 0), .text(promotion)])
    }
}

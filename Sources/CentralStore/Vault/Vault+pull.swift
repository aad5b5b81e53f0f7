import EntryModel

extension Vault {
    /// Answers a pull whose signature was checked.
    ///
    /// - Throws: `Problem.notEnrolled`; `SQLFailure`.
    func pull(_ request: RequestLine, reference: Digest, by road: ChainCheck.Road = .http) async throws -> PullAnswer {
        let now = surroundings.now()
        let reading = try await connection.transaction(.read) { sql in
            try FeedReading(self, sql, request, by: road, now: now)
        }
        // Idle stations pull and never push; that they were seen is worth one small write a minute at most.
        let isTrouble = reading.outcome == .forked || reading.outcome == .rolledBack
        if isTrouble || (reading.outcome != .revoked && now - reading.station.lastSeen > 60_000) {
            try await connection.transaction(.write) { sql in
                try reading.station.noteTrouble(reading.outcome, now, sql)
                try reading.station.noteSeen(now, sql)
            }
        }
        let answer = AnswerLine(
            version: request.version, request: reference, outcome: reading.outcome.answer, epoch: request.epoch,
            through: reading.epoch.sequence,
            chain: reading.epoch.chain, durable: reading.durable, time: now)
        let key = catalog.keys.mac
        let prefix = Array(client.utf8)
        let pages = reading.pages.map { page in
            PullAnswer.KeyPage(
                key: page.key, from: page.from, to: page.to, digest: page.digest, more: page.more,
                rows: page.rows.map { $0.feedRow(macKey: key, prefix: prefix) })
        }
        return PullAnswer(answer: answer, keys: reading.keys, pages: pages, comparison: reading.comparison)
    }
}

/// What one pull gets, read in one transaction: the outcome, the keys granted, and pages within the bounds of a message.
private struct FeedReading: Sendable {
    struct Row: Sendable {
        enum Content: Sendable {
            case change(id: Digest, header: [UInt8], body: [UInt8])
            case leave(UniqueID)
        }

        var position: Int64
        var content: Content

        /// The MAC is computed here, when the database is free again for others.
        func feedRow(macKey: [UInt8], prefix: [UInt8]) -> FeedRow {
            switch content {
            case .change(let id, let header, let body):
                FeedRow(
                    position: position,
                    content: .change(id: id, mac: MAC.code(key: macKey, prefix + id.bytes), headerLine: header, bodyLine: body))
            case .leave(let entry): FeedRow(position: position, content: .leave(entry: entry))
            }
        }
    }

    struct Page: Sendable {
        var key: FeedKey
        var from: Int64
        var to: Int64
        var digest: Digest
        var more: Bool
        var rows: [Row]
    }

    let station: StationRow
    let epoch: EpochRecord
    let outcome: ChainCheck.Outcome
    let durable: Int64
    var keys: [FeedKey] = []
    var pages: [Page] = []
    private(set) var comparison: KeyComparison?
    private let end: VaultRow
    /// Of the asker's own changes those above the first and at or below the second are proved to be held.
    private let lackedThrough: Int64
    private let provenThrough: Int64
    private let vault: String
    private let bodies = BodyStore()
    private var rowsLeft = Envelope.Limits.rows
    private var bytesLeft = Envelope.Limits.bytes
    private var hasRows = false

    init(_ vault: Vault, _ sql: any SQLTransaction, _ request: RequestLine, by road: ChainCheck.Road, now: Int64) throws {
        guard let station = try StationRow.read(sql, request.station) else { throw Problem(.notEnrolled) }
        self.station = station
        self.vault = vault.client
        epoch = try EpochRecord.read(sql, stationNumber: station.number, station: station.id, epoch: request.epoch)
        outcome = try Vault.outcome(request, ids: [], by: road, station: station, epoch: epoch, sql)
        end = try VaultRow.read(sql)
        durable = try Durability.position(now: now, sql)
        lackedThrough = request.lacks
        provenThrough = request.after
        guard case .accepted = outcome else { return }
        let granted = try Self.granted(station, try vault.catalogue(sql, revision: end.revision), sql)
        keys = granted.map(\.key)
        try readPages(granted, request.cursors, sql)
        if let compare = request.compare, let (key, number) = granted.first(where: { $0.key == compare.key }), !key.isDocuments {
            comparison = try Vault.comparison(compare, key, number, sql)
        }
    }

    /// What the station may read now, by its assignments and each promotion's sharing scope; documents first.
    private static func granted(
        _ station: StationRow, _ catalogue: Catalogue, _ sql: any SQLTransaction
    ) throws -> [(key: FeedKey, number: Int64?)] {
        var keys: [FeedKey] = []
        var scopes: [FeedKey] = []
        var batches: [FeedKey]?
        for promotion in try station.assigned(sql) {
            guard let item = catalogue.promotions[promotion] else { continue }
            keys.append(.documents(promotion: promotion))
            switch item.sharing {
            case .all: scopes.append(.promotion(promotion))
            case .own: scopes.append(.station(promotion: promotion, station: station.id))
            case .batch:
                scopes.append(.station(promotion: promotion, station: station.id))
                let all = try batches ?? Self.batches(of: station, sql)
                batches = all
                scopes += all.filter { $0.promotion == promotion }
            }
        }
        return try (keys + scopes).map { key in
            (key, try sql.integer("SELECT number FROM feed_key WHERE name = ?", [.text(key.description)]))
        }
    }

    /// The batches that a station may read, of all promotions: asking by a pattern would have SQLite prepare the statement again each time.
    private static func batches(of station: StationRow, _ sql: any SQLTransaction) throws -> [FeedKey] {
        try sql.map(
            "SELECT k.name FROM entitlement e JOIN feed_key k ON k.number = e.feed_key WHERE e.station = ? ORDER BY k.name",
            [.integer(station.number)]
        ) { FeedKey($0.text(0)) }.compactMap { $0 }
    }

    /// Pages for as many keys as a message holds, those that are furthest behind first, so that none is passed over again and again.
    private mutating func readPages(
        _ granted: [(key: FeedKey, number: Int64?)], _ cursors: [String: RequestLine.Cursor], _ sql: any SQLTransaction
    ) throws {
        let starts = try granted.map { try start(cursors[$0.key.description], sql) }
        let order = granted.indices.sorted { left, right in
            let isDocument = (granted[left].key.isDocuments, granted[right].key.isDocuments)
            if isDocument.0 != isDocument.1 { return isDocument.0 }
            return (starts[left].position, left) < (starts[right].position, right)
        }
        for index in order {
            let (key, number) = granted[index]
            guard pages.count < Self.pageLimit else {
                pages[pages.count - 1].more = true
                return
            }
            pages.append(try page(key, number, from: starts[index], sql))
        }
    }

    private static let pageLimit = 400
    /// What a row line and its line feeds take at most.
    private static let rowLineBytes = 250

    /// Where a key's page starts: at the cursor when the digest there is the vault's, else at the newest common checkpoint, else at 0.
    private func start(_ cursor: RequestLine.Cursor?, _ sql: any SQLTransaction) throws -> RequestLine.Cursor.Checkpoint {
        let zero = RequestLine.Cursor.Checkpoint(position: 0, digest: FeedDigest.start(vault: vault))
        guard let cursor else { return zero }
        for claim in [cursor.at] + cursor.checkpoints {
            if try digest(at: claim.position, sql) == claim.digest { return claim }
        }
        return zero
    }

    private func digest(at position: Int64, _ sql: any SQLTransaction) throws -> Digest? {
        if position == end.position { return end.digest }
        if position == 0 { return FeedDigest.start(vault: vault) }
        return try sql.map("SELECT digest FROM feed WHERE position = ?", [.integer(position)]) { Digest(bytes: $0.blob(0)) }.first ?? nil
    }

    private mutating func page(
        _ key: FeedKey, _ number: Int64?, from start: RequestLine.Cursor.Checkpoint, _ sql: any SQLTransaction
    ) throws -> Page {
        var page = Page(key: key, from: start.position, to: end.position, digest: end.digest, more: false, rows: [])
        guard let number, start.position < end.position else { return page }
        var lastDigest = start.digest.bytes
        try sql.read(
            Self.rowsOfKey,
            [
                .integer(number), .integer(start.position), .integer(epoch.number ?? 0), .integer(provenThrough), .integer(lackedThrough),
            ],
            while: {
                row in
                let next = try self.row(row)
                let bytes = next.bytes + Self.rowLineBytes
                // A message always has room for one row, so that a document as large as the message gets through.
                guard rowsLeft > 0, bytes <= bytesLeft || !hasRows else {
                    page.more = true
                    return false
                }
                rowsLeft -= 1
                bytesLeft -= bytes
                hasRows = true
                lastDigest = row.blob(1)
                page.rows.append(next)
                return true
            })
        if page.more {
            page.to = page.rows.last?.position ?? start.position
            guard let digest = Digest(bytes: lastDigest) else { throw SQLFailure(.damaged, "the feed's digest cannot be read") }
            page.digest = digest
        }
        return page
    }

    // The maker's own lines that its request proved are passed over by what stands in the feed's row itself. That it says what it may have dropped
    // is believed: a vault that was put back has forgotten why it was.
    private static let rowsOfKey = """
        SELECT f.position, f.digest, c.id, c.header, c.body, e.id FROM feed f \
        LEFT JOIN change c ON c.number = f.change LEFT JOIN entry e ON e.number = f.entry \
        WHERE f.feed_key = ? AND f.position > ? AND (f.epoch IS NULL OR f.epoch <> ? OR f.sequence > ? OR f.sequence <= ?) \
        ORDER BY f.position
        """

    private func row(_ row: any SQLRow) throws -> Row {
        let position = row.integer(0)
        if !row.isNull(5) {
            guard let entry = UniqueID(bytes: row.blob(5)) else { throw SQLFailure(.damaged, "an entry's id cannot be read") }
            return Row(position: position, content: .leave(entry))
        }
        guard let id = Digest(bytes: row.blob(2)) else { throw SQLFailure(.damaged, "the feed names a change that is not in the log") }
        return Row(position: position, content: .change(id: id, header: row.blob(3), body: bodies.opened(row.blob(4))))
    }
}

extension FeedReading.Row {
    var bytes: Int {
        switch content {
        case .change(_, let header, let body): header.count + body.count
        case .leave: 0
        }
    }
}

extension FeedKey {
    var isDocuments: Bool { if case .documents = self { true } else { false } }
}

import EntryModel

/// Makes `reject` changes by the centre and brings them to everyone who has the target, at its maker's station too.
struct Rejection {
    private let vault: Vault
    private let writer: LogWriter
    private let catalogue: Catalogue
    private let operatorID: String

    init(_ vault: Vault, _ writer: LogWriter, _ catalogue: Catalogue, by operatorID: String) {
        self.vault = vault
        self.writer = writer
        self.catalogue = catalogue
        self.operatorID = operatorID
    }

    /// Rejects a change that was in quarantine. The target goes into the log too, where nothing merges it, so that it is known when it comes again.
    ///
    /// The `reject` names the target's subject where the maker's station reads that promotion; otherwise it stands among the documents of a
    /// promotion that the station does read, and names none.
    /// - Throws: `CentreError.noPromotion`.
    func reject(_ held: Quarantine.Held) throws {
        let maker = try Quarantine.origin(of: held, writer.sql)
        let place = maker.flatMap { origin in
            held.change.sequence.map { LogWriter.ChainPlace(epoch: origin.epochNumber, sequence: $0) }
        }
        try writer.archive(held.change, place: place)
        try writer.flush()
        let target = held.change.id
        if let header = held.change.header, let subject = held.change.subject, let item = catalogue.promotions[header.promotion],
            maker?.assigned.contains(header.promotion) ?? true, try belongs(subject, to: item)
        {
            try reject(target, of: subject, header.subject, item, maker: maker)
            return
        }
        let item = try promotion(read: maker, named: held.change.header?.promotion)
        let change = try self.change(target, .promotion, item)
        let number = try writer.insert(change, promotion: item.number)
        writer.feed(try writer.key(.documents(promotion: item.newest.id)), change: number, id: change.id)
        try writer.flush()
    }

    /// Rejects changes that the log has.
    ///
    /// - Parameter ids: Of one station's changes; what is rejected already, or in quarantine, is counted and left as it is.
    func rejectLogged(_ ids: [Digest]) throws -> Isolation {
        var done = Isolation(rejected: 0, rejectedBefore: 0, quarantined: 0)
        let numbers = try ChangeIndex(writer.sql, after: writer.row.indexed).numbers(of: ids)
        for id in ids {
            let key = [SQLValue.blob(id.bytes)]
            if try writer.sql.integer("SELECT 1 FROM rejected WHERE target = ?", key) != nil {
                done.rejectedBefore += 1
            } else if try writer.sql.integer("SELECT 1 FROM quarantine WHERE id = ?", key) != nil {
                done.quarantined += 1
            } else if let number = numbers[id],
                let line = try writer.sql.map("SELECT header FROM change WHERE number = ?", [.integer(number)], { $0.blob(0) }).first,
                let header = try? ChangeHeader(line: line), let subject = Subject(header),
                let item = catalogue.promotions[header.promotion]
            {
                try reject(id, of: subject, header.subject, item, maker: nil)
                done.rejected += 1
            }
        }
        return done
    }

    /// Makes a `reject` with its target's subject beside one that stands elsewhere, for those who hold the target.
    ///
    /// - Parameter header: The target's. Nothing is done where nobody could read the `reject`, because the log has nothing of the subject.
    func name(_ target: Digest, _ header: ChangeHeader, _ item: Catalogue.Item) throws {
        guard let subject = Subject(header), try belongs(subject, to: item) else { return }
        guard try item.sharing == .all || number(of: subject, item) != nil else { return }
        let number = try reject(target, of: subject, header.subject, item, maker: nil)
        // From now on this is the one that is found.
        try writer.sql.execute("UPDATE rejected SET change = ? WHERE target = ?", [.integer(number), .blob(target.bytes)])
    }

    // MARK: One reject

    /// - Returns: The `reject`'s number in the log.
    @discardableResult
    private func reject(
        _ target: Digest, of subject: Subject, _ named: ChangeHeader.Subject, _ item: Catalogue.Item, maker: ChangeOrigin?
    ) throws -> Int64 {
        let change = try self.change(target, named, item)
        let row = try self.number(of: subject, item)
        let number: Int64
        if let row {
            var intake = Intake(writer, catalogue)
            try intake.take([IncomingChange(ReadChange(change))], from: nil)
            let column = if case .entry = subject { "entry" } else { "batch" }
            let values: [SQLValue] = [.integer(row), .blob(change.id.bytes)]
            guard let found = try writer.sql.integer("SELECT number FROM change WHERE \(column) = ? AND id = ?", values) else {
                throw SQLFailure(.damaged, "a reject did not come into the log")
            }
            number = found
        } else {
            number = try writer.insert(change, promotion: item.number)
        }
        try feedToMaker(change, number, item, maker, subject: subject, row: row)
        try writer.flush()
        return number
    }

    /// The maker may read nothing of what the target is about; it gets the `reject` in the key that is its own.
    ///
    /// - Parameter row: The number of the entry or batch, where the log has it.
    private func feedToMaker(
        _ change: Change, _ number: Int64, _ item: Catalogue.Item, _ maker: ChangeOrigin?, subject: Subject, row: Int64?
    ) throws {
        if item.sharing == .all {
            if row == nil { writer.feed(try writer.key(.promotion(item.newest.id)), change: number, id: change.id) }
            return
        }
        guard let maker else { return }
        let key = try writer.key(.station(promotion: item.newest.id, station: maker.station))
        let isThere = try writer.sql.integer(
            "SELECT 1 FROM feed WHERE change = ? AND feed_key = ?", [.integer(number), .integer(key.number)])
        guard isThere == nil else { return }
        // An erased entry stays where it is known.
        guard case .entry(let id) = subject, let row,
            try writer.sql.integer("SELECT 1 FROM entry WHERE number = ? AND erased = 0", [.integer(row)]) != nil
        else { return writer.feed(key, change: number, id: change.id) }
        try writer.tell(key, change: number, id: change.id, entry: row, id)
    }

    private func change(_ target: Digest, _ subject: ChangeHeader.Subject, _ item: Catalogue.Item) throws -> Change {
        try vault.staffChange(
            .reject, promotion: item.newest.formVersion, subject: subject, target: target, by: operatorID,
            body: ChangeBody(salt: vault.surroundings.randomBytes(16)))
    }

    /// Whether a subject is of this promotion, or of none yet.
    private func belongs(_ subject: Subject, to item: Catalogue.Item) throws -> Bool {
        guard case .entry(let id) = subject else { return true }
        let promotion = try writer.sql.integer("SELECT promotion FROM entry WHERE id = ?", [.blob(id.bytes)])
        return promotion == nil || promotion == item.number
    }

    private func number(of subject: Subject, _ item: Catalogue.Item) throws -> Int64? {
        switch subject {
        case .entry(let id): try writer.sql.integer("SELECT number FROM entry WHERE id = ?", [.blob(id.bytes)])
        case .batch(_, let label):
            try writer.sql.integer(
                "SELECT number FROM batch WHERE promotion = ? AND label = ?", [.integer(item.number), .text(label)])
        }
    }

    /// A promotion whose documents the maker reads; else the one that the target names, else any.
    private func promotion(read maker: ChangeOrigin?, named: String?) throws -> Catalogue.Item {
        let names = (maker?.assigned.sorted() ?? []) + (named.map { [$0] } ?? []) + catalogue.promotions.keys.sorted()
        guard let item = names.lazy.compactMap({ catalogue.promotions[$0] }).first else {
            throw CentreError.noPromotion(client: vault.client)
        }
        return item
    }
}

extension LogWriter {
    /// Sees to it that a station which has just sent what was rejected before learns of the rejection.
    ///
    /// A vault that was restored from a backup gets a `reject` back from whoever holds it, mostly before its target, and then it may stand where the
    /// target's maker reads nothing.
    /// - Parameter targets: Ids of changes that the station made.
    func tellRejections(of targets: [Digest], to station: UniqueID, _ catalogue: Catalogue) throws {
        guard !targets.isEmpty else { return }
        try flush()
        var rejects: [(change: Int64, id: Digest, promotion: String)] = []
        try sql.query(
            "SELECT c.number, c.id, c.header FROM rejected r JOIN change c ON c.number = r.change WHERE r.target IN (?*)",
            keys: targets.map { .blob($0.bytes) }
        ) { row in
            // One that names no subject stands among documents.
            guard let id = Digest(bytes: row.blob(1)), let header = try? ChangeHeader(line: row.blob(2)), Subject(header) != nil else {
                return
            }
            rejects.append((row.integer(0), id, header.promotion))
        }
        for reject in rejects {
            // Where all share all, it stands in the one key that there is.
            guard let item = catalogue.promotions[reject.promotion], item.sharing != .all else { continue }
            let key = try key(.station(promotion: reject.promotion, station: station))
            let isThere = try sql.integer(
                "SELECT 1 FROM feed WHERE change = ? AND feed_key = ?", [.integer(reject.change), .integer(key.number)])
            if isThere == nil { feed(key, change: reject.change, id: reject.id) }
        }
        try flush()
    }
}

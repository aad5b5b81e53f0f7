import EntryModel

extension Vault {
    /// A change that comes back, its MAC compared already.
    struct ReturnedChange: Sendable {
        var change: IncomingChange
        var isOurs: Bool

        /// Reads, hashes and compares, outside any transaction.
        init(_ item: HandbackRequest.Item, macKey: [UInt8], client: String) {
            change = IncomingChange(headerLine: item.headerLine, bodyLine: item.bodyLine, sequence: nil)
            isOurs = MAC.isValid(item.mac, key: macKey, Array(client.utf8) + change.id.bytes)
        }
    }

    /// Takes back what a station had pulled and the vault lost when it was restored from a backup.
    ///
    /// - Throws: `Problem.notEnrolled`; `SQLFailure`.
    func handback(
        _ request: RequestLine, reference: Digest, changes: [ReturnedChange], by road: ChainCheck.Road = .http
    ) async throws -> HandbackAnswer {
        let now = surroundings.now()
        return try await connection.transaction(.write) { sql in
            let writer = try LogWriter(sql, now: now)
            guard let station = try StationRow.read(sql, request.station) else { throw Problem(.notEnrolled) }
            let epoch = try EpochRecord.read(sql, stationNumber: station.number, station: station.id, epoch: request.epoch)
            let outcome = try Self.outcome(request, ids: [], by: road, station: station, epoch: epoch, sql)
            var answer = HandbackAnswer(
                answer: AnswerLine(
                    version: request.version, request: reference, outcome: outcome.answer, epoch: request.epoch, through: epoch.sequence,
                    chain: epoch.chain,
                    durable: try epoch.durable(now: now, sql), time: now),
                taken: [], refused: [])
            guard case .accepted = outcome else { return answer }
            var readmission = Readmission(self, writer, from: station)
            try readmission.take(changes.filter(\.isOurs).map(\.change))
            let present = try readmission.present(changes.map(\.change.id))
            for returned in changes {
                let id = returned.change.id
                if returned.isOurs, present.contains(id) {
                    answer.taken.append(id)
                } else if !returned.isOurs || readmission.refused.contains(id) {
                    answer.refused.append(id)
                }
            }
            // Not through the cache: a document may be among what came back.
            let taken = changes.lazy.map(\.change).filter { present.contains($0.id) }
            try writer.tellErasures(of: taken, to: station.id, Catalogue(sql, revision: writer.row.revision))
            try station.noteSeen(now, sql)
            try writer.finish()
            return answer
        }
    }
}

/// Puts changes that the vault once had back into its log, at new positions. No station's chain moves.
struct Readmission {
    private let vault: Vault
    private let writer: LogWriter
    private let station: StationRow
    /// What can never be taken as it came.
    private(set) var refused: Set<Digest> = []

    /// - Parameter station: Who hands them back.
    init(_ vault: Vault, _ writer: LogWriter, from station: StationRow) {
        self.vault = vault
        self.writer = writer
        self.station = station
    }

    /// Takes changes back: documents first, which others need, then erasures, then the rest in the order given.
    ///
    /// - Parameter changes: Of which it is certain that the vault had them.
    mutating func take(_ changes: [IncomingChange]) throws {
        let missing = try missing(among: changes)
        var rest: [IncomingChange] = []
        var erasures: [IncomingChange] = []
        for change in missing {
            guard case .change(let read) = change.content else {
                refused.insert(change.id)
                continue
            }
            switch read.change.header.kind {
            case .document: try takeDocument(read.change)
            case .erase: erasures.append(change)
            default: rest.append(change)
            }
        }
        let catalogue = try Catalogue(writer.sql, revision: writer.row.revision)
        try merge(erasures, catalogue)
        try merge(rest, catalogue)
        try archiveTargets(rest, catalogue)
        try writer.flush()
        try Reach.note(changes, by: station, writer, catalogue)
        try release(changes, catalogue)
        try tellRejections(of: changes, catalogue)
    }

    /// Which of these ids the log has now.
    func present(_ ids: [Digest]) throws -> Set<Digest> {
        Set(try ChangeIndex(writer.sql, after: writer.row.indexed).numbers(of: ids).keys)
    }

    private func missing(among changes: [IncomingChange]) throws -> [IncomingChange] {
        var known = try present(changes.map(\.id))
        return changes.filter { known.insert($0.id).inserted }
    }

    private mutating func takeDocument(_ change: Change) throws {
        guard let line = change.body?.document?.line, let promotion = try? Promotion(line: line), promotion.client == vault.client else {
            refused.insert(change.id)
            return
        }
        try Vault.install(promotion, line: line, change, writer)
        try writer.flush()
        _ = try Quarantine.release(promotion.id, writer, try Catalogue(writer.sql, revision: writer.row.revision))
    }

    private mutating func merge(_ changes: [IncomingChange], _ catalogue: Catalogue) throws {
        var taken: [IncomingChange] = []
        var rejects: [IncomingChange] = []
        for change in changes {
            guard case .change(let read) = change.content, let item = catalogue.promotions[read.change.header.promotion] else { continue }
            guard let subject = read.subject else {
                try takeBack(targetOf: read.change, catalogue)
                try takeReject(read.change, item, key: .documents(promotion: item.newest.id))
                continue
            }
            // What it is about may be among what comes back with it.
            if read.change.header.kind == .reject {
                rejects.append(change)
                continue
            }
            // The id of a body that is gone would keep the whole line out when its maker sends it.
            let isErased = try isErased(subject)
            guard read.change.body != nil || isErased, try fits(subject, item) else {
                refused.insert(change.id)
                continue
            }
            taken.append(change)
        }
        var intake = Intake(writer, catalogue)
        try intake.take(try leaveQuarantine(taken, catalogue), from: nil, isTrusted: true)
        try mergeRejects(rejects, catalogue)
    }

    /// Rejections that name what they are about, when all else is in the log.
    private mutating func mergeRejects(_ changes: [IncomingChange], _ catalogue: Catalogue) throws {
        var taken: [IncomingChange] = []
        for change in changes {
            guard case .change(let read) = change.content, let item = catalogue.promotions[read.change.header.promotion],
                let subject = read.subject
            else { continue }
            if try standsAlone(subject) {
                let own = FeedKey.station(promotion: item.newest.id, station: station.id)
                try takeReject(read.change, item, key: item.sharing == .all ? .promotion(item.newest.id) : own)
            } else if try read.change.body != nil || isErased(subject), try fits(subject, item) {
                taken.append(change)
            } else {
                refused.insert(change.id)
            }
        }
        var intake = Intake(writer, catalogue)
        try intake.take(try leaveQuarantine(taken, catalogue), from: nil, isTrusted: true)
    }

    /// A `reject` that concerns nothing in the log: its target could not be read, or was all that there ever was of its entry.
    private mutating func takeReject(_ change: Change, _ item: Catalogue.Item, key: FeedKey) throws {
        guard change.header.kind == .reject else {
            refused.insert(change.id)
            return
        }
        let number = try writer.insert(change, promotion: item.number)
        writer.feed(try writer.key(key), change: number, id: change.id)
        try writer.flush()
    }

    /// The maker may have sent the target again before its rejection came back, and then it was merged. A rejection that names no subject takes
    /// nothing out of the log by itself, so one that does is made beside it.
    private func takeBack(targetOf reject: Change, _ catalogue: Catalogue) throws {
        guard reject.header.kind == .reject, let target = reject.header.target else { return }
        try writer.flush()
        _ = try Rejection(vault, writer, catalogue, by: reject.header.operatorID).rejectLogged([target])
        try writer.flush()
    }

    private func standsAlone(_ subject: Subject) throws -> Bool {
        guard case .entry(let id) = subject else { return false }
        return try writer.sql.integer("SELECT 1 FROM entry WHERE id = ?", [.blob(id.bytes)]) == nil
    }

    /// A target that its maker sent again before the `reject` came back is known from now on and waits for nobody.
    private func archiveTargets(_ changes: [IncomingChange], _ catalogue: Catalogue) throws {
        guard writer.row.quarantined > 0 else { return }
        for target in changes.compactMap({ $0.header?.target }) {
            guard let held = try Quarantine.find(.id(target), writer) else { continue }
            try Quarantine.remove([held], writer)
            try writer.archive(held.change, place: nil)
            guard let maker = try Quarantine.origin(of: held, writer.sql) else { continue }
            try writer.tellRejections(of: [target], to: maker.station, catalogue)
        }
        try writer.flush()
    }

    /// Its maker sent a change before it came back, and it was not merged then; now it is known to be good, and is released.
    /// - Returns: The others.
    private func leaveQuarantine(_ changes: [IncomingChange], _ catalogue: Catalogue) throws -> [IncomingChange] {
        guard writer.row.quarantined > 0 else { return changes }
        var others: [IncomingChange] = []
        var released: [Quarantine.Held] = []
        for var change in changes {
            guard var held = try Quarantine.find(.id(change.id), writer) else {
                others.append(change)
                continue
            }
            // The lines as they came back: what was held may have been their digest only.
            change.sequence = held.change.sequence
            held.change = change
            released.append(held)
        }
        try Quarantine.remove(released, writer)
        try Quarantine.take(released, writer, catalogue, isTrusted: true)
        return others
    }

    /// Whoever hands back what was rejected meanwhile still counts it; so do all others who hold it and read the same. A `reject` that does not stand
    /// with the target's subject reaches its maker only, so one that does is made beside it.
    private func tellRejections(of changes: [IncomingChange], _ catalogue: Catalogue) throws {
        guard writer.row.rejected > 0 else { return }
        try writer.flush()
        var blind: [(target: Digest, header: ChangeHeader, reject: ChangeHeader)] = []
        try writer.sql.query(
            """
            SELECT c.id, c.header, j.header FROM change c JOIN rejected r ON r.target = c.id JOIN change j ON j.number = r.change \
            WHERE c.promotion = 0 AND c.entry IS NULL AND c.batch IS NULL AND j.entry IS NULL AND j.batch IS NULL AND c.id IN (?*)
            """, keys: changes.map { .blob($0.id.bytes) }
        ) { row in
            guard let id = Digest(bytes: row.blob(0)), let header = try? ChangeHeader(line: row.blob(1)),
                let reject = try? ChangeHeader(line: row.blob(2))
            else { return }
            blind.append((id, header, reject))
        }
        for (target, header, reject) in blind {
            guard let item = catalogue.promotions[header.promotion] else { continue }
            // Where all share all, one that names the subject stands where all read it, whether or not the log has the subject.
            if item.sharing == .all, Subject(reject) != nil { continue }
            try Rejection(vault, writer, catalogue, by: reject.operatorID).name(target, header, item)
        }
    }

    /// What was refused or waited only because these were missing, or because nobody knew that the station has them, goes on.
    private func release(_ changes: [IncomingChange], _ catalogue: Catalogue) throws {
        guard writer.row.quarantined > 0 else { return }
        for subject in Set(changes.compactMap(\.subject)) { try Quarantine.release(subject, writer, catalogue) }
    }

    private func isErased(_ subject: Subject) throws -> Bool {
        guard case .entry(let id) = subject else { return false }
        return try writer.sql.integer("SELECT erased FROM entry WHERE id = ?", [.blob(id.bytes)]) == 1
    }

    private func fits(_ subject: Subject, _ item: Catalogue.Item) throws -> Bool {
        guard case .entry(let id) = subject else { return true }
        let promotion = try writer.sql.integer("SELECT promotion FROM entry WHERE id = ?", [.blob(id.bytes)])
        return promotion == nil || promotion == item.number
    }
}

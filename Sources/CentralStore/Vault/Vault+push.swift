import EntryModel

extension Vault {
    /// Takes a push whose signature was checked and whose changes were read.
    ///
    /// - Parameters:
    ///   - request: The message's first line.
    ///   - reference: Of the request, for the answer.
    ///   - changes: As many as `request.count`.
    /// - Throws: `Problem.notEnrolled`; `SQLFailure`.
    func push(_ request: RequestLine, reference: Digest, changes: [IncomingChange]) async throws -> PushAnswer {
        let now = surroundings.now()
        let (answer, hasParked) = try await connection.transaction(.write) { sql in
            let writer = try LogWriter(sql, now: now)
            guard let station = try StationRow.read(sql, request.station) else { throw Problem(.notEnrolled) }
            var epoch = try EpochRecord.read(sql, stationNumber: station.number, station: station.id, epoch: request.epoch)
            let outcome = try Self.outcome(request, ids: changes.map(\.id), by: .http, station: station, epoch: epoch, sql)
            try station.noteTrouble(outcome, now, sql)
            var exceptions: [PushAnswer.Exception] = []
            if case .accepted(let skipped) = outcome {
                try self.take(changes.dropFirst(skipped), request, station: station, epoch: &epoch, writer)
                let erased = try Self.erased(among: changes, writer.row, sql)
                exceptions = try Self.exceptions(among: changes.map(\.id), erased: Set(erased.map(\.id)), writer.row, sql)
                if !erased.isEmpty {
                    try writer.tellErasures(of: erased, to: station.id, self.catalogue(sql, revision: writer.row.revision))
                    try writer.finish()
                }
                try station.noteSeen(now, sql)
            }
            let answer = AnswerLine(
                version: request.version, request: reference, outcome: outcome.answer, epoch: request.epoch, through: epoch.sequence,
                chain: epoch.chain,
                durable: try epoch.durable(now: now, sql), time: now)
            let hasParked = try !changes.isEmpty && Parked.isWaiting(station.number, sql)
            return (PushAnswer(answer: answer, exceptions: exceptions), hasParked)
        }
        // What came by file before its turn may follow now.
        if hasParked { try await takeParked() }
        return answer
    }

    /// Where the request stands by the outcome table.
    static func outcome(
        _ request: RequestLine, ids: [Digest], by road: ChainCheck.Road, station: StationRow, epoch: EpochRecord, _ sql: any SQLTransaction
    ) throws -> ChainCheck.Outcome {
        let claim = ChainCheck.Claim(
            road: road, after: request.after, chain: request.chain, ids: ids, headSequence: request.head.sequence)
        let record = ChainCheck.Record(isRevoked: station.isRevoked, sequence: epoch.sequence, chain: epoch.chain)
        return try ChainCheck.outcome(claim, record) { try epoch.chain(at: $0, sql) }
    }

    /// Takes changes that continue a station's chain.
    func take(
        _ changes: ArraySlice<IncomingChange>, _ request: RequestLine, station: StationRow, epoch: inout EpochRecord, _ writer: LogWriter
    ) throws {
        guard !changes.isEmpty else { return }
        let number = try epoch.row(request.forkedFrom, station.number, writer.now, writer.sql)
        let origin = ChangeOrigin(
            station: station.id, stationNumber: station.number, epochNumber: number,
            assigned: Set(try station.assigned(writer.sql)))
        let catalogue = try catalogue(writer.sql, revision: writer.row.revision)
        var intake = Intake(writer, catalogue)
        try intake.take(changes, from: origin)
        try epoch.append(
            changes.map(\.id), forkedFrom: request.forkedFrom, stationNumber: station.number, now: writer.now, writer.sql)
        try writer.finish()
    }

    /// Those of the changes that are about entries which are erased.
    private static func erased(
        among changes: [IncomingChange], _ vault: VaultRow, _ sql: any SQLTransaction
    ) throws -> [IncomingChange] {
        guard vault.erased > 0 else { return [] }
        var erased: Set<UniqueID> = []
        try sql.query(
            "SELECT id FROM entry WHERE erased = 1 AND id IN (?*)", keys: Set(changes.compactMap(\.entry)).map { .blob($0.bytes) }
        ) { row in
            if let id = UniqueID(bytes: row.blob(0)) { erased.insert(id) }
        }
        return erased.isEmpty ? [] : changes.filter { $0.entry.map(erased.contains) ?? false }
    }

    /// Every change of the request that is not merged, in the request's order; a retry gets the same list.
    /// - Parameter erased: Changes about entries that are erased.
    static func exceptions(
        among ids: [Digest], erased: Set<Digest>, _ vault: VaultRow, _ sql: any SQLTransaction
    ) throws -> [PushAnswer.Exception] {
        guard vault.quarantined > 0 || !erased.isEmpty else { return [] }
        var found: [Digest: PushAnswer.Exception] = [:]
        for id in erased { found[id] = PushAnswer.Exception(id: id, state: .erased, problem: Problem.Code.erased.rawValue) }
        if vault.quarantined > 0 {
            let keys = ids.map { SQLValue.blob($0.bytes) }
            try sql.query("SELECT id, problem FROM quarantine WHERE id IN (?*)", keys: keys) { row in
                guard let id = Digest(bytes: row.blob(0)) else { return }
                found[id] = PushAnswer.Exception(id: id, state: .quarantined, problem: row.text(1))
            }
        }
        return ids.compactMap { found.removeValue(forKey: $0) }
    }
}

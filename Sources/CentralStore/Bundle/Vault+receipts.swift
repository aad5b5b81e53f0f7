import EntryModel

extension Vault {
    /// The answer to a request that came by file, as things stand now.
    enum FileAnswer: Sendable {
        case push(PushAnswer)
        case handback(HandbackAnswer)
        /// Answered by `pull`, page by page.
        case pull(RequestLine, reference: Digest)
    }

    /// The numbers of the requests that are to be answered, the pull last; empty when the station never sent a bundle.
    func asked(by station: UniqueID) async throws -> [Int64] {
        try await transaction(.read) { sql in
            guard let found = try StationRow.read(sql, station) else { throw CentreError.unknownStation(station) }
            return try AskedRequest.numbers(of: found.number, sql)
        }
    }

    /// Forgets the oldest of the requests that came by file.
    func forgetAsked(by station: UniqueID) async throws {
        try await transaction(.write) { sql in
            _ = try VaultRow.lock(sql)
            if let found = try StationRow.read(sql, station) { try AskedRequest.forgetOldest(of: found.number, sql) }
        }
    }

    /// Remembers a pull or a handback that came by file.
    func note(_ message: BundleMessage, ids: [Digest] = [], refused: [Digest] = []) async throws {
        let now = surroundings.now()
        try await transaction(.write) { sql in
            _ = try VaultRow.lock(sql)
            guard let found = try StationRow.read(sql, message.request.station) else { throw Problem(.notEnrolled) }
            try AskedRequest(
                message.kind, station: found.number, reference: message.message.reference, line: message.message.lines[0], ids: ids,
                refused: refused, received: now
            ).note(sql)
        }
    }

    /// - Parameter number: One of `asked(by:)`.
    /// - Returns: `nil` when it was forgotten meanwhile.
    func answer(asked number: Int64) async throws -> FileAnswer? {
        let now = surroundings.now()
        return try await transaction(.read) { sql in
            guard let asked = try AskedRequest.read(number, sql), let request = try? RequestLine(line: asked.line, kind: asked.kind),
                let station = try StationRow.read(sql, request.station)
            else { return nil }
            if asked.kind == .pull { return .pull(request, reference: asked.reference) }
            let epoch = try EpochRecord.read(sql, stationNumber: station.number, station: station.id, epoch: request.epoch)
            let ids = asked.kind == .push ? asked.ids : []
            let outcome = try Self.standing(request, ids: ids, station: station, epoch: epoch, sql)
            let line = AnswerLine(
                request: asked.reference, outcome: outcome, epoch: request.epoch, through: epoch.sequence, chain: epoch.chain,
                durable: try epoch.durable(now: now, sql), time: now)
            let isAccepted = outcome == .accepted
            guard asked.kind == .push else {
                return .handback(
                    HandbackAnswer(
                        answer: line, taken: isAccepted ? try Self.logged(asked.ids, sql) : [], refused: isAccepted ? asked.refused : []))
            }
            return .push(
                PushAnswer(answer: line, exceptions: isAccepted ? try Self.exceptions(among: ids, try VaultRow.read(sql), sql) : []))
        }
    }

    /// Where a request that came some time ago stands now.
    private static func standing(
        _ request: RequestLine, ids: [Digest], station: StationRow, epoch: EpochRecord, _ sql: any SQLTransaction
    ) throws -> AnswerOutcome {
        let end = request.after + Int64(ids.count)
        if end <= epoch.sequence, try epoch.chain(at: end, sql) == Chain.next(request.chain, ids) { return .accepted }
        if station.isRevoked { return .revoked }
        return end > epoch.sequence ? .parked : .forked
    }

    private static func logged(_ ids: [Digest], _ sql: any SQLTransaction) throws -> [Digest] {
        var logged: Set<Digest> = []
        try sql.query("SELECT id FROM change WHERE id IN (?*)", keys: ids.map { .blob($0.bytes) }) { row in
            if let id = Digest(bytes: row.blob(0)) { logged.insert(id) }
        }
        return ids.filter(logged.contains)
    }
}

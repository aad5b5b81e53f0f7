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
                version: request.version, request: asked.reference, outcome: outcome, epoch: request.epoch, through: epoch.sequence,
                chain: epoch.chain,
                durable: try epoch.durable(now: now, sql), time: now)
            let isAccepted = outcome == .accepted
            let vault = try VaultRow.read(sql)
            let numbers = isAccepted ? try ChangeIndex(sql, after: vault.indexed).numbers(of: asked.ids) : [:]
            guard asked.kind == .push else {
                return .handback(
                    HandbackAnswer(
                        answer: line, taken: asked.ids.filter { numbers[$0] != nil }, refused: isAccepted ? asked.refused : []))
            }
            let erased = try Self.erased(Array(numbers.values), sql)
            return .push(
                PushAnswer(answer: line, exceptions: isAccepted ? try Self.exceptions(among: ids, erased: erased, vault, sql) : []))
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

    /// The ids of those of the changes that are about entries which are erased.
    private static func erased(_ numbers: [Int64], _ sql: any SQLTransaction) throws -> Set<Digest> {
        var erased: Set<Digest> = []
        try sql.query(
            "SELECT c.id FROM change c JOIN entry e ON e.number = c.entry WHERE e.erased = 1 AND c.number IN (?*)",
            keys: numbers.map { .integer($0) }
        ) { row in
            if let id = Digest(bytes: row.blob(0)) { erased.insert(id) }
        }
        return erased
    }
}

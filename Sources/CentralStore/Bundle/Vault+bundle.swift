public import EntryModel

extension Vault {
    /// Takes one push out of a bundle, and remembers it for the receipts.
    ///
    /// - Throws: `BundleRefusal`, `Problem.notEnrolled`; `SQLFailure`.
    func take(_ push: BundledPush) async throws -> BundledOutcome {
        let now = surroundings.now()
        let outcome = try await connection.transaction(.write) { sql -> BundledOutcome in
            let writer = try LogWriter(sql, now: now)
            guard let station = try StationRow.read(sql, push.request.station) else { throw Problem(.notEnrolled) }
            try AskedRequest(push, station: station.number, received: now).note(sql)
            if try Parked.isKnown(push.reference, sql) { return .known }
            let outcome = try self.take(push, of: station, writer)
            switch outcome {
            case .parked: try Parked.keep(push, of: station, .gap, writer)
            case .revoked: try Parked.keep(push, of: station, .revoked, writer)
            case .accepted, .forked, .known: try station.noteSeen(now, sql)
            }
            return outcome
        }
        try await takeParked()
        return outcome
    }

    /// Acts on a push by the outcome table's rows for bundles; what has to be kept is left to the caller.
    private func take(_ push: BundledPush, of station: StationRow, _ writer: LogWriter) throws -> BundledOutcome {
        var epoch = try EpochRecord.read(writer.sql, stationNumber: station.number, station: station.id, epoch: push.request.epoch)
        let ids = push.changes.map(\.id)
        let outcome = try Self.outcome(push.request, ids: ids, by: .bundle, station: station, epoch: epoch, writer.sql)
        try station.noteTrouble(outcome, writer.now, writer.sql)
        switch outcome {
        case .accepted(let skipped):
            let new = try unknown(among: ids, writer.sql)
            try take(push.changes.dropFirst(skipped), push.request, station: station, epoch: &epoch, writer)
            return .accepted(new: new)
        case .forked: return .forked(new: try takeByID(push, of: station, epoch: &epoch, writer))
        case .parked, .behind, .rolledBack: return .parked
        case .revoked: return .revoked
        }
    }

    /// Takes changes that stand in no chain of the station's as the centre knows it. Without a place in the chain nothing of them is left out
    /// of the feed, so that whoever else works under the station's name gets them too.
    private func takeByID(
        _ push: BundledPush, of station: StationRow, epoch: inout EpochRecord, _ writer: LogWriter
    ) throws -> Int {
        let new = try unknown(among: push.changes.map(\.id), writer.sql)
        let origin = ChangeOrigin(
            station: station.id, stationNumber: station.number,
            epochNumber: try epoch.row(push.request.forkedFrom, station.number, writer.now, writer.sql),
            assigned: Set(try station.assigned(writer.sql)))
        var intake = Intake(writer, try catalogue(writer.sql, revision: writer.row.revision))
        let changes = push.changes.map { change in
            var change = change
            change.sequence = nil
            return change
        }
        try intake.take(changes, from: origin)
        try writer.finish()
        return new
    }

    private func unknown(among ids: [Digest], _ sql: any SQLTransaction) throws -> Int {
        var known: Set<Digest> = []
        for table in ["change", "quarantine"] {
            try sql.query("SELECT id FROM \(table) WHERE id IN (?*)", keys: ids.map { .blob($0.bytes) }) { row in
                if let id = Digest(bytes: row.blob(0)) { known.insert(id) }
            }
        }
        return Set(ids).subtracting(known).count
    }

    // MARK: What was kept

    /// Takes every push whose gap is closed now, each in a transaction of its own.
    func takeParked() async throws {
        let now = surroundings.now()
        while try await connection.transaction(.read, { try Parked.isDue($0) }),
            try await connection.transaction(.write, { try self.takeNextParked($0, now: now) })
        {}
    }

    /// - Returns: Whether there was one.
    func takeNextParked(_ sql: any SQLTransaction, now: Int64) throws -> Bool {
        let writer = try LogWriter(sql, now: now)
        guard let row = try Parked.next(.due, sql), let station = try StationRow.read(sql, row.station) else { return false }
        switch try take(row.push, of: station, writer) {
        case .accepted, .forked, .known: try Parked.settle(row.number, writer)
        case .revoked: try Parked.noteRevoked(row.number, sql)
        case .parked: return false
        }
        return true
    }

    /// Takes pushes that are kept: where one continues the station's chain it is taken so, else its changes are taken by their ids.
    ///
    /// Staff vouch for where the file comes from; what its changes are checked for is as always.
    /// - Throws: `BundleRefusal.notKept`.
    public func acceptParked(number: Int64) async throws -> ParkedDecision {
        let decision = try await accept(.number(number))
        guard decision.pushes > 0 else { throw BundleRefusal.notKept(number) }
        return decision
    }

    /// As `acceptParked(number:)`, all that is kept of a station; nothing when nothing is.
    public func acceptParked(of station: UniqueID) async throws -> ParkedDecision {
        let number = try await transaction(.read) { sql in
            guard let found = try StationRow.read(sql, station) else { throw CentreError.unknownStation(station) }
            return found.number
        }
        return try await accept(.station(number))
    }

    private func accept(_ choice: Parked.Choice) async throws -> ParkedDecision {
        var decision = ParkedDecision()
        let now = surroundings.now()
        while true {
            let new = try await transaction(.write) { sql -> Int? in
                let writer = try LogWriter(sql, now: now)
                guard let row = try Parked.next(choice, sql), var station = try StationRow.read(sql, row.station) else { return nil }
                station.isRevoked = false
                let new: Int
                switch try self.take(row.push, of: station, writer) {
                case .accepted(let count), .forked(let count): new = count
                case .parked, .revoked, .known:
                    var epoch = try EpochRecord.read(
                        sql, stationNumber: station.number, station: station.id, epoch: row.push.request.epoch)
                    new = try self.takeByID(row.push, of: station, epoch: &epoch, writer)
                }
                try Parked.settle(row.number, writer)
                return new
            }
            guard let new else { break }
            decision.pushes += 1
            decision.new += new
        }
        try await CentreError.wrapping { try await takeParked() }
        return decision
    }
}

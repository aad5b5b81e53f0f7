public import EntryModel

extension Vault {
    /// Puts a change from the quarantine into the log, with those that wait behind it, in order.
    ///
    /// Staff vouch for it: a station's name that is not the maker's, a promotion that is not its own and a field that the form lacks are let
    /// pass. What cannot be merged at all is refused. A change that was released already stays as it is.
    /// - Parameter held: Which change.
    /// - Throws: `CentreError.notInQuarantine`, `.cannotRelease`.
    @discardableResult
    public func release(_ held: QuarantineReference) async throws -> QuarantineDecision {
        let now = surroundings.now()
        return try await transaction(.write) { sql in
            let writer = try LogWriter(sql, now: now)
            guard let found = try Quarantine.find(held, writer) else { return try Quarantine.decided(held, .released, sql) }
            let catalogue = try self.catalogue(sql, revision: writer.row.revision)
            try Quarantine.checkRelease(found, catalogue, writer)
            let list = try [found] + Quarantine.waiting(behind: found, writer)
            try Quarantine.remove(list, writer)
            try Quarantine.take(list, writer, catalogue, isTrusted: true)
            if let still = try Quarantine.find(.id(found.change.id), writer) {
                throw CentreError.cannotRelease(found.number, still.problem.title)
            }
            for one in list { try Quarantine.record(one, .released, at: now, sql) }
            try writer.finish()
            return QuarantineDecision(id: found.change.id, changes: list.count, wasDone: false)
        }
    }

    /// Rejects a change in the quarantine: a `reject` change by the centre takes it out everywhere, at its maker's station too.
    ///
    /// What waits behind it is judged anew; but where it was all that there is of an entry, what waits behind has nothing to stand on and is
    /// rejected with it. A change that was rejected already stays as it is.
    /// - Parameters:
    ///   - held: Which change.
    ///   - operatorID: Who decides; an id, never a name.
    /// - Throws: `CentreError.notInQuarantine`, `.noPromotion`.
    @discardableResult
    public func reject(_ held: QuarantineReference, by operatorID: String = "staff") async throws -> QuarantineDecision {
        let now = surroundings.now()
        return try await transaction(.write) { sql in
            let writer = try LogWriter(sql, now: now)
            guard let found = try Quarantine.find(held, writer) else { return try Quarantine.decided(held, .rejected, sql) }
            let catalogue = try self.catalogue(sql, revision: writer.row.revision)
            let isAlone = try !Quarantine.isKnown(found, writer)
            let behind = isAlone ? try Quarantine.standing(on: found, writer) : try Quarantine.waiting(behind: found, writer)
            let list = isAlone ? [found] + behind : [found]
            try Quarantine.remove([found] + behind, writer)
            let rejection = Rejection(self, writer, catalogue, by: operatorID)
            for one in list {
                try rejection.reject(one)
                try Quarantine.record(one, .rejected, at: now, sql)
            }
            if !isAlone { try Quarantine.take(behind, writer, catalogue) }
            try writer.finish()
            return QuarantineDecision(id: found.change.id, changes: list.count, wasDone: false)
        }
    }

    /// Isolates a station that fell into wrong hands: revokes it, and rejects what the centre took from it since a time.
    ///
    /// Each change that is in the log gets a `reject`, so nothing that others wrote is touched and everyone's copy is put right. What of it is in
    /// quarantine stays there. Done twice, it changes nothing more.
    /// - Parameters:
    ///   - station: Its id.
    ///   - since: When the centre took the changes, milliseconds since 1970 UTC.
    ///   - operatorID: Who decides; an id, never a name.
    /// - Throws: `CentreError.unknownStation`.
    public func isolate(_ station: UniqueID, since: Int64, by operatorID: String = "staff") async throws -> Isolation {
        try await revoke(station)
        let ids = try await transaction(.read) { sql in try Quarantine.taken(from: station, since: since, sql) }
        var isolation = Isolation(rejected: 0, rejectedBefore: 0, quarantined: 0)
        for start in stride(from: 0, to: ids.count, by: 200) {
            let step = Array(ids[start..<min(start + 200, ids.count)])
            let now = surroundings.now()
            let done = try await transaction(.write) { sql in
                let writer = try LogWriter(sql, now: now)
                let catalogue = try self.catalogue(sql, revision: writer.row.revision)
                let rejection = Rejection(self, writer, catalogue, by: operatorID)
                let done = try rejection.rejectLogged(step)
                try writer.finish()
                return done
            }
            isolation.rejected += done.rejected
            isolation.rejectedBefore += done.rejectedBefore
            isolation.quarantined += done.quarantined
        }
        return isolation
    }
}

/// How a change in the quarantine is named.
public enum QuarantineReference: Sendable, Equatable {
    /// Its `QuarantinedChange.number`.
    case number(Int64)
    case id(Digest)
}

/// What deciding about a change in the quarantine did.
public struct QuarantineDecision: Sendable, Equatable {
    public var id: Digest
    /// Changes that were released or rejected, the named one and those with it; 0 when it was done before.
    public var changes: Int
    public var wasDone: Bool
}

/// What isolating a station did.
public struct Isolation: Sendable, Equatable {
    /// Changes rejected now.
    public var rejected: Int
    /// Changes that were rejected before.
    public var rejectedBefore: Int
    /// Changes that are in quarantine and stay there.
    public var quarantined: Int
}

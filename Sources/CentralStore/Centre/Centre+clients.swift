public import EntryModel

extension Centre {
    /// Adds a client and makes its vault.
    ///
    /// - Parameters:
    ///   - id: An id as in `Identifier.isValid`; the agency itself is `house`.
    ///   - name: For people.
    ///   - vault: The PostgreSQL database that becomes its vault: an empty one, of its own. `nil` for a file in the centre's folder.
    /// - Throws: `CentreError.badClientID`, `.clientExists`, `.badName`; when the vault cannot be made, the client is not added.
    public func addClient(_ id: String, name: String? = nil, vault address: String? = nil) async throws {
        guard Identifier.isValid(id) else { throw CentreError.badClientID(id) }
        if let name { try CentreError.checkName(name) }
        guard try await catalog.client(id) == nil else { throw CentreError.clientExists(id) }
        if let address {
            // Before the client is there: an address with a slip in it leaves nothing behind.
            try await CentreError.wrapping {
                let connection = try DatabaseAddress(address).open(.vault)
                try await connection.transaction(.write) { sql in
                    try VaultSchema.migrate(sql, connection.dialect, client: id, path: "\(DatabaseAddress(address))")
                }
                try connection.close()
            }
        }
        guard try await catalog.addClient(id, name: name, vault: address) else { throw CentreError.clientExists(id) }
        _ = try await vault(id)
    }

    /// All clients, by id.
    public func clients() async throws -> [ClientRecord] {
        try await catalog.clients()
    }

    /// Remembers where the server listens, for enrolment codes.
    public func recordAddress(_ url: String) async throws {
        try await catalog.setSetting("address", url)
    }

    /// The address that was recorded last.
    public func recordedAddress() async throws -> String? {
        try await catalog.setting("address")
    }

    /// The ledger, oldest first: invitations, enrolments, revocations, and codes that came twice.
    public func ledger(after number: Int64 = 0, limit: Int = 1000) async throws -> [LedgerRecord] {
        try await catalog.ledger(after: number, limit: limit)
    }

    /// How long a one-time code can be used unless something else is said: 14 days.
    public static let codeValidityMilliseconds: Int64 = 14 * 86_400_000

    /// Makes a one-time enrolment code.
    ///
    /// - Parameters:
    ///   - client: The client that the new station will belong to.
    ///   - name: The station's name, for people.
    ///   - promotions: What the station is assigned; `nil` for all promotions of the client that are not concluded.
    ///   - url: Where the station finds the centre; `nil` for the recorded address.
    ///   - validity: How long the code can be used, in milliseconds.
    /// - Throws: `CentreError`.
    public func invite(
        client: String, name: String, promotions: [String]? = nil, url: String? = nil, validity: Int64 = Centre.codeValidityMilliseconds
    ) async throws -> EnrolmentCode {
        try CentreError.checkName(name)
        guard let vault = try await vault(client) else { throw CentreError.unknownClient(client) }
        let known = try await vault.promotions().map(\.promotion)
        let assigned = promotions ?? known.filter { $0.isOpen(at: surroundings.now()) }.map(\.id)
        for id in assigned where !known.contains(where: { $0.id == id }) { throw CentreError.unknownPromotion(id, client: client) }
        guard !assigned.isEmpty else { throw CentreError.nothingToAssign(client: client) }
        let recorded = try await recordedAddress()
        guard let address = url ?? recorded, !address.isEmpty else { throw CentreError.noAddress }
        let code = EnrolmentCode(
            url: address.hasSuffix("/") ? String(address.dropLast()) : address, secret: surroundings.randomBytes(16),
            fingerprint: fingerprint)
        try await catalog.invite(
            secret: code.secret, client: client, name: name, promotions: assigned, expires: surroundings.now() + validity)
        return code
    }
}

extension Promotion {
    /// Whether the promotion has not concluded. Its days are those of its own time zone, which is at most 12 hours behind UTC.
    fileprivate func isOpen(at now: Int64) -> Bool {
        guard let today = CalendarDate(millisecondsSince1970: now - 12 * 3_600_000) else { return true }
        return today <= dates.concludes
    }
}

extension CentreError {
    static func checkName(_ name: String) throws {
        guard 1...100 ~= name.count else { throw CentreError.badName(name) }
    }
}

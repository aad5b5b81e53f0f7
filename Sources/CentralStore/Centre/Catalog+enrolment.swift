import EntryModel

extension Catalog {
    /// Who a station is from now on.
    struct Enrolment: Sendable {
        var client: String
        var station: UniqueID
        var name: String
        var promotions: [String]
        var signingKey: [UInt8]
        var agreementKey: [UInt8]
    }

    /// Stores a one-time code's secret and what the station will be.
    /// - Parameter expires: Milliseconds since 1970.
    func invite(secret: [UInt8], client: String, name: String, promotions: [String], expires: Int64) async throws {
        let now = surroundings.now()
        let id = EnrolmentCode.invitation(secret: secret).bytes
        try await transaction(.write) { sql in
            try sql.execute(
                "INSERT INTO invitation (id, secret, client, name, invited, expires) VALUES (?, ?, ?, ?, ?, ?)",
                [.blob(id), .blob(secret), .text(client), .text(name), .integer(now), .integer(expires)])
            for promotion in Set(promotions).sorted() {
                try sql.execute(
                    "INSERT INTO invitation_promotion (invitation, promotion) VALUES (?, ?)", [.blob(id), .text(promotion)])
            }
            try Self.record(.invited, client: client, station: nil, at: now, sql)
        }
    }

    private struct Invitation: Sendable {
        var secret: [UInt8]
        var client: String
        var name: String
        var station: UniqueID?
        var signingKey: [UInt8]
        var agreementKey: [UInt8]
        var expires: Int64
    }

    private enum Redemption: Sendable {
        case enrolled(Enrolment)
        case refused
    }

    /// Uses an invitation: the first keys that come with the code's secret become the station.
    ///
    /// The same keys get the same station again, because an answer may be lost on its way; other keys are refused, and the ledger says so.
    /// - Parameter isSigned: Whether the message is signed with the request's own key.
    /// - Throws: `Problem.invitationUnknown`, `.invitationUsed`, `.badSignature`; `SQLFailure`.
    func redeem(_ request: EnrolRequest, isSigned: Bool) async throws -> Enrolment {
        let fingerprint = keys.signing.publicKey.fingerprint
        let now = surroundings.now()
        let newStation = surroundings.newID()
        let redemption = try await connection.transaction(.write) { sql -> Redemption in
            let id = SQLValue.blob(request.invitation.bytes)
            // Nobody learns from the answer whether a code exists unless they hold its secret.
            guard let invitation = try Self.invitation(id, sql), request.isAuthentic(secret: invitation.secret, fingerprint: fingerprint)
            else { throw Problem(.invitationUnknown) }
            guard isSigned else { throw Problem(.badSignature) }
            var station = newStation
            if let used = invitation.station {
                guard invitation.signingKey == request.signingKey, invitation.agreementKey == request.agreementKey else {
                    try Self.record(.invitationReused, client: invitation.client, station: used, at: now, sql)
                    return .refused
                }
                station = used
            } else {
                // What was used in time stays good for the same keys: its answer may have been lost.
                guard now < invitation.expires else { throw Problem(.invitationUnknown) }
                try sql.execute(
                    "UPDATE invitation SET used = ?, station = ?, signing_key = ?, agreement_key = ? WHERE id = ?",
                    [.integer(now), .blob(station.bytes), .blob(request.signingKey), .blob(request.agreementKey), id])
                try Self.record(.enrolled, client: invitation.client, station: station, at: now, sql)
            }
            let promotions = try sql.map(
                "SELECT promotion FROM invitation_promotion WHERE invitation = ? ORDER BY promotion", [id]
            ) { $0.text(0) }
            return .enrolled(
                Enrolment(
                    client: invitation.client, station: station, name: invitation.name, promotions: promotions,
                    signingKey: request.signingKey, agreementKey: request.agreementKey))
        }
        // The refusal's line in the ledger is committed before the refusal is told.
        guard case .enrolled(let enrolment) = redemption else { throw Problem(.invitationUsed) }
        return enrolment
    }

    private static func invitation(_ id: SQLValue, _ sql: any SQLTransaction) throws -> Invitation? {
        try sql.map(
            """
            SELECT secret, client, name, station, signing_key, agreement_key, COALESCE(expires, invited + ?) FROM invitation
            WHERE id = ?
            """, [.integer(Centre.codeValidityMilliseconds), id]
        ) { row in
            Invitation(
                secret: row.blob(0), client: row.text(1), name: row.text(2), station: UniqueID(bytes: row.blob(3)),
                signingKey: row.blob(4), agreementKey: row.blob(5), expires: row.integer(6))
        }.first
    }
}

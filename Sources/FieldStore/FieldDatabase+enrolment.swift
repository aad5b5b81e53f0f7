public import EntryModel
import GRDB

extension FieldDatabase {
    /// Who this station is; `nil` before enrolment. Held in memory: asking costs nothing.
    public var identity: StationIdentity? {
        get throws { current.identity }
    }

    /// The request that asks the centre to enrol this station.
    ///
    /// The keys are on the disk before the request can go out, and the same code gives the same keys; so a lost answer burns nothing.
    ///
    /// - Returns: The request, and the key to sign its message with.
    /// - Throws: `FieldStoreError.Code.alreadyEnrolled` when the station was enrolled with another code.
    /// - SeeAlso: Protocol/README.md, "Enrolment".
    public func prepareEnrolment(code: EnrolmentCode) throws -> (request: EnrolRequest, key: SigningKey) {
        let invitation = EnrolmentCode.invitation(secret: code.secret)
        let keys = try write { database in
            try refuseSecondEnrolment(invitation, database)
            try database.run(
                "INSERT INTO enrolment (invitation, signing_key, agreement_key) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                [.digest(invitation), .blob(surroundings.randomBytes(32)), .blob(surroundings.randomBytes(32))])
            return try enrolmentKeys(invitation, database)
        }
        let request = EnrolRequest(
            code: code, signingKey: keys.signing.publicKey.bytes, agreementKey: keys.agreement.publicKeyBytes, time: surroundings.now())
        return (request, keys.signing)
    }

    /// Takes the centre's answer: from now on the station is somebody, and its first epoch begins.
    ///
    /// Taking the same answer again changes nothing.
    ///
    /// - Parameter answer: Whose signature the caller has checked with the key that stands in it.
    /// - Throws: `FieldStoreError.Code.wrongCentre` when that key is not the one that the code names.
    public func completeEnrolment(code: EnrolmentCode, answer: EnrolAnswer) throws {
        guard let centreKey = VerifyingKey(bytes: answer.signingKey), centreKey.fingerprint == code.fingerprint else {
            throw failure(
                .wrongCentre,
                """
                The answer to the enrolment does not come from the centre that the code names. Nothing was changed. \
                Check the network, then ask the central staff for a new code.
                """)
        }
        guard Identifier.isValid(answer.vault) else {
            throw failure(.invalid, "The centre's answer to the enrolment cannot be used: its client id is not valid. Nothing was changed.")
        }
        let invitation = EnrolmentCode.invitation(secret: code.secret)
        try write { database in
            try refuseSecondEnrolment(invitation, database)
            guard try database.integer("SELECT count(*) FROM epoch") == 0 else { return }
            let keys = try enrolmentKeys(invitation, database)
            try database.run(
                """
                UPDATE station SET vault = ?, station = ?, name = ?, url = ?, invitation = ?,
                    signing_key = ?, agreement_key = ?, centre_key = ?, centre_agreement_key = ?
                """,
                [
                    .text(answer.vault), .id(answer.station), .text(answer.name), .text(code.url), .digest(invitation),
                    .blob(keys.signing.bytes), .blob(keys.agreement.bytes), .blob(answer.signingKey), .blob(answer.agreementKey),
                ])
            let epoch = surroundings.newID()
            let start = Chain.start(station: answer.station, epoch: epoch)
            try database.run(
                "INSERT INTO epoch (id, acknowledged, acknowledged_chain, head, head_chain) VALUES (?, 0, ?, 0, ?)",
                [.id(epoch), .digest(start), .digest(start)])
        }
        try renew()
    }

    private func refuseSecondEnrolment(_ invitation: Digest, _ database: Database) throws {
        let enrolled = try database.first("SELECT invitation FROM station") { $0.optionalBlob(0) } ?? nil
        guard enrolled == nil || enrolled == invitation.bytes else {
            throw failure(
                .alreadyEnrolled,
                "This file is enrolled already, and nothing was changed. Use the code with a new file: each file belongs to one station.")
        }
    }

    private func enrolmentKeys(
        _ invitation: Digest, _ database: Database
    ) throws -> (signing: SigningKey, agreement: AgreementKey) {
        let row = try database.first(
            "SELECT signing_key, agreement_key FROM enrolment WHERE invitation = ?", [.digest(invitation)]
        ) { (signing: $0.blob(0), agreement: $0.blob(1)) }
        guard let row else {
            throw failure(.notEnrolled, "This file has not asked to be enrolled with this code. Nothing was changed. Enrol with it first.")
        }
        guard let signing = SigningKey(bytes: row.signing), let agreement = AgreementKey(bytes: row.agreement)
        else { throw DatabaseError.damaged("a key") }
        return (signing, agreement)
    }

    /// The station's identity, which whatever makes or sends changes needs.
    func enrolled() throws -> StationIdentity {
        guard let identity = current.identity else {
            throw failure(
                .notEnrolled,
                """
                This station is not enrolled yet, so nothing was stored. Get an enrolment code from the central staff and \
                start with --enrol CODE.
                """)
        }
        return identity
    }
}

extension StationIdentity {
    /// The identity in the file; `nil` before enrolment.
    static func stored(_ database: Database) throws -> StationIdentity? {
        let identity = try database.first(
            """
            SELECT s.vault, s.station, s.name, s.url, s.signing_key, s.agreement_key, s.centre_key, s.centre_agreement_key,
                epoch.id, epoch.forked_from
            FROM station s JOIN epoch WHERE s.vault IS NOT NULL ORDER BY epoch.number DESC
            """
        ) { row -> StationIdentity in
            guard let signing = SigningKey(bytes: row.blob(4)), let agreement = AgreementKey(bytes: row.blob(5)),
                let centre = VerifyingKey(bytes: row.blob(6))
            else { throw DatabaseError.damaged("a key") }
            return StationIdentity(
                vault: row.text(0), station: try row.id(1), name: row.text(2), url: row.text(3), signingKey: signing,
                agreementKey: agreement, centreKey: centre, centreAgreementKey: row.blob(7), epoch: try row.id(8),
                forkedFrom: row.isNull(9) ? nil : try row.id(9))
        }
        return identity
    }
}

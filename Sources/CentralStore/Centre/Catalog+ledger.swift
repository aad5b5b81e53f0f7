import EntryModel

/// What the catalog knows of one client that its vault has to know too, even when it was restored from a backup taken before.
struct ClientLedger: Sendable {
    struct Erasure: Hashable, Sendable {
        var promotion: String
        var entry: UniqueID
    }

    /// Stations with their public keys, and what they are assigned now.
    var enrolments: [Catalog.Enrolment]
    /// Station → when it was revoked, milliseconds since 1970 UTC.
    var revocations: [UniqueID: Int64]
    /// Oldest first.
    var erasures: [Erasure]
}

extension Catalog {
    /// The ledger of one client. Blocks the calling thread, because a vault is brought up to it before anything else uses it.
    func ledger(of client: String) throws -> ClientLedger {
        try connection.blockingTransaction(.read) { sql in
            let enrolments = try sql.map(
                "SELECT id, station, name, signing_key, agreement_key FROM invitation WHERE client = ? AND station IS NOT NULL ORDER BY used",
                [.text(client)]
            ) { (invitation: $0.blob(0), station: $0.blob(1), name: $0.text(2), signing: $0.blob(3), agreement: $0.blob(4)) }
            .map { row in
                guard let station = UniqueID(bytes: row.station) else { throw SQLFailure(.damaged, "a station's id cannot be read") }
                let promotions = try sql.map(
                    "SELECT promotion FROM invitation_promotion WHERE invitation = ? ORDER BY promotion", [.blob(row.invitation)]
                ) { $0.text(0) }
                return Enrolment(
                    client: client, station: station, name: row.name, promotions: promotions, signingKey: row.signing,
                    agreementKey: row.agreement)
            }
            var revocations: [UniqueID: Int64] = [:]
            var erasures: [ClientLedger.Erasure] = []
            try sql.query(
                "SELECT kind, station, entry, promotion, at FROM ledger WHERE client = ? AND kind IN ('revoked', 'erased') ORDER BY number",
                [.text(client)]
            ) { row in
                if let station = UniqueID(bytes: row.blob(1)), row.text(0) == LedgerRecord.Kind.revoked.rawValue {
                    revocations[station] = revocations[station] ?? row.integer(4)
                } else if let entry = UniqueID(bytes: row.blob(2)), let promotion = row.optionalText(3) {
                    erasures.append(ClientLedger.Erasure(promotion: promotion, entry: entry))
                }
            }
            return ClientLedger(enrolments: enrolments, revocations: revocations, erasures: erasures)
        }
    }

    /// Keeps what a station is assigned from now on, beside its enrolment.
    func noteAssignment(_ station: UniqueID, _ promotions: [String]) async throws {
        try await transaction(.write) { sql in
            guard let invitation = try sql.map("SELECT id FROM invitation WHERE station = ?", [.blob(station.bytes)], { $0.blob(0) }).first
            else { return }
            try sql.execute("DELETE FROM invitation_promotion WHERE invitation = ?", [.blob(invitation)])
            for promotion in Set(promotions).sorted() {
                try sql.execute(
                    "INSERT INTO invitation_promotion (invitation, promotion) VALUES (?, ?)", [.blob(invitation), .text(promotion)])
            }
        }
    }
}

import EntryModel

extension Catalog {
    /// Stores a one-time code's secret and what the station will be.
    func invite(secret: [UInt8], client: String, name: String, promotions: [String]) async throws {
        let now = surroundings.now()
        let id = EnrolmentCode.invitation(secret: secret).bytes
        try await transaction(.write) { sql in
            try sql.execute(
                "INSERT INTO invitation (id, secret, client, name, invited) VALUES (?, ?, ?, ?, ?)",
                [.blob(id), .blob(secret), .text(client), .text(name), .integer(now)])
            for promotion in Set(promotions).sorted() {
                try sql.execute(
                    "INSERT INTO invitation_promotion (invitation, promotion) VALUES (?, ?)", [.blob(id), .text(promotion)])
            }
            try Self.record(.invited, client: client, station: nil, at: now, sql)
        }
    }
}

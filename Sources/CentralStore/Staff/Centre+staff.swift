import EntryModel

extension Centre {
    /// Adds an account.
    ///
    /// - Parameters:
    ///   - id: As in `Identifier.isValid`; one that was removed is not given out again, because the list of reads names it.
    ///   - grants: At least one.
    /// - Returns: The token, which is nowhere else: the catalog keeps a digest of it.
    /// - Throws: `CentreError.badStaffID`, `.staffExists`, `.noGrant`, `.unknownClient`.
    public func addStaff(_ id: String, grants: [StaffGrant]) async throws -> String {
        guard Identifier.isValid(id) else { throw CentreError.badStaffID(id) }
        guard !grants.isEmpty else { throw CentreError.noGrant(id) }
        for client in grants.compactMap(\.client) where try await catalog.client(client) == nil { throw CentreError.unknownClient(client) }
        let token = StaffToken()
        let now = surroundings.now()
        try await catalog.transaction(.write) { sql in
            guard try sql.integer("SELECT 1 FROM staff WHERE id = ?", [.text(id)]) == nil else { throw CentreError.staffExists(id) }
            try sql.execute(
                "INSERT INTO staff (id, added, token, token_made) VALUES (?, ?, ?, ?)",
                [.text(id), .integer(now), .blob(token.digest), .integer(now)])
            for grant in Set(grants) {
                try sql.execute(
                    "INSERT INTO staff_grant (staff, role, client) VALUES (?, ?, ?)",
                    [.text(id), .text(grant.role.rawValue), .text(grant.client ?? "")])
            }
        }
        return token.text
    }

    /// Makes a new token for an account; the one before opens nothing any more.
    public func renewToken(of id: String) async throws -> String {
        let token = StaffToken()
        let now = surroundings.now()
        try await change(id) { sql in
            try sql.execute(
                "UPDATE staff SET token = ?, token_made = ? WHERE id = ?", [.blob(token.digest), .integer(now), .text(id)])
        }
        return token.text
    }

    /// Ends an account at once; what it has read stays listed.
    public func removeStaff(_ id: String) async throws {
        let now = surroundings.now()
        try await change(id) { sql in
            try sql.execute("UPDATE staff SET removed = ?, token = NULL WHERE id = ?", [.integer(now), .text(id)])
        }
    }

    private func change(_ id: String, _ body: @escaping @Sendable (any SQLTransaction) throws -> Void) async throws {
        try await catalog.transaction(.write) { sql in
            guard try sql.integer("SELECT 1 FROM staff WHERE id = ? AND removed IS NULL", [.text(id)]) != nil else {
                throw CentreError.unknownStaff(id)
            }
            try body(sql)
        }
    }

    /// All accounts, by id; those that were removed too.
    public func staff() async throws -> [StaffAccount] {
        try await catalog.transaction(.read) { sql in
            try sql.map("SELECT id FROM staff ORDER BY id", []) { $0.text(0) }.compactMap { try Self.account($0, sql) }
        }
    }

    /// Whose token it is; looked up at every request, so that a removal holds from the next one on.
    ///
    /// The digest is what is compared: how long that takes says nothing of a token that nobody can guess.
    /// - Returns: `nil` for a token that opens nothing.
    public func staff(presenting token: String) async throws -> StaffAccount? {
        guard let digest = StaffToken.digest(of: token) else { return nil }
        return try await catalog.transaction(.read) { sql in
            let ids = try sql.map("SELECT id FROM staff WHERE token = ? AND removed IS NULL", [.blob(digest)]) { $0.text(0) }
            return try ids.first.flatMap { try Self.account($0, sql) }
        }
    }

    private static func account(_ id: String, _ sql: any SQLTransaction) throws -> StaffAccount? {
        let grants = try sql.map("SELECT role, client FROM staff_grant WHERE staff = ? ORDER BY client, role", [.text(id)]) { row in
            guard let role = StaffRole(rawValue: row.text(0)) else { throw SQLFailure(.damaged, "an account has an unknown role") }
            return StaffGrant(role, client: row.text(1).isEmpty ? nil : row.text(1))
        }
        return try sql.map("SELECT added, token_made, removed FROM staff WHERE id = ?", [.text(id)]) { row in
            StaffAccount(
                id: id, grants: grants, added: row.integer(0), tokenMade: row.integer(1), removed: row.optionalInteger(2))
        }.first
    }
}

/// What an account shows to be let in: `fes1_` and 32 random bytes.
struct StaffToken {
    private static let prefix = "fes1_"

    let text: String
    let digest: [UInt8]

    init() {
        // From the system's randomness whatever the surroundings are: a repeatable token would be none.
        let bytes = Surroundings.system.randomBytes(32)
        text = Self.prefix + Hex.encode(bytes)
        digest = Self.digest(bytes)
    }

    /// What the catalog keeps of a token.
    /// - Returns: `nil` when the text is none.
    static func digest(of text: String) -> [UInt8]? {
        guard text.hasPrefix(prefix), let bytes = Hex.decode(String(text.dropFirst(prefix.count))), bytes.count == 32 else { return nil }
        return digest(bytes)
    }

    private static func digest(_ bytes: [UInt8]) -> [UInt8] {
        Hash.line(Array("fieldentry/1 staff token\0".utf8) + bytes).bytes
    }
}

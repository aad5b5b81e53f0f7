import GRDB

/// How a station's connections to the centre are secured, as somebody at the station said once.
public struct ConnectionSettings: Sendable, Equatable {
    /// PEM certificates of the only authorities whose word is taken; `nil` for the system's.
    public var authorities: [UInt8]?
    /// Whether plain HTTP is taken beyond this machine.
    public var allowsPlain: Bool

    public init(authorities: [UInt8]? = nil, allowsPlain: Bool = false) {
        self.authorities = authorities
        self.allowsPlain = allowsPlain
    }
}

extension FieldDatabase {
    /// What is kept in the file, also before enrolment.
    public func connectionSettings() throws -> ConnectionSettings {
        try read { database in
            try database.first("SELECT authorities, allows_plain FROM station") { row in
                ConnectionSettings(authorities: row.optionalBlob(0), allowsPlain: row.integer(1) != 0)
            } ?? ConnectionSettings()
        }
    }

    /// Keeps them for every sync from now on, until the file is emptied.
    /// - Parameter settings: Authorities that can be read; this file does not look into them.
    public func setConnectionSettings(_ settings: ConnectionSettings) throws {
        _ = try write { database in
            try database.run(
                "UPDATE station SET authorities = ?, allows_plain = ?",
                [.optional(settings.authorities), .integer(settings.allowsPlain ? 1 : 0)])
        }
    }
}

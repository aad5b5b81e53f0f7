import CentralStore

/// A command that runs in the server, at the wish of somebody of the staff who is somewhere else. On the centre's own machine there is none:
/// whoever can open the centre's files is asked nothing.
struct StaffSession: Sendable {
    var account: StaffAccount
    var centre: Centre
    /// What the command does, which the account has to be entitled to.
    var permission: StaffPermission
    /// Files that came with the call, by the names under which its arguments mention them.
    var files: [String: [UInt8]]

    @TaskLocal static var current: StaffSession?

    /// Whether the command may be done for a client.
    ///
    /// - Throws: `CentreError.unknownClient` for a client at which the account is nobody, as if it were not there; `StaffRefusal` where it is
    ///   somebody else.
    static func require(_ client: String) throws {
        guard let session = current else { return }
        guard session.account.knows(client: client) else { throw CentreError.unknownClient(client) }
        guard session.account.may(session.permission, client: client) else { throw StaffRefusal.notPermitted(session.permission) }
    }

    /// Those of the clients for which the command may be done; all of them on the centre's own machine.
    static func permitted(_ clients: [ClientRecord]) -> [ClientRecord] {
        guard let session = current else { return clients }
        return clients.filter { session.account.may(session.permission, client: $0.id) }
    }
}

/// Why a call of the staff was not even tried.
enum StaffRefusal: Error, CustomStringConvertible {
    /// No token, or one that opens nothing.
    case unknown
    /// The roles do not go so far.
    case notPermitted(StaffPermission)
    /// The command is none that can be called from elsewhere.
    case onlyHere

    var description: String {
        switch self {
        case .unknown: "The token is not known here. Ask an administrator for a new one."
        case .notPermitted(let permission):
            "Your roles do not go so far: this needs the right to \(permission.rawValue). Nothing was done."
        case .onlyHere: "This works on the centre's own machine only."
        }
    }
}

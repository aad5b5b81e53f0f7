/// The database is a client's vault no more: it was moved to another one. Nothing was read or written.
public struct VaultMoved: Error, Sendable, Equatable {
    public var client: String
    /// Where it is now, as `DatabaseAddress.init` takes it.
    var address: String
}

extension VaultMoved: CustomStringConvertible {
    public var description: String {
        "The vault of \(client) was moved to another database just now. Nothing was changed; do it again."
    }
}

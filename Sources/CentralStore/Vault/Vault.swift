import EntryModel

/// One client's store: its stations, promotions, the log of changes, and the feed that is served from it.
///
/// A vault is a database of its own; nothing in it refers to another client. Every write is one transaction that locks the vault's row first,
/// so positions are given in commit order.
public final class Vault: Sendable {
    /// The client's id.
    public let client: String
    let connection: any SQLConnection
    let surroundings: Surroundings
    let catalog: Catalog

    init(client: String, connection: any SQLConnection, surroundings: Surroundings, catalog: Catalog) throws {
        self.client = client
        self.connection = connection
        self.surroundings = surroundings
        self.catalog = catalog
    }
}

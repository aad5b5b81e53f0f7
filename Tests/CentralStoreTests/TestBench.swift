import CentralStore
import EntryModel
import Synchronization
import TestSupport
import Testing

/// A centre in a folder of its own, with a clock that the test moves and chance that a seed repeats.
final class TestBench: Sendable {
    static let client = "brightfizz"
    static let promotion = "summer"

    let folder: TemporaryFolder
    let clock = ManualClock()
    let centre: Centre
    private let vaultURLs = Mutex<[String: String]>([:])
    /// Where the catalog is in PostgreSQL; `nil` on SQLite.
    let catalogURL: String?
    private var catalog: DatabaseAddress? { catalogURL.map { DatabaseAddress($0) } }
    let vault: Vault

    /// - Parameter sharing: Of the promotion `summer`, version 1.
    init(sharing: Promotion.Sharing = .all) async throws {
        folder = try TemporaryFolder("centre")
        catalogURL = BenchStore.current == .postgres ? try PostgresServer.newSchema() : nil
        centre = try Centre(
            directory: folder.file("data"), catalog: catalogURL.map { DatabaseAddress($0) },
            surroundings: Surroundings(now: clock.now, random: Surroundings.system.random))
        let url = BenchStore.current == .postgres ? try PostgresServer.newSchema() : nil
        try await centre.addClient(Self.client, name: "Bright Fizz", vault: url)
        vaultURLs.withLock { $0[Self.client] = url }
        vault = try #require(try await centre.vault(Self.client))
        try await vault.putPromotion(Self.document(sharing: sharing))
    }

    /// The centre as another process has it: the same directory, opened again.
    func secondCentre() throws -> Centre {
        try Centre(
            directory: folder.file("data"), catalog: catalog, surroundings: Surroundings(now: clock.now, random: Surroundings.system.random)
        )
    }

    /// The vault's database as another process has it.
    func vaultConnection() throws -> any SQLConnection {
        #if PostgreSQL
            if let url = vaultURLs.withLock({ $0[Self.client] }) { return try PostgresConnection(url: url, kind: .vault) }
        #endif
        return try SQLiteConnection(path: folder.file("data/vaults/\(Self.client).sqlite"), kind: .vault)
    }

    /// Where the vault is in PostgreSQL; `nil` on SQLite.
    var vaultURL: String? { vaultURLs.withLock { $0[Self.client] } }

    /// Adds a client with a vault in the kind of database that the test runs on.
    func addClient(_ id: String, name: String? = nil) async throws {
        let url = BenchStore.current == .postgres ? try PostgresServer.newSchema() : nil
        try await centre.addClient(id, name: name, vault: url)
        vaultURLs.withLock { $0[id] = url }
    }

    /// Enrols a station.
    func station(_ name: String = "one", promotions: [String]? = nil) async throws -> HandMadeStation {
        let code = try await centre.invite(client: Self.client, name: name, promotions: promotions, url: "http://127.0.0.1:8080")
        return try await HandMadeStation(centre, code: code, clock: clock)
    }

    /// A small promotion's document.
    static func document(
        _ id: String = promotion, client: String = client, version: Int64 = 1, sharing: Promotion.Sharing = .all, extra: String? = nil
    ) -> [UInt8] {
        let extraField = extra.map { ",{\"id\":\"\($0)\",\"kind\":\"text\",\"label\":\"\($0)\"}" } ?? ""
        let text = """
            {"id":"\(id)","version":\(version),"client":"\(client)","name":"Summer","kind":"client","timeZone":"America/Chicago",\
            "sharing":"\(sharing.rawValue)","privacyPolicy":"privacy/1","dates":{"opens":"2026-01-01","closes":"2026-06-30",\
            "postmarkedBy":"2026-06-30","receivedBy":"2026-07-10","concludes":"2026-08-01"},"form":{"fields":[\
            {"id":"name","kind":"personName","label":"Name"},{"id":"phone","kind":"phone","label":"Phone"},\
            {"id":"optin","kind":"consent","label":"Send me news","purpose":"client","policy":"restrictive",\
            "wording":{"id":"news","version":1,"text":"Yes, send me news."}}\(extraField)]}}
            """
        return Array(text.utf8)
    }
}

import ArgumentParser
import CentralStore
import EntryModel

/// `--client`, which may be left out while there is only one.
struct ClientOption: ParsableArguments {
    @Option(help: ArgumentHelp("The client; may be left out when there is only one.", valueName: "id"))
    var client: String?

    /// The client's store.
    /// - Throws: `Refusal` when no client is named and there is not exactly one; `CentreError.unknownClient`.
    func vault(of centre: Centre) async throws -> Vault {
        if let client {
            try StaffSession.require(client)
            guard let vault = try await centre.vault(client) else { throw CentreError.unknownClient(client) }
            return vault
        }
        let clients = StaffSession.permitted(try await centre.clients()).map(\.id)
        guard let only = clients.first else {
            throw Refusal("There is no client yet. `central client add ID` makes one.")
        }
        guard clients.count == 1, let vault = try await centre.vault(only) else {
            throw Refusal("There are several clients; name one with --client: \(clients.joined(separator: ", ")).")
        }
        return vault
    }
}

extension Vault {
    /// The promotion of that id, or the only one when none is named.
    func promotion(named id: String?) async throws -> PromotionRecord {
        let records = try await promotions()
        if let id {
            guard let record = records.first(where: { $0.promotion.id == id }) else {
                throw CentreError.unknownPromotion(id, client: client)
            }
            return record
        }
        guard let only = records.first else { throw Refusal("The client \(client) has no promotion yet.") }
        guard records.count == 1 else {
            let ids = records.map(\.promotion.id).joined(separator: ", ")
            throw Refusal("There are several promotions; name one with --promotion: \(ids).")
        }
        return only
    }
}

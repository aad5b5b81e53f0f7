import ArgumentParser
import CentralStore
import EntryModel

/// `central status`: how much there is of everything, and whether it is the same as elsewhere.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Counts entries, changes, conflicts, quarantined changes and stations of each client.",
        discussion: """
            A digest that is equal at a station and here means the same values at both.

            Examples:
              central status
              central status --client brightfizz --digests --json
            """)

    @OptionGroup var centre: CentreOptions

    @Option(help: ArgumentHelp("Only this client.", valueName: "id"))
    var client: String?

    @Flag(help: "Also compute the comparison digest of each promotion; reads every entry.")
    var digests = false

    @OptionGroup var listing: ListingOptions

    private struct Row {
        var status: VaultStatus
        var comparisons: [(promotion: String, comparison: Comparison)]
    }

    func run() async throws {
        let centre = try centre.open()
        if let client { try StaffSession.require(client) }
        let clients = if let client { [client] } else { StaffSession.permitted(try await centre.clients()).map(\.id) }
        var rows: [Row] = []
        for client in clients {
            guard let vault = try await centre.vault(client) else { throw CentreError.unknownClient(client) }
            var row = Row(status: try await vault.status(), comparisons: [])
            if digests {
                for record in try await vault.promotions() {
                    row.comparisons.append((record.promotion.id, try await vault.comparison(record.promotion.id)))
                }
            }
            rows.append(row)
        }
        if !listing.json, let address = try await centre.recordedAddress() { try Output.hint("Stations call \(address).") }
        try printCounts(rows)
        if digests, !listing.json { try printDigests(rows) }
    }

    private func printCounts(_ rows: [Row]) throws {
        let listing = Listing<Row>(
            columns: [("CLIENT", .left)]
                + ["ENTRIES", "VOID", "CONTESTED", "CHANGES", "CONFLICTS", "QUARANTINED", "KEPT", "STATIONS", "PROMOTIONS", "POSITION"]
                .map { ($0, .right) },
            cells: { row in
                let status = row.status
                return [
                    status.client, String(status.entries), String(status.void), String(status.contested), String(status.changes),
                    String(status.conflicts), String(status.quarantined), String(status.parked), String(status.stations),
                    String(status.promotions),
                    String(status.position),
                ]
            },
            json: { row in
                let status = row.status
                let members: [(name: String, value: JSONValue)] = [
                    ("client", .string(status.client)), ("entries", .count(status.entries)), ("void", .count(status.void)),
                    ("contested", .count(status.contested)), ("changes", .count(status.changes)),
                    ("conflicts", .count(status.conflicts)), ("quarantined", .count(status.quarantined)), ("parked", .count(status.parked)),
                    ("stations", .count(status.stations)), ("promotions", .count(status.promotions)),
                    ("position", .integer(status.position)), ("digest", .string(status.digest.hex)),
                ]
                return digests ? members + [("comparisons", comparisons(row))] : members
            },
            none: "There is no client yet.")
        try listing.print(rows, self.listing)
    }

    private func comparisons(_ row: Row) -> JSONValue {
        .object(
            row.comparisons.map {
                (
                    $0.promotion,
                    .object([("entries", .count($0.comparison.entries)), ("digest", .string($0.comparison.digest.hex))])
                )
            })
    }

    private func printDigests(_ rows: [Row]) throws {
        var table = Table([("CLIENT", .left), ("PROMOTION", .left), ("ENTRIES", .right), ("COMPARISON DIGEST", .left)])
        for row in rows {
            for (promotion, comparison) in row.comparisons {
                table.add([row.status.client, promotion, String(comparison.entries), comparison.digest.hex])
            }
        }
        if !table.isEmpty { try Output.current.result("\n" + table.text) }
    }
}

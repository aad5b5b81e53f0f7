import ArgumentParser
import CentralStore
import EntryModel
import Foundation

/// `central station invite`: makes a one-time code with which a device becomes a station.
struct StationInviteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invite", abstract: "Makes a one-time enrolment code and prints it.",
        discussion: """
            The code is a secret until it is used: whoever enters it first has the station.

            Examples:
              central station invite --client brightfizz --name kiosk-7
            """)

    @OptionGroup var centre: CentreOptions
    @OptionGroup var client: ClientOption

    @Option(help: "The station's name, for people.")
    var name: String

    @Option(
        name: .customLong("promotion"), parsing: .upToNextOption,
        help: ArgumentHelp(
            "What the station works on; without it all that have not concluded, or if all have, all.", valueName: "id"))
    var promotions: [String] = []

    @Option(help: "Where the station finds the centre; without it the address that `central serve` recorded.")
    var url: String?

    @Option(help: ArgumentHelp("For how long the code can be used.", valueName: "days"))
    var validDays = 14

    @OptionGroup var listing: ListingOptions

    func validate() throws {
        guard 1...365 ~= validDays else { throw ValidationError("--valid-days is 1 to 365.") }
        if let url, !isCentreURL(url) { throw ValidationError("--url is not an http or https address: \(url)") }
    }

    func run() async throws {
        let centre = try centre.open()
        let vault = try await client.vault(of: centre)
        let assigned = promotions.isEmpty ? try await openPromotions(of: vault) : promotions
        let code = try await centre.invite(
            client: vault.client, name: name, promotions: assigned, url: url, validity: Int64(validDays) * 86_400_000)
        if listing.json {
            return try printJSON([
                ("code", .string(code.text)), ("client", .string(vault.client)), ("name", .string(name)),
                ("promotions", .strings(assigned)), ("url", .string(code.url)),
            ])
        }
        try Output.line(code.text)
        try Output.hint(
            """
            Station "\(name)" of \(vault.client) will work on: \(assigned.joined(separator: ", ")).
            On the device: fieldentry FILE --enrol CODE
            The code works once, within \(validDays == 1 ? "a day" : "\(validDays) days"), and leads to \(code.url).
            """)
    }

    /// A promotion is open until the day on which it concludes is over where it runs: cards are still keyed after its close.
    private func openPromotions(of vault: Vault) async throws -> [String] {
        let promotions = try await vault.promotions().map(\.promotion)
        let now = Surroundings.system.now()
        let open = promotions.filter { promotion in
            let offset = TimeZone(identifier: promotion.timeZone)?.secondsFromGMT() ?? 0
            return CalendarDate(millisecondsSince1970: now, secondsFromUTC: offset).map { $0 <= promotion.dates.concludes } ?? false
        }
        guard open.isEmpty, !promotions.isEmpty else { return open.map(\.id) }
        // Corrections go on after the draw, so this is no mistake, but it should be no surprise either.
        let concluded = promotions.map { "\($0.id) on \($0.dates.concludes)" }.joined(separator: ", ")
        try Output.hint(
            "Every promotion of \(vault.client) has concluded (\(concluded)); the station gets them all. --promotion names fewer.")
        return promotions.map(\.id)
    }
}

import ArgumentParser
import CentralStore
import EntryModel

/// `central doctor`: whether everything in a vault is what its log says.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Examines the stores: the file, every change, the feed, the stations' chains, entries and batches.",
        discussion: """
            Everything that was worked out is worked out again and compared. Exit code 0: all is well, or was repaired; 1: something stays wrong, \
            and the output names it. The server may run meanwhile; it waits while --repair writes.

            Examples:
              central doctor --client brightfizz
            """)

    @OptionGroup var centre: CentreOptions

    @Option(help: ArgumentHelp("Only this client.", valueName: "id"))
    var client: String?

    @Flag(help: "Write rows and counts again where they differ from the log.")
    var repair = false

    @OptionGroup var listing: ListingOptions

    func run() async throws {
        let centre = try centre.open()
        let clients = if let client { [client] } else { try await centre.clients().map(\.id) }
        var remaining = 0
        for client in clients {
            guard let vault = try await centre.vault(client) else { throw CentreError.unknownClient(client) }
            let examination = try await vault.examine(repair: repair)
            try report(examination, client)
            remaining += examination.findings.count { !$0.isRepaired } + (examination.hasMore ? 1 : 0)
        }
        guard remaining > 0 else { return }
        throw Refusal(
            remaining == 1
                ? "One thing is not as it should be." : "\(remaining) things are not as they should be. No acknowledged line was touched.")
    }

    private func report(_ examination: VaultExamination, _ client: String) throws {
        let listing = Listing<VaultFinding>(
            columns: [("CLIENT", .left), ("WHAT", .left), ("WHICH", .left), ("FINDING", .left), ("REPAIR", .left)],
            cells: { [client, $0.area.rawValue, $0.subject, $0.message, repairWord($0)] },
            json: {
                [
                    ("client", .string(client)), ("area", .string($0.area.rawValue)), ("subject", .string($0.subject)),
                    ("message", .string($0.message)), ("isRepairable", .bool($0.isRepairable)), ("isRepaired", .bool($0.isRepaired)),
                ]
            },
            none: "\(client): all is well.")
        try listing.print(examination.findings, self.listing)
        if examination.hasMore { try Output.hint("\(client): there are more findings than are listed.") }
        try Output.hint(
            """
            \(client): looked at \(examination.changes) changes, \(examination.feedRows) rows of the feed, \(examination.links) pushes, \
            \(examination.entries) entries and \(examination.batches) batches.
            """)
    }

    private func repairWord(_ finding: VaultFinding) -> String {
        finding.isRepaired ? "done" : finding.isRepairable ? "--repair" : "no"
    }
}

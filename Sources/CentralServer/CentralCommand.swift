import ArgumentParser
import CSQLite

/// `central`: the server, and the commands of the central staff, which work while the server runs.
@main
struct CentralCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "central", abstract: "The centre of Field Entry: takes in what stations capture, and serves it to those entitled.",
        discussion: """
            Begin with: central client add ID; central promotion put FILE --client ID; central serve; central station invite --name NAME.

            Exit codes: \(exitCodes.map { "\($0.code) \($0.meaning)" }.joined(separator: ", ")).

            --generate-man-page prints the manual page, --generate-completion-script what a shell completes.
            """,
        version: "central 0.1, protocol 1",
        subcommands: [
            ServeCommand.self, ClientCommand.self, PromotionCommand.self, StationCommand.self, EntryCommand.self, ConflictCommand.self,
            QuarantineCommand.self, BundleCommand.self, StatusCommand.self, DoctorCommand.self, BackupCommand.self,
            RestoreCommand.self,
        ])

    /// What it ends with.
    static let exitCodes: [(code: Int32, meaning: String)] = [
        (0, "done"), (1, "refused or failed, with a sentence on standard error"), (64, "wrong usage"),
    ]

    static func main() async {
        // Vaults are files of their own, and threads work on them beside each other.
        _ = sqlite_without_memory_statistics()
        guard CommandLine.arguments.dropFirst() != ["--generate-man-page"] else { return print(ManualPage.text, terminator: "") }
        await main(nil)
    }
}

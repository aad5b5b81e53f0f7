import ArgumentParser
import CSQLite
import CentralStore
import Foundation

/// `central`: the server, and the commands of the central staff, which work while the server runs.
@main
struct CentralCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "central", abstract: "The centre of Field Entry: takes in what stations capture, and serves it to those entitled.",
        discussion: """
            Begin with: central client add ID; central promotion put FILE --client ID; central serve; central station invite --name NAME.

            From elsewhere: central --server https://ADDRESS --token-file FILE [--ca FILE] COMMAND …; `central staff add` makes the token.

            Exit codes: \(exitCodes.map { "\($0.code) \($0.meaning)" }.joined(separator: ", ")).

            --generate-man-page prints the manual page, --generate-completion-script what a shell completes.
            """,
        version: "central 0.1, protocol 1",
        subcommands: [
            ServeCommand.self, ClientCommand.self, PromotionCommand.self, StationCommand.self, EntryCommand.self, ConflictCommand.self,
            QuarantineCommand.self, BundleCommand.self, ReadsCommand.self, StaffCommand.self, StatusCommand.self, DoctorCommand.self,
            BackupCommand.self, RestoreCommand.self, VaultCommand.self, ConfigCommand.self,
        ])

    /// What it ends with.
    static let exitCodes: [(code: Int32, meaning: String)] = [
        (0, "done"), (1, "refused or failed, with a sentence on standard error"), (64, "wrong usage or settings"),
        (75, "the database is busy or cannot be reached, nothing was done, and trying again may help"),
    ]

    /// What an error ends with, and what is said of it.
    static func ending(of error: any Error) -> (code: Int32, message: String) {
        let code: Int32 =
            switch error {
            case CentreError.storage(let failure) where failure.reason == .busy: 75
            case let failure as SQLFailure where failure.reason == .busy: 75
            default: exitCode(for: error).rawValue
            }
        return (code, fullMessage(for: error))
    }

    static func main() async {
        // Vaults are files of their own, and threads work on them beside each other.
        _ = sqlite_without_memory_statistics()
        guard CommandLine.arguments.dropFirst() != ["--generate-man-page"] else { return print(ManualPage.text, terminator: "") }
        let settings = Settings(Array(CommandLine.arguments.dropFirst()), environment: ProcessInfo.processInfo.environment)
        do {
            if let options = try RemoteCentre.Options(CommandLine.arguments.dropFirst()) {
                let code = try await RemoteCentre(options: options).run()
                Foundation.exit(code)
            }
            try settings.check()
            var command = try parseAsRoot(settings.arguments)
            if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
        } catch {
            let ending = ending(of: error)
            guard ending.code == 75 else { exit(withError: settings.explain(error)) }
            // Of no weight: the code says it as well.
            try? Output.hint(ending.message)
            Foundation.exit(ending.code)
        }
    }
}

import ArgumentParser

/// `central`: the server, and the commands of the central staff, which work while the server runs.
///
/// Exit codes: 0 done; 1 refused or failed, with a sentence on standard error; 64 the command line is wrong.
@main
struct CentralCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "central", abstract: "The centre of Field Entry: takes in what stations capture, and serves it to those entitled.",
        discussion: """
            Begin with: central client add ID; central promotion put FILE --client ID; central serve; central station invite --name NAME.
            """,
        version: "central 0.1, protocol 1",
        subcommands: [
            ServeCommand.self, ClientCommand.self, PromotionCommand.self, StationCommand.self, EntryCommand.self, ConflictCommand.self,
            QuarantineCommand.self, BundleCommand.self, StatusCommand.self, DoctorCommand.self,
        ])
}

import ArgumentParser
import EntryModel
import FieldStore
import Foundation

/// The executable `fieldentry`.
@main
struct FieldREPLCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fieldentry",
        abstract: "Keys entries into a station's file and syncs them with the centre.",
        discussion: """
            On a terminal it asks for commands; `help` lists them. With -c, or when commands come through standard input, it runs them \
            without asking and ends with 1 at the first that fails, naming its line.

            Exit codes: \(Program.Exit.meanings.map { "\($0.code) \($0.meaning)" }.joined(separator: ", ")).

            --generate-man-page prints the manual page, --generate-completion-script what a shell completes.
            """)

    @Argument(help: "The station's file.", completion: .file())
    var file: String

    @Option(help: ArgumentHelp("Enrol this station with the centre first; makes the file.", valueName: "code"))
    var enrol: String?

    @Option(
        name: .customShort("c"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Run this command; can be given several times.", valueName: "command"))
    var commands: [String] = []

    @Flag(help: "Print one JSON object for each command.")
    var json = false

    @Option(name: .customLong("operator"), help: ArgumentHelp("Who makes the changes.", valueName: "name"))
    var operatorName: String?

    @Option(
        help: ArgumentHelp(
            "Believe only the certificate authorities in this PEM file when connecting to the centre.",
            discussion: "Kept in the station's file: it is said once. `system` goes back to this machine's authorities.", valueName: "file"),
        completion: .file())
    var ca: String?

    @Flag(
        help: ArgumentHelp(
            "Take plain HTTP beyond this machine too: others on the way can then read entries.",
            discussion: "Kept in the station's file; --secure takes it back."))
    var insecure = false

    @Flag(help: "Refuse plain HTTP beyond this machine, as from the beginning.")
    var secure = false

    static func main() async {
        // Asks for no file, as everything else does.
        guard CommandLine.arguments.dropFirst() != ["--generate-man-page"] else { return print(ManualPage.text, terminator: "") }
        await main(nil)
    }

    func validate() throws {
        if insecure, secure { throw ValidationError("--insecure and --secure exclude each other.") }
    }

    func run() async throws {
        let program = Program(
            file: file, enrolmentCode: enrol, commands: commands, isJSON: json, operatorName: operatorName,
            security: SecurityChoice(authorities: ca, allowsPlain: insecure ? true : secure ? false : nil))
        let code = await program.run()
        if code != 0 { throw ExitCode(code) }
    }
}

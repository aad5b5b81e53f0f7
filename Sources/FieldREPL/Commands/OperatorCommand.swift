import EntryModel
import FieldStore

/// `operator [NAME]` and `operator --out`.
struct OperatorCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "operator", forms: ["NAME", "--out", ""], summary: "Signs you in or out, or says who is signed in.",
        details: [
            "Every change carries who made it, as a code; the name stays in this file. Signing in lasts until the program ends.",
            "Signing out leaves everything that was keyed in the file, what is unsent too.",
            "The line is not kept in the history.",
        ],
        examples: ["operator \"Ana Lima\"", "operator --out"], options: [.init(name: "--out", value: nil, help: "Sign out.")],
        positionals: 0...8, positionalsArePersonal: true)

    private let name: String
    private let signsOut: Bool

    init(_ arguments: CommandArguments) throws {
        name = arguments.positionals.joined(separator: " ").trimmed
        signsOut = arguments.has("--out")
        if signsOut, !name.isEmpty { throw UsageError("`operator --out` takes no name.") }
    }

    func run(at desk: Desk) throws -> Report {
        if signsOut {
            desk.signOut()
            let unsent = try desk.database.unsentCount()
            return Report(
                [StyledText("Signed out.")] + QuitCommand.farewell(unsent: unsent).lines,
                [("operator", .null), ("unsent", .integer(Int64(unsent)))])
        }
        if !name.isEmpty { try desk.signIn(name) }
        guard let person = desk.person else { return Report("Nobody is signed in. `operator NAME` signs you in.", [("operator", .null)]) }
        return Report(StyledText("Signed in: \(person.name)."), [("operator", .string(person.id)), ("name", .string(person.name))])
    }
}

import EntryModel

/// `operator [NAME]`.
struct OperatorCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "operator", forms: ["NAME", ""], summary: "Signs you in, or says who is signed in.",
        details: [
            "Every change carries who made it, as a code; the name stays in this file. Signing in lasts until the program ends.",
            "The line is not kept in the history.",
        ],
        examples: ["operator \"Ana Lima\""], positionals: 0...8, positionalsArePersonal: true)

    private let name: String

    init(_ arguments: CommandArguments) {
        name = arguments.positionals.joined(separator: " ").trimmed
    }

    func run(at desk: Desk) throws -> Report {
        if !name.isEmpty { try desk.signIn(name) }
        guard let person = desk.person else { return Report("Nobody is signed in. `operator NAME` signs you in.", [("operator", .null)]) }
        return Report(StyledText("Signed in: \(person.name)."), [("operator", .string(person.id)), ("name", .string(person.name))])
    }
}

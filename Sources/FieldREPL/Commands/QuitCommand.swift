import EntryModel
import FieldStore

/// `quit`.
struct QuitCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "quit", forms: [""], summary: "Ends the program; everything keyed is in the file already.",
        details: ["Ctrl-D does the same."], examples: ["quit"], leastRole: nil)

    init(_ arguments: CommandArguments) {}

    func run(at desk: Desk) throws -> Report {
        desk.isLeaving = true
        return Self.farewell(unsent: try desk.database.unsentCount())
    }

    /// Reminds of what the centre does not have yet.
    static func farewell(unsent: Int) -> Report {
        guard unsent > 0 else { return Report([], [("unsent", .integer(0))]) }
        let line =
            "\(Plural.of(unsent, "change")) \(unsent == 1 ? "is" : "are") safe in this file and not yet at the centre; `sync` sends."
        return Report(StyledText(line, .warning), [("unsent", .integer(Int64(unsent)))])
    }
}

import FieldStore

/// One command: made from the words behind its name, then run at a desk.
@MainActor
protocol DeskCommand: Sendable {
    nonisolated static var usage: CommandUsage { get }

    /// - Throws: `UsageError` when the words make no sense together.
    init(_ arguments: CommandArguments) throws

    /// Whom this call of it is for, at least; `nil` for whoever stands before the machine.
    var leastRole: OperatorRole? { get }

    /// - Throws: `CommandFailure`, `FieldStoreError` and what the system throws; then nothing was changed unless the message says so.
    func run(at desk: Desk) async throws -> Report
}

extension DeskCommand {
    var leastRole: OperatorRole? { Self.usage.leastRole }
}

/// All commands, in the order in which `help` shows them.
enum CommandCatalogue {
    static let all: [any DeskCommand.Type] = [
        HelpCommand.self, UseCommand.self, PromotionsCommand.self, BatchCommand.self, NewCommand.self, DraftCommand.self,
        ExceptionCommand.self, VoidEnvelopeCommand.self, EditCommand.self, ShowCommand.self, FindCommand.self, ListCommand.self,
        VoidCommand.self, RestoreCommand.self, UndoCommand.self,
        HistoryCommand.self, VerifyCommand.self, ConflictsCommand.self, ResolveCommand.self, SyncCommand.self, BundleCommand.self,
        KioskCommand.self,
        ImportCommand.self,
        ExportCommand.self, KnownCommand.self, StatsCommand.self,
        StatusCommand.self, DoctorCommand.self, ResetCommand.self, OperatorCommand.self, QuitCommand.self,
    ]

    static let usages: [CommandUsage] = all.map { $0.usage }

    static func command(named name: String) -> (any DeskCommand.Type)? {
        all.first { $0.usage.name == name }
    }

    /// Reads one line.
    ///
    /// - Parameter name: Becomes the command's name as soon as it is known.
    /// - Returns: The command, ready to run; `nil` for a line with nothing in it.
    /// - Throws: `CommandWordError` or `UsageError`.
    @MainActor
    static func parse(_ line: String, name: inout String?) throws -> (any DeskCommand)? {
        let words = try CommandWords.split(line)
        guard let first = words.first?.text else { return nil }
        guard let type = command(named: first) else {
            let meant = Suggestion.nearest(to: first, among: usages.map(\.name)).map { " Did you mean `\($0)`?" } ?? ""
            // What was typed is not repeated: it may be a value that was meant for a field.
            throw UsageError("There is no such command.\(meant) `help` lists the commands.")
        }
        name = first
        return try type.init(CommandArguments(Array(words.dropFirst()), for: type.usage))
    }
}

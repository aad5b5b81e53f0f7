import EntryModel
import FieldStore

/// The program with a person in front of it: asks for a command, runs it, asks again.
@MainActor
struct Conversation {
    let desk: Desk
    let reader: any LineReading
    /// Sets what Ctrl-C does while a command runs.
    let whenInterrupted: ((@Sendable () -> Void)?) -> Void
    let historyFile: HistoryFile?

    /// - Returns: When the person leaves.
    func run() async {
        let runner = CommandRunner(desk: desk)
        // What cannot be read says so at the first command.
        for draft in (try? desk.database.drafts()) ?? [] {
            guard let text = try? desk.text(of: draft) else { continue }
            desk.output.line(StyledText("\(text) `draft` goes on with it, `draft drop` forgets it.", .warning))
        }
        var history = historyFile?.load() ?? CommandHistory(commands: CommandCatalogue.usages)
        while !desk.isLeaving {
            let request = LineRequest(prompt: desk.prompt, history: history.lines, completion: CommandCompletion.completion(for: desk))
            switch await reader.read(request) {
            case .interrupted: continue
            case .end:
                // A file that cannot be read has said so before.
                let unsent = (try? desk.database.unsentCount()) ?? 0
                desk.output.report(QuitCommand.farewell(unsent: unsent), command: QuitCommand.usage.name)
                return
            case .line(let line):
                if history.add(line, commands: CommandCatalogue.usages) { historyFile?.save(history) }
                // A task of its own, so that Ctrl-C can stop the command and not the program.
                let command = Task { _ = await runner.run(line) }
                whenInterrupted { command.cancel() }
                await command.value
                whenInterrupted(nil)
            }
        }
    }
}

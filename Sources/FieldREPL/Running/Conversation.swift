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
        guard await signIn() else { return }
        // What cannot be read says so at the first command.
        for draft in (try? desk.database.drafts()) ?? [] {
            guard let text = try? desk.text(of: draft) else { continue }
            desk.output.line(StyledText("\(text) `draft` goes on with it, `draft drop` forgets it.", .warning))
        }
        var history = historyFile?.load() ?? CommandHistory(commands: CommandCatalogue.usages)
        while !desk.isLeaving, await signIn() {
            let request = LineRequest(prompt: desk.prompt, history: history.lines, completion: CommandCompletion.completion(for: desk))
            switch await reader.read(request) {
            case .interrupted, .idle: continue
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

    /// Where PINs are asked for, nothing is shown before somebody has given one.
    /// - Returns: `false` when the person leaves instead.
    private func signIn() async -> Bool {
        while desk.person == nil, (try? desk.database.asksForPIN()) == true {
            switch await reader.read(LineRequest(prompt: "Operator: ")) {
            case .end: return false
            case .interrupted, .idle: continue
            case .line(let name) where name.trimmed.isEmpty: continue
            case .line(let name):
                do {
                    try await desk.signIn(name.trimmed)
                } catch is CancellationError {
                    continue
                } catch {
                    desk.output.failed(CommandRunner.text(of: error), command: nil, lineNumber: nil)
                }
            }
        }
        return true
    }
}

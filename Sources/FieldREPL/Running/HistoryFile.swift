import Foundation

/// Where the command history lies: beside the station's file, so that it goes where the station goes and no other user's home fills up.
struct HistoryFile {
    let path: String

    init(database path: String) {
        self.path = path + ".history"
    }

    func load() -> CommandHistory {
        // A file that cannot be read is an empty history; the program works without one.
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return CommandHistory(text: text, commands: CommandCatalogue.usages)
    }

    func save(_ history: CommandHistory) {
        guard let file = try? FileInProgress(path: path) else { return }
        do {
            try file.write(history.text)
            try file.finish()
        } catch {
            // A full disk says so where it matters, at the next command; the history only helps.
            file.discard()
        }
    }
}

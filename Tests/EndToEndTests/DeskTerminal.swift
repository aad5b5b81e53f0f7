import Foundation
import TestSupport

/// `fieldentry` on a pseudo-terminal, with a person who types when something stands on the screen.
final class DeskTerminal {
    let terminal: PseudoTerminal
    private(set) var seen = 0

    /// Without colours, so that a prompt is one piece of text.
    /// - Parameter arguments: Behind the file's name.
    init(_ file: String, _ arguments: [String] = [], environment: [String: String] = [:]) throws {
        let folder = URL(filePath: file).deletingLastPathComponent().path(percentEncoded: false)
        let standard = [
            "TERM": "xterm", "HOME": folder, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "INPUTRC": "/dev/null", "NO_COLOR": "1",
        ]
        terminal = try PseudoTerminal(
            Programs.path("fieldentry"), [file] + arguments, environment: standard.merging(environment) { $1 })
    }

    /// Types a line and waits for what comes of it.
    func type(_ line: String, then expected: String, seconds: Int = 10) throws {
        terminal.type(line + "\r")
        try wait(for: expected, seconds: seconds)
    }

    /// Waits for text behind what was waited for before.
    func wait(for expected: String, seconds: Int = 10) throws {
        seen = try terminal.wait(for: expected, from: seen, seconds: seconds)
    }

    /// What was on the screen since something was last waited for.
    var rest: String { String(decoding: terminal.screen.dropFirst(seen), as: UTF8.self) }

    /// All that ever was on the screen.
    var text: String { String(decoding: terminal.screen, as: UTF8.self) }
}

import Foundation
import TestSupport

/// `fieldentry` on a pseudo-terminal, with a person who types when something stands on the screen.
final class DeskTerminal {
    let terminal: PseudoTerminal
    private(set) var seen = 0

    /// Without colours, so that a prompt is one piece of text.
    /// - Parameters:
    ///   - arguments: Behind the file's name.
    ///   - columns: How wide the terminal is.
    init(_ file: String, _ arguments: [String] = [], environment: [String: String] = [:], columns: Int = 100) throws {
        let folder = URL(filePath: file).deletingLastPathComponent().path(percentEncoded: false)
        let standard = [
            "TERM": "xterm", "HOME": folder, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "INPUTRC": "/dev/null", "NO_COLOR": "1",
        ]
        terminal = try PseudoTerminal(
            Programs.path("fieldentry"), [file] + arguments, environment: standard.merging(environment) { $1 }, columns: columns)
    }

    /// Types a line and waits for what comes of it.
    func type(_ line: String, then expected: String, seconds: Int = 10) throws {
        terminal.type(line + "\r")
        try wait(for: expected, seconds: seconds)
    }

    /// Types keys without Enter and waits for what comes of them.
    func press(_ keys: String, then expected: String, seconds: Int = 10) throws {
        terminal.type(keys)
        try wait(for: expected, seconds: seconds)
    }

    /// Answers one question after the other, each when it stands on the screen.
    func answer(_ answers: [(question: String, answer: String)]) throws {
        for (question, answer) in answers {
            try wait(for: question)
            terminal.type(answer + "\r")
        }
    }

    /// Leaves the program as a person does.
    /// - Returns: Its exit status.
    func quit() throws -> Int32 {
        try type("quit", then: "\n")
        return try terminal.waitUntilExit()
    }

    /// Waits for text behind what was waited for before.
    func wait(for expected: String, seconds: Int = 10) throws {
        seen = try terminal.wait(for: expected, from: seen, seconds: seconds)
    }

    /// Waits for the next line, or for a prompt behind which something is to be typed.
    func waitForLine(seconds: Int = 20) throws -> (text: String, isWhole: Bool) {
        let deadline = ContinuousClock.now + .seconds(seconds)
        var before = ""
        while ContinuousClock.now < deadline {
            terminal.listen(milliseconds: 60)
            let text = rest
            if let end = text.firstRange(of: "\r\n") { return (String(text[..<end.lowerBound]), true) }
            // Only once nothing more comes, because a line may arrive in pieces.
            if text == before, text.hasSuffix(": ") || text.hasSuffix("> ") { return (text, false) }
            before = text
        }
        throw EndToEndError("no line came behind: \(rest)")
    }

    /// The next line without its end, once it is whole.
    func takeLine(seconds: Int = 20) throws -> String {
        let before = seen
        try wait(for: "\r\n", seconds: seconds)
        return String(decoding: terminal.screen[before..<seen].dropLast(2), as: UTF8.self)
    }

    /// What was on the screen since something was last waited for.
    var rest: String { String(decoding: terminal.screen.dropFirst(seen), as: UTF8.self) }

    /// All that ever was on the screen.
    var text: String { String(decoding: terminal.screen, as: UTF8.self) }
}

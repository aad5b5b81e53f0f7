import EntryModel
import Foundation

/// The one way out of the program: lines for people, plain or coloured, or JSON for programs; failures go to standard error.
final class Output {
    enum Form: Sendable {
        case plain
        /// A terminal, which lets a line be written again.
        case terminal(width: Int, colours: Bool)
        /// One JSON object a command.
        case json
    }

    let form: Form
    private let standard: (String) -> Void
    private let failure: (String) -> Void
    private var hasProgress = false
    /// How wide the terminal is now; `nil` where it keeps its width.
    var currentWidth: (() -> Int)?

    /// - Parameters:
    ///   - standard: Takes what goes to standard output, with its line breaks.
    ///   - failure: Takes what goes to standard error.
    init(form: Form, standard: @escaping (String) -> Void, failure: @escaping (String) -> Void) {
        self.form = form
        self.standard = standard
        self.failure = failure
    }

    var isJSON: Bool { if case .json = form { true } else { false } }

    var hasColours: Bool { if case .terminal(_, true) = form { true } else { false } }

    func line(_ text: StyledText) {
        clearProgress()
        standard(rendered(wrapped: text))
    }

    /// Writes what a command has to say: its lines, or its object in JSON.
    func report(_ report: Report, command: String) {
        clearProgress()
        guard isJSON else {
            for text in report.lines { line(text) }
            return
        }
        json([("command", .string(command)), ("ok", .bool(true))] + report.members)
    }

    /// Writes why a command failed: to standard error, and in JSON also as that command's object.
    ///
    /// - Parameter lineNumber: Of the script; `nil` where a person types.
    func failed(_ message: String, command: String?, lineNumber: Int?) {
        clearProgress()
        if isJSON {
            var members: [(name: String, value: JSONValue)] = [("command", command.map { .string($0) } ?? .null), ("ok", .bool(false))]
            if let lineNumber { members.append(("line", .integer(Int64(lineNumber)))) }
            json(members + [("error", .string(message))])
        }
        let place = lineNumber.map { "line \($0): " } ?? ""
        failure(rendered(wrapped: StyledText(place + message, .error)))
    }

    /// Says something by the way: to standard error, so that what a program reads stays what it is.
    func note(_ text: StyledText) {
        clearProgress()
        failure(rendered(wrapped: text))
    }

    /// How wide the terminal is; `nil` where nobody watches.
    var columns: Int? {
        guard case .terminal(let width, _) = form else { return nil }
        return currentWidth?() ?? width
    }

    var isTerminal: Bool { if case .terminal = form { true } else { false } }

    /// Shows how far long work is, in one line that is written again and again; nothing where nobody watches.
    func progress(_ text: String) {
        guard let columns else { return }
        standard("\r\u{1B}[K" + TextWidth.clipped(text, to: max(20, columns - 1)))
        hasProgress = true
    }

    /// Takes everything off the screen that was on it, as far back as the terminal remembers; nothing where nobody watches.
    func wipe() {
        switch form {
        case .terminal: standard("\u{1B}[H\u{1B}[2J\u{1B}[3J")
        case .plain, .json: break
        }
        hasProgress = false
    }

    /// Takes the line of `progress` away.
    func clearProgress() {
        guard hasProgress else { return }
        hasProgress = false
        standard("\r\u{1B}[K")
    }

    /// The text as the output shows it.
    func rendered(_ text: StyledText) -> String {
        if case .terminal(_, true) = form { text.ansi } else { text.plain }
    }

    /// Lines that the terminal does not have to break in the middle of a word.
    private func rendered(wrapped text: StyledText) -> String {
        let lines = columns.map { text.wrapped(to: max(20, $0)) } ?? [text]
        return lines.map { rendered($0) + "\n" }.joined()
    }

    private func json(_ members: [(name: String, value: JSONValue)]) {
        standard(String(decoding: JSONValue.object(members).line, as: UTF8.self) + "\n")
    }
}

extension Output {
    /// The output of the program itself.
    ///
    /// - Parameter isInteractive: Whether a person sits there: only then are there colours, and not when `NO_COLOR` is set.
    static func standard(json: Bool, isInteractive: Bool, environment: [String: String]) -> Output {
        let isCapable = isInteractive && environment["TERM"] != "dumb"
        let colours = (environment["NO_COLOR"] ?? "").isEmpty
        let form: Form = json ? .json : isCapable ? .terminal(width: TerminalSize.columns(), colours: colours) : .plain
        let output = Output(
            form: form, standard: { write($0, to: .standardOutput) }, failure: { write($0, to: .standardError) })
        output.currentWidth = TerminalSize.columns
        return output
    }

    /// Writes, and ends the program when nobody reads any more, as when `head` has had enough: what was done by then is in the file.
    private static func write(_ text: String, to file: FileHandle) {
        do { try file.write(contentsOf: Data(text.utf8)) } catch { exit(Program.Exit.failed) }
    }
}

/// What a command has to say when it is done.
struct Report {
    /// For people.
    var lines: [StyledText]
    /// For programs; `command` and `ok` stand before them.
    var members: [(name: String, value: JSONValue)]

    init(_ lines: [StyledText], _ members: [(name: String, value: JSONValue)] = []) {
        self.lines = lines
        self.members = members
    }

    init(_ line: StyledText, _ members: [(name: String, value: JSONValue)] = []) {
        self.init([line], members)
    }
}

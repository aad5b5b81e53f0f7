/// The command lines that an operator may call back, oldest first.
///
/// Only lines that were understood and hold nothing from a card and nobody's name are kept: a mistyped command may be a value that was
/// typed at the wrong moment, so what is not understood is forgotten. Answers to fields never come here.
struct CommandHistory: Sendable {
    private(set) var lines: [String] = []
    static let limit = 1000

    /// - Parameter text: A history file's content. Lines that may not be kept are dropped, whoever wrote them.
    init(text: String = "", commands: [CommandUsage]) {
        for line in text.split(separator: "\n") { add(String(line), commands: commands) }
    }

    /// The file's content.
    var text: String { lines.map { $0 + "\n" }.joined() }

    /// Keeps the line if it may be kept, and it is not the last one again.
    /// - Returns: Whether the history changed.
    @discardableResult
    mutating func add(_ line: String, commands: [CommandUsage]) -> Bool {
        let line = line.trimmed
        guard Self.mayKeep(line, commands: commands), lines.last != line else { return false }
        lines.append(line)
        if lines.count > Self.limit { lines.removeFirst(lines.count - Self.limit) }
        return true
    }

    /// Whether a line holds nothing but a command, ids, labels and codes.
    static func mayKeep(_ line: String, commands: [CommandUsage]) -> Bool {
        guard !line.contains(where: \.isNewline), let words = try? CommandWords.split(line), let name = words.first?.text,
            let usage = commands.first(where: { $0.name == name }),
            let arguments = try? CommandArguments(Array(words.dropFirst()), for: usage)
        else { return false }
        guard arguments.values.isEmpty, !usage.positionalsArePersonal || arguments.positionals.isEmpty else { return false }
        return !usage.options.contains { $0.holdsEntryValue && arguments.has($0.name) }
    }
}

extension String {
    /// Without white space at both ends.
    var trimmed: String {
        var slice = self[...]
        while slice.first?.isWhitespace == true { slice.removeFirst() }
        while slice.last?.isWhitespace == true { slice.removeLast() }
        return String(slice)
    }
}

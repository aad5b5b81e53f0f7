/// One word of a command line, after its quotes are gone.
struct CommandWord: Equatable, Sendable {
    var text: String
    /// Whether a quote or a backslash stood in it: then it is no option, whatever it looks like.
    var isQuoted: Bool

    init(_ text: String, isQuoted: Bool = false) {
        self.text = text
        self.isQuoted = isQuoted
    }
}

/// Why a line cannot be split into words.
enum CommandWordError: Error, Equatable {
    /// A quote that was opened and never closed; the column counts characters from 1.
    case openQuote(Character, column: Int)
    /// The line ends in a backslash.
    case trailingBackslash
}

extension CommandWordError: CustomStringConvertible {
    var description: String {
        switch self {
        case .openQuote(let quote, let column): "The quote \(quote) at character \(column) is never closed."
        case .trailingBackslash: "The line ends in a backslash, which has to stand before the character that it protects."
        }
    }
}

/// Splits a command line into words as a POSIX shell would, without anything else that a shell does.
///
/// Blanks separate words. Within single quotes everything stands for itself; within double quotes a backslash protects `"` and `\`;
/// elsewhere it protects any character. A line whose first character is `#` is a comment; further on a `#` is an ordinary character,
/// because apartments are numbered with it.
enum CommandWords {
    static func split(_ line: String) throws(CommandWordError) -> [CommandWord] {
        var scanner = WordScanner(line)
        if scanner.isComment { return [] }
        var words: [CommandWord] = []
        while let word = try scanner.next() { words.append(word) }
        return words
    }

    /// A word written so that `split(_:)` reads it back.
    static func quoted(_ text: String) -> String {
        let plain = !text.isEmpty && text.allSatisfy { !$0.isWhitespace && !"'\"\\".contains($0) } && !text.hasPrefix("#")
        return plain ? text : "'" + text.replacing("'", with: "'\\''") + "'"
    }
}

private struct WordScanner {
    private let characters: [Character]
    private var position = 0

    init(_ line: String) {
        characters = Array(line)
    }

    var isComment: Bool {
        characters.first { !$0.isWhitespace } == "#"
    }

    mutating func next() throws(CommandWordError) -> CommandWord? {
        while position < characters.count, characters[position].isWhitespace { position += 1 }
        guard position < characters.count else { return nil }
        var word = CommandWord("")
        while position < characters.count, !characters[position].isWhitespace {
            let character = characters[position]
            position += 1
            switch character {
            case "'", "\"":
                word.isQuoted = true
                try quoted(by: character, into: &word.text)
            case "\\":
                word.isQuoted = true
                guard position < characters.count else { throw .trailingBackslash }
                word.text.append(characters[position])
                position += 1
            default: word.text.append(character)
            }
        }
        return word
    }

    private mutating func quoted(by quote: Character, into text: inout String) throws(CommandWordError) {
        let opening = position
        while position < characters.count {
            let character = characters[position]
            position += 1
            if character == quote { return }
            if character == "\\", quote == "\"", position < characters.count, "\"\\".contains(characters[position]) {
                text.append(characters[position])
                position += 1
            } else {
                text.append(character)
            }
        }
        throw .openQuote(quote, column: opening)
    }
}

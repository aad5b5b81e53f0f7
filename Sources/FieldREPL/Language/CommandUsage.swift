import FieldStore

/// What a command takes and what it is for: shown by `help`, obeyed by `CommandArguments`, offered by completion.
struct CommandUsage: Sendable {
    /// What may stand somewhere in the line, for completion.
    enum Completes: Sendable {
        case nothing, command, promotion, field, batch, entry, file
        case words([String])
    }

    struct Option: Sendable {
        /// With its two hyphens.
        var name: String
        /// What the value is called in the usage; `nil` when the option takes none.
        var value: String?
        var help: String
        var completes: Completes = .nothing
        /// Whether the value is what somebody wrote on a card: then the line stays out of the history.
        var holdsEntryValue = false
    }

    var name: String
    /// What may stand behind the name, such as `ID FIELD --take N`; one string for each way to call it.
    var forms: [String]
    /// One sentence.
    var summary: String
    /// Further sentences, one paragraph each.
    var details: [String] = []
    /// Command lines that work; the first stands in `help COMMAND`.
    var examples: [String]
    var options: [Option] = []
    /// How many words may stand behind the name besides options and `field=value`.
    var positionals: ClosedRange<Int> = 0...0
    /// What each of them is; the last counts for those behind it as well.
    var completes: [Completes] = []
    /// Whether `field=value` may stand in the line.
    var takesValues = false
    /// Whether the words themselves come from a card or name a person: then the line stays out of the history.
    var positionalsArePersonal = false
    /// Whom the command is for, at least; `nil` for whoever stands before the machine.
    var leastRole: OperatorRole? = .keyer
}

/// A line that is no proper call of a command; nothing was done.
struct UsageError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }
}

/// The words behind a command's name, sorted into what they are.
struct CommandArguments: Sendable {
    private(set) var positionals: [String] = []
    /// `field=value` in the order written.
    private(set) var values: [(field: String, text: String)] = []
    private var options: [String: String] = [:]

    /// - Throws: `UsageError` for an option that the command does not have, one without its value, or more or fewer words than it takes.
    init(_ words: [CommandWord], for usage: CommandUsage) throws(UsageError) {
        var rest = words[...]
        var optionsEnded = false
        while let word = rest.popFirst() {
            if !optionsEnded, !word.isQuoted, word.text == "--" {
                optionsEnded = true
            } else if !optionsEnded, word.text.hasPrefix("--"), !word.isQuoted || word.text.contains("=") && isOption(word.text, usage) {
                try read(option: word.text, &rest, usage)
            } else if usage.takesValues, let value = Self.value(word.text) {
                values.append(value)
            } else {
                positionals.append(word.text)
            }
        }
        guard usage.positionals.contains(positionals.count) else {
            let problem = positionals.count < usage.positionals.lowerBound ? "takes more words" : "takes fewer words"
            throw UsageError("`\(usage.name)` \(problem): \(Self.forms(usage)). `help \(usage.name)` explains it.")
        }
    }

    func option(_ name: String) -> String? { options[name] }

    func has(_ name: String) -> Bool { options[name] != nil }

    /// The value of an option as a whole number.
    /// - Throws: `UsageError` when it is none, or outside `range`.
    func number(_ name: String, in range: ClosedRange<Int64>) throws(UsageError) -> Int64? {
        guard let text = options[name] else { return nil }
        guard let number = Int64(text), range.contains(number) else {
            throw UsageError("`\(name)` takes a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    static func forms(_ usage: CommandUsage) -> String {
        usage.forms.map { $0.isEmpty ? "`\(usage.name)`" : "`\(usage.name) \($0)`" }.joined(separator: " or ")
    }

    /// Splits `field=value`; `nil` when what stands before the `=` can be no field's name.
    private static func value(_ text: String) -> (field: String, text: String)? {
        guard let equals = text.firstIndex(of: "=") else { return nil }
        let field = String(text[..<equals])
        guard field.first?.isLetter == true, field.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "_-".contains($0)) }) else {
            return nil
        }
        return (field, String(text[text.index(after: equals)...]))
    }

    /// `--value="two words"` is an option although a quote stands in it.
    private func isOption(_ text: String, _ usage: CommandUsage) -> Bool {
        usage.options.contains { $0.value != nil && text.hasPrefix($0.name + "=") }
    }

    private mutating func read(option text: String, _ rest: inout ArraySlice<CommandWord>, _ usage: CommandUsage) throws(UsageError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let option = usage.options.first(where: { $0.name == parts[0] }) else {
            throw UsageError("`\(usage.name)` has no option `\(parts[0])`. `help \(usage.name)` lists those it has.")
        }
        guard options[option.name] == nil else { throw UsageError("`\(option.name)` stands twice in the line.") }
        guard let value = option.value else {
            guard parts.count == 1 else { throw UsageError("`\(option.name)` takes no value.") }
            options[option.name] = ""
            return
        }
        if parts.count == 2 {
            options[option.name] = parts[1]
        } else if let next = rest.first, next.isQuoted || !next.text.hasPrefix("--") {
            options[option.name] = next.text
            rest.removeFirst()
        } else {
            throw UsageError("`\(option.name)` needs a value: `\(option.name) \(value)`.")
        }
    }
}

import ArgumentParser
import Foundation

/// `--yes`, of commands that take something away or cannot be taken back: they ask first.
struct ConfirmationOption: ParsableArguments {
    @Flag(name: .long, help: "Do it without asking.")
    var yes = false

    /// Asks the person at the terminal, unless `--yes` was given.
    ///
    /// - Parameter question: What is going to happen, as a question.
    /// - Throws: `Refusal` when the answer is not yes, and where there is nobody to ask: a script has to say what it wants.
    func ask(_ question: String) throws {
        guard !yes else { return }
        let person = Person.current
        guard person.isThere() else { throw Refusal("\(question) There is nobody to ask here; --yes says so. Nothing was changed.") }
        try Output.current.remark("\(question) [y/N] ")
        guard ["y", "yes"].contains((person.answer() ?? "").trimmingSpaces().lowercased()) else { throw Refusal("Nothing was changed.") }
    }
}

/// Who may be asked: whoever sits at the terminal that standard input comes from.
struct Person: Sendable {
    var isThere: @Sendable () -> Bool
    /// The line typed; `nil` at the end of the input.
    var answer: @Sendable () -> String?

    static let atTerminal = Person(isThere: { isatty(STDIN_FILENO) == 1 }, answer: { readLine() })

    /// Whom commands of this task ask; tests put one of their own here.
    @TaskLocal static var current = atTerminal
}

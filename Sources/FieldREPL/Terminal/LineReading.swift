/// Asks a person for one line.
protocol LineReading: Sendable {
    func read(_ request: LineRequest) async -> LineInput
}

extension LineReading {
    /// Asks for an answer in the midst of a command, which a Ctrl-C stops also when it comes between two questions.
    func answer(_ request: LineRequest) async -> LineInput {
        Task.isCancelled ? .interrupted : await read(request)
    }
}

/// What to ask with.
struct LineRequest: Sendable {
    var prompt: StyledText
    /// Stands in the line already, to be changed.
    var initial = ""
    /// The earlier lines that the arrow keys bring back, oldest first; none where an answer to a field is asked for.
    var history: [String] = []
    var completion: Completion = .none
    /// Whether the line is typed unseen.
    var isSecret = false
    /// After so long without a key the answer is `idle`; `nil` for as long as the desk says.
    var idleSeconds: Int?

    /// For `idleSeconds`: however long nobody presses a key.
    static let never = Int.max
}

/// What came of asking.
enum LineInput: Sendable, Equatable {
    case line(String)
    /// Ctrl-D, or the terminal is gone.
    case end
    /// Ctrl-C: the line is to be forgotten.
    case interrupted
    /// Nobody pressed a key for a while; with what stood in the line by then.
    case idle(String)
}

/// How a line that is being typed can go on.
struct Completion: Sendable {
    /// - Parameters: the line up to the cursor.
    /// - Returns: The words that can stand where the last word of the line is; `nil` when file names can.
    var candidates: @Sendable (String) -> [String]?
    /// Whether they are what can stand instead of the whole line, as of an answer, and not of its last word.
    var isOfWholeLine = false

    static let none = Completion { _ in [] }

    /// One of a few answers.
    static func oneOf(_ answers: [String]) -> Completion {
        ofWholeLine { line in
            let begun = line.lowercased()
            return answers.filter { $0.lowercased().hasPrefix(begun) }
        }
    }

    /// - Parameter candidates: The answers that can be meant by the line up to the cursor.
    static func ofWholeLine(_ candidates: @escaping @Sendable (String) -> [String]?) -> Completion {
        Completion(candidates: candidates, isOfWholeLine: true)
    }
}

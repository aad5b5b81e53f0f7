/// Why an operator keeps a value that cannot be right: the short list behind `!`.
enum FlagReason: String, CaseIterable, Sendable {
    case illegible
    case blank
    case crossedOut = "crossed-out"
    case other

    /// The reason that begins so.
    /// - Parameter word: One letter or more, in any case; the four begin differently.
    static func named(_ word: some StringProtocol) -> FlagReason? {
        let word = word.lowercased()
        return word.isEmpty ? nil : allCases.first { $0.rawValue.hasPrefix(word) }
    }

    /// What stands behind a `!`: a reason's beginning directly behind it, or none for an illegible value; then the text, if any.
    static func read(_ rest: some StringProtocol) -> (reason: FlagReason, text: String) {
        let word = rest.prefix { !$0.isWhitespace }
        guard let reason = named(word) else { return (.illegible, String(rest).trimmed) }
        return (reason, String(rest.dropFirst(word.count)).trimmed)
    }
}

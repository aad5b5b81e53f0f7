public import EntryModel

extension Centre {
    /// The whole protocol for one message: takes it apart, authenticates it, lets the vault act on it, and signs the answer.
    ///
    /// Used by the HTTP server and by in-process tests alike. Runs off the caller's actor, because checking a signature and reading changes
    /// takes the processor for a while.
    /// - Parameters:
    ///   - kind: What the message was sent as: `.enrol`, `.push` or `.pull`.
    ///   - message: Inflated, with its signature line.
    /// - Returns: The answer's bytes, signed; not compressed.
    /// - Throws: `Problem`, and nothing else. An unknown vault, an unknown station and a wrong key are the same problem (`notEnrolled`), so
    ///   that nobody learns what is here by asking.
    @concurrent
    public func answer(_ kind: MessageKind, _ message: [UInt8]) async throws(Problem) -> [UInt8] {
        throw Problem(.notFound)
    }
}

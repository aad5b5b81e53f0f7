import Synchronization

/// A field's regular expression, compiled once when its document is read.
public final class Pattern: Sendable {
    /// As it stands in the document.
    public let source: String
    /// The lock makes `Regex`, which is not `Sendable`, safe to share; it is free except when two threads check the same field.
    private let regex: Mutex<Regex<AnyRegexOutput>>

    /// - Throws: What is wrong with the expression, from the compiler of the standard library.
    init(_ source: String) throws {
        self.source = source
        // Scalars, not characters: other languages match by code points, and a document means the same to all.
        regex = Mutex(try Regex(source).matchingSemantics(.unicodeScalar))
    }

    /// Whether the whole text matches.
    public func matches(_ text: String) -> Bool {
        regex.withLock { regex in
            do {
                return try regex.wholeMatch(in: text) != nil
            } catch {
                // A pattern that gives up while matching says nothing of the text.
                return true
            }
        }
    }
}

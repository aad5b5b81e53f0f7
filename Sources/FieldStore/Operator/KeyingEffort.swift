/// What keying took of a person's time and fingers: counted while it is done, and kept without anything that was keyed.
public struct KeyingEffort: Sendable, Equatable {
    /// A field that took longer was left alone meanwhile: its time is no keying and left out.
    public static let pauseMilliseconds: Int64 = 60_000

    /// Characters as they stood in the lines, and one Enter a line. What was deleted again within a line is not known.
    public var keystrokes: Int
    /// At the form, pauses left out.
    public var milliseconds: Int64

    public init(keystrokes: Int = 0, milliseconds: Int64 = 0) {
        self.keystrokes = keystrokes
        self.milliseconds = milliseconds
    }

    /// Adds a line that was typed.
    /// - Parameter milliseconds: From the question to its Enter, by a clock that may have been put back meanwhile.
    public mutating func add(line: String, milliseconds: Int64) {
        keystrokes += line.unicodeScalars.count + 1
        if 0..<Self.pauseMilliseconds ~= milliseconds { self.milliseconds += milliseconds }
    }
}

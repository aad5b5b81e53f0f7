import Synchronization

/// A clock that stands still until a test moves it; milliseconds since 1970 UTC, as on the wire.
public final class ManualClock: Sendable {
    private let time: Mutex<Int64>

    /// - Parameter milliseconds: Where the clock stands at first; 2026-01-01 00:00 UTC unless said.
    public init(milliseconds: Int64 = 1_767_225_600_000) {
        time = Mutex(milliseconds)
    }

    /// The time; may be set to any other, backwards too, as the clocks of real stations are.
    public var milliseconds: Int64 {
        get { time.withLock { $0 } }
        set { time.withLock { $0 = newValue } }
    }

    /// The clock in the form that the code under test takes it.
    public var now: @Sendable () -> Int64 {
        { self.milliseconds }
    }

    /// - Parameter duration: Whole milliseconds of it count; negative to go back.
    /// - Returns: The new time.
    @discardableResult
    public func advance(by duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        return time.withLock { time in
            time += milliseconds
            return time
        }
    }
}

/// How long to wait before trying again, and how often: exponential backoff with full jitter.
///
/// The wait before attempt n + 1 is drawn evenly from 0 to min(`cap`, `base` · 2ⁿ⁻¹), so that stations that lost the centre at one moment do
/// not all come back at one moment.
public struct Backoff: Sendable, Hashable {
    /// The greatest wait after the first failure.
    public var baseMilliseconds: Int64
    /// The greatest wait after any failure.
    public var capMilliseconds: Int64
    /// Failures in a row, without progress in between, that end a sync.
    public var attempts: Int
    /// A centre that asks to be left alone for longer than this ends the sync; it goes on at the next one.
    public var longestRetryAfterMilliseconds: Int64

    public init(
        baseMilliseconds: Int64 = 500, capMilliseconds: Int64 = 30_000, attempts: Int = 6, longestRetryAfterMilliseconds: Int64 = 60_000
    ) {
        precondition(baseMilliseconds > 0 && capMilliseconds >= baseMilliseconds && attempts > 0 && longestRetryAfterMilliseconds >= 0)
        self.baseMilliseconds = baseMilliseconds
        self.capMilliseconds = capMilliseconds
        self.attempts = attempts
        self.longestRetryAfterMilliseconds = longestRetryAfterMilliseconds
    }

    /// The wait after some failures in a row.
    ///
    /// - Parameters:
    ///   - failures: 1 or more.
    ///   - retryAfterMilliseconds: What the centre asked for; the wait is never shorter, and the jitter comes on top.
    ///   - chance: 64 random bits.
    public func delayMilliseconds(failures: Int, retryAfterMilliseconds: Int64?, chance: UInt64) -> Int64 {
        let doublings = min(max(failures, 1) - 1, 62)
        let (product, overflows) = baseMilliseconds.multipliedReportingOverflow(by: 1 << Int64(doublings))
        let greatest = overflows ? capMilliseconds : min(capMilliseconds, product)
        let jitter = Int64(chance.multipliedFullWidth(by: UInt64(greatest) + 1).high)
        return (retryAfterMilliseconds ?? 0) + jitter
    }
}

import EntryModel
import Synchronization

/// How often one caller may come.
struct RequestRate: Equatable, Sendable {
    /// In the long run.
    var perSecond: Double
    /// At once, after a pause.
    var burst: Double

    /// A minute's worth may come at once: a sync is a burst, and then nothing for a while.
    static func steady(_ perSecond: Double) -> RequestRate { RequestRate(perSecond: perSecond, burst: perSecond * 60) }
}

/// How often each of many callers may come: a token bucket for each, in bounded memory.
///
/// A caller that nobody has seen for long has a full bucket, so forgetting it changes nothing. Where so many call at once that one has to be
/// forgotten earlier, it is the one that was seen least recently, and it gets a full bucket again: memory comes before exactness.
final class RateLimit<Caller: Hashable & Sendable>: Sendable {
    private struct Bucket {
        var tokens: Double
        var time: Double
    }

    private struct Buckets {
        var recent: [Caller: Bucket] = [:]
        var before: [Caller: Bucket] = [:]
    }

    private let rate: RequestRate
    private let capacity: Int
    private let clock: @Sendable () -> Double
    private let buckets = Mutex(Buckets())

    /// - Parameters:
    ///   - capacity: Callers that are remembered at most.
    ///   - clock: Seconds, which never go back.
    init(_ rate: RequestRate, capacity: Int, clock: @escaping @Sendable () -> Double = MonotonicClock.seconds) {
        precondition(rate.perSecond > 0 && rate.burst >= 1 && capacity >= 2)
        self.rate = rate
        self.capacity = capacity
        self.clock = clock
    }

    /// Takes one token.
    /// - Throws: `Problem` `rate-limited` when the caller has none left; then nothing is taken.
    func enter(_ caller: Caller) throws(Problem) {
        let entered = change(caller) { bucket in
            guard bucket.tokens >= 1 else { return false }
            bucket.tokens -= 1
            return true
        }
        guard entered else { throw Problem(.rateLimited) }
    }

    /// Takes some more from a caller that cost more than others; it can go into debt by a burst.
    func charge(_ caller: Caller, _ tokens: Double) {
        change(caller) { $0.tokens = max($0.tokens - tokens, -rate.burst) }
    }

    /// How many callers are remembered.
    var count: Int { buckets.withLock { $0.recent.count + $0.before.count } }

    @discardableResult
    private func change<Result: Sendable>(_ caller: Caller, _ body: (inout Bucket) -> Result) -> Result {
        let now = clock()
        return buckets.withLock { buckets in
            var bucket = buckets.recent[caller] ?? buckets.before[caller] ?? Bucket(tokens: rate.burst, time: now)
            bucket.tokens = min(rate.burst, bucket.tokens + max(0, now - bucket.time) * rate.perSecond)
            bucket.time = max(now, bucket.time)
            defer { buckets.recent[caller] = bucket }
            if buckets.recent[caller] == nil {
                buckets.before[caller] = nil
                if buckets.recent.count >= capacity / 2 {
                    buckets.before = buckets.recent
                    buckets.recent = [:]
                }
            }
            return body(&bucket)
        }
    }
}

/// The seconds since some moment, which nobody can set.
enum MonotonicClock {
    private static let start = ContinuousClock.now

    @Sendable static func seconds() -> Double {
        let passed = start.duration(to: .now).components
        return Double(passed.seconds) + Double(passed.attoseconds) / 1e18
    }
}

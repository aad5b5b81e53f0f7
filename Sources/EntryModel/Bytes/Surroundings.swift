import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a program takes from the machine it runs on: the clock and chance. Comes in through `init`, so that a test can hold both still.
public struct Surroundings: Sendable {
    /// Milliseconds since 1970 UTC; may be wrong, and may jump.
    public var now: @Sendable () -> Int64
    /// 64 random bits, unpredictable in production.
    public var random: @Sendable () -> UInt64

    public init(now: @escaping @Sendable () -> Int64, random: @escaping @Sendable () -> UInt64) {
        self.now = now
        self.random = random
    }

    /// The real clock and the system's source of randomness.
    public static let system = Surroundings(
        now: {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
        },
        random: { RandomPool.shared.next() })
}

/// The system's randomness, fetched 32 words at a time: every capture takes a salt and an id from it, and each fetch is a call into the
/// kernel.
private final class RandomPool: Sendable {
    static let shared = RandomPool()

    private let words = Mutex<[UInt64]>([])

    func next() -> UInt64 {
        words.withLock { words in
            if words.isEmpty { words = Self.fetch() }
            return words.removeLast()
        }
    }

    private static func fetch() -> [UInt64] {
        [UInt64](unsafeUninitializedCapacity: 32) { buffer, count in
            count = buffer.count
            if getentropy(buffer.baseAddress, count * 8) == 0 { return }
            var generator = SystemRandomNumberGenerator()
            for index in buffer.indices { buffer[index] = generator.next() }
        }
    }
}

extension Surroundings {
    /// A new version 7 id by this clock and chance.
    public func newID() -> UniqueID {
        var generator = Generator(random: random)
        return UniqueID.version7(milliseconds: now(), random: &generator)
    }

    /// Random bytes; 16 make a salt.
    /// - Parameter count: A multiple of 8.
    public func randomBytes(_ count: Int) -> [UInt8] {
        precondition(count.isMultiple(of: 8), "randomBytes gives whole words of 8 bytes")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            let word = random()
            for shift in stride(from: 0 as UInt64, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
        }
        return bytes
    }

    /// This chance as a generator for the standard library's algorithms.
    public struct Generator: RandomNumberGenerator {
        let random: @Sendable () -> UInt64

        public func next() -> UInt64 { random() }
    }

    public var generator: Generator { Generator(random: random) }
}

/// Random numbers that a seed repeats exactly, on every platform: SplitMix64 (Steele, Lea and Flood, 2014).
///
/// A test that fails prints its seed; running it with that seed fails again in the same way.
public struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) {
        state = seed
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A generator of its own for one part of a test, so that a draw more in one part leaves the others as they were.
    public mutating func split() -> SeededRandom {
        SeededRandom(seed: next())
    }

    public mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }

    /// True once in `oneIn` draws on average.
    public mutating func chance(oneIn: Int) -> Bool {
        Int.random(in: 0..<oneIn, using: &self) == 0
    }
}

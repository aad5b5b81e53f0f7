/// Whether answers are worth packing on this link, judged by how fast the last large one came in.
///
/// Packing makes a message a third as long and costs both ends about 15 ns a byte. Where the network takes less than that for the bytes
/// saved, as within one building, plain answers are there sooner and leave the centre's processors to other stations.
struct LinkSpeed: Sendable {
    private(set) var isFast = false

    /// Shorter bodies come with the head, so the time that they take says nothing.
    static let leastBytes = 32 << 10
    /// 64 MiB a second.
    static let leastBytesPerSecond = 64.0 * 1_048_576

    /// Takes note of a body that was received.
    /// - Parameters:
    ///   - bytes: As they came, packed or not.
    ///   - duration: From the head to the last byte.
    mutating func note(bytes: Int, in duration: Duration) {
        guard bytes >= Self.leastBytes else { return }
        let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
        isFast = Double(bytes) >= seconds * Self.leastBytesPerSecond
    }
}

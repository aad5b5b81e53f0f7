import CZlib

/// Packs and unpacks message bodies in transit, in gzip form (RFC 1952).
///
/// Every call has a zlib stream of its own, so calls may run side by side. What is signed and hashed is never the packed form: two packers
/// may write the same bytes differently.
/// - SeeAlso: Protocol/README.md, "HTTP surface".
public enum Gzip {
    /// Packs bytes into one gzip member.
    ///
    /// - Parameters:
    ///   - bytes: At most 1 GiB; a message is far smaller.
    ///   - level: 0 (stored) to 9 (smallest). At 1, entries shrink to a third; higher levels cost several times the time for a tenth more.
    public static func compress(_ bytes: [UInt8], level: Int32 = 1) -> [UInt8] {
        precondition(bytes.count <= 1 << 30, "too large for one pass")
        precondition(0...9 ~= level, "no such level")
        var stream = z_stream()
        let started = deflateInit2_(
            &stream, level, Z_DEFLATED, gzipWindowBits, defaultMemoryLevel, Z_DEFAULT_STRATEGY, ZLIB_VERSION, streamSize)
        precondition(started == Z_OK, "zlib has no memory")
        defer { deflateEnd(&stream) }

        let bound = Int(deflateBound(&stream, UInt(bytes.count)))
        return [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            bytes.withUnsafeBufferPointer { input in
                // zlib only reads there; the C type lacks the `const`.
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(bound)
                let ended = deflate(&stream, Z_FINISH)
                precondition(ended == Z_STREAM_END, "deflateBound was too small")
            }
            count = bound - Int(stream.avail_out)
        }
    }

    /// Unpacks one gzip member, in steps, holding never more than the limit and one step.
    ///
    /// A few kilobytes may unpack to gigabytes, so the limit is kept while unpacking; the length that the sender wrote is not trusted.
    /// Members one after the other, which RFC 1952 allows, are refused: one message is one member.
    ///
    /// - Parameters:
    ///   - bytes: The whole member, from its first byte to its checksum and nothing behind it.
    ///   - limit: The greatest number of unpacked bytes; 0 or more.
    /// - Throws: `GzipError`.
    public static func inflate(_ bytes: [UInt8], limit: Int) throws(GzipError) -> [UInt8] {
        precondition(limit >= 0)
        var stream = z_stream()
        let started = inflateInit2_(&stream, gzipWindowBits, ZLIB_VERSION, streamSize)
        precondition(started == Z_OK, "zlib has no memory")
        defer { inflateEnd(&stream) }
        // The closure rethrows untyped, so the typed error leaves it as a value.
        return try bytes.withUnsafeBufferPointer { inflate($0, limit: limit, through: &stream) }.get()
    }

    private static func inflate(
        _ input: UnsafeBufferPointer<UInt8>, limit: Int, through stream: inout z_stream
    ) -> Result<[UInt8], GzipError> {
        var output: [UInt8] = []
        output.reserveCapacity(min(limit, input.count &* 4))
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: stepBytes) { step in
            var taken = 0
            while true {
                let offered = min(input.count - taken, 1 << 30)
                stream.next_in = input.baseAddress.map { UnsafeMutablePointer(mutating: $0 + taken) }
                stream.avail_in = UInt32(offered)
                stream.next_out = step.baseAddress
                stream.avail_out = UInt32(stepBytes)
                let status = CZlib.inflate(&stream, Z_NO_FLUSH)
                taken += offered - Int(stream.avail_in)

                let made = stepBytes - Int(stream.avail_out)
                guard made <= limit - output.count else { return .failure(.tooLarge(limit: limit)) }
                output.append(contentsOf: UnsafeMutableBufferPointer(rebasing: step[..<made]))
                switch status {
                case Z_OK: continue
                case Z_STREAM_END: return taken == input.count ? .success(output) : .failure(.trailingBytes)
                case Z_BUF_ERROR: return .failure(.truncated)
                default: return .failure(.corrupt)
                }
            }
        }
    }

    /// 15 bits of window, and 16 for "gzip header and checksum, nothing else".
    private static let gzipWindowBits: Int32 = 15 + 16
    private static let defaultMemoryLevel: Int32 = 8
    private static let streamSize = Int32(MemoryLayout<z_stream>.size)
    private static let stepBytes = 64 << 10
}

/// Why bytes are not one whole gzip member within the limit.
public enum GzipError: Error, Hashable, Sendable {
    /// The input ends before the member does.
    case truncated
    /// No gzip header, damaged contents, or a checksum or length that does not match.
    case corrupt
    /// Bytes follow the member.
    case trailingBytes
    /// More than `limit` bytes come out.
    case tooLarge(limit: Int)
}

extension GzipError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .truncated: "the compressed bytes end too early"
        case .corrupt: "the bytes are not gzip, or are damaged"
        case .trailingBytes: "bytes follow the end of the compressed ones"
        case .tooLarge(let limit): "more than \(limit) bytes when unpacked"
        }
    }
}

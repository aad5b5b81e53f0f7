import Crypto

/// H of the protocol, SHA-256, fed with what the protocol hashes: text as UTF-8, digests raw, numbers as 8 bytes big-endian.
public struct Hash {
    private var function = SHA256()

    /// - Parameter domain: The tag that keeps this use of H apart from all others, "\0" included.
    public init(_ domain: String) {
        add(domain)
    }

    public mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { function.update(bufferPointer: UnsafeRawBufferPointer($0)) }
    }

    public mutating func add(_ digest: Digest) {
        digest.withBytes { function.update(bufferPointer: UnsafeRawBufferPointer($0)) }
    }

    public mutating func add(number: Int64) {
        withUnsafeBytes(of: number.bigEndian) { function.update(bufferPointer: $0) }
    }

    /// The digest of all that was added; more can be added afterwards.
    public var digest: Digest { Digest(function.finalize()) }

    /// H(`domain` ‖ `first` ‖ `second` ‖ `kind` ‖ `third`), in one piece, because every change and every row of the feed needs it.
    static func of(
        domain: StaticString = "", _ first: Digest, _ second: Digest, kind: StaticString = "", _ third: Digest? = nil
    ) -> Digest {
        withUnsafeTemporaryAllocation(byteCount: domain.utf8CodeUnitCount + kind.utf8CodeUnitCount + 96, alignment: 8) { room in
            var count = 0
            func add(_ bytes: UnsafeRawBufferPointer) {
                UnsafeMutableRawBufferPointer(rebasing: room[count...]).copyMemory(from: bytes)
                count += bytes.count
            }
            add(UnsafeRawBufferPointer(start: domain.utf8Start, count: domain.utf8CodeUnitCount))
            first.withBytes { add(UnsafeRawBufferPointer($0)) }
            second.withBytes { add(UnsafeRawBufferPointer($0)) }
            add(UnsafeRawBufferPointer(start: kind.utf8Start, count: kind.utf8CodeUnitCount))
            third?.withBytes { add(UnsafeRawBufferPointer($0)) }
            return Digest(SHA256.hash(bufferPointer: UnsafeRawBufferPointer(rebasing: room[..<count])))
        }
    }

    /// H of a line's bytes, without its LF.
    public static func line(_ bytes: [UInt8]) -> Digest {
        bytes.withUnsafeBytes { Digest(SHA256.hash(bufferPointer: $0)) }
    }
}

extension SHA256 {
    static func hash(bufferPointer: UnsafeRawBufferPointer) -> SHA256.Digest {
        var function = SHA256()
        function.update(bufferPointer: bufferPointer)
        return function.finalize()
    }
}

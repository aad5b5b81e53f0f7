#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The one envelope for both roads: a first line with `kind`, payload lines, and last a signature over all bytes before it.
///
/// The signature covers "fieldentry/1 " ‖ kind ‖ "\0" ‖ the bytes, LFs included, uncompressed; so the same bytes can go by HTTP or in a file.
/// - SeeAlso: Protocol/README.md, "Envelope"; vectors in Protocol/vectors/envelope.json.
public enum Envelope {
    /// Bounds of one message. Source: Protocol/README.md, "Limits".
    public enum Limits {
        /// Changes or rows.
        public static let rows = 500
        /// Inflated bytes.
        public static let bytes = 1 << 20
        /// Inflated bytes of a pull answer, which has to have room for one document of 1 MiB.
        public static let answerBytes = (1 << 20) + (128 << 10)
    }

    /// The media type of a message.
    public static let mediaType = "application/vnd.fieldentry"

    /// Puts lines together and signs them.
    ///
    /// - Parameters:
    ///   - kind: As in the first line.
    ///   - lines: The first line and the payload, each without LF.
    ///   - key: The sender's.
    /// - Returns: The message's bytes.
    public static func seal(kind: MessageKind, lines: some Sequence<[UInt8]>, key: SigningKey) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for line in lines {
            bytes.append(contentsOf: line)
            bytes.append(lineFeed)
        }
        return try seal(kind: kind, bytes: bytes, key: key)
    }

    /// Signs lines that already stand together, each with its LF.
    public static func seal(kind: MessageKind, bytes: [UInt8], key: SigningKey) throws -> [UInt8] {
        let signature = try key.signature(of: signed(kind, bytes[...]))
        return bytes + Array("\"\(Hex.encode(signature))\"\n".utf8)
    }

    static func signed(_ kind: MessageKind, _ bytes: ArraySlice<UInt8>) -> [UInt8] {
        let domain = "fieldentry/1 \(kind.rawValue)\0"
        var signed: [UInt8] = []
        signed.reserveCapacity(domain.utf8.count + bytes.count)
        signed.append(contentsOf: domain.utf8)
        signed.append(contentsOf: bytes)
        return signed
    }

    static let lineFeed = UInt8(ascii: "\n")
}

/// What a message is, in its first line's `kind` and in what its signature covers.
public enum MessageKind: String, Sendable, CaseIterable {
    case enrol, push, pull, handback
    case enrolAnswer = "enrol-answer"
    case pushAnswer = "push-answer"
    case pullAnswer = "pull-answer"
    case handbackAnswer = "handback-answer"
}

/// A message taken apart, its signature not yet checked.
public struct SignedMessage: Sendable {
    /// All lines but the signature, without their LFs; the first is the message's own.
    public let lines: [[UInt8]]
    public let signature: [UInt8]
    /// H of the signature line: how an answer names the request that it answers.
    public let reference: Digest
    /// Those that the signature covers.
    private let signedBytes: ArraySlice<UInt8>

    /// Takes a message apart.
    ///
    /// - Parameter bytes: Inflated.
    /// - Throws: `EnvelopeError`: too few lines, no LF at the end, or a last line that is no signature.
    public init(_ bytes: [UInt8]) throws(EnvelopeError) {
        guard bytes.last == Envelope.lineFeed else { throw .truncated }
        var lines: [[UInt8]] = []
        var start = 0
        var last = 0
        bytes.withUnsafeBytes { buffer in
            while start < buffer.count, let base = buffer.baseAddress, let found = memchr(base + start, 0x0A, buffer.count - start) {
                let end = base.distance(to: UnsafeRawPointer(found))
                lines.append(Array(buffer[start..<end]))
                last = start
                start = end + 1
            }
        }
        guard lines.count >= 2, let signatureLine = lines.popLast() else { throw .truncated }
        guard signatureLine.count == 130, signatureLine.first == UInt8(ascii: "\""), signatureLine.last == UInt8(ascii: "\""),
            let signature = Hex.decode(String(decoding: signatureLine[1..<129], as: UTF8.self))
        else { throw .noSignature }
        self.lines = lines
        self.signature = signature
        reference = Hash.line(signatureLine)
        signedBytes = bytes[..<last]
    }

    /// Whether the signature is that key's, for that kind of message.
    public func isSigned(by key: VerifyingKey, as kind: MessageKind) -> Bool {
        key.isValid(signature, for: Envelope.signed(kind, signedBytes))
    }

    /// The reference of a message just sealed.
    public static func reference(of sealed: [UInt8]) -> Digest {
        Hash.line(Array(sealed[(sealed.count - 131)..<(sealed.count - 1)]))
    }
}

/// Why bytes are no message.
public enum EnvelopeError: Error, Hashable, Sendable {
    /// The last line has no LF, or there are not even two lines: the rest was lost on the way.
    case truncated
    case noSignature
}

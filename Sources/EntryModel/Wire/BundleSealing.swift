import Crypto
import Foundation

/// Writes a bundle: seals one message after the other, so that no more than one is in memory.
///
/// ```swift
/// var writer = try BundleWriter(vault: "brightfizz", to: .centre, key: centreKey) { try file.write(contentsOf: $0) }
/// try writer.add(message)
/// try writer.finish()
/// ```
/// - SeeAlso: Protocol/README.md, "Bundles".
public struct BundleWriter {
    private var sender: HPKE.Sender
    private let headerDigest: Digest
    private let write: ([UInt8]) throws -> Void
    /// How many messages were added.
    public private(set) var messages = 0

    /// Writes the first line, with a new ephemeral key.
    ///
    /// - Parameters:
    ///   - key: The receiver's X25519 public key, 32 bytes.
    ///   - write: Takes the file's bytes in order.
    /// - Throws: What `write` throws; what the cryptographic library throws when the key is none.
    public init(
        vault: String, to receiver: BundleHeader.Receiver, key: [UInt8], write: @escaping ([UInt8]) throws -> Void
    ) throws {
        let publicKey = try Curve25519.KeyAgreement.PublicKey(rawRepresentation: key)
        sender = try HPKE.Sender(
            recipientKey: publicKey, ciphersuite: .Curve25519_SHA256_ChachaPoly, info: Data(SealedBundle.context))
        let header = BundleHeader(
            vault: vault, receiver: receiver, key: Hash.line(key), encapsulatedKey: Array(sender.encapsulatedKey))
        headerDigest = Hash.line(header.line)
        self.write = write
        try write(header.line + [Envelope.lineFeed])
    }

    /// Adds a message with its signature line.
    /// - Throws: `BundleError.tooLarge`; what the sink throws.
    public mutating func add(_ message: [UInt8]) throws {
        guard messages < SealedBundle.Limits.messages, message.count <= Envelope.Limits.answerBytes else { throw BundleError.tooLarge }
        try frame(SealedBundle.Frame.message, message)
        messages += 1
    }

    /// Writes the last frame; without it the file counts as cut.
    public mutating func finish() throws {
        try frame(SealedBundle.Frame.end, [])
    }

    private mutating func frame(_ kind: UInt8, _ content: [UInt8]) throws {
        let head = [kind] + BundleSealing.bytes(UInt32(content.count + SealedBundle.Limits.tagBytes))
        try write(head + Array(try sender.seal(content, authenticating: headerDigest.bytes + head)))
    }
}

/// Reads a bundle: opens one message after the other, so that no more than one is in memory.
///
/// What it gives may be acted on only after the whole file was read once without an error.
/// - SeeAlso: Protocol/README.md, "Bundles".
public struct BundleReader {
    public let header: BundleHeader
    private let headerDigest: Digest
    private var recipient: HPKE.Recipient?
    private let read: (Int) throws -> [UInt8]
    private var messages = 0

    /// Reads the first line.
    ///
    /// - Parameter read: Gives the file's next bytes, as many as asked for; fewer only at the file's end.
    /// - Throws: `BundleError`; what `read` throws.
    public init(_ read: @escaping (Int) throws -> [UInt8]) throws {
        var line: [UInt8] = []
        while true {
            guard let byte = try read(1).first, line.count <= SealedBundle.Limits.headerBytes else { throw BundleError.notABundle }
            if byte == Envelope.lineFeed { break }
            line.append(byte)
        }
        header = try BundleHeader(line: line)
        headerDigest = Hash.line(line)
        self.read = read
    }

    /// Gets ready to open the frames.
    /// - Throws: `BundleError.otherKey`, `.altered`.
    public mutating func unlock(with key: AgreementKey) throws(BundleError) {
        guard header.key == Hash.line(key.publicKeyBytes) else { throw .otherKey }
        do {
            recipient = try key.recipient(encapsulatedKey: header.encapsulatedKey, context: SealedBundle.context)
        } catch {
            throw .altered
        }
    }

    /// The next message with its signature line; `nil` once the last frame was read and nothing stands behind it.
    /// - Throws: `BundleError`; what reading the file throws.
    public mutating func next() throws -> [UInt8]? {
        guard var recipient else { throw BundleError.otherKey }
        let head = try read(SealedBundle.Frame.headBytes)
        guard head.count == SealedBundle.Frame.headBytes else { throw BundleError.truncated }
        let length = head[1...].reduce(0) { $0 << 8 | Int($1) }
        guard head[0] <= SealedBundle.Frame.end, SealedBundle.Limits.tagBytes...SealedBundle.Limits.sealedBytes ~= length else {
            throw BundleError.altered
        }
        let sealed = try read(length)
        guard sealed.count == length else { throw BundleError.truncated }
        let content: [UInt8]
        do { content = Array(try recipient.open(sealed, authenticating: headerDigest.bytes + head)) } catch { throw BundleError.altered }
        self.recipient = recipient
        guard head[0] == SealedBundle.Frame.end else {
            messages += 1
            guard messages <= SealedBundle.Limits.messages else { throw BundleError.tooLarge }
            return content
        }
        guard content.isEmpty, try read(1).isEmpty else { throw BundleError.altered }
        return nil
    }
}

enum BundleSealing {
    static func bytes(_ number: UInt32) -> [UInt8] {
        stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> UInt32($0)) }
    }
}

extension AgreementKey {
    fileprivate func recipient(encapsulatedKey: [UInt8], context: [UInt8]) throws -> HPKE.Recipient {
        try HPKE.Recipient(
            privateKey: privateKey, ciphersuite: .Curve25519_SHA256_ChachaPoly, info: Data(context),
            encapsulatedKey: Data(encapsulatedKey))
    }
}

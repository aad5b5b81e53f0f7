/// The first line of a bundle: whose entries it carries and for whom it is sealed. Holds no personal data, because anybody can read it.
/// - SeeAlso: Protocol/README.md, "Bundles"; vectors in Protocol/vectors/bundles.json.
public struct BundleHeader: Sendable, Equatable {
    /// Who can open the file.
    public enum Receiver: Sendable, Hashable {
        case centre
        case station(UniqueID)
    }

    /// The client's id.
    public var vault: String
    public var receiver: Receiver
    /// H of the receiver's X25519 public key.
    public var key: Digest
    /// HPKE's encapsulated key, 32 bytes.
    public var encapsulatedKey: [UInt8]

    public init(vault: String, receiver: Receiver, key: Digest, encapsulatedKey: [UInt8]) {
        self.vault = vault
        self.receiver = receiver
        self.key = key
        self.encapsulatedKey = encapsulatedKey
    }

    /// Without LF.
    public var line: [UInt8] {
        var writer = JSONWriter(capacity: 320)
        writer.beginObject()
        writer.name("kind")
        writer.string(Self.kind)
        writer.name("v")
        writer.integer(Wire.version)
        writer.name("vault")
        writer.string(vault)
        writer.name("to")
        writer.string(receiver.description)
        writer.name("key")
        writer.digest(key)
        writer.name("enc")
        writer.hex(encapsulatedKey)
        writer.endObject()
        return writer.bytes
    }

    /// Reads the first line of a file.
    /// - Throws: `BundleError.notABundle`, `.unsupportedVersion`.
    public init(line: [UInt8]) throws(BundleError) {
        guard line.count <= SealedBundle.Limits.headerBytes, let value = try? JSONValue(line: line, limits: .line),
            case .string(Self.kind)? = value["kind"]
        else { throw .notABundle }
        guard case .integer(Wire.version)? = value["v"] else { throw .unsupportedVersion }
        guard case .string(let vault)? = value["vault"], Identifier.isValid(vault), case .string(let to)? = value["to"],
            let receiver = Receiver(to), case .string(let key)? = value["key"], let key = Digest(hex: key),
            case .string(let encapsulated)? = value["enc"], let encapsulated = Digest(hex: encapsulated)
        else { throw .notABundle }
        self.init(vault: vault, receiver: receiver, key: key, encapsulatedKey: encapsulated.bytes)
    }

    private static let kind = "bundle"
}

extension BundleHeader.Receiver: LosslessStringConvertible {
    /// As it stands in the first line: `central`, or the station's id.
    public var description: String {
        switch self {
        case .centre: ChangeHeader.central
        case .station(let id): id.description
        }
    }

    public init?(_ text: String) {
        if text == ChangeHeader.central {
            self = .centre
        } else if let id = UniqueID(text) {
            self = .station(id)
        } else {
            return nil
        }
    }
}

/// Bounds of a bundle file.
public enum SealedBundle {
    /// Source: Protocol/README.md, "Limits".
    public enum Limits {
        /// The first line, without LF.
        public static let headerBytes = 1024
        public static let messages = 10_000
        /// What a frame adds to its message.
        static let tagBytes = 16
        static let sealedBytes = Envelope.Limits.answerBytes + tagBytes
    }

    /// The two kinds of frame.
    enum Frame {
        static let message: UInt8 = 0
        static let end: UInt8 = 1
        /// The kind and the length.
        static let headBytes = 5
    }

    /// What HPKE's key schedule is bound to.
    static let context = Array("fieldentry/1 bundle\0".utf8)
}

/// Why a file is not taken. Whichever it is, nothing of the file was acted on.
public enum BundleError: Error, Hashable, Sendable {
    case notABundle
    case unsupportedVersion
    /// Sealed to another key than the one at hand.
    case otherKey
    /// The file ends before its last frame.
    case truncated
    /// A frame does not open, or something stands where nothing may.
    case altered
    case tooLarge
}

extension BundleError: CustomStringConvertible {
    /// What happened, what is safe, what to do next.
    public var description: String {
        switch self {
        case .notABundle: "The file is no bundle. Nothing of it was used. Look for the right file."
        case .unsupportedVersion: "The bundle was written by a newer program. Nothing of it was used. Update this program."
        case .otherKey: "The bundle is sealed for somebody else. Nothing of it was used. Carry it to whom it is for."
        case .truncated:
            "The bundle ends too early: it was not copied whole. Nothing of it was used. Copy it again, or have it written again."
        case .altered:
            "The bundle was damaged or changed on its way. Nothing of it was used. Copy it again, or have it written again."
        case .tooLarge: "The bundle has more messages than a bundle may have. Nothing of it was used. Have it written again."
        }
    }
}

extension MessageKind {
    /// What a message's first line says it is, read before anything else of it; for files, where no address tells.
    /// - Returns: `nil` when the line cannot be read or names no kind.
    public init?(firstLine line: [UInt8]) {
        var kind: String?
        do throws(JSONError) {
            try JSONReader.read(line, limits: .answer) { reader throws(JSONError) in
                try reader.beginObject()
                while let name = try reader.nextName() {
                    if name == "kind" { kind = try reader.string() } else { try reader.skip() }
                }
            }
        } catch {
            return nil
        }
        guard let kind, let found = MessageKind(rawValue: kind) else { return nil }
        self = found
    }
}

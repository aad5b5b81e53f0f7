import Crypto

/// An Ed25519 private key: a station's, which never leaves its file, or the centre's.
public struct SigningKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey
    /// The public half, 32 bytes.
    public let publicKey: VerifyingKey

    /// A new key from the system's source of randomness.
    public init() {
        self.init(Curve25519.Signing.PrivateKey())
    }

    /// The key of 32 stored bytes.
    /// - Returns: `nil` when they are no key.
    public init?(bytes: [UInt8]) {
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes) else { return nil }
        self.init(key)
    }

    private init(_ key: Curve25519.Signing.PrivateKey) {
        self.key = key
        publicKey = VerifyingKey(key.publicKey)
    }

    /// The 32 secret bytes, to be stored.
    public var bytes: [UInt8] { Array(key.rawRepresentation) }

    /// The signature's 64 bytes.
    /// - Throws: What the cryptographic library throws; with a valid key it does not.
    public func signature(of bytes: [UInt8]) throws -> [UInt8] {
        Array(try key.signature(for: bytes))
    }
}

/// An Ed25519 public key.
public struct VerifyingKey: Sendable {
    private let key: Curve25519.Signing.PublicKey

    fileprivate init(_ key: Curve25519.Signing.PublicKey) {
        self.key = key
    }

    /// The key of 32 bytes.
    /// - Returns: `nil` when they are no key.
    public init?(bytes: [UInt8]) {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else { return nil }
        self.key = key
    }

    public var bytes: [UInt8] { Array(key.rawRepresentation) }

    /// H of the 32 bytes, by which an enrolment code names the centre's key.
    public var fingerprint: Digest { Hash.line(bytes) }

    public func isValid(_ signature: [UInt8], for bytes: [UInt8]) -> Bool {
        key.isValidSignature(signature, for: bytes)
    }
}

/// An X25519 key pair, made at enrolment so that bundles can be sealed to its owner.
public struct AgreementKey: Sendable {
    let privateKey: Curve25519.KeyAgreement.PrivateKey

    public init() {
        privateKey = Curve25519.KeyAgreement.PrivateKey()
    }

    public init?(bytes: [UInt8]) {
        guard let key = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: bytes) else { return nil }
        privateKey = key
    }

    public var bytes: [UInt8] { Array(privateKey.rawRepresentation) }
    public var publicKeyBytes: [UInt8] { Array(privateKey.publicKey.rawRepresentation) }
}

/// HMAC-SHA-256, the protocol's MAC: text as UTF-8, digests raw.
public enum MAC {
    public static func code(key: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: key)))
    }

    /// Compares in constant time.
    public static func isValid(_ code: [UInt8], key: [UInt8], _ bytes: [UInt8]) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: bytes, using: SymmetricKey(data: key))
    }
}

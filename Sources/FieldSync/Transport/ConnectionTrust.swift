public import FieldStore
import NIOSSL

/// Whom a station lets answer at the centre's address.
///
/// Whatever is let through, the station acts only on what the centre has signed; this is about who can read along.
/// - SeeAlso: Protocol/README.md, rule T5.
public struct ConnectionTrust: Sendable {
    /// The only authorities whose certificates are taken; `nil` for the system's.
    public var authorities: CertificateAuthorities?
    /// Whether plain HTTP is taken beyond this machine. Everybody on the way can then read what is sent.
    public var allowsPlain: Bool

    public init(authorities: CertificateAuthorities? = nil, allowsPlain: Bool = false) {
        self.authorities = authorities
        self.allowsPlain = allowsPlain
    }

    /// What a station's file says.
    /// - Throws: `FieldStoreError`; `CertificateFault` when the authorities kept there cannot be read.
    public init(keptIn database: FieldDatabase) throws {
        let settings = try database.connectionSettings()
        self.init(authorities: try settings.authorities.map { try CertificateAuthorities(pem: $0) }, allowsPlain: settings.allowsPlain)
    }

    /// What the TLS library has to be told.
    var configuration: TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let authorities { configuration.trustRoots = .certificates(authorities.certificates) }
        return configuration
    }
}

/// Certificate authorities that somebody chose, such as a company's own.
public struct CertificateAuthorities: Sendable {
    /// As they came.
    public let pem: [UInt8]
    let certificates: [NIOSSLCertificate]

    /// - Parameter pem: One certificate or several, in PEM.
    /// - Throws: `CertificateFault` when there is none, or one cannot be read.
    public init(pem: [UInt8]) throws(CertificateFault) {
        do {
            certificates = try NIOSSLCertificate.fromPEMBytes(pem)
        } catch {
            throw CertificateFault()
        }
        guard !certificates.isEmpty else { throw CertificateFault() }
        self.pem = pem
    }
}

/// What should be certificates is none.
public struct CertificateFault: Error, Sendable, CustomStringConvertible {
    public var description: String {
        "There is no certificate to be read; a PEM file is needed, with a line BEGIN CERTIFICATE. Nothing was changed."
    }
}

import NIOSSL

extension TransportFailure {
    /// What is behind an error of the TLS library.
    /// - Returns: `nil` for any other error.
    init?(securing error: any Error, address: String) {
        switch error {
        case NIOSSLError.uncleanShutdown:
            self.init(.unreachable, address: address, detail: "the connection was cut")
        case NIOSSLError.handshakeFailed(let reason):
            // A connection that ends too soon says nothing of certificates, and the next one may hold.
            if case .sslError(let stack) = reason, stack.contains(.eofDuringHandshake) {
                self.init(.unreachable, address: address, detail: "the connection was closed while it was being secured")
            } else {
                self.init(.tls, address: address, detail: Self.words(for: "\(reason)"))
            }
        case NIOSSLError.unableToValidateCertificate, NIOSSLError.noCertificateToValidate:
            self.init(.tls, address: address, detail: Self.notBelieved)
        case let error as NIOSSLExtraError where error == .failedToValidateHostname || error == .serverHostnameImpossibleToMatch:
            self.init(.tls, address: address, detail: "its certificate is for another name")
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            self.init(.tls, address: address, detail: Self.words(for: "\(error)"))
        default:
            return nil
        }
    }

    private static let notBelieved = "its certificate has expired, is not valid yet, or comes from an authority that is not believed here"

    /// The library tells its reasons in the names of constants.
    private static func words(for reason: String) -> String {
        let known = [
            ("CERTIFICATE_VERIFY_FAILED", notBelieved),
            ("WRONG_VERSION_NUMBER", "what answers there does not speak TLS"),
            ("HTTP_REQUEST", "what answers there does not speak TLS"),
            ("PROTOCOL_VERSION", "it speaks no version of TLS that is spoken here"),
            ("UNSUPPORTED_PROTOCOL", "it speaks no version of TLS that is spoken here"),
            ("HANDSHAKE_FAILURE", "both sides have no kind of encryption in common"),
        ]
        return known.first { reason.contains($0.0) }?.1 ?? "TLS failed"
    }
}

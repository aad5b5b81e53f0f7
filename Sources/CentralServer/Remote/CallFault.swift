import AsyncHTTPClient
import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Why a centre that was called gave no answer, and whether the command may have run there.
struct CallFault: Error, CustomStringConvertible {
    var server: String
    var reason: String
    /// Nothing was sent, so nothing was done there.
    var isBeforeSending: Bool

    init(_ error: any Error, server: String) {
        self.server = server
        (reason, isBeforeSending) = Self.reading(error)
    }

    var description: String {
        let outcome =
            isBeforeSending
            ? "Nothing was sent, so nothing was done there."
            : "Whether the command was carried out there is not known: look before you give it again."
        return "The centre at \(server) gave no answer: \(reason). \(outcome)"
    }

    private static func reading(_ error: any Error) -> (String, isBeforeSending: Bool) {
        switch error {
        case let error as HTTPClientError: reading(error)
        case NIOSSLError.uncleanShutdown: ("the connection was cut", false)
        case is NIOConnectionError: (notThere, true)
        case let error as IOError: error.errnoCode == ECONNREFUSED ? (notThere, true) : ("the connection was cut", false)
        case is NIOTooManyBytesError: ("its answer is over the size limit", false)
        case let error as NIOSSLExtraError where error == .failedToValidateHostname || error == .serverHostnameImpossibleToMatch:
            ("its certificate is for another name", true)
        case NIOSSLError.unableToValidateCertificate: (notBelieved, true)
        case NIOSSLError.handshakeFailed(let cause): (words(for: "\(cause)"), true)
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: ("the connection could not be secured", true)
        default: ("\(type(of: error))", false)
        }
    }

    private static func reading(_ error: HTTPClientError) -> (String, isBeforeSending: Bool) {
        switch error {
        case .connectTimeout, .tlsHandshakeTimeout: ("there was no connection in time", true)
        case .deadlineExceeded, .readTimeout, .writeTimeout: ("it did not answer in time", false)
        case .remoteConnectionClosed: ("the connection was cut", false)
        default: (error.shortDescription, false)
        }
    }

    private static let notThere = "nothing accepts a connection there"
    private static let notBelieved =
        "its certificate has expired, is not valid yet, or comes from an authority that is not believed here (--ca names one that is)"

    /// The library tells its reasons in the names of constants.
    private static func words(for cause: String) -> String {
        if cause.contains("CERTIFICATE_VERIFY_FAILED") { return notBelieved }
        return cause.contains("WRONG_VERSION_NUMBER") ? "what answers there does not speak TLS" : "the connection could not be secured"
    }
}

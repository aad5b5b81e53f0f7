import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// Reads the certificate's files again at each SIGHUP, as whatever renews certificates sends it.
struct CertificateReload: Service {
    var certificate: ServerCertificate
    /// Made before the server runs: until then a SIGHUP ends the program.
    var hangUps: UnixSignalsSequence
    var logger: Logger

    func run() async throws {
        report("The certificate is in use")
        for await _ in hangUps.cancelOnGracefulShutdown() {
            do throws(Refusal) {
                try certificate.reload()
                report("The certificate was read again; connections that come from now on get it")
            } catch {
                logger.error(
                    "The certificate was not read again: the one before stays in use", metadata: ["reason": "\(error.description)"])
            }
        }
    }

    private func report(_ message: Logger.Message) {
        let days = Int(certificate.expires.timeIntervalSinceNow / 86_400)
        logger.log(
            level: days < 14 ? .warning : .notice, message,
            metadata: ["certificate": "\(certificate.files.certificate)", "expires": "\(certificate.expires.formatted(.iso8601))"])
    }
}

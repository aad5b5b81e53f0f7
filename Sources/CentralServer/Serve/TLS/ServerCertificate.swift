import Foundation
import NIOSSL
import Synchronization

/// What the server proves with who it is: a certificate and its key, read from files, and read again when it is told to.
///
/// A connection keeps the certificate that it began with.
final class ServerCertificate: Sendable {
    /// PEM files; in the first one the server's own certificate stands first, then those that lead to an authority.
    struct Files: Equatable, Sendable {
        var certificate: String
        var key: String
    }

    private struct Loaded: Sendable {
        var context: NIOSSLContext
        var expires: Date
    }

    let files: Files
    private let current: Mutex<Loaded>

    /// - Throws: `Refusal` when a file cannot be read, or the two do not belong together.
    init(_ files: Files) throws(Refusal) {
        self.files = files
        current = Mutex(try Self.load(files))
    }

    /// For the next connection.
    var context: NIOSSLContext { current.withLock(\.context) }

    /// When clients will begin to refuse it.
    var expires: Date { current.withLock(\.expires) }

    /// Reads the files again, for connections that come from now on.
    /// - Throws: `Refusal`; then everything stays as it was.
    func reload() throws(Refusal) {
        let loaded = try Self.load(files)
        current.withLock { $0 = loaded }
    }

    private static func load(_ files: Files) throws(Refusal) -> Loaded {
        let chain = try certificates(files.certificate)
        guard let own = chain.first else { throw Refusal("There is no certificate in \(files.certificate); a PEM file is needed.") }
        let key = try key(files.key)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        let expires = Date(timeIntervalSince1970: TimeInterval(own.notValidAfter))
        do {
            return Loaded(context: try NIOSSLContext(configuration: configuration), expires: expires)
        } catch {
            throw Refusal(
                "The certificate in \(files.certificate) and the key in \(files.key) cannot be used together. The key has to be the one that "
                    + "the first certificate of the file was made for.")
        }
    }

    private static func certificates(_ path: String) throws(Refusal) -> [NIOSSLCertificate] {
        let bytes = try bytes(path)
        do {
            return try NIOSSLCertificate.fromPEMBytes(bytes)
        } catch {
            throw Refusal("The certificate in \(path) cannot be read; a PEM file is needed, with the server's own certificate first.")
        }
    }

    private static func key(_ path: String) throws(Refusal) -> NIOSSLPrivateKey {
        let bytes = try bytes(path)
        do {
            return try NIOSSLPrivateKey(bytes: bytes, format: .pem)
        } catch {
            throw Refusal("The key in \(path) cannot be read; a PEM file without a passphrase is needed.")
        }
    }

    private static func bytes(_ path: String) throws(Refusal) -> [UInt8] {
        do {
            return Array(try Data(contentsOf: URL(filePath: path)))
        } catch {
            throw Refusal("The file \(path) cannot be read: \((error as NSError).localizedDescription)")
        }
    }
}

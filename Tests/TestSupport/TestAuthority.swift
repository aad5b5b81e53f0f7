import Foundation

/// A certificate authority of a test's own, and the certificates that it gives out; made by the program `openssl`.
public struct TestAuthority: Sendable {
    /// A certificate and its key, as PEM files.
    public struct Certificate: Sendable {
        public var certificate: String
        public var key: String
    }

    private let folder: TemporaryFolder
    private let name: String

    /// - Parameter folder: Where the files go; it has to stay.
    public init(_ name: String, in folder: TemporaryFolder) throws {
        self.folder = folder
        self.name = name
        try Self.openssl([
            "req", "-x509", "-config", try configuration("DNS:unused"), "-extensions", "authority", "-subj", "/CN=\(name)", "-days", "3",
            "-keyout", folder.file("\(name).key"), "-out", certificate,
        ])
    }

    /// The authority's own certificate, which those who believe it are given.
    public var certificate: String { folder.file("\(name).pem") }

    /// Gives out a certificate for a server.
    ///
    /// - Parameters:
    ///   - names: As openssl writes them.
    ///   - days: From now; less than 0 for one that has expired.
    public func certificate(_ file: String, names: String = "IP:127.0.0.1,DNS:localhost", days: Int = 3) throws -> Certificate {
        let made = Certificate(certificate: folder.file("\(file).pem"), key: folder.file("\(file).key"))
        let request = folder.file("\(file).csr")
        let configuration = try configuration(names)
        try Self.openssl(["req", "-new", "-config", configuration, "-subj", "/CN=\(file)", "-keyout", made.key, "-out", request])
        try Self.openssl([
            "x509", "-req", "-in", request, "-CA", certificate, "-CAkey", folder.file("\(name).key"), "-days", "\(days)",
            "-set_serial", "\(UInt32.random(in: 1...UInt32.max))", "-extfile", configuration, "-extensions", "server", "-out",
            made.certificate,
        ])
        return made
    }

    private func configuration(_ names: String) throws -> String {
        let path = folder.file("\(UUID().uuidString).cnf")
        let text = """
            [req]
            distinguished_name = subject
            prompt = no
            encrypt_key = no
            default_bits = 2048
            [subject]
            CN = unused
            [authority]
            basicConstraints = critical,CA:TRUE
            keyUsage = critical,keyCertSign
            subjectKeyIdentifier = hash
            [server]
            basicConstraints = critical,CA:FALSE
            extendedKeyUsage = serverAuth
            subjectAltName = \(names)
            """
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    private static func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        let key = arguments.contains("-keyout") ? ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"] : []
        process.arguments = ["openssl"] + arguments + key
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw TestAuthorityError(arguments: arguments) }
    }
}

/// What openssl did not do.
public struct TestAuthorityError: Error {
    public var arguments: [String]
}

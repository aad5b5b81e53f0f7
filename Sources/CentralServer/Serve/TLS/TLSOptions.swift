import ArgumentParser
import EntryModel

/// `--tls-certificate`, `--tls-key` and `--insecure` of `central serve`.
struct TLSOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The server's certificate, a PEM file with those behind it that lead to an authority.",
            discussion: "SIGHUP has it and its key read again; connections go on.", valueName: "file"))
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("The certificate's private key, a PEM file.", valueName: "file"))
    var tlsKey: String?

    @Flag(help: "Speak plain HTTP beyond this machine too: whoever is on the way can then read entries.")
    var insecure = false

    func validate() throws {
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-certificate and --tls-key go together.")
        }
    }

    /// The certificate to serve with; `nil` for plain HTTP.
    ///
    /// - Parameters:
    ///   - listen: Where the server will listen.
    ///   - url: The address that stations are told, if it is another.
    /// - Throws: `Refusal` when what stations send could be read on its way, or a file is of no use.
    func certificate(listen: ListenAddress, url: String?) throws(Refusal) -> ServerCertificate? {
        if let url, !insecure, HostName.isPlainBeyondThisMachine(url) {
            throw Refusal(
                "Stations would be told to call \(url), where whoever is on the way could read entries, and they refuse that. Give an https "
                    + "address with --url, or say --insecure.")
        }
        if let tlsCertificate, let tlsKey {
            return try ServerCertificate(.init(certificate: tlsCertificate, key: tlsKey))
        }
        guard listen.isLoopback || insecure else {
            throw Refusal(
                "central would listen on \(listen.defaultValueDescription) without TLS, where whoever is on the way could read entries. Give "
                    + "--tls-certificate and --tls-key; behind a proxy that speaks TLS listen on 127.0.0.1; or say --insecure.")
        }
        return nil
    }
}

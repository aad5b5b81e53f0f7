import EntryModel
import FieldStore
import FieldSync
import Foundation
import TestSupport
import Testing

/// `central serve` with a certificate, and stations that look at it.
@Suite("TLS") struct TLSTests {
    private static let promotion = "brightfizz-summer"

    private let folder: TemporaryFolder
    private let authority: TestAuthority
    private var data: String { folder.file("data") }

    init() throws {
        folder = try TemporaryFolder("tls")
        authority = try TestAuthority("authority", in: folder)
    }

    /// A centre that listens on the loopback, with a client and a promotion.
    private func serve(_ certificate: TestAuthority.Certificate) throws -> (program: BackgroundProgram, url: String) {
        for arguments in [
            ["client", "add", "brightfizz"],
            ["promotion", "put", ProjectFolder.file("Samples/promotions/\(Self.promotion).json").path(percentEncoded: false)],
        ] {
            let outcome = try Programs.run("central", arguments + ["--data", data])
            try #require(outcome.status == 0, "\(outcome.errors)")
        }
        let program = try BackgroundProgram(
            "central",
            [
                "serve", "--data", data, "--listen", "127.0.0.1:0", "--tls-certificate", certificate.certificate, "--tls-key",
                certificate.key,
            ], place: folder.file("serve"))
        while program.isRunning, program.lines.isEmpty { usleep(5000) }
        let line = try #require(program.lines.first, "\(program.complaint)")
        #expect(line.hasPrefix("central listens on https://127.0.0.1:"))
        return (program, line.replacing("central listens on ", with: ""))
    }

    private func invite(_ name: String) throws -> String {
        try #require(try Programs.run("central", ["station", "invite", "--name", name, "--data", data]).lines.last)
    }

    /// Sends what the centre answers with a problem when it is let through at all.
    private func send(_ transport: HTTPTransport) async throws -> Int? {
        do {
            return try await transport.send(.pull, Array("{}\n".utf8)).status
        } catch let failure as TransportFailure {
            #expect(failure.code == .tls, "\(failure)")
            return nil
        }
    }

    private func trust(_ authority: TestAuthority) throws -> ConnectionTrust {
        ConnectionTrust(authorities: try CertificateAuthorities(pem: Array(try Data(contentsOf: URL(filePath: authority.certificate)))))
    }

    @Test("a station believes the authority that it was given once, at enrolment and at every sync; without it nothing is sent")
    func enrols() throws {
        let (program, _) = try serve(try authority.certificate("server"))
        defer { program.kill() }
        let file = folder.file("station.fieldentry")
        let code = try invite("Kiosk")
        let refused = try Programs.run("fieldentry", [file, "--enrol", code])
        #expect(refused.status == 1)
        #expect(refused.errors.contains("comes from an authority that is not believed here"), "\(refused.errors)")
        #expect(refused.errors.contains("The enrolment code stays valid."))
        #expect(refused.errors.contains("--ca CA.pem"))
        let key = folder.file("server.key")
        let wrong = try Programs.run("fieldentry", [file, "--enrol", code, "--ca", key])
        #expect(wrong.status == 1)
        #expect(wrong.errors.contains("\(key): There is no certificate to be read"), "\(wrong.errors)")

        let enrolled = try Programs.run("fieldentry", [file, "--enrol", code, "--ca", authority.certificate, "--operator", "Ann"])
        #expect(enrolled.status == 0, "\(enrolled.errors)")
        let keyed = try Programs.run(
            "fieldentry", [file, "--operator", "Ann", "-c", "use \(Self.promotion)", "-c", "new given_name=Ada", "-c", "sync"])
        #expect(keyed.status == 0, "\(keyed.errors)")
        #expect(keyed.output.contains("Synced: 1 sent"), "\(keyed.output)")

        // Back to the system's authorities, which do not know this one.
        let doubting = try Programs.run("fieldentry", [file, "--ca", "system", "--operator", "Ann", "-c", "sync"])
        #expect(doubting.status == 1)
        let why = try Programs.run("fieldentry", [file, "--operator", "Ann", "-c", "sync why"])
        #expect(why.output.contains("could not be secured (its certificate has expired, is not valid yet, or comes from"), "\(why.output)")
        #expect(why.output.contains("`fieldentry FILE --ca CA.pem` makes this station believe"))
        #expect(try Programs.run("fieldentry", [file, "--ca", authority.certificate, "--operator", "Ann", "-c", "sync"]).status == 0)
    }

    @Test(
        "SIGHUP brings a new certificate to new connections and leaves the old ones alone; files that are of no use change nothing")
    func reloads() async throws {
        let first = try authority.certificate("server")
        let (program, url) = try serve(first)
        defer { program.kill() }
        let next = try TestAuthority("next", in: folder)
        let open = HTTPTransport(url: url, trust: try trust(authority))
        #expect(try await send(open) == 400)

        let second = try next.certificate("second")
        for (new, old) in [(second.certificate, first.certificate), (second.key, first.key)] {
            try Data(contentsOf: URL(filePath: new)).write(to: URL(filePath: old))
        }
        program.signal(SIGHUP)
        try await wait { program.complaint.contains("The certificate was read again") }
        // The connection from before has not been cut: a new one would not believe what the server shows now.
        #expect(try await send(open) == 400)
        try await open.close()
        let former = HTTPTransport(url: url, trust: try trust(authority))
        #expect(try await send(former) == nil)
        try await former.close()
        let current = HTTPTransport(url: url, trust: try trust(next))
        #expect(try await send(current) == 400)
        try await current.close()

        try Data("nothing".utf8).write(to: URL(filePath: first.certificate))
        program.signal(SIGHUP)
        try await wait { program.complaint.contains("The certificate was not read again: the one before stays in use") }
        let still = HTTPTransport(url: url, trust: try trust(next))
        #expect(try await send(still) == 400)
        try await still.close()
        program.signal(SIGTERM)
        #expect(program.waitUntilExit() == 0)
    }

    @Test("a certificate for another name, or one that has expired, is not believed, and the sentence says which")
    func notBelieved() async throws {
        for (certificate, words) in [
            (try authority.certificate("elsewhere", names: "DNS:centre.example.org"), "its certificate is for another name"),
            (try authority.certificate("expired", days: -1), "its certificate has expired"),
        ] {
            let (program, url) = try serve(certificate)
            defer { program.kill() }
            let transport = HTTPTransport(url: url, trust: try trust(authority))
            let failure = await #expect(throws: TransportFailure.self) { try await transport.send(.pull, Array("{}\n".utf8)) }
            #expect(failure?.code == .tls)
            #expect(failure?.description.contains(words) == true, "\(String(describing: failure))")
            #expect(failure?.isRetryable == false)
            try await transport.close()
            try FileManager.default.removeItem(atPath: data)
        }
    }

    @Test("staff who call a server are told why it is not believed, that nothing was done there, and what to do")
    func staffCall() throws {
        let (program, url) = try serve(try authority.certificate("server"))
        defer { program.kill() }
        let added = try Programs.run("central", ["staff", "add", "ann", "--role", "reader", "--data", data])
        try #require(added.status == 0, "\(added.errors)")
        let token = folder.file("token")
        try Data(try #require(added.lines.last).utf8).write(to: URL(filePath: token))
        func call(_ server: String, _ options: [String] = []) throws -> (status: Int32, text: String) {
            let outcome = try Programs.run("central", ["--server", server, "--token-file", token] + options + ["client", "list"])
            return (outcome.status, outcome.output + outcome.errors)
        }
        let believed = try call(url, ["--ca", authority.certificate])
        #expect(believed.status == 0 && believed.text.contains("brightfizz"), "\(believed)")
        let unknown = try call(url)
        #expect(
            unknown.status == 1 && unknown.text.contains("an authority that is not believed here (--ca names one that is)"), "\(unknown)")
        let plain = try LiveCentre(data: folder.file("plain"))
        let mixed = try call(plain.url.replacing("http:", with: "https:"))
        #expect(mixed.status == 1 && mixed.text.contains("what answers there does not speak TLS"), "\(mixed)")
        program.signal(SIGTERM)
        #expect(program.waitUntilExit() == 0)
        let gone = try call(url, ["--ca", authority.certificate])
        #expect(gone.status == 1 && gone.text.contains("nothing accepts a connection there"), "\(gone)")
        for outcome in [unknown, mixed, gone] { #expect(outcome.text.contains("nothing was done there"), "\(outcome)") }
    }

    @Test("a server that speaks plain HTTP is not taken for a secured one, nor the other way round")
    func mixed() async throws {
        let plain = try LiveCentre(data: folder.file("plain"))
        let asked = HTTPTransport(url: plain.url.replacing("http:", with: "https:"))
        let failure = await #expect(throws: TransportFailure.self) { try await asked.send(.pull, Array("{}\n".utf8)) }
        #expect(failure?.description.contains("what answers there does not speak TLS") == true, "\(String(describing: failure))")
        try await asked.close()

        let (program, url) = try serve(try authority.certificate("server"))
        defer { program.kill() }
        let unsecured = HTTPTransport(url: url.replacing("https:", with: "http:"))
        await #expect(throws: TransportFailure.self) { try await unsecured.send(.pull, Array("{}\n".utf8)) }
        try await unsecured.close()
    }

    @Test("what cannot be served with is refused at the start, with the file's name")
    func refusesFiles() throws {
        let certificate = try authority.certificate("server")
        let other = try authority.certificate("other")
        for (arguments, words) in [
            (["--tls-certificate", certificate.certificate, "--tls-key", other.key], "cannot be used together"),
            (["--tls-certificate", certificate.key, "--tls-key", certificate.key], "The certificate in"),
            (["--tls-certificate", certificate.certificate, "--tls-key", certificate.certificate], "The key in"),
            (["--tls-certificate", folder.file("none"), "--tls-key", certificate.key], "cannot be read"),
        ] {
            let outcome = try Programs.run("central", ["serve", "--data", data, "--listen", "127.0.0.1:0"] + arguments)
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains(words), "\(outcome.errors)")
        }
        let half = try Programs.run("central", ["serve", "--data", data, "--tls-key", certificate.key])
        #expect(half.status == 64)
    }

    @Test("a station refuses plain HTTP beyond its machine, at enrolment and at each sync, until somebody says --insecure there")
    func refusesPlain() async throws {
        // Nothing listens there, and no request may be tried: an address of the documentation's, which leads nowhere.
        let code = EnrolmentCode(url: "http://192.0.2.1:9", secret: [UInt8](repeating: 7, count: 16), fingerprint: .zero)
        let file = folder.file("station.fieldentry")
        let refused = try Programs.run("fieldentry", [file, "--enrol", code.text])
        #expect(refused.status == 1)
        #expect(refused.errors.contains("http://192.0.2.1:9 is not secured by TLS"), "\(refused.errors)")
        #expect(refused.errors.contains("--insecure"))
        let database = try FieldDatabase(path: file)
        #expect(try database.connectionSettings() == ConnectionSettings())
        let refusing = HTTPTransport(url: code.url, trust: try ConnectionTrust(keptIn: database))
        let failure = await #expect(throws: TransportFailure.self) { try await refusing.send(.pull, [1]) }
        #expect(failure?.code == .insecure)
        try await refusing.close()
        try database.setConnectionSettings(ConnectionSettings(allowsPlain: true))
        let trying = HTTPTransport(
            url: code.url, timeouts: .init(connectMilliseconds: 200, requestMilliseconds: 400), trust: try ConnectionTrust(keptIn: database)
        )
        let other = await #expect(throws: TransportFailure.self) { try await trying.send(.pull, [1]) }
        #expect(other?.code == .unreachable || other?.code == .timeout, "\(String(describing: other))")
        try await trying.close()
        try database.close()

        #expect(try Programs.run("fieldentry", [file, "--secure", "--insecure"]).status == 64)
        #expect(try Programs.run("fieldentry", [file, "--secure", "-c", "status"]).status == 0)
        #expect(try FieldDatabase(path: file).connectionSettings() == ConnectionSettings())
    }

    private func wait(until isTrue: () -> Bool) async throws {
        for _ in 0..<3000 where !isTrue() { try await Task.sleep(for: .milliseconds(10)) }
        #expect(isTrue())
    }
}

import CentralStore
import EntryModel
import Foundation
import HTTPTypes
import HummingbirdTesting
import TestSupport
import Testing

/// The program itself, as a person starts it.
@Suite("central serve")
struct ServeTests {
    private struct Server {
        let process = Process()
        let output = Pipe()
        let errors = Pipe()

        init(_ arguments: [String]) throws {
            process.executableURL = ProjectFolder.products.appending(path: "central")
            process.arguments = arguments
            process.standardOutput = output
            process.standardError = errors
            try process.run()
        }

        /// The first line of standard output; `nil` when the program ends without one.
        func line() -> String? {
            var text = ""
            while !text.contains("\n") {
                let bytes = output.fileHandleForReading.availableData
                guard !bytes.isEmpty else { return nil }
                text += String(decoding: bytes, as: UTF8.self)
            }
            return String(text.prefix { $0 != "\n" })
        }

        func stop(_ signal: Int32) -> Int32 {
            kill(process.processIdentifier, signal)
            process.waitUntilExit()
            return process.terminationStatus
        }

        func remarks() throws -> String {
            String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        }
    }

    @Test("it takes a free port, says where it listens, records that, and stops when it is told to", arguments: [SIGTERM, SIGINT])
    func serves(_ signal: Int32) async throws {
        let folder = try TemporaryFolder("serve")
        let data = folder.file("data")
        let server = try Server(["serve", "--data", data, "--listen", "127.0.0.1:0"])
        let line = try #require(server.line())
        #expect(line.hasPrefix("central listens on http://127.0.0.1:"))
        let url = line.replacing("central listens on ", with: "")
        let port = try #require(url.split(separator: ":").last.flatMap { Int($0) })
        let health = try await TestClient.withClient(host: "127.0.0.1", port: port) { try await $0.get("/health") }
        #expect(health.status == .ok)

        // Administration works meanwhile.
        let central = Commands(data: data)
        try await central("client", "add", "brightfizz")
        #expect(try await central("status").remarks.contains("Stations call \(url)."))
        #expect(server.stop(signal) == 0)
        #expect(try await Centre(directory: data).recordedAddress() == url)
    }

    @Test(
        "told to stop, it first says that it is not ready, and goes on for as long as a load balancer needs to notice", arguments: [2, 0])
    func drains(_ seconds: Int) async throws {
        let folder = try TemporaryFolder("serve")
        let server = try Server(["serve", "--data", folder.file("data"), "--listen", "127.0.0.1:0", "--drain-time", "\(seconds)"])
        let line = try #require(server.line())
        let port = try #require(line.split(separator: ":").last.flatMap { UInt16($0) })
        func status(_ path: String) async -> Int? {
            try? await TestClient.withClient(host: "127.0.0.1", port: Int(port)) { Int(try await $0.get(path).status.code) }
        }
        #expect(await status("/health/ready") == 200)
        let start = ContinuousClock.now
        kill(server.process.processIdentifier, SIGTERM)
        var refused = false
        while server.process.isRunning, !refused {
            refused = await status("/health/ready") == 503
            // New connections are accepted, and everything else is answered.
            if refused { #expect(await status("/health") == 200) }
        }
        server.process.waitUntilExit()
        #expect(server.process.terminationStatus == 0)
        if seconds > 0 {
            #expect(refused)
            #expect(ContinuousClock.now - start >= .seconds(seconds))
        }
        #expect(await status("/health/live") == nil)
    }

    @Test("neither an idle connection nor a body that does not come to its end keeps it from stopping")
    func stopsInTime() throws {
        let folder = try TemporaryFolder("serve")
        let server = try Server(["serve", "--data", folder.file("data"), "--listen", "127.0.0.1:0"])
        let line = try #require(server.line())
        let port = try #require(line.split(separator: ":").last.flatMap { UInt16($0) })
        let idle = try connect(port)
        defer { close(idle) }
        // Another has sent a part of a message and says nothing more.
        let slow = try connect(port)
        defer { close(slow) }
        let part = "POST /v1/push HTTP/1.1\r\nHost: h\r\nContent-Type: \(Envelope.mediaType)\r\nContent-Length: 1000\r\n\r\n{"
        #expect(send(slow, part, part.utf8.count, 0) == part.utf8.count)
        // It has to be taken in before the stop.
        usleep(300_000)
        let start = ContinuousClock.now
        #expect(server.stop(SIGTERM) == 0)
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test("a port that is taken is a clear refusal")
    func portTaken() throws {
        let folder = try TemporaryFolder("serve")
        let first = try Server(["serve", "--data", folder.file("data"), "--listen", "127.0.0.1:0"])
        let line = try #require(first.line())
        let address = try #require(line.split(separator: "/").last)
        let second = try Server(["serve", "--data", folder.file("other"), "--listen", String(address)])
        #expect(second.line() == nil)
        second.process.waitUntilExit()
        #expect(second.process.terminationStatus == 1)
        let remarks = try second.remarks()
        #expect(remarks.contains("central cannot listen on \(address): Address already in use"), "\(remarks)")
        #expect(first.stop(SIGTERM) == 0)
    }

    @Test(
        "plain HTTP beyond this machine is refused, where it listens and where stations would be told to call",
        arguments: [["--listen", "0.0.0.0:0"], ["--listen", "127.0.0.1:0", "--url", "http://centre.example:8080"]])
    func refusesPlain(_ address: [String]) throws {
        let folder = try TemporaryFolder("serve")
        let server = try Server(["serve", "--data", folder.file("data")] + address)
        #expect(server.line() == nil)
        server.process.waitUntilExit()
        #expect(server.process.terminationStatus == 1)
        let remarks = try server.remarks()
        #expect(remarks.contains("whoever is on the way could read entries") && remarks.contains("--insecure"), "\(remarks)")
    }

    @Test("--insecure listens beyond this machine without TLS, and a warning says so")
    func warns() throws {
        let folder = try TemporaryFolder("serve")
        let server = try Server([
            "serve", "--data", folder.file("data"), "--listen", "0.0.0.0:0", "--url", "http://centre.example:8080", "--insecure",
        ])
        #expect(server.line() == "central listens on http://centre.example:8080")
        #expect(server.stop(SIGTERM) == 0)
        #expect(try server.remarks().contains("without TLS"))
    }

    private func connect(_ port: UInt16) throws -> Int32 {
        #if os(Linux)
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(connected == 0)
        return descriptor
    }
}

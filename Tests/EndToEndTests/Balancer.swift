import Foundation
import TestSupport

/// haproxy before several centres, by the file that stands among the samples; only addresses and the pace of its checks are a test's own.
final class Balancer {
    /// Where Debian or Homebrew put it; not every user's PATH leads there.
    static let program: String? = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/opt/homebrew/bin", "/usr/local/bin"]
        .map { "\($0)/haproxy" }.first { FileManager.default.isExecutableFile(atPath: $0) }

    /// Where stations call.
    let port: UInt16
    /// Another entrance, so that its log tells who came by which.
    let readerPort: UInt16
    private let server: BackgroundProgram

    var url: String { "http://127.0.0.1:\(port)" }

    /// - Parameters:
    ///   - centres: The ports of the processes, whether somebody listens there by now or not.
    ///   - folder: Where its file and its log go.
    init(centres: [UInt16], in folder: TemporaryFolder) throws {
        guard let program = Self.program else { throw EndToEndError("haproxy is not installed") }
        port = try LoopbackSocket.freePort()
        readerPort = try LoopbackSocket.freePort()
        let path = folder.file("haproxy.cfg")
        let reader = "\nfrontend reader\n    bind 127.0.0.1:\(readerPort)\n    default_backend centres\n"
        try Data((try Self.settings(port: port, centres: centres) + reader).utf8).write(to: URL(filePath: path))
        let checked = try Programs.run(program, ["-c", "-f", path])
        guard checked.status == 0, !checked.errors.contains("[WARNING]") else { throw EndToEndError("\(checked.errors)\(checked.output)") }
        server = try BackgroundProgram(program, ["-f", path, "-db"], place: folder.file("haproxy"))
        try waitUntilItListens()
    }

    /// The sample with these addresses.
    private static func settings(port: UInt16, centres: [UInt16]) throws -> String {
        let sample = try String(contentsOf: ProjectFolder.file("Samples/deploy/haproxy.cfg"), encoding: .utf8)
        var servers = centres[...]
        let lines = sample.split(separator: "\n", omittingEmptySubsequences: false).compactMap { line -> String? in
            let words = line.split(separator: " ")
            switch words.first {
            // Only root can become somebody else.
            case "user", "group": return nil
            // Nor may everybody open so many files.
            case "maxconn": return "    maxconn 200"
            case "bind": return "    bind 127.0.0.1:\(port)"
            case "server": return servers.popFirst().map { "    server \(words[1]) 127.0.0.1:\($0)" }
            case "default-server": return String(line.replacing("inter 1s fastinter 250ms downinter 250ms", with: "inter 100ms"))
            default: return String(line)
            }
        }
        guard servers.isEmpty, lines.contains(where: { $0.contains("inter 100ms fall") }) else {
            throw EndToEndError("the sample has changed")
        }
        return lines.joined(separator: "\n")
    }

    private func waitUntilItListens() throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while (try? LoopbackSocket.connection(port: port)) == nil || (try? LoopbackSocket.connection(port: readerPort)) == nil {
            guard server.isRunning, ContinuousClock.now < deadline else { throw EndToEndError("haproxy: \(server.complaint)") }
            usleep(10_000)
        }
    }

    /// How many requests that came by an entrance a process answered with 200.
    func answered(_ entrance: String, by name: String) -> Int {
        server.lines.count { $0.contains(" \(entrance) centres/\(name) ") && $0.contains(" 200 ") }
    }

    /// The lines in which it says that it found a process down, or up again.
    func turns(of name: String) -> [String] { server.lines.filter { $0.contains("erver centres/\(name) is ") } }

    deinit { server.kill() }
}

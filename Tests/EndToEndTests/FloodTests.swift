import EntryModel
import FieldStore
import FieldSync
import Foundation
import Synchronization
import TestSupport
import Testing

/// A server that more calls than it takes on, and a station that has work to send meanwhile.
@Suite("A flood of requests") struct FloodTests {
    private static let promotion = "brightfizz-summer"

    @Test(
        "while others hold the server's connections and flood it, a station waits as it is told and loses nothing; then its sync comes to its end"
    )
    func flood() async throws {
        let folder = try TemporaryFolder("flood")
        let data = folder.file("data")
        for arguments in [
            ["client", "add", "brightfizz"],
            ["promotion", "put", ProjectFolder.file("Samples/promotions/\(Self.promotion).json").path(percentEncoded: false)],
        ] { try #require(try Programs.run("central", arguments + ["--data", data]).status == 0) }
        let server = try BackgroundProgram(
            "central", ["serve", "--data", data, "--listen", "127.0.0.1:0", "--connections", "20"], place: folder.file("serve"))
        defer { server.kill() }
        while server.isRunning, server.lines.isEmpty { usleep(5000) }
        let line = try #require(server.lines.first, "\(server.complaint)")
        let port = try #require(line.split(separator: ":").last.flatMap { UInt16($0) })
        let code = try #require(try Programs.run("central", ["station", "invite", "--name", "Kiosk", "--data", data]).lines.last)
        let file = folder.file("station.fieldentry")
        try #require(try Programs.run("fieldentry", [file, "--enrol", code]).status == 0)
        let database = try FieldDatabase(path: file)
        let keyer = try database.operatorID(named: "Ann")
        let captures = (0..<700).map {
            Capture(promotion: Self.promotion, channel: .kiosk, values: [(field: "given_name", keyed: Keyed(text: "N \($0)"))])
        }
        _ = try database.capture(captures, by: keyer)

        // Some only hold connections; others send what is no message, again and again.
        let held = try (0..<24).map { _ in try LoopbackSocket.connection(port: port) }
        let isOver = Mutex(false)
        let statuses = Mutex<[String: Int]>([:])
        let threads = DispatchGroup()
        for _ in 0..<8 {
            threads.enter()
            Thread.detachNewThread {
                while !isOver.withLock({ $0 }) {
                    let status = Self.status(port: port)
                    statuses.withLock { $0[status, default: 0] += 1 }
                }
                threads.leave()
            }
        }
        let summary = try await Self.sync(database, Backoff(baseMilliseconds: 50, capMilliseconds: 200, attempts: 2))
        guard case .unavailable(let problem, status: 503) = summary.outcome, problem?.code == .busy else {
            Issue.record("it was served: \(summary.outcome)")
            return
        }
        #expect(try database.unsentCount() == 700)

        // The flood goes on, but its connections are let go: the next sync gets through, if it has to be tried again or not.
        for connection in held { connection.end() }
        let through = try await Self.sync(database, Backoff())
        #expect(through.outcome == .complete, "\(through.message)")
        #expect(try database.unsentCount() == 0)
        isOver.withLock { $0 = true }
        await withCheckedContinuation { continuation in threads.notify(queue: .global()) { continuation.resume() } }
        let seen = statuses.withLock { $0 }
        #expect(seen["503", default: 0] > 0)
        #expect(Set(seen.keys).isSubset(of: ["503", "400", "none"]), "\(seen)")
        let status = try Programs.run("central", ["status", "--json", "--data", data])
        #expect(status.output.contains("\"entries\":700"), "\(status.output)")
        server.signal(SIGTERM)
        #expect(server.waitUntilExit() == 0)
    }

    private static func sync(_ database: FieldDatabase, _ backoff: Backoff) async throws -> SyncSummary {
        let transport = HTTPTransport(url: try #require(try database.identity).url)
        let summary = await SyncEngine(database: database, transport: transport, backoff: backoff).synchronize()
        try await transport.close()
        return summary
    }

    /// Sends what is no message over a connection of its own.
    private static func status(port: UInt16) -> String {
        guard let connection = try? LoopbackSocket.connection(port: port, timeoutSeconds: 10) else { return "none" }
        let head = "POST /v1/push HTTP/1.1\r\nHost: h\r\nContent-Type: \(Envelope.mediaType)\r\nContent-Length: 3\r\n\r\n{}\n"
        guard connection.send(Array(head.utf8)), case .bytes(let bytes) = connection.receive() else { return "none" }
        return String(decoding: bytes.dropFirst(9).prefix(3), as: UTF8.self)
    }
}

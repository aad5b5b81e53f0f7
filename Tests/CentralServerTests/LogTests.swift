import EntryModel
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Synchronization
import TestSupport
import Testing

@testable import CentralServer

@Suite("The server's log")
struct LogTests {
    private func line(_ body: (Logger) -> Void) throws -> JSONValue {
        let written = Mutex<[UInt8]>([])
        let logger = Logger(label: "central") { label in
            JSONLogHandler(label: label, now: { 1_790_078_700_123 }, write: { line in written.withLock { $0 += line } })
        }
        body(logger)
        let bytes = written.withLock { $0 }
        #expect(bytes.last == UInt8(ascii: "\n"))
        #expect(bytes.count { $0 == UInt8(ascii: "\n") } == 1)
        return try JSONValue(line: Array(bytes.dropLast()), limits: .document)
    }

    @Test("a line is one JSON object with time, level, label, message, request and metadata, whatever stands in them")
    func object() throws {
        let value = try line { logger in
            var logger = logger
            logger[metadataKey: RequestLog.idKey] = "4f1c"
            logger[metadataKey: "standing"] = "a"
            logger.warning("two\nlines and a \"quote\" \u{0}", metadata: ["list": ["x", "y"], "standing": "b"])
        }
        #expect(value["time"]?.text == "2026-09-22T12:05:00.123Z")
        #expect(value["level"]?.text == "warning")
        #expect(value["label"]?.text == "central")
        #expect(value["message"]?.text == "two\nlines and a \"quote\" \u{FFFD}")
        #expect(value["request"]?.text == "4f1c")
        #expect(value["metadata"]?["standing"]?.text == "b")
        #expect(value["metadata"]?["list"]?.text == "[\"x\", \"y\"]")
        #expect(value["metadata"]?[RequestLog.idKey] == nil)
    }

    @Test("every answer gives the request's id, which is never the sender's, and no two requests have the same")
    func requestID() async throws {
        let centre = try await TestCentre()
        let header = try #require(RequestLog.idHeader)
        try await centre.application().test(.live) { http in
            var ids: Set<String> = []
            for (uri, method) in [("/health", HTTPRequest.Method.get), ("/nowhere", .get), ("/v1/push", .post), ("/v1/push", .get)] {
                let response = try await http.execute(uri: uri, method: method, headers: [header: "chosen-by-the-sender"])
                let id = try #require(response.headers[header], "\(uri)")
                #expect(id != "chosen-by-the-sender")
                #expect(id.count >= 16)
                ids.insert(id)
            }
            #expect(ids.count == 4)
        }
    }

    @Test("the log of a run, with everything in it that there is to log, holds nothing of a person, and each line is an object")
    func noPersonalData() async throws {
        let folder = try TemporaryFolder("log")
        let process = Process()
        process.executableURL = ProjectFolder.products.appending(path: "central")
        process.arguments = [
            "serve", "--data", folder.file("data"), "--listen", "127.0.0.1:0", "--log-format", "json", "--log-level", "trace",
        ]
        let (output, errors) = (Pipe(), folder.file("log"))
        _ = FileManager.default.createFile(atPath: errors, contents: nil)
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: URL(filePath: errors))
        try process.run()
        defer { if process.isRunning { process.terminate() } }
        var text = ""
        while !text.contains("\n") { text += String(decoding: output.fileHandleForReading.availableData, as: UTF8.self) }
        let port = try #require(text.split(separator: ":").last.flatMap { Int($0.prefix { $0.isNumber }) })
        let central = Commands(data: folder.file("data"))
        try await central("client", "add", "brightfizz")
        let document = folder.file("summer.json")
        try Data(TestCentre.document(client: "brightfizz").text.utf8).write(to: URL(filePath: document))
        try await central("promotion", "put", document)
        let code = try #require(EnrolmentCode(try await central("station", "invite", "--name", "Kiosk Weatherwax").lines[0]))

        try await TestClient.withClient(host: "127.0.0.1", port: port) { client in
            func send(_ path: String, _ message: [UInt8]) async throws -> TestClient.Response {
                try await client.post(path, headers: [.contentType: Envelope.mediaType], body: ByteBuffer(bytes: message))
            }
            let key = SigningKey()
            let answer = try await send("/v1/enrol", try TestStation.enrolMessage(code, key: key))
            let enrolled = try EnrolAnswer(line: SignedMessage(Array(answer.body.map { Array($0.readableBytesView) } ?? [])).lines[0])
            var station = TestStation(key: key, vault: enrolled.vault, id: enrolled.station)
            try station.capture(TestCentre.form, [("given_name", .text("Esmerelda")), ("city", .text("Ankh-Morpork"))])
            try station.capture(Versioned(id: "summer", version: 7), [("given_name", .text("Esmerelda"))])
            #expect(try await send("/v1/push", try station.push()).status == .ok)
            // What is wrong goes another way through the code, and may be about a person too.
            for (path, body) in [
                ("/v1/push", "{\"email\":\"esmerelda@example.org\"}"), ("/v1/esmerelda@example.org", "x"), ("/v1/pull", "Esmerelda\n\n"),
            ] {
                #expect(try await send(path, Array(body.utf8)).status != .ok)
            }
            #expect(try await client.get("/esmerelda?email=esmerelda@example.org").status == .notFound)
        }
        process.terminate()
        process.waitUntilExit()
        let log = try String(contentsOfFile: errors, encoding: .utf8)
        for personal in ["esmerelda", "ankh", "weatherwax", "example.org", code.text.lowercased()] {
            #expect(!log.lowercased().contains(personal), "the log holds \(personal)")
        }
        let lines = log.split(separator: "\n")
        #expect(lines.count > 5)
        var requests: Set<String> = []
        for line in lines {
            let value = try JSONValue(line: Array(line.utf8), limits: .document)
            #expect(value["time"]?.text != nil && value["level"]?.text != nil && value["message"]?.text != nil, "\(line)")
            if value["message"]?.text == "request", let id = value["request"]?.text { requests.insert(id) }
        }
        #expect(requests.count == 6)
    }
}

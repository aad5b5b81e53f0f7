import EntryModel
import Foundation
import TestSupport
import Testing

/// `central serve` as a process of its own, so that a crash, its memory and its log can be seen from outside.
final class FuzzServer {
    let port: UInt16
    private let process = Process()
    private let log: String

    /// Starts it on a folder that holds a centre already, and waits until it listens.
    init(data: String, log: String) throws {
        self.log = log
        try Data().write(to: URL(filePath: log))
        process.executableURL = ProjectFolder.products.appending(path: "central")
        process.arguments = ["serve", "--data", data, "--listen", "127.0.0.1:0", "--log-level", "debug"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: URL(filePath: log))
        try process.run()
        var text = ""
        while !text.contains("\n") {
            let bytes = output.fileHandleForReading.availableData
            guard !bytes.isEmpty else { throw CocoaError(.executableLoad) }
            text += String(decoding: bytes, as: UTF8.self)
        }
        guard let port = text.split(separator: ":").last.flatMap({ UInt16($0.trimmingCharacters(in: .newlines)) }) else {
            throw CocoaError(.executableLoad)
        }
        self.port = port
    }

    var isRunning: Bool { process.isRunning }

    /// The most memory that it ever had, in megabytes; `nil` where the system does not tell.
    var peakMegabytes: Int? {
        let status = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line.flatMap { Int($0.filter(\.isNumber)) }.map { $0 / 1024 }
    }

    /// Stops it.
    /// - Returns: Its exit status, and what it has logged.
    func stop() throws -> (status: Int32, log: String) {
        if process.isRunning { process.terminate() }
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: try Data(contentsOf: URL(filePath: log)), as: UTF8.self))
    }

    deinit {
        if process.isRunning { process.terminate() }
        process.waitUntilExit()
    }
}

/// Says of each outcome whether it may be.
struct FuzzJudge {
    var centreKey: VerifyingKey

    /// What came back, in one word for the count; what is wrong with it; and the lines of a signed answer.
    struct Verdict {
        var outcome: String
        var fault: String?
        var lines: [[UInt8]] = []
    }

    func verdict(_ sent: FuzzCase, _ outcome: FuzzConnection.Outcome) -> Verdict {
        switch outcome {
        case .noConnection: return Verdict(outcome: "no connection", fault: "nobody listens any more")
        case .timeout: return Verdict(outcome: "timeout", fault: "no answer in time")
        case .notHTTP(let bytes): return Verdict(outcome: "no HTTP", fault: "the answer is no HTTP: \(bytes.prefix(40))")
        case .closed:
            let isExpected = if case .answerOrEnd = sent.expectation { true } else { false }
            return Verdict(outcome: "closed", fault: isExpected ? nil : "the connection was closed without an answer")
        case .reply(let reply):
            var verdict = judge(sent, reply)
            if verdict.lines.isEmpty || sent.message?.kind != .pull, contains(FuzzMutation.marker, reply) {
                verdict.fault = "the answer holds what was sent: \(String(decoding: reply.body.prefix(400), as: UTF8.self))"
            }
            return verdict
        }
    }

    private func judge(_ sent: FuzzCase, _ reply: FuzzConnection.Reply) -> Verdict {
        guard reply.isWhole else { return Verdict(outcome: "broken off", fault: "the answer broke off") }
        if case .health = sent.expectation {
            return Verdict(outcome: "health", fault: reply.status == 200 ? nil : "status \(reply.status)")
        }
        if reply.status == 200 { return signed(sent, reply) }
        if case .signed = sent.expectation {
            return Verdict(outcome: "refused", fault: "refused: \(reply.status) \(String(decoding: reply.body, as: UTF8.self))")
        }
        guard reply.headers["content-type"] == Problem.mediaType else {
            return Verdict(outcome: "other", fault: "status \(reply.status) without a problem: \(reply.headers)")
        }
        if sent.isHead { return Verdict(outcome: "problem without body", fault: reply.status >= 500 ? "status \(reply.status)" : nil) }
        guard let problem = Problem(json: reply.body), problem.code.status == reply.status else {
            let text = String(decoding: reply.body.prefix(200), as: UTF8.self)
            return Verdict(outcome: "other", fault: "no problem of the catalogue: \(text)")
        }
        // Whatever is sent, it is never the centre that fails.
        let isFailure = [.internalError, .storageFull].contains(problem.code)
        return Verdict(outcome: problem.code.rawValue, fault: isFailure ? "\(problem)" : nil)
    }

    private func signed(_ sent: FuzzCase, _ reply: FuzzConnection.Reply) -> Verdict {
        guard let message = sent.message, reply.headers["content-type"] == Envelope.mediaType else {
            return Verdict(outcome: "other", fault: "status 200 with \(reply.headers)")
        }
        do {
            var bytes = reply.body
            if reply.headers["content-encoding"] == "gzip" { bytes = try Gzip.inflate(bytes, limit: Envelope.Limits.answerBytes) }
            let answer = try SignedMessage(bytes)
            let kind = try #require(MessageKind(rawValue: "\(message.kind.rawValue)-answer"))
            guard answer.isSigned(by: centreKey, as: kind) else { return Verdict(outcome: "other", fault: "not signed by the centre") }
            let first = String(decoding: answer.lines[0], as: UTF8.self)
            guard first.contains("\"request\":\"\(SignedMessage.reference(of: message.bytes).hex)\"") else {
                return Verdict(outcome: "other", fault: "the answer is to another request")
            }
            let outcome = first.firstMatch(of: /"outcome":"([A-Za-z]+)"/).map { String($0.1) } ?? "enrolled"
            if case .signed = sent.expectation, !["accepted", "enrolled"].contains(outcome) {
                return Verdict(outcome: outcome, fault: "a right message was not accepted but \(outcome)", lines: answer.lines)
            }
            return Verdict(outcome: outcome, lines: answer.lines)
        } catch {
            return Verdict(outcome: "other", fault: "the signed answer cannot be read: \(error)")
        }
    }

    private func contains(_ text: String, _ reply: FuzzConnection.Reply) -> Bool {
        if reply.headers.contains(where: { $0.value.contains(text) }) { return true }
        let packed = reply.headers["content-encoding"] == "gzip"
        let body = packed ? (try? Gzip.inflate(reply.body, limit: Envelope.Limits.answerBytes)) ?? [] : reply.body
        return body.count >= text.utf8.count && String(decoding: body, as: UTF8.self).contains(text)
    }
}

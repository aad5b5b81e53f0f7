import Dispatch
import EntryModel
import HummingbirdTesting
import Testing

@testable import CentralServer

@Suite("Requests that are no HTTP")
struct UnreadableRequestTests {
    @Test("what the server cannot read as HTTP is answered by a problem too, and the connection ends")
    func problem() async throws {
        let test = try await TestCentre()
        try await test.application().test(.live) { http in
            let port = try #require(http.port.flatMap { UInt16(exactly: $0) })
            let headers = (0..<200).map { "X-\($0): a" }.joined(separator: "\r\n")
            for text in ["hello", "POST /v1/push HTTP/1.1\r\n\(headers)", "POST /v1/push HTTP/9.9"] {
                let outcome = await exchange(Array("\(text)\r\n\r\n".utf8), port: port)
                guard case .reply(let reply) = outcome else {
                    Issue.record("no answer: \(outcome)")
                    continue
                }
                #expect(reply.status == 400)
                #expect(reply.headers["content-type"] == Problem.mediaType)
                #expect(reply.headers["connection"] == "close")
                #expect(Problem(json: reply.body)?.code == .malformed)
            }
        }
    }

    /// The server answers on the threads that tasks share, so the socket must not wait on one of them.
    private func exchange(_ bytes: [UInt8], port: UInt16) async -> FuzzConnection.Outcome {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: FuzzConnection.exchange(bytes, port: port, endsThere: false, isHead: false))
            }
        }
    }
}

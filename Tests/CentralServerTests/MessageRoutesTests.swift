import CentralStore
import EntryModel
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import CentralServer

@Suite("Messages over HTTP")
struct MessageRoutesTests {
    private let form = TestCentre.form

    @Test("a station enrols, pushes and pulls, and every answer is signed")
    func wholeWay() async throws {
        let test = try await TestCentre()
        try await test.application().test(.router) { http in
            var kiosk = try await test.enrol("Kiosk 1", http)
            let other = try await test.enrol("Kiosk 2", http)
            let entry = try kiosk.capture(form, [("given_name", .text("Dương")), ("city", .text("Peoria"))])
            let message = try kiosk.push()
            let answer = try await test.push(&kiosk, http)
            #expect(answer.exceptions.isEmpty)
            #expect(answer.answer.request == SignedMessage.reference(of: message) || answer.answer.through == 1)

            let pulled = try test.answer(try await http.send(.pull, try other.pull()), kind: .pullAnswer)
            let captured = pulled.lines.contains { String(decoding: $0, as: UTF8.self).contains(entry.description) }
            #expect(captured, "the other station gets the entry")
        }
    }

    @Test("a revocation takes effect on the next request, on a connection that is open already too")
    func revokedWhileConnected() async throws {
        let test = try await TestCentre()
        // The test's client keeps one connection.
        try await test.application().test(.live) { http in
            var kiosk = try await test.enrol("Kiosk 1", http)
            try kiosk.capture(form, [("given_name", .text("Ann"))])
            #expect(try await test.push(&kiosk, http).answer.outcome == .accepted)
            let vault = try #require(try await test.centre.vault(kiosk.vault))
            try await vault.revoke(kiosk.id)
            try kiosk.capture(form, [("given_name", .text("Bob"))])
            let refused = try test.answer(try await http.send(.push, try kiosk.push()), kind: .pushAnswer)
            #expect(try PushAnswer(line: refused.lines[0]).answer.outcome == .revoked)
            let pulled = try test.answer(try await http.send(.pull, try kiosk.pull()), kind: .pullAnswer)
            let answer = try PullAnswer(lines: pulled.lines)
            #expect(answer.answer.outcome == .revoked)
            #expect(answer.pages.isEmpty)
            #expect(try await vault.status().entries == 1)
        }
    }

    @Test("what a pull brought can be handed back, and is there already")
    func handback() async throws {
        let test = try await TestCentre()
        try await test.application().test(.router) { http in
            let kiosk = try await test.enrol("Kiosk 1", http)
            let pulled = try PullAnswer(lines: try test.answer(try await http.send(.pull, try kiosk.pull()), kind: .pullAnswer).lines)
            let message = try test.answer(try await http.send(.handback, try kiosk.handback(pulled)), kind: .handbackAnswer)
            let answer = try HandbackAnswer(line: message.lines[0])
            #expect(answer.taken.count == 1)
            #expect(answer.refused.isEmpty)
        }
    }

    @Test("gzip works both ways, and only when it is wanted")
    func gzip() async throws {
        let test = try await TestCentre()
        try await test.application().test(.router) { http in
            var kiosk = try await test.enrol("Kiosk 1", http)
            let other = try await test.enrol("Kiosk 2", http)
            for number in 0..<50 { try kiosk.capture(form, [("given_name", .text("Name \(number)"))]) }
            let packed = Gzip.compress(try kiosk.push())
            let pushed = try await http.send(.push, packed, headers: [.contentEncoding: "gzip", .acceptEncoding: "gzip"])
            #expect(pushed.headers[.contentEncoding] == nil, "a short answer is not worth packing")
            try kiosk.acknowledge(try PushAnswer(line: try test.answer(pushed, kind: .pushAnswer).lines[0]))

            let plain = try await http.send(.pull, try other.pull())
            #expect(plain.headers[.contentEncoding] == nil)
            let small = try await http.send(.pull, try other.pull(), headers: [.acceptEncoding: "gzip, deflate"])
            #expect(small.headers[.contentEncoding] == "gzip")
            #expect(small.body.readableBytes * 2 < plain.body.readableBytes)
            let lines = try test.answer(small, kind: .pullAnswer).lines.count
            #expect(try test.answer(plain, kind: .pullAnswer).lines.count == lines)
        }
    }

    @Test("stations that push at the same time over sockets lose nothing")
    func concurrent() async throws {
        let test = try await TestCentre()
        let stations = 6
        let rounds = 5
        try await test.application().test(.ahc()) { http in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<stations {
                    group.addTask {
                        var kiosk = try await test.enrol("Kiosk \(number)", http)
                        for round in 0..<rounds {
                            for entry in 0..<20 { try kiosk.capture(form, [("given_name", .text("N \(number) \(round) \(entry)"))]) }
                            let answer = try await test.push(&kiosk, http)
                            #expect(answer.exceptions.isEmpty)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        let status = try await test.centre.vault("brightfizz")?.status()
        #expect(status?.entries == stations * rounds * 20)
        #expect(status?.stations == stations)
    }

    @Test("the health endpoint answers, and names no client")
    func health() async throws {
        let test = try await TestCentre()
        try await test.application().test(.live) { http in
            let response = try await http.execute(uri: "/health", method: .get)
            #expect(response.status == .ok)
            let text = String(buffer: response.body)
            #expect(text.contains("\"status\":\"ok\""))
            #expect(!text.contains("brightfizz"))
            let head = try await http.execute(uri: "/health", method: .head)
            #expect(head.status == .ok)
            #expect(head.body.readableBytes == 0)
        }
    }
}

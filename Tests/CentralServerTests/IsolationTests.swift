import CentralStore
import EntryModel
import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import Synchronization
import TestSupport
import Testing

@testable import CentralServer

/// Whoever works for one client, and says the names of another's things, gets the answer that made-up names get.
@Suite("One client's station and another client")
struct IsolationTests {
    private let test: TestCentre
    private let others: OtherClient

    init() async throws {
        test = try await TestCentre()
        others = try await OtherClient(test)
    }

    private func problem(_ kind: MessageKind, _ message: [UInt8], _ http: any TestClientProtocol) async throws -> String {
        let response = try await http.send(kind, message)
        try expectProblem(response, .notEnrolled)
        return String(buffer: response.body)
    }

    @Test("its store is not there: a request that names it is refused like one that names no store at all, and not sooner")
    func otherVault() async throws {
        let log = LogLines()
        try await test.application(logger: log.logger).test(.router) { http in
            let own = try await test.enrol("Kiosk", http)
            let names = others.words
            for (place, station) in [own, others.impostor(own.key)].enumerated() {
                for kind in [MessageKind.push, .pull, .handback] {
                    func message(_ vault: String) throws -> [UInt8] {
                        var sender = TestStation(key: own.key, vault: vault, id: station.id)
                        switch kind {
                        case .push:
                            try sender.capture(OtherClient.form, [("given_name", .text("Zoë"))], entry: others.entry)
                            return try sender.push()
                        case .pull: return try sender.pull(cursors: others.cursors)
                        default: return try sender.handback(others.feed)
                        }
                    }
                    var answers: Set<String> = []
                    for vault in [OtherClient.id, "nowhere", OtherClient.id] {
                        let begun = ContinuousClock.now
                        answers.insert(try await problem(kind, try message(vault), http))
                        #expect(ContinuousClock.now - begun >= MessageRoutes.refusalTime, "\(kind) \(vault)")
                    }
                    #expect(answers.count == 1, "\(kind) by sender \(place): \(answers)")
                    #expect(!answers.contains { answer in names.contains { answer.localizedStandardContains($0) } })
                }
            }
        }
        #expect(!log.text.isEmpty)
        for word in others.words { #expect(!log.text.localizedStandardContains(word), "\(word) is in the log") }
    }

    @Test(
        "the names of its entries, promotions and documents mean nothing in a push",
        arguments: ["captured under its promotion", "its entry edited", "its entry voided", "its entry captured again"])
    func push(what: String) async throws {
        func answer(_ form: Versioned, _ entry: UniqueID, _ change: Digest) async throws -> [String] {
            var station = try await test.enrol(try await test.centre.invite(client: "brightfizz", name: "Kiosk", url: "http://127.0.0.1:1"))
            switch what {
            case "captured under its promotion": try station.capture(form, [("given_name", .text("Ann"))])
            case "its entry edited": try station.edit(TestCentre.form, entry, "city", .text("Peoria"), replacing: [change])
            case "its entry voided": try station.void(TestCentre.form, entry, seen: [change])
            default: try station.capture(TestCentre.form, [("given_name", .text("Ann"))], entry: entry)
            }
            let answer = try PushAnswer(line: SignedMessage(try await test.centre.answer(.push, try station.push())).lines[0])
            return ["\(answer.answer.outcome) \(answer.answer.through)"] + answer.exceptions.map { "\($0.state) \($0.problem)" }
        }
        let foreign = try await answer(OtherClient.form, others.entry, others.change)
        let madeUp = try await answer(Versioned(id: "nonesuch", version: 1), Surroundings.system.newID(), Hash.line([1, 2, 3]))
        #expect(foreign == madeUp)
        // And nothing of it arrived over there.
        let vault = try #require(try await test.centre.vault(OtherClient.id))
        #expect(try await vault.history(others.entry).map(\.change.id) == [others.change])
        #expect(try await vault.status().quarantined == 0)
    }

    @Test("its cursors open nothing: a pull brings what it brings without them, and its lines are not taken back here")
    func pull() async throws {
        let own = try await test.enrol(try await test.centre.invite(client: "brightfizz", name: "Kiosk", url: "http://127.0.0.1:1"))
        func pulled(_ cursors: [String: RequestLine.Cursor]) async throws -> [String] {
            let answer = try PullAnswer(lines: SignedMessage(try await test.centre.answer(.pull, try own.pull(cursors: cursors))).lines)
            #expect(answer.keys.allSatisfy { $0.promotion == TestCentre.form.id })
            return ["\(answer.answer.outcome)"]
                + answer.pages.map { "\($0.key) \($0.from) \($0.to) \($0.digest) \($0.more) \($0.rows.count)" }.sorted()
        }
        let fresh = try await pulled([:])
        #expect(try await pulled(others.cursors) == fresh)
        // Its place and digest under a key of one's own are a feed that went another way, like any made-up ones.
        let key = FeedKey.promotion(TestCentre.form.id).description
        let foreign = try #require(others.cursors.values.max { $0.at.position < $1.at.position })
        var madeUp = foreign
        madeUp.at.digest = Hash.line([4, 5, 6])
        #expect(try await pulled([key: foreign]) == (try await pulled([key: madeUp])))

        let answer = try HandbackAnswer(
            line: SignedMessage(try await test.centre.answer(.handback, try own.handback(others.feed))).lines[0])
        #expect(answer.taken.isEmpty)
        #expect(answer.refused.contains(others.change))
        let vault = try #require(try await test.centre.vault("brightfizz"))
        #expect(try await vault.entry(others.entry) == nil)
    }

    @Test("a bundle of its station cannot be passed off as the other's, and every command takes its names for made-up ones")
    func commands() async throws {
        let central = Commands(data: test.folder.file("data"))
        _ = try await test.enrol(try await test.centre.invite(client: "brightfizz", name: "Kiosk", url: "http://127.0.0.1:1"))
        let probes = CommandProbe.all
        let known = Set(probes.map(\.path))
        for path in CommandProbe.commandsOfClients(CentralCommand.self) {
            #expect(known.contains(path), "say in CommandProbe how `\(path)` is asked for another client's things")
        }
        for probe in probes {
            let foreign = await probe.outcome(central, others.names)
            let madeUp = await probe.outcome(central, .madeUp)
            #expect(foreign == madeUp, "\(probe.path)")
            for word in others.words { #expect(!foreign.localizedStandardContains(word), "\(probe.path) tells \(word)") }
        }
        let vault = try #require(try await test.centre.vault(OtherClient.id))
        #expect(try await vault.history(others.entry).map(\.change.id) == [others.change])
        #expect(try await vault.stations().allSatisfy { $0.revoked == nil })
    }
}

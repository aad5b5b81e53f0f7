import CentralStore
import EntryModel
import Foundation
import TestSupport
import Testing

@testable import CentralServer

/// Requests made by chance, thousands of them, at a server that really listens.
///
/// `FIELD_ENTRY_FUZZ_CASES=100000` sends so many instead of a few thousand, and `FIELD_ENTRY_FUZZ_SEED=7` others; both may be given to
/// `Tests/run.sh filter FuzzTests`. A failure prints the seed, the number of the request, and the request.
@Suite("Fuzz") struct FuzzTests {
    /// Senders at a time, each with a station of its own.
    private static let senders = 3
    /// Of each server, whatever is sent. It begins with some 30, and a message in work takes a few.
    private static let memoryMegabytes = 400

    private static func setting(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment["FIELD_ENTRY_FUZZ_\(name)"].flatMap { Int($0) }
    }

    @Test(
        "whatever is sent to any address, the answer is a problem of the catalogue or rightly signed, soon, out of bounded memory, and quotes nothing"
    )
    func anything() async throws {
        let cases = Self.setting("CASES") ?? 4500
        let seed = UInt64(Self.setting("SEED") ?? 1)
        let test = try await TestCentre()
        var sources: [FuzzSource] = []
        var random = SeededRandom(seed: seed)
        for number in 0..<Self.senders {
            let code = try await test.centre.invite(client: "brightfizz", name: "Sender \(number)", url: "http://127.0.0.1:1")
            let spare = try await test.centre.invite(client: "brightfizz", name: "Spare \(number)", url: "http://127.0.0.1:1")
            sources.append(try FuzzSource(seed: random.next(), station: try await test.enrol(code), spare: spare))
        }
        let server = try FuzzServer(data: test.folder.file("data"), log: test.folder.file("log"))
        let port = server.port
        let judge = FuzzJudge(centreKey: test.centre.signingKey.publicKey)

        let tallies = await withTaskGroup(of: FuzzTally.self) { group in
            for source in sources {
                group.addTask { await FuzzTally.send(cases / Self.senders, from: source, port: port, judge: judge) }
            }
            return await group.reduce(into: FuzzTally()) { $0.add($1) }
        }
        #expect(tallies.faults.isEmpty, "seed \(seed): \(tallies.faults.joined(separator: "\n"))")
        #expect(server.isRunning)
        if let peak = server.peakMegabytes { #expect(peak < Self.memoryMegabytes, "\(peak) MB") }
        print("fuzz: seed \(seed), peak \(server.peakMegabytes ?? 0) MB, \(tallies.outcomes.sorted { $0.key < $1.key })")
        if Self.setting("CASES") != nil { print("fuzz: \(tallies.names.sorted { $0.key < $1.key })") }
        // What lies behind each check was reached, and so was each check.
        for outcome in [
            "accepted", "enrolled", "clock", "forked", "malformed", "too-large", "unsupported-media", "unsupported-version", "not-found",
            "method-not-allowed", "not-enrolled", "bad-signature", "health",
        ] {
            #expect(tallies.outcomes[outcome, default: 0] > 0, "nothing led to \(outcome)")
        }
        let (status, log) = try server.stop()
        #expect(status == 0)
        #expect(!log.contains(FuzzMutation.marker), "the log holds what was sent")
        let errors = log.split(separator: "\n").filter { $0.contains(" error ") }
        #expect(errors.isEmpty, "\(errors.prefix(3))")
        let vault = try #require(try await test.centre.vault("brightfizz"))
        let quarantined = try await vault.status().quarantined
        #expect(quarantined > 0, "no changed change got behind the signature")
        let findings = try await vault.examine().findings
        #expect(findings.isEmpty, "\(findings.prefix(3))")
    }
}

/// What was sent, what came back, and what should not have.
struct FuzzTally: Sendable {
    var outcomes: [String: Int] = [:]
    var names: [String: Int] = [:]
    /// The first few.
    var faults: [String] = []

    mutating func add(_ other: FuzzTally) {
        outcomes.merge(other.outcomes) { $0 + $1 }
        names.merge(other.names) { $0 + $1 }
        faults += other.faults
    }

    /// Sends requests one after the other on a thread of its own, since each waits for its answer.
    static func send(_ count: Int, from source: FuzzSource, port: UInt16, judge: FuzzJudge) async -> FuzzTally {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var source = source
                var tally = FuzzTally()
                for number in 0..<count where tally.faults.count < 5 { tally.send(number, &source, port, judge) }
                continuation.resume(returning: tally)
            }
        }
    }

    private mutating func send(_ number: Int, _ source: inout FuzzSource, _ port: UInt16, _ judge: FuzzJudge) {
        do {
            let next = try source.next()
            let endsThere = if case .answerOrEnd = next.expectation { true } else { false }
            let outcome = FuzzConnection.exchange(next.bytes, port: port, endsThere: endsThere, isHead: next.isHead)
            let verdict = judge.verdict(next, outcome)
            outcomes[verdict.outcome, default: 0] += 1
            names[next.name, default: 0] += 1
            if let fault = verdict.fault {
                let sent = String(decoding: (next.message?.bytes ?? next.bytes).prefix(3000), as: UTF8.self)
                faults.append("request \(number), \(next.name): \(fault)\nsent: \(sent.debugDescription)")
            }
            if let kind = next.message?.kind, !verdict.lines.isEmpty { try source.learn(from: verdict.lines, kind: kind) }
        } catch {
            faults.append("request \(number): the test itself failed: \(error)")
        }
    }
}

import CentralStore
import EntryModel
import FieldSync
import GRDB
import TestSupport
import Testing

@testable import FieldStore

/// Answers whose connection is lost in the middle of them.
@Suite struct BrokenAnswerTests {
    private static let cuts = 80

    @Test("an answer to a push or a pull that breaks off, after any part of it, changes nothing; the next sync brings all of it, once")
    func everyCut() async throws {
        let fleet = try await Fleet()
        let writer = try await fleet.station("writer")
        let reader = try await fleet.station("reader")
        for station in [writer, reader] { #expect(await station.sync().outcome == .complete) }
        for cut in 0..<Self.cuts {
            for number in 0..<3 { try writer.capture(["given_name": "Person \(cut) \(number)"]) }
            for station in [writer, reader] {
                let first = station.transport.deliveries.count
                station.transport.decide { delivery in
                    guard delivery.number == first else { return .arrives }
                    return .answerIsChanged { Array($0.prefix($0.count * cut / Self.cuts)) }
                }
                let broken = await station.sync()
                // The road says so when an answer is shorter than announced; here it is whole and says nothing to act on.
                guard case .untrusted = broken.outcome else {
                    Issue.record("cut \(cut), \(station.name): \(broken.message)")
                    return
                }
                #expect(broken.pushed == 0 && broken.pulled == 0)
                #expect(broken.message.contains("safe"))
                let next = await station.sync()
                #expect(next.outcome == .complete, "cut \(cut), \(station.name): \(next.message)")
                #expect(next.recoveries.isEmpty)
            }
        }
        let centre = try await fleet.comparison()
        #expect(centre.entries == Self.cuts * 3)
        for station in [writer, reader] {
            #expect(try station.comparison() == centre)
            #expect(try station.database.unsentCount() == 0)
            #expect(try station.database.check() == [])
        }
        #expect(try await fleet.vault.status().changes == Self.cuts * 3 + 1)
    }

    @Test("a disk that is full at any page of what a sync writes ends the sync with that reason, and the next sync goes on from there")
    func fullDisk() async throws {
        let fleet = try await Fleet()
        let writer = try await fleet.station("writer")
        let reader = try await fleet.station("reader")
        _ = await writer.sync()
        _ = await reader.sync()
        let captures = (0..<700).map { number in
            Capture(promotion: Fleet.promotion, channel: .kiosk, values: [(field: "note", keyed: Keyed(text: "A note of \(number)"))])
        }
        _ = try writer.database.capture(captures, by: writer.operatorID)
        #expect(await writer.sync().outcome == .complete)
        var failures = 0
        var pages = try reader.database.queue.inDatabase { try Int.fetchOne($0, sql: "PRAGMA page_count") ?? 0 }
        while true {
            _ = try reader.database.queue.inDatabase { try Int.fetchOne($0, sql: "PRAGMA max_page_count = \(pages)") }
            let summary = await reader.sync()
            if summary.outcome == .complete { break }
            failures += 1
            guard case .store(let message) = summary.outcome else {
                Issue.record("\(summary.message)")
                break
            }
            #expect(message.contains("is full") && message.contains("safe"), "\(message)")
            #expect(try reader.database.check() == [])
            pages += 5
        }
        #expect(failures > 5)
        #expect(try reader.comparison() == writer.comparison())
        #expect(try reader.database.status().entries == 700)
    }
}

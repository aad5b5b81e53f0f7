import EntryModel
import FieldStore
import Synchronization
import TestSupport
import Testing

@testable import FieldREPL

/// A card that is broken off is there again.
@MainActor
struct DraftCommandTests {
    /// A card whose last answer is asked for by `received_date`.
    private let card = [
        "Sandra", "Dương", "", "7801 Oak Boulevard", "", "41649", "", "", "", "", "6/21/67", "yes", "", "manual", "", "9/5/26",
    ]

    private func desk(_ reader: any LineReading) async throws -> TestDesk {
        let bench = try TestDesk(reader: reader)
        await bench.run("use brightfizz-summer")
        await bench.run("batch open MB-0001 --envelopes 3")
        return bench
    }

    @Test("each answer is in the file when its Enter is taken")
    func everyAnswer() async throws {
        let reader = CheckingReader(card)
        let bench = try TestDesk(reader: reader)
        await bench.run("use brightfizz-summer")
        reader.database = bench.desk.database
        await bench.run("new")
        #expect(reader.kept == Array(0..<card.count) + [0])
        #expect(try bench.entries().count == 1)
    }

    @Test("what Ctrl-C or the end of the terminal breaks off is kept, named, and finished", arguments: [LineInput.interrupted, .end])
    func brokenOff(input: LineInput) async throws {
        let reader = ListReader(card.prefix(6).map { .line($0) } + [input] + card.dropFirst(6).map { .line($0) })
        let bench = try await desk(reader)
        #expect(await bench.run("new").out.hasSuffix("Set aside with 6 fields; `new` goes on with it, `draft drop` forgets it.\n"))
        #expect(try bench.entries().isEmpty)
        let draft = try #require(try bench.desk.database.drafts().first)
        #expect(
            try bench.desk.text(of: draft)
                == "A card is unfinished: MB-0001 #1 of brightfizz-summer, 6 fields answered, begun by Ana Lima.")
        bench.desk.leaveBatch()
        let (out, ok) = await bench.run("draft")
        #expect(ok)
        #expect(out.contains("This card was begun before"))
        #expect(out.contains("Street address: 7801 Oak Boulevard"))
        let entry = try #require(try bench.entries().first)
        #expect(entry.place == CardPlace(batch: "MB-0001", envelope: 1))
        #expect(entry.value(of: "family_name")?.value == .text("Dương"))
        #expect(entry.value(of: "city")?.value == .text("Martin"))
        #expect(try bench.desk.database.drafts().isEmpty)
        #expect(bench.desk.batch?.envelope == 2)
    }

    @Test("Ctrl-C between two questions stops the card too")
    func stoppedBetween() async throws {
        let reader = ClosingReader(["Sandra", "Dương"])
        reader.close = { [reader] in
            // What Ctrl-C does while a command runs; more could be read.
            withUnsafeCurrentTask { $0?.cancel() }
            for line in ["", "7801 Oak Boulevard", ""] { reader.answer(line) }
        }
        let bench = try await desk(reader)
        let out = await Task { await bench.run("new").out }.value
        #expect(out.hasSuffix("Set aside with 2 fields; `new` goes on with it, `draft drop` forgets it.\n"))
    }

    @Test("the program says at its start which card is unfinished, and nothing of what stands on it")
    func offered() async throws {
        let bench = try await desk(ListReader([.line("Sandra"), .interrupted]))
        await bench.run("new")
        let before = bench.out
        await Conversation(desk: bench.desk, reader: ListReader([]), whenInterrupted: { _ in }, historyFile: nil).run()
        let said = bench.out.dropFirst(before.count)
        #expect(said.contains("A card is unfinished: MB-0001 #1 of brightfizz-summer, 1 field answered"))
        #expect(said.contains("`draft` goes on with it"))
        #expect(!said.contains("Sandra"))
    }

    @Test("a draft is dropped when somebody says so, and no other card is keyed over it")
    func dropped() async throws {
        let bench = try await desk(ListReader([.line("Sandra"), .interrupted]))
        await bench.run("new")
        #expect(await !bench.run("new --envelope 2").ok)
        #expect(bench.errors.contains("MB-0001 #1"))
        #expect(!bench.errors.contains("Sandra"))
        #expect(await !bench.run("draft county-fairs").ok)
        #expect(await bench.run("draft drop").ok)
        #expect(try bench.desk.database.drafts().isEmpty)
        #expect(await !bench.run("draft").ok)
        #expect(await !bench.run("draft drop").ok)
    }

    @Test("a file is not emptied while a card in it is unfinished")
    func reset() async throws {
        let bench = try TestDesk(reader: ListReader([.line("Sandra"), .interrupted]))
        await bench.run("use brightfizz-summer")
        await bench.run("new")
        #expect(await !bench.run("reset --yes").ok)
        #expect(bench.errors.contains("A card is unfinished: brightfizz-summer, 1 field answered"))
        await bench.run("draft drop")
        #expect(await bench.run("reset --yes").ok)
    }

    @Test("a card that is refused at its end is kept, and stored when the reason is gone")
    func refused() async throws {
        let reader = ClosingReader(card)
        let bench = try TestDesk(reader: reader)
        await bench.run("use brightfizz-summer")
        await bench.run("batch open MB-0001 --envelopes 3")
        reader.close = { [database = bench.desk.database, person = try bench.desk.operatorID()] in
            _ = try? database.openBatch(promotion: "brightfizz-summer", label: "MB-0001", expected: 0, by: person)
            _ = try? database.closeBatch(promotion: "brightfizz-summer", label: "MB-0001", by: person)
        }
        #expect(await !bench.run("new").ok)
        #expect(bench.errors.contains("What was keyed of the card is kept"))
        #expect(try bench.entries().isEmpty)
        #expect(await bench.run("batch reopen MB-0001").ok)
        reader.answer("9/5/26")
        #expect(await bench.run("new").ok)
        #expect(try bench.entries().count == 1)
    }
}

/// Answers from a list, and does something before each answer.
private final class CheckingReader: LineReading {
    private struct State {
        var answers: [String]
        var kept: [Int] = []
        var database: FieldDatabase?
    }

    private let state: Mutex<State>

    init(_ answers: [String]) {
        state = Mutex(State(answers: answers))
    }

    var database: FieldDatabase? {
        get { state.withLock { $0.database } }
        set { state.withLock { $0.database = newValue } }
    }

    /// How many answers were in the file each time somebody was asked.
    var kept: [Int] { state.withLock { $0.kept } }

    func read(_ request: LineRequest) async -> LineInput {
        state.withLock { state in
            let drafts = (try? state.database?.drafts()) ?? []
            state.kept.append(drafts.first?.values.count ?? 0)
            return state.answers.isEmpty ? .end : .line(state.answers.removeFirst())
        }
    }
}

/// Answers from a list; before the last answer something happens elsewhere.
private final class ClosingReader: LineReading {
    private let state: Mutex<(answers: [String], close: (@Sendable () -> Void)?)>

    init(_ answers: [String]) {
        state = Mutex((answers, nil))
    }

    var close: (@Sendable () -> Void)? {
        get { state.withLock { $0.close } }
        set { state.withLock { $0.close = newValue } }
    }

    func answer(_ line: String) {
        state.withLock { $0.answers.append(line) }
    }

    func read(_ request: LineRequest) async -> LineInput {
        let (line, close) = state.withLock { state in
            let line = state.answers.isEmpty ? nil : state.answers.removeFirst()
            let close = line != nil && state.answers.isEmpty ? state.close : nil
            if close != nil { state.close = nil }
            return (line, close)
        }
        close?()
        return line.map { .line($0) } ?? .end
    }
}

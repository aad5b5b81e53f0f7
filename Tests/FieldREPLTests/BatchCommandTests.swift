import EntryModel
import FieldStore
import TestSupport
import Testing

@testable import FieldREPL

/// A tray of envelopes at the desk, counted until it adds up.
@MainActor
struct BatchCommandTests {
    private func desk(_ reader: (any LineReading)? = nil, envelopes: Int = 5) async throws -> TestDesk {
        let bench = try TestDesk(reader: reader)
        await bench.run("use brightfizz-summer")
        await bench.run("batch open MB-0142 --envelopes \(envelopes)")
        return bench
    }

    @Test("the control screen counts envelopes and names what is missing, put aside, and keyed twice")
    func screen() async throws {
        let bench = try await desk()
        for line in [
            "new zip=41649", "new zip=41650 --card 2", "exception empty", "void-envelope --reason unreadable", "new zip=1 --envelope 1",
        ] {
            #expect(await bench.run(line).ok, "\(line)")
        }
        let lines = await bench.run("batch status").out.split(separator: "\n").map(String.init)
        #expect(
            lines == [
                "BATCH    STATE  EXPECTED  OPENED  KEYED  VOID  EXCEPTIONS",
                "MB-0142  open          5       3      1     1           1  1 keyed twice",
                "3 entries.",
                "Exceptions: #2 empty",
                "Missing: #4-#5.",
                "Keyed twice: #1; `void` one of the two entries.",
                "3 of 3 cards to be keyed twice wait: `verify MB-0142`.",
            ])
        let batch = try #require(try await TestDesk.object(bench, "batch status")["batch"])
        #expect(batch["opened"]?.number == 3)
        #expect(batch["keyedTwice"]?.elements?.compactMap(\.number) == [1])
    }

    @Test("`batch close` refuses while the figures differ, says which envelopes, and changes nothing")
    func close() async throws {
        let bench = try await desk(envelopes: 3)
        await bench.run("new zip=41649 --envelope 2")
        let before = try bench.desk.database.unsentCount()
        #expect(await !bench.run("batch close").ok)
        #expect(bench.errors.contains("Batch MB-0142 does not add up and stays open. Missing: #1, #3."))
        #expect(try bench.desk.database.unsentCount() == before)
        await bench.run("exception foreign --envelope 1")
        await bench.run("exception e --envelope 3")
        #expect(await bench.run("batch close").out.contains("3 expected, 3 opened: 1 keyed + 0 void + 2 exceptions; 1 entry. complete"))
        #expect(await bench.run("batch reopen MB-0142").ok)
        await bench.run("exception none --envelope 3")
        #expect(await !bench.run("batch close").ok)
    }

    @Test("a batch of which nobody said how many envelopes it holds is not closed")
    func unknownNumber() async throws {
        let bench = try await desk()
        await bench.run("batch open MB-0143")
        await bench.run("new zip=41649")
        #expect(await !bench.run("batch close").ok)
        #expect(bench.errors.contains("`batch open MB-0143 --envelopes N`"))
        await bench.run("batch open MB-0143 --envelopes 1")
        #expect(await bench.run("batch close").ok)
    }

    @Test("the last envelope ends the keying, and the tray can be closed at once")
    func lastEnvelope() async throws {
        let card = Array(repeating: "", count: 13) + ["manual", "", "9/5/26"]
        let reader = ListReader((card + ["+"] + card).map { .line($0) })
        let bench = try await desk(reader, envelopes: 2)
        await bench.run("exception empty")
        let out = await bench.run("new").out
        #expect(out.contains("Entry ") && out.contains("MB-0142 #2.\n"))
        #expect(
            out.hasSuffix(
                "All 2 envelopes of MB-0142 were opened. `batch close` counts and closes it; `new --envelope N` keys one that is left.\n"))
        #expect(await bench.run("batch close").ok)
    }

    @Test("behind one card the next begins, and `+` says that it lies in the envelope before")
    func cardAfterCard() async throws {
        let card = Array(repeating: "", count: 13) + ["manual", "", "9/5/26"]
        let reader = ListReader((["+"] + card + card + ["+"] + card + ["."]).map { .line($0) })
        let bench = try await desk(reader)
        let out = await bench.run("new").out
        #expect(out.contains("No envelope was keyed yet"))
        #expect(out.hasSuffix("Keyed: 3 entries.\n"))
        let places = try bench.entries().compactMap(\.place)
        #expect(places.map(\.envelope) == [1, 2, 2])
        #expect(places.map(\.card) == [1, 1, 2])
        #expect(await bench.run("batch status").out.contains("3 entries."))
    }

    @Test("a card that was keyed already is named before it is keyed again")
    func twice() async throws {
        let bench = try await desk(ListReader([.interrupted]))
        await bench.run("new zip=41649")
        let short = EntryReference.short(try #require(try bench.entries().last).id)
        let out = await bench.run("new --envelope 1").out
        #expect(out.contains("MB-0142 #1 was keyed already, as entry \(short)"))
        #expect(await bench.run("new zip=41649 --envelope 1").out.contains("was keyed already"))
        #expect(await bench.run("new zip=41649 --envelope 1 --card 2").out.contains("was keyed already") == false)
    }

    @Test("an envelope with an entry is no exception, and made void with its entries")
    func envelopeWithEntry() async throws {
        let bench = try await desk()
        await bench.run("new zip=41649")
        await bench.run("new zip=41649 --card 2")
        #expect(await !bench.run("exception empty --envelope 1").ok)
        #expect(bench.errors.contains("`void-envelope 1`"))
        #expect(await bench.run("void-envelope 1").out.hasPrefix("MB-0142 #1 is void, and so are its 2 entries.\n"))
        #expect(try bench.entries().allSatisfy(\.isVoid))
        #expect(bench.desk.batch?.envelope == 2)
        for line in ["exception void", "exception Empty!", "exception none", "void-envelope 0", "void-envelope 3 --reason 'not good'"] {
            #expect(await !bench.run(line).ok, "\(line)")
        }
        await bench.run("batch leave")
        for line in ["exception empty", "void-envelope"] { #expect(await !bench.run(line).ok, "\(line)") }
    }

    @Test("who closed a batch and opened it again is on record and on the screen")
    func reopened() async throws {
        let bench = try await desk(envelopes: 1)
        for line in ["new zip=41649", "batch close", "operator Wanda", "batch reopen MB-0142"] { #expect(await bench.run(line).ok) }
        let out = await bench.run("batch status").out
        let closed = try #require(out.firstRange(of: " by Ana Lima."))
        let opened = try #require(out.firstRange(of: " by Wanda."))
        #expect(closed.lowerBound < opened.lowerBound)
        #expect(out.contains("Opened again 2026-"))
        let batch = try #require(try bench.desk.database.batch(promotion: "brightfizz-summer", label: "MB-0142"))
        #expect(batch.turns.map(\.state) == [.closed, .open])
    }

    @Test("a void in a closed batch flags it, although its envelopes still add up")
    func voidedSinceClosed() async throws {
        let bench = try await desk(envelopes: 1)
        for line in ["new zip=41649", "batch close"] { #expect(await bench.run(line).ok) }
        #expect(await bench.run("batch list").out.contains("complete"))
        await bench.run("void last")
        #expect(await bench.run("batch list").out.contains("differs since closed"))
        #expect(await bench.run("batch status MB-0142").out.contains("Since then 1 entry became void or counts again."))
        await bench.run("batch reopen MB-0142")
        #expect(await bench.run("batch close").out.contains("1 opened: 0 keyed + 1 void"))
        #expect(await bench.run("batch list").out.contains("differs since closed") == false)
    }

    @Test("a closed batch to which something is added elsewhere is flagged")
    func differsSinceClosed() async throws {
        let bench = try await desk(envelopes: 1)
        await bench.run("new zip=41649")
        #expect(await bench.run("batch close").ok)
        let entry = UniqueID.card(promotion: "p", batch: "ELSEWHERE", envelope: 2, card: 1)
        try bench.applyForeign(
            entry, CardPlace(batch: "MB-0142", envelope: 2).fields + [Assignment(field: "$channel", value: .text("mailIn"))])
        #expect(await bench.run("batch list").out.contains("differs since closed"))
        #expect(await bench.run("batch status MB-0142").out.contains("its figures differ since; `batch reopen` opens it."))
    }
}

extension CardPlace {
    fileprivate var fields: [Assignment] {
        [
            Assignment(field: "$batch", value: .text(batch)), Assignment(field: "$envelope", value: .integer(envelope)),
            Assignment(field: "$card", value: .integer(card)),
        ]
    }
}

extension TestDesk {
    /// What a command gives to programs, of the same file.
    fileprivate static func object(_ bench: TestDesk, _ line: String) async throws -> JSONValue {
        var name: String?
        let command = try #require(try CommandCatalogue.parse(line, name: &name))
        return .object(try await command.run(at: bench.desk).members)
    }
}

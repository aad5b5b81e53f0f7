import EntryModel
import FieldStore
import Synchronization
import TestSupport
import Testing

@testable import FieldREPL

/// How fast people key and how well, as a supervisor reads it.
@MainActor
struct StatsCommandTests {
    /// Answers of one card: a name, and Enter for all else but the postmark and the day.
    private static func card(_ name: String) -> [String] { ["Sandra", name] + Array(repeating: "", count: 11) + ["manual", "", "9/5/26"] }

    @Test("cards and keystrokes count by the hour at the form, and what was corrected counts with whoever keyed it")
    func keying() async throws {
        let reader = SlowReader(Self.card("Duong") + Self.card("Lee") + ["."], milliseconds: 2_000)
        let bench = try TestDesk(reader: reader)
        reader.clock = bench.clock
        for line in ["use brightfizz-summer", "batch open MB-0001 --envelopes 9", "new", "edit last family_name=Leigh"] {
            #expect(await bench.run(line).ok, "\(line)")
        }
        let lines = await bench.run("stats").out.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let each = Self.card("Duong").reduce(0) { $0 + $1.count + 1 }
        let all = each + Self.card("Lee").reduce(0) { $0 + $1.count + 1 }
        #expect(lines[0] == "OPERATOR  CARDS  CARDS/H  KEYS/H  KEYS/CARD")
        // 2 cards of 16 fields of 2 seconds: 64 seconds.
        let keysAnHour = Int((Double(all) * 3600 / 64).rounded())
        #expect(lines[1] == "Ana Lima      2      113    \(keysAnHour)       \(all / 2).\(all % 2 * 5)")
        #expect(lines[3] == "CORRECTED  OWN  OTHERS  CHECKED  WRONG     KNOWN  WRONG")
        #expect(lines[4].hasPrefix("Ana Lima     1       0        0      0  -"))
        let json = try await Self.object(bench, "stats --since today")
        let person = try #require(json["operators"]?.elements?.first)
        #expect(person["cards"]?.number == 2)
        #expect(person["keystrokes"]?.number == Int64(all))
        #expect(person["milliseconds"]?.number == 64_000)
        #expect(await bench.run("stats --since 2030-01-01").out == "Nobody has keyed anything here in that time.\n")
        #expect(await bench.run("stats --promotion county-fairs").out == "Nobody has keyed anything here in that time.\n")
        for line in ["stats --since yesterday", "stats --operator Nobody", "stats --promotion nothing"] {
            #expect(await !bench.run(line).ok, "\(line)")
        }
        #expect(!CommandHistory.mayKeep("stats --operator \"Ana Lima\"", commands: CommandCatalogue.usages))
    }

    @Test("a known card among the real ones is keyed like any other, is no entry, and its answers are compared field by field")
    func knownCards() async throws {
        let reader = SlowReader(Self.card("Marlow") + ["."], milliseconds: 500)
        let bench = try TestDesk(reader: reader)
        reader.clock = bench.clock
        let file = try bench.file(
            "known.csv",
            """
            batch,envelope,card,given_name,family_name,unit,postmark_kind
            MB-0001,1,1,Sandra,Marlowe,,manual
            MB-0001,x,1,Sandra,Marlowe,,manual

            """)
        for line in ["use brightfizz-summer", "batch open MB-0001 --envelopes 1"] { #expect(await bench.run(line).ok) }
        let taken = await bench.run("known import \(file)").out
        #expect(taken == "line 3 has an envelope that is no number from 1 to 999999\nKnown cards: 1 new, 0 already here, 1 not taken\n")
        #expect(await bench.run("known import \(file)").out.contains("0 new, 1 already here"))
        #expect(await bench.run("known list").out.contains("MB-0001 #1  not yet"))
        let out = await bench.run("new").out
        #expect(out.contains("MB-0001 #1 was a card whose answers are known; it is no entry."))
        #expect(try bench.entries().isEmpty)
        #expect(await !bench.run("show last").ok)
        #expect(await bench.run("known list").out.contains("Ana Lima  1 of 4"))
        #expect(await bench.run("batch status").out.contains("Exceptions: #1 known-answer"))
        #expect(await bench.run("batch close").ok)
        #expect(await bench.run("stats").out.contains("Known answers Ana Lima keyed otherwise: family_name 1 of 1."))
        #expect(await bench.run("known drop MB-0001").out.hasPrefix("0 known cards"))
        for line in ["known", "known import", "known list x", "known drop", "known forget MB-0001", "known import nothing.csv"] {
            #expect(await !bench.run(line).ok, "\(line)")
        }
        // What a known card says is shown to nobody.
        #expect(!bench.out.contains("Marlowe") && !bench.errors.contains("Marlowe"))
    }

    private static func object(_ bench: TestDesk, _ line: String) async throws -> JSONValue {
        var name: String?
        let command = try #require(try CommandCatalogue.parse(line, name: &name))
        return .object(try await command.run(at: bench.desk).members)
    }
}

/// A person who takes so long for each answer.
private final class SlowReader: LineReading {
    private let list: ListReader
    private let milliseconds: Int
    private let held = Mutex<ManualClock?>(nil)

    var clock: ManualClock? {
        get { held.withLock { $0 } }
        set { held.withLock { $0 = newValue } }
    }

    init(_ answers: [String], milliseconds: Int) {
        list = ListReader(answers.map { .line($0) })
        self.milliseconds = milliseconds
    }

    func read(_ request: LineRequest) async -> LineInput {
        clock?.advance(by: .milliseconds(milliseconds))
        return await list.read(request)
    }
}

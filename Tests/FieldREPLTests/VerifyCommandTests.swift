import EntryModel
import FieldStore
import TestSupport
import Testing

@testable import FieldREPL

/// Cards keyed a second time at the desk.
@MainActor
struct VerifyCommandTests {
    /// A desk with three cards keyed by Ana, at which Wanda sits now.
    private func desk(_ answers: String...) async throws -> (bench: TestDesk, reader: ListReader) {
        try await desk(answers.map { .line($0) })
    }

    private func desk(_ answers: [LineInput]) async throws -> (bench: TestDesk, reader: ListReader) {
        let reader = ListReader(answers)
        let bench = try TestDesk(reader: reader)
        for line in ["use brightfizz-summer", "batch open MB-0001 --envelopes 3"] { #expect(await bench.run(line).ok) }
        for name in ["Dương", "Nguyen", "Lee"] { #expect(await bench.run("new family_name=\(name)").ok) }
        #expect(await bench.run("operator Wanda").ok)
        return (bench, reader)
    }

    private func names(_ bench: TestDesk) throws -> [String] {
        try bench.entries().map { $0.value(of: "family_name")?.value.text ?? "" }
    }

    @Test("the card is keyed blind: nothing of the first keying is in the line, in brackets or on the screen before somebody decides")
    func blind() async throws {
        let (bench, reader) = try await desk("Duong", ".")
        let out = await bench.run("verify MB-0001").out
        #expect(out.contains("MB-0001 #1   keyed again, 1 of 3:"))
        #expect(out.contains("That differs from the first keying. Once more, from the card."))
        #expect(out.contains("Stopped; `verify MB-0001` goes on where this ended."))
        #expect(!out.contains("Dương"))
        #expect(reader.asked.allSatisfy { $0.initial.isEmpty && $0.history.isEmpty })
        #expect(reader.prompts == ["  Last name: ", "  Last name: "])
        #expect(try names(bench) == ["Dương", "Nguyen", "Lee"])
    }

    @Test("what agrees goes on at once; what differs twice is decided: what stands, the second keying, or a third text")
    func decided() async throws {
        let (bench, reader) = try await desk("Duong", "Duong", "3", "1", "Nguyễn", "Nguyễn", "2", "Li", "Le", "=Leigh")
        let (out, ok) = await bench.run("verify MB-0001")
        #expect(ok)
        #expect(out.contains("    1  Dương  Ana Lima, "))
        #expect(out.contains("    2  Duong  now"))
        #expect(out.contains("That is none of them."))
        #expect(out.hasSuffix("Keyed a second time: 3 fields of 3 cards; 3 differed, 2 changed.\n"))
        #expect(reader.asked.count == 10)
        #expect(try names(bench) == ["Dương", "Nguyễn", "Leigh"])
        #expect(await bench.run("batch status").out.contains("All 3 cards to be keyed twice are."))
        #expect(await bench.run("verify").out == "Nothing of MB-0001 waits to be keyed a second time.\n")
    }

    @Test("a second keying that is right the second time is verified without a question")
    func slip() async throws {
        let (bench, _) = try await desk("Duong", "Dương", "Nguyen", "Lee")
        #expect(await bench.run("verify").out.hasSuffix("Keyed a second time: 3 fields of 3 cards; 0 differed, 0 changed.\n"))
        #expect(await bench.run("show last").ok == false)
        let entry = try #require(try bench.entries().first)
        #expect(await bench.run("show \(entry.id)").out.contains("verified by Wanda here"))
        #expect(await bench.run("history \(entry.id)").out.contains("keyed again  by Wanda here"))
    }

    @Test("stopped in the middle, by a stop, by Ctrl-C or at the decision, it goes on where it was; who saw both keyings has looked")
    func goesOn() async throws {
        let (bench, reader) = try await desk([
            .line("Dương"), .interrupted, .line("Nguyễn"), .line("Nguyễn"), .interrupted, .line("Nguyen"), .line("Lee"),
        ])
        #expect(await bench.run("verify MB-0001").out.hasSuffix("Stopped; `verify MB-0001` goes on where this ended.\n"))
        #expect(await bench.run("batch status").out.contains("2 of 3 cards to be keyed twice wait: `verify MB-0001`."))
        #expect(await bench.run("verify MB-0001").out.contains("MB-0001 #2 "))
        #expect(await bench.run("verify MB-0001").out.hasPrefix("MB-0001 #2 "))
        #expect(reader.asked.count == 7)
        let peeked = try bench.entries().map { $0.verified.map(\.peeked) }
        #expect(peeked == [[false], [true], [false]])
    }

    @Test("a look at the first keying is shown once asked for, and stands in show, history and stats")
    func peek() async throws {
        let (bench, _) = try await desk("*", "Dương", "?", "\"", "<", "Nguyen", "\\Lee")
        let out = await bench.run("verify MB-0001").out
        #expect(out.contains("First keying: Dương  written down as looked at"))
        #expect(out.contains("Key what stands on the card"))
        #expect(out.contains("Nothing is repeated here") && out.contains("There is no way back"))
        let entry = try #require(try bench.entries().first)
        #expect(await bench.run("show \(entry.id)").out.contains("verified by Wanda here after a look"))
        #expect(await bench.run("history \(entry.id)").out.contains("agrees, after a look at the first keying"))
        let stats = await bench.run("stats").out.split(separator: "\n").map(String.init)
        #expect(stats.contains("KEYED AGAIN  FIELDS  FIELDS/H  DIFFERED  CHANGED  PEEKS"))
        #expect(stats.contains("Wanda             3         -         0        0      1"))
    }

    @Test("whoever keyed the cards is refused with why, also where nobody has a PIN")
    func ownCards() async throws {
        let (bench, _) = try await desk()
        #expect(await bench.run("operator Ana Lima").ok)
        #expect(await !bench.run("verify MB-0001").ok)
        #expect(bench.errors.contains("3 cards were keyed by you, and the second keying is another person's: `operator NAME` signs"))
        let id = try #require(try bench.entries().first).id
        #expect(await !bench.run("verify \(id) family_name=Dương").ok)
        #expect(bench.errors.contains("was keyed by you"))
        #expect(try bench.entries().allSatisfy { $0.verified.isEmpty })
    }

    @Test("a script keys again by values; what differs fails with the field's name alone, and changes nothing unless it says which stands")
    func script() async throws {
        let (bench, _) = try await desk()
        let ids = try bench.entries().map(\.id)
        #expect(await bench.run("verify \(ids[0]) family_name=Dương").ok)
        #expect(await !bench.run("verify \(ids[1]) family_name=Nguyễn").ok)
        #expect(bench.errors.contains("That differs from the first keying: family_name. Nothing was changed."))
        #expect(!bench.errors.contains("Nguyễn"))
        #expect(await bench.run("verify \(ids[1]) family_name=Nguyễn --take second").ok)
        #expect(await bench.run("verify \(ids[2]) family_name=Li --take first").ok)
        #expect(try names(bench) == ["Dương", "Nguyễn", "Lee"])
        for line in ["verify --take first", "verify family_name=x", "verify \(ids[0]) --take first", "verify MB-0001 --list"] {
            #expect(await !bench.run(line).ok, "\(line)")
        }
        #expect(!CommandHistory.mayKeep("verify 1f3a09c2 family_name=Duong", commands: CommandCatalogue.usages))
        let list = await bench.run("verify --list").out.split(separator: "\n").map(String.init)
        #expect(list == ["BATCH    TWICE  WAITING  FIELDS WAITING  FIELDS DONE", "MB-0001      3        0               0            3"])
    }

    @Test("a keyer does not verify, and sees the own figures only")
    func roles() async throws {
        let (bench, _) = try await desk("280413", "280413", "7702", "7702")
        #expect(await bench.run("operator Ana Lima").ok)
        #expect(await bench.run("operator --pin").ok)
        #expect(await bench.run("operator --add Bea").ok)
        bench.desk.become(try bench.desk.database.signIn("Bea", pin: "7702"))
        #expect(await !bench.run("verify MB-0001").ok)
        #expect(await !bench.run("stats --operator \"Ana Lima\"").ok)
        #expect(await bench.run("stats").out == "Nobody has keyed anything here in that time.\n")
        for line in ["known list", "known import x.csv"] { #expect(await !bench.run(line).ok) }
    }

    @Test("closing a batch says how many cards still wait to be keyed twice, and closes it")
    func closing() async throws {
        let (bench, _) = try await desk("Dương", ".")
        await bench.run("verify MB-0001")
        #expect(await bench.run("batch close").out.hasSuffix("2 of 3 cards to be keyed twice wait: `verify MB-0001`.\n"))
        #expect(await bench.run("batch list").out.contains("closed"))
    }
}

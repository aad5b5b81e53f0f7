import EntryModel
import FieldStore
import TestSupport
import Testing

@testable import FieldREPL

/// Signing in at the desk, and who may do what there.
@MainActor
struct OperatorCommandTests {
    /// A desk at which Ann, its supervisor, has chosen a PIN, and Bea keys.
    private func desk(_ reader: ListReader? = nil) async throws -> TestDesk {
        let bench = try TestDesk(reader: reader, operatorName: nil)
        bench.desk.become(try bench.desk.database.signIn("Ann", pin: nil))
        bench.desk.become(try bench.desk.database.setPIN("280413", of: "Ann"))
        _ = try bench.desk.database.addOperator("Bea", role: .keyer, pin: "7702")
        return bench
    }

    @Test("the first operator is offered a PIN, typed twice and unseen; a bad one and two different ones are asked for again")
    func first() async throws {
        let reader = ListReader(lines: "1234", "1234", "280413", "280431", "280413", "280413")
        let bench = try TestDesk(reader: reader, operatorName: nil)
        let (out, ok) = await bench.run("operator Ann Lee")
        #expect(ok)
        #expect(out.contains("You are the first operator of this station, and so its supervisor."))
        #expect(out.contains("digits in a row"))
        #expect(out.contains("The two were not the same."))
        #expect(out.hasSuffix("Signed in: Ann Lee, supervisor.\n"))
        #expect(reader.asked.allSatisfy { $0.isSecret && $0.history.isEmpty })
        #expect(try bench.desk.database.signIn("Ann Lee", pin: "280413").name == "Ann Lee")
        for text in [bench.out, bench.errors] { #expect(!text.contains("280413")) }
    }

    @Test("Enter leaves the station without PINs, and then roles bind nobody")
    func none() async throws {
        let bench = try TestDesk(reader: ListReader(lines: ""), operatorName: nil)
        #expect(await bench.run("operator Ann").out.hasSuffix("Signed in: Ann.\n"))
        #expect(await bench.run("operator Bea").out == "Signed in: Bea.\n")
        #expect(await bench.run("use brightfizz-summer").ok)
        #expect(await bench.run("export \(bench.folder.file("a.csv"))").ok)
        #expect(await bench.run("operator --list").out.contains("Nobody has a PIN"))
    }

    @Test("a wrong PIN says how many are left, the fifth locks, and who was signed in before stays so")
    func wrong() async throws {
        let bench = try await desk(ListReader(lines: "1111", "1111", "1111", "1111", "1111", "7702"))
        for left in ["4 more wrong ones", "3 more wrong ones", "2 more wrong ones", "One more wrong one"] {
            #expect(await !bench.run("operator Bea").ok)
            #expect(bench.errors.hasSuffix("That is not the PIN of Bea. \(left) and it is locked for a minute.\n"))
        }
        #expect(await !bench.run("operator Bea").ok)
        #expect(bench.errors.hasSuffix("A supervisor ends this with `operator --unlock NAME`.\n"))
        #expect(await !bench.run("operator Bea").ok)
        #expect(bench.desk.person?.name == "Ann")
        #expect(await bench.run("operator --unlock Bea").ok)
    }

    @Test("a keyer keys and corrects; what is a verifier's or a supervisor's says whose it is and does nothing")
    func roles() async throws {
        let bench = try await desk()
        bench.desk.become(try bench.desk.database.signIn("Bea", pin: "7702"))
        for line in ["use brightfizz-summer", "batch open MB-0001 --envelopes 1", "new given_name=Sandra", "edit last given_name=Sara"] {
            #expect(await bench.run(line).ok, "\(line)")
        }
        let file = bench.folder.file("a.csv")
        for line in [
            "resolve", "restore last", "export \(file)", "import \(file)", "reset --yes", "batch reopen MB-0001", "doctor --repair",
            "operator --add Cleo", "operator --change Bea --role supervisor", "operator --remove Ann", "operator --idle 0",
        ] {
            #expect(await !bench.run(line).ok, "\(line)")
        }
        #expect(bench.errors.contains("`export` is for supervisors, and Bea is a keyer. Nothing was changed."))
        #expect(bench.errors.contains("`resolve` is for verifiers and supervisors, and Bea is a keyer."))
        bench.desk.become(try bench.desk.database.setRole(.verifier, of: "Bea"))
        #expect(await bench.run("void last").ok)
        #expect(await bench.run("restore last").ok)
        #expect(await !bench.run("export \(file)").ok)
        bench.desk.become(try bench.desk.database.signIn("Ann", pin: "280413"))
        #expect(await bench.run("export \(file)").ok)
    }

    @Test("while PINs are asked for and nobody is signed in, nothing of the entries is shown")
    func signedOut() async throws {
        let bench = try await desk()
        #expect(await bench.run("use brightfizz-summer").ok)
        #expect(await bench.run("new given_name=Sandra family_name=Duong").ok)
        #expect(await bench.run("operator --out").ok)
        for line in ["show last", "find duong", "list", "history last", "conflicts", "draft drop", "promotions"] {
            #expect(await !bench.run(line).ok, "\(line)")
            #expect(bench.out.isEmpty)
        }
        for line in ["status", "help", "help new", "operator"] { #expect(await bench.run(line).ok, "\(line)") }
    }

    @Test("a supervisor adds, changes and removes operators; every change carries who made it")
    func administers() async throws {
        let bench = try await desk(ListReader(lines: "4471", "4471", "4471", "9135", "9135", "9135"))
        #expect(await bench.run("operator --add \"Cleo Park\" --role verifier").out == "Cleo Park may sign in as a verifier.\n")
        #expect(await bench.run("operator Cleo Park").out == "Signed in: Cleo Park, verifier.\n")
        #expect(await bench.run("use brightfizz-summer").ok)
        #expect(await bench.run("new given_name=Sandra").ok)
        #expect(await bench.run("operator --pin").ok)
        #expect(await bench.run("history last").out.contains("keyed  by Cleo Park here"))
        bench.desk.become(try bench.desk.database.signIn("Ann", pin: "280413"))
        #expect(await bench.run("operator Cleo Park").ok)
        bench.desk.become(try bench.desk.database.signIn("Ann", pin: "280413"))
        #expect(await bench.run("operator --change \"Cleo Park\" --role keyer").out == "Cleo Park is a keyer.\n")
        #expect(await !bench.run("operator --remove Ann").ok)
        #expect(await bench.run("operator --remove \"Cleo Park\"").ok)
        #expect(await bench.run("operator --list").out.contains("may not sign in"))
        #expect(await bench.run("operator --idle 5").out == "The desk locks after 5 minutes without a key.\n")
        #expect(await !bench.run("operator --list --out").ok)
        #expect(await !bench.run("operator --role keyer").ok)
    }

    @Test("a script signs in with the PIN from its environment, and lines with names stay out of the history")
    func script() async throws {
        let bench = try await desk()
        bench.desk.signOut()
        #expect(await !bench.run("operator Bea").ok)
        #expect(bench.errors.contains("FIELDENTRY_PIN"))
        bench.desk.givenPIN = "7702"
        #expect(await bench.run("operator Bea").ok)
        for line in ["operator Bea", "operator --add Bea", "operator --unlock Bea", "operator --change Bea --pin"] {
            #expect(!CommandHistory.mayKeep(line, commands: CommandCatalogue.usages))
        }
        #expect(CommandHistory.mayKeep("operator --list", commands: CommandCatalogue.usages))
    }

    @Test("a desk left alone locks: the screen is wiped, the PIN unlocks it, and the line goes on where it was")
    func idle() async throws {
        let reader = ListReader([.line("Sandra"), .idle("Du"), .line("1111"), .line("7702"), .line("Duong"), .end])
        let locking = LockingReader(reader)
        let bench = try TestDesk(form: .terminal(width: 80, colours: false), reader: locking, operatorName: nil)
        locking.desk = bench.desk
        _ = try bench.desk.database.signIn("Ann", pin: nil)
        _ = try bench.desk.database.setPIN("280413", of: "Ann")
        _ = try bench.desk.database.addOperator("Bea", role: .keyer, pin: "7702")
        bench.desk.become(try bench.desk.database.signIn("Bea", pin: "7702"))
        await bench.run("use brightfizz-summer")
        let (out, _) = await bench.run("new")
        #expect(out.contains("\u{1B}[H\u{1B}[2J\u{1B}[3JLocked."))
        #expect(out.contains("That is not the PIN of Bea."))
        let prompts = reader.asked
        #expect(prompts.map(\.isSecret) == [false, false, true, true, false, false])
        #expect(prompts[0].idleSeconds == 600)
        #expect(prompts[4].prompt.plain == prompts[1].prompt.plain && prompts[4].initial == "Du")
        #expect(try bench.desk.database.drafts().first?.values.map(\.keyed.text) == ["Sandra", "Duong"])
    }

    @Test("Ctrl-D at the lock ends the program with the card kept; without a PIN nothing locks")
    func leaves() async throws {
        let reader = ListReader([.line("Sandra"), .idle("Du"), .end])
        let locking = LockingReader(reader)
        let bench = try TestDesk(reader: locking, operatorName: nil)
        locking.desk = bench.desk
        bench.desk.become(try bench.desk.database.signIn("Ann", pin: nil))
        await bench.run("use brightfizz-summer")
        _ = await locking.read(LineRequest(prompt: ""))
        #expect(reader.asked.last?.idleSeconds == nil)
        bench.desk.become(try bench.desk.database.setPIN("280413", of: "Ann"))
        #expect(await locking.read(LineRequest(prompt: "x")) == .end)
        try bench.desk.database.setIdleMinutes(0)
        _ = await locking.read(LineRequest(prompt: ""))
        #expect(reader.asked.last?.idleSeconds == nil)
    }
}

import EntryModel
import FieldStore
import Foundation
import TestSupport
import Testing

@testable import FieldREPL

/// The form of a kiosk, field by field, and the locked desk around it.
@MainActor
struct KioskFormTests {
    private let card = ["Sandra", "Dương", "", "7801 Oak Boulevard", "", "41649", "", "", "", "", "6/21/67", "yes", "no"]

    private func bench(_ inputs: [LineInput]) throws -> (TestDesk, ListReader) {
        let reader = ListReader(inputs)
        let bench = try TestDesk(form: .terminal(width: 80, colours: false), reader: reader)
        bench.desk.become(try bench.desk.database.setPIN("280413", of: "Ana Lima"))
        return (bench, reader)
    }

    private var leaving: [LineInput] { [.line(KioskRun.leaving), .line("280413")] }

    @Test("a kiosk takes entry after entry, each with a wiped screen before and after it, until the PIN ends it")
    func takes() async throws {
        let lines = card.map { LineInput.line($0) }
        let (bench, reader) = try bench(lines + lines + leaving)
        let (out, ok) = await bench.run("kiosk brightfizz-summer")
        #expect(ok)
        #expect(out.hasSuffix("The kiosk is closed; it took 2 entries.\n"))
        #expect(out.components(separatedBy: "\u{1B}[3J").count == 5)
        let entries = try bench.entries()
        #expect(entries.count == 2)
        #expect(entries.allSatisfy { $0.channel == .kiosk && $0.place == nil })
        #expect(entries[0].value(of: "city")?.value == .text("Martin"))
        #expect(entries[0].value(of: "received_date")?.value != nil)
        #expect(!reader.prompts.contains { $0.contains("Postmark") || $0.contains("Received") })
        // Nothing of the first person is offered to the second.
        #expect(reader.asked.allSatisfy { $0.history.isEmpty && $0.initial.isEmpty })
        #expect(!reader.prompts.dropFirst(card.count).contains { $0.contains("Sandra") || $0.contains("Dương") })
    }

    @Test("a consent is shown in full, is never offered, and is answered by a plain yes or no")
    func consents() async throws {
        let begun = card.dropLast(2).map { LineInput.line($0) }
        let answers: [LineInput] = [.line(""), .line("perhaps"), .line("y"), .line("<"), .line(""), .line("no"), .line("n")]
        let (bench, reader) = try bench(begun + answers + leaving)
        let out = await bench.run("kiosk brightfizz-summer").out
        let promotion = try #require(try bench.desk.database.promotion("brightfizz-summer"))
        // Broken at blanks where the terminal's lines end, and otherwise as it is.
        let words = out.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        for field in promotion.askedFields { if let wording = field.wording { #expect(words.contains(wording.text)) } }
        #expect(out.components(separatedBy: "Please answer yes or no.").count == 4)
        #expect(!reader.prompts.contains { $0.contains("[yes]") || $0.contains("[true]") || $0.contains("[y]") })
        let entry = try #require(try bench.entries().first)
        #expect(entry.value(of: "client_opt_in")?.value == .bool(false))
        #expect(entry.value(of: "house_opt_in")?.value == .bool(false))
    }

    @Test("a child is refused at the birth date, and neither entry nor draft of it is there", arguments: ["6/21/2020", "1/2/2015"])
    func child(birth: String) async throws {
        let begun = card.prefix(10).map { LineInput.line($0) }
        let (bench, _) = try bench(begun + [.line(birth)] + leaving)
        let out = await bench.run("kiosk brightfizz-summer").out
        #expect(out.contains("or older to enter; nothing was kept."))
        #expect(out.hasSuffix("it took 0 entries.\n"))
        #expect(try bench.entries().isEmpty)
        #expect(try bench.desk.database.drafts().isEmpty)
        #expect(try bench.desk.database.status().changes == 3)
    }

    @Test("whoever stops in the middle leaves nothing, by a pause, Ctrl-C or Ctrl-D", arguments: [LineInput.idle("Du"), .interrupted])
    func abandoned(input: LineInput) async throws {
        let (bench, reader) = try bench([.line("Sandra"), input] + leaving)
        let (out, ok) = await bench.run("kiosk brightfizz-summer --timeout 30")
        #expect(ok && out.hasSuffix("it took 0 entries.\n"))
        #expect(try bench.desk.database.drafts().isEmpty)
        #expect(reader.asked[0].idleSeconds == LineRequest.never)
        #expect(reader.asked[1].idleSeconds == 30)
        #expect(reader.prompts[2] == reader.prompts[0])
    }

    @Test("a wrong PIN leads back to the form, and the fifth locks like everywhere")
    func wrongPIN() async throws {
        let wrong = (0..<5).flatMap { _ in [LineInput.line(KioskRun.leaving), .line("1111")] }
        let (bench, reader) = try bench(wrong + leaving)
        _ = await bench.run("kiosk brightfizz-summer")
        // The right one came within the minute and did not count; then the terminal was gone.
        #expect(reader.asked.count { $0.isSecret } == 6)
        #expect(bench.out.contains("none of Ana Lima is taken for another 60 seconds"))
    }

    @Test("only who has a PIN can begin a kiosk, because only a PIN ends it")
    func needsPIN() async throws {
        let bench = try TestDesk(reader: ListReader([]))
        #expect(await !bench.run("kiosk brightfizz-summer").ok)
        #expect(bench.errors.contains("Only a PIN ends a kiosk"))
        #expect(await !(try TestDesk()).run("kiosk brightfizz-summer").ok)
    }
}

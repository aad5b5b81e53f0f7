import EntryModel
import FieldStore
import TestSupport
import Testing

@testable import FieldREPL

/// Keying field by field, as a person does it.
@MainActor
struct KeyingTests {
    private func promotion() throws -> Promotion {
        let bench = try TestDesk()
        return try #require(try bench.desk.database.promotion("brightfizz-summer"))
    }

    private func form(last: [String: String] = [:]) throws -> KeyingForm {
        let today = try #require(CalendarDate("2026-09-20"))
        let postal = try PostalTable.installed()
        return KeyingForm(check: FormCheck(promotion: try promotion(), postal: postal), postal: postal, last: last, today: today)
    }

    /// Answers fields with a blank until the one of that id stands.
    private func go(_ form: inout KeyingForm, to field: String) {
        while form.field.id != field { _ = form.take("") }
    }

    @Test("a whole card is keyed field by field, and blanks are no answers")
    func wholeCard() async throws {
        let answers = [
            "Sandra", "Dương", "", "7801 Oak Boulevard", "", "41649", "Martin", "ky", "", "606-298-0990", "6/21/67", "yes", "", "manual",
            "9/26/2026", "9/30/2026",
        ]
        let reader = ListReader(answers.map { .line($0) })
        let bench = try TestDesk(reader: reader)
        await bench.run("use brightfizz-summer")
        await bench.run("batch open MB-0001")
        let (out, ok) = await bench.run("new")
        #expect(ok)
        #expect(out.contains("MB-0001 #1."))
        #expect(reader.prompts.first == "  First name: ")
        #expect(reader.prompts.contains("  Hear from Brightfizz? (yes/no, blank is no answer): "))
        #expect(reader.asked.allSatisfy { $0.history.isEmpty && $0.initial.isEmpty })
        let entry = try #require(try bench.entries().last)
        #expect(entry.value(of: "birth_date")?.value == .text("1967-06-21"))
        #expect(entry.value(of: "client_opt_in")?.value == .bool(true))
        #expect(entry.value(of: "client_opt_in")?.wording == Versioned(id: "brightfizz-card-client", version: 1))
        #expect(entry.value(of: "house_opt_in")?.value ?? .null == .null)
        #expect(out.contains("Postmarked after the last day that counts"))
    }

    @Test("what carries forward is offered for the next card and taken by Enter; a hyphen clears it")
    func carryForward() async throws {
        func answers(_ kind: String, _ received: String) -> [LineInput] {
            (Array(repeating: "", count: 13) + [kind, "", received]).map { .line($0) }
        }
        let reader = ListReader(answers("manual", "2026-09-01") + answers("", "-"))
        let bench = try TestDesk(reader: reader)
        await bench.run("use brightfizz-summer")
        await bench.run("new")
        await bench.run("new")
        #expect(reader.prompts.filter { $0.contains("[manual]") }.count == 1)
        #expect(reader.prompts.filter { $0.contains("[2026-09-01]") }.count == 1)
        let entry = try #require(try bench.entries().last)
        #expect(entry.value(of: "postmark_kind")?.value == .text("manual"))
        #expect(entry.value(of: "received_date")?.value ?? .null == .null)
    }

    @Test("what cannot be right is asked for once more, and then kept: by Enter, or keyed again; a blank is kept at once")
    func findings() throws {
        for second in ["", "4164"] {
            var form = try form()
            go(&form, to: "street")
            #expect(
                form.take("")
                    == .ask([Finding(field: "street", code: "missing", severity: .error, message: "The field is required and blank.")]))
            go(&form, to: "zip")
            guard case .again(let findings) = form.take("4164") else {
                Issue.record("it was taken at once")
                return
            }
            #expect(findings.map(\.code) == ["impossible"])
            #expect(form.field.id == "zip")
            #expect(form.offered == "4164")
            guard case .ask = form.take(second) else {
                Issue.record("it was not taken the second time")
                return
            }
            #expect(form.field.id == "city")
            #expect(form.values.last?.keyed == Keyed(text: "4164"))
        }
    }

    @Test("another wrong value is asked for once more as well, and the right one goes on")
    func corrected() throws {
        var form = try form()
        go(&form, to: "zip")
        for wrong in ["4164", "416499"] {
            guard case .again = form.take(wrong) else {
                Issue.record("\(wrong) was taken")
                return
            }
        }
        #expect(form.take("41649") == .ask([]))
        #expect(form.values.last?.keyed == Keyed(text: "41649"))
    }

    @Test("`<` goes back to an answer, which Enter keeps")
    func back() throws {
        var form = try form()
        _ = form.take("Sandra")
        #expect(form.take("<") == .ask([]))
        #expect(form.field.id == "given_name")
        #expect(form.offered == "Sandra")
        _ = form.take("")
        #expect(form.values.first?.keyed == Keyed(text: "Sandra"))
        _ = form.take("<")
        _ = form.take("<")
        #expect(form.field.id == "given_name")
    }

    @Test("a consent is offered nothing, not even this card's own earlier answer")
    func consentIsNeverOffered() throws {
        var form = try form(last: ["client_opt_in": "yes", "birth_date": "1967-06-21"])
        go(&form, to: "birth_date")
        #expect(form.offered == nil)
        _ = form.take("")
        #expect(form.offered == nil)
        _ = form.take("yes")
        _ = form.take("<")
        #expect(form.field.id == "client_opt_in")
        #expect(form.offered == nil)
        _ = form.take("")
        #expect(form.values.last == nil || form.values.last?.field == "client_opt_in" && form.values.last?.keyed.text == "")
    }

    @Test("the keys work, and a value that looks like one is typed with a backslash")
    func keys() throws {
        var form = try form()
        #expect(form.take("?") == .help)
        #expect(form.take(".") == .stopped)
        #expect(form.take("cancel") == .stopped)
        _ = form.take("\\cancel")
        _ = form.take("!D??ng")
        _ = form.take("!")
        #expect(
            form.values.map(\.keyed) == [
                Keyed(text: "cancel"), Keyed(text: "D??ng", flag: "illegible"), Keyed(text: "", flag: "illegible"),
            ])
        _ = form.take("<")
        _ = form.take("")
        #expect(form.values.map(\.keyed.flag) == [nil, "illegible", "illegible"])
    }

    @Test("`.` gives the card up, and nothing of it is kept", arguments: [".", "cancel"])
    func givenUp(line: String) async throws {
        let bench = try TestDesk(reader: ListReader(lines: "Sandra", line))
        await bench.run("use brightfizz-summer")
        let (out, ok) = await bench.run("new")
        #expect(ok)
        #expect(out.hasSuffix("Given up; nothing of it was kept.\n"))
        #expect(try bench.entries().isEmpty)
        #expect(try bench.desk.database.drafts().isEmpty)
    }

    @Test("the help of a field shows its choices, and of a consent the words")
    func help() throws {
        let promotion = try promotion()
        func help(_ id: String) throws -> String {
            FieldHint.help(try #require(promotion.field(id))).map(\.plain).joined(separator: "\n")
        }
        #expect(try help("suffix").contains("II: The second"))
        #expect(try help("client_opt_in").contains("Brightfizz may send me offers"))
    }
}

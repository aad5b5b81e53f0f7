import EntryModel
import FieldStore
import TestSupport
import Testing

@testable import FieldREPL

/// What saves an operator keystrokes: what the ZIP code fills in, the last card's values, first letters, reasons by their first letter.
@MainActor
struct KeyingConvenienceTests {
    private func form(last: [String: String] = [:]) throws -> KeyingForm {
        let promotion = try #require(try TestDesk().desk.database.promotion("brightfizz-summer"))
        let postal = try PostalTable.installed()
        let today = try #require(CalendarDate("2026-09-20"))
        return KeyingForm(check: FormCheck(promotion: promotion, postal: postal), postal: postal, last: last, today: today)
    }

    private func go(_ form: inout KeyingForm, to field: String) {
        while form.field.id != field { _ = form.take("") }
    }

    private func text(_ form: KeyingForm, _ field: String) -> String? { form.values.last { $0.field == field }?.keyed.text }

    @Test("a ZIP code fills in city and state, which Enter takes; nine digits do so without a hyphen", arguments: ["41649", "416491234"])
    func fills(zip: String) throws {
        var form = try form()
        go(&form, to: "zip")
        _ = form.take(zip)
        #expect(form.offered == "Martin")
        #expect(form.prompt.plain == "  City [Martin]: ")
        _ = form.take("")
        #expect(form.offered == "KY")
        _ = form.take("")
        #expect(text(form, "city") == "Martin")
        #expect(text(form, "state") == "KY")
    }

    @Test("what is on the card counts: another city is taken as keyed, and a hyphen leaves it blank")
    func ownCity() throws {
        var form = try form()
        go(&form, to: "zip")
        _ = form.take("41649")
        _ = form.take("Hueysville")
        #expect(text(form, "city") == "Hueysville")
        _ = form.take("<")
        #expect(form.offered == "Hueysville")
        _ = form.take("-")
        #expect(text(form, "city") == "")
    }

    @Test("where a ZIP code has several cities they are numbered, and a number takes one")
    func severalCities() throws {
        var form = try form()
        go(&form, to: "zip")
        _ = form.take("41635")
        #expect(form.offered == "Harold")
        #expect(form.cities == ["Harold", "Craynor", "Galveston"])
        #expect(form.cityChoice == "1 Harold, 2 Craynor, 3 Galveston")
        _ = form.take("3")
        #expect(text(form, "city") == "Galveston")
    }

    @Test("another ZIP code fills in anew, but not over what was keyed by hand")
    func otherZIP() throws {
        var form = try form()
        go(&form, to: "zip")
        for answer in ["41649", "", "", "<", "<", "<"] { _ = form.take(answer) }
        #expect(form.field.id == "zip")
        _ = form.take("46561")
        #expect(form.offered == "Osceola")
        _ = form.take("")
        #expect(form.offered == "IN")
    }

    @Test("a ZIP code that is none, or that the table does not have, fills in nothing", arguments: ["4164", "00000", ""])
    func noPlace(zip: String) throws {
        var form = try form()
        go(&form, to: "zip")
        if case .again = form.take(zip) { _ = form.take("") }
        #expect(form.field.id == "city")
        #expect(form.offered == nil)
    }

    @Test("a quotation mark repeats what the last card says, but no consent and no birth date")
    func ditto() throws {
        var form = try form(
            last: ["family_name": "Dương", "client_opt_in": "yes", "birth_date": "1967-06-21", "house_opt_in": "yes"])
        guard case .refused = form.take("\"") else {
            Issue.record("the last card said nothing there")
            return
        }
        _ = form.take("Ana")
        #expect(form.take("\"") == .ask([]))
        #expect(text(form, "family_name") == "Dương")
        for field in ["birth_date", "client_opt_in", "house_opt_in"] {
            go(&form, to: field)
            guard case .refused = form.take("\"") else {
                Issue.record("\(field) was repeated")
                return
            }
        }
        _ = form.take("\\\"")
        #expect(text(form, "house_opt_in") == "\"")
    }

    @Test("consents, birth dates and flagged values are not handed on to the next card")
    func handedOn() throws {
        var form = try form()
        for answer in [
            "Sandra", "!Duo", "", "7801 Oak Boulevard", "", "41649", "", "", "", "", "6/21/67", "yes", "no", "manual", "", "9/5/26",
        ] {
            _ = form.take(answer)
        }
        #expect(Set(form.repeatableTexts.keys).isDisjoint(with: ["birth_date", "client_opt_in", "house_opt_in", "family_name"]))
        #expect(form.repeatableTexts["given_name"] == "Sandra")
    }

    @Test(
        "a choice is taken by its first letters when only one begins so", arguments: [("j", "Jr"), ("s", "Sr"), ("II", "II"), ("iv", "IV")])
    func firstLetters(typed: String, value: String) throws {
        var form = try form()
        go(&form, to: "suffix")
        _ = form.take(typed)
        let answer = try #require(form.values.last).keyed
        let field = try #require(form.fields.first { $0.id == "suffix" })
        #expect(form.check.assignment(for: field, keyed: answer, received: nil).assignment.value == .text(value))
    }

    @Test(
        "a state is taken by the first letters of its name when only one begins so; its two letters are its two letters",
        arguments: [("ken", "KY"), ("Ke", "KY"), ("tex", "TX"), ("ma", "MA"), ("new m", "NM"), ("district", "DC"), ("dc", "DC")])
    func states(typed: String, code: String) throws {
        var form = try form()
        go(&form, to: "state")
        _ = form.take(typed)
        let answer = try #require(form.values.last).keyed
        #expect(form.check.assignment(for: form.fields[7], keyed: answer, received: nil).assignment.value == .text(code))
    }

    @Test("the beginning of several states' names is asked about", arguments: ["new", "Mi s", "xx"])
    func noState(typed: String) throws {
        var form = try form()
        go(&form, to: "state")
        guard case .again = form.take(typed) else {
            Issue.record("\(typed) was taken")
            return
        }
    }

    @Test("letters with which several choices begin are asked about")
    func ambiguous() throws {
        var form = try form()
        go(&form, to: "postmark_kind")
        guard case .again = form.take("ma") else {
            Issue.record("machine or manual?")
            return
        }
        _ = form.take("mac")
        #expect(text(form, "postmark_kind") == "machine")
    }

    @Test(
        "`!` keeps a value with a reason, by its first letter",
        arguments: [
            ("!", Keyed(text: "", flag: "illegible")), ("!i", Keyed(text: "", flag: "illegible")), ("!b", Keyed(text: "", flag: "blank")),
            ("!crossed", Keyed(text: "", flag: "crossed-out")), ("!o 12 Elm", Keyed(text: "12 Elm", flag: "other")),
            ("!Elm", Keyed(text: "Elm", flag: "illegible")), ("! o", Keyed(text: "o", flag: "illegible")),
        ])
    func reasons(typed: String, keyed: Keyed) throws {
        var form = try form()
        go(&form, to: "street")
        _ = form.take(typed)
        #expect(form.values.last?.keyed == keyed)
    }

    @Test("`!` behind a value that failed keeps that value with the reason")
    func flagsWhatFailed() throws {
        var form = try form()
        go(&form, to: "zip")
        _ = form.take("4164")
        _ = form.take("!c")
        #expect(form.values.last?.keyed == Keyed(text: "4164", flag: "crossed-out"))
        #expect(form.field.id == "city")
    }

    @Test("pasted text, combining marks and names written from right to left are kept as one normal text")
    func otherText() throws {
        var form = try form()
        _ = form.take("  Jose\u{301}\t Mari\u{301}a \n")
        _ = form.take("محمد")
        let promotion = form.check.promotion
        let checked = form.check.check(form.values, received: nil)
        #expect(checked.assignments.first?.value == .text("Jos\u{E9} Mar\u{ED}a"))
        #expect(checked.assignments.dropFirst().first?.value == .text("محمد"))
        #expect(promotion.id == "brightfizz-summer")
    }
}

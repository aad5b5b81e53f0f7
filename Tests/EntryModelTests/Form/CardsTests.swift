import EntryModel
import Foundation
import TestSupport
import Testing

/// All 2,400 sample cards through the checks, against what is known to be wrong on each.
@Suite struct CardsTests {
    struct Checked {
        var card: SampleCard
        var entry: CheckedEntry

        func assignment(_ field: String) -> Assignment? { entry.assignments.first { $0.field == field } }
        func codes(_ field: String) -> Set<String> { Set(entry.findings.filter { $0.field == field }.map(\.code)) }
    }

    let cards: [Checked]

    init() throws {
        let check = FormCheck(promotion: try SamplePromotion.load("brightfizz-summer"), postal: try PostalTable.installed())
        cards = SampleCard.all.map { card in Checked(card: card, entry: check.check(card.keyed, received: nil)) }
        try #require(cards.count == 2_400)
    }

    /// The cards on which something was planted must be exactly those on which this was found.
    private func expectExactly(_ planted: String, _ found: (Checked) -> Bool) {
        let wrong = cards.filter { $0.card.planted.contains(planted) != found($0) }
        #expect(wrong.isEmpty, "\(planted): \(wrong.prefix(3).map(\.card.columns))")
        #expect(cards.contains { $0.card.planted.contains(planted) })
    }

    @Test("each card gives one value a field, in the form's order, and no field is unknown")
    func shape() throws {
        let ids = try SamplePromotion.load("brightfizz-summer").form.map(\.id)
        #expect(cards.allSatisfy { $0.entry.assignments.map(\.field) == ids })
        #expect(!cards.contains { $0.entry.findings.contains { $0.code == FindingCode.unknownField.rawValue } })
    }

    @Test("exactly the planted impossible dates are flagged, and kept as they stand")
    func badDates() {
        expectExactly("bad_date") { $0.assignment("birth_date")?.flag == "impossible" }
        for card in cards where card.card.planted.contains("bad_date") {
            #expect(card.assignment("birth_date")?.value == .text(card.card.text("birth_date")))
        }
        let impossible = cards.flatMap(\.entry.assignments).filter { $0.flag == "impossible" }
        #expect(impossible.count == cards.filter { $0.card.planted.contains("bad_date") }.count)
    }

    @Test("every two-digit birth year is in the century of the person's other cards, and not after the receipt")
    func twoDigitYears() throws {
        expectExactly("two_digit_year") { $0.assignment("birth_date")?.keyed?.utf8.count == 8 }
        var known: [String: Set<String>] = [:]
        for card in cards where card.card.text("birth_date").utf8.dropFirst(4).first == UInt8(ascii: "-") {
            known[card.card.person, default: []].insert(card.card.text("birth_date"))
        }
        var compared = 0
        for card in cards where card.card.planted.contains("two_digit_year") {
            let birth = try #require(card.assignment("birth_date")?.value.text.flatMap { CalendarDate($0) })
            let received = try #require(CalendarDate(card.card.text("received_date")))
            #expect(birth <= received && birth.years(until: received) < 100)
            guard let others = known[card.card.person] else { continue }
            #expect(others.contains(birth.description), "\(card.card.text("birth_date")) of \(others)")
            compared += 1
        }
        #expect(compared == 42)
    }

    @Test("every wrong ZIP code is found, and no right one is doubted")
    func wrongZIPs() {
        let codes: Set<String> = ["zip-state", "zip-city", "unknown-zip"]
        for card in cards {
            let found = !card.codes("zip").isDisjoint(with: codes)
            if card.card.planted.contains("wrong_zip") {
                #expect(found, "\(card.card.columns)")
            } else if found {
                // A typing error in the city's name disagrees with the ZIP code, too.
                #expect(card.card.planted.contains("typo"), "\(card.card.columns)")
            }
        }
    }

    @Test("exactly the blank ZIP codes are missing")
    func missingZIPs() {
        expectExactly("no_zip") { $0.codes("zip") == ["missing"] && $0.assignment("zip")?.flag == "missing" }
    }

    @Test("exactly who was not yet 18 on the day of receipt is under age, all planted minors among them")
    func minors() throws {
        for card in cards {
            let isMinor = card.codes("birth_date").contains("under-age")
            if card.card.planted.contains("minor") { #expect(isMinor) }
            guard let birth = card.assignment("birth_date")?.value.text, birth.utf8.count == 10, CalendarDate(birth) != nil else {
                continue
            }
            // Dates sort as texts: 18 years back from the day of receipt.
            let year = try #require(Int(card.card.text("received_date").prefix(4)))
            #expect(isMinor == (birth > "\(year - 18)\(card.card.text("received_date").dropFirst(4))"), "\(birth)")
        }
    }

    @Test("exactly the late cards are late, by postmark or by receipt")
    func late() {
        expectExactly("late") { $0.codes("postmark_date").contains("late") || $0.codes("received_date").contains("late") }
        #expect(!cards.contains { !$0.codes("received_date").isDisjoint(with: ["early"]) || $0.codes("postmark_date").contains("early") })
    }

    @Test("an illegible field is flagged, blank and not called missing")
    func illegible() {
        expectExactly("illegible") { $0.entry.assignments.contains { $0.flag == "illegible" && $0.value == .null } }
        for card in cards where card.card.planted.contains("illegible") {
            #expect(!card.entry.findings.contains { $0.code == "missing" })
        }
    }

    @Test("a consent is the card's own yes or no with its wording, or nothing")
    func consents() {
        for card in cards {
            for (field, wording) in [("client_opt_in", "brightfizz-card-client/1"), ("house_opt_in", "brightfizz-card-house/1")] {
                let expected: Scalar =
                    switch card.card.text(field) {
                    case "yes": .bool(true)
                    case "no": .bool(false)
                    default: .null
                    }
                #expect(card.assignment(field)?.value == expected)
                #expect(card.assignment(field)?.wording?.description == (expected.isNull ? nil : wording))
            }
        }
    }

    @Test("every phone number is E.164 with what was keyed beside it, every e-mail address stands as it was keyed")
    func addresses() {
        for card in cards where !card.card.text("phone").isEmpty {
            let digits = card.card.text("phone").filter(\.isNumber)
            #expect(card.assignment("phone")?.value == .text("+1\(digits)"))
            #expect(card.assignment("phone")?.keyed == card.card.text("phone"))
        }
        for card in cards where !card.card.text("email").isEmpty {
            #expect(card.assignment("email")?.value == .text(card.card.text("email")))
            #expect(card.assignment("email")?.keyed == nil)
        }
    }

    @Test("checking an entry across its stored values finds what checking it at capture found")
    func across() throws {
        let check = FormCheck(promotion: try SamplePromotion.load("brightfizz-summer"), postal: try PostalTable.installed())
        let single: Set<String> = ["missing", "illegible", "impossible"]
        for card in cards {
            let again = check.findings(across: { card.assignment($0)?.value }, received: nil)
            #expect(Set(again) == Set(card.entry.findings.filter { !single.contains($0.code) }))
        }
    }
}

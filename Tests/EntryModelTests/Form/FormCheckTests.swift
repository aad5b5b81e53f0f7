import EntryModel
import Foundation
import TestSupport
import Testing

@Suite struct FormCheckTests {
    static func check(_ fields: String, more: String = "") throws -> FormCheck {
        FormCheck(promotion: try SamplePromotion.with(fields, more: more), postal: try PostalTableTests.saintLouis())
    }

    static let address = #"""
        {"id":"name","kind":"personName","label":"Name","required":true},{"id":"zip","kind":"postalCode","label":"ZIP"},
        {"id":"city","kind":"city","label":"City"},{"id":"state","kind":"region","label":"State"},
        {"id":"birth_date","kind":"birthDate","label":"Birth"},{"id":"postmark_date","kind":"date","label":"Postmark"},
        {"id":"received_date","kind":"date","label":"Received"}
        """#.replacing("\n", with: "")

    /// The findings as `field code`, sorted.
    static func findings(_ check: FormCheck, _ keyed: KeyValuePairs<String, String>, received: String? = nil) -> [String] {
        let entry = check.check(keyed.map { ($0.key, Keyed(text: $0.value)) }, received: received.flatMap { CalendarDate($0) })
        return entry.findings.map { "\($0.field) \($0.code)" }.sorted()
    }

    @Test("assignments stand in the form's order, only for what was keyed and what is required")
    func order() throws {
        let check = try Self.check(Self.address)
        let entry = check.check([("state", Keyed(text: "mo")), ("zip", Keyed(text: "63101"))], received: nil)
        #expect(entry.assignments.map(\.field) == ["name", "zip", "state"])
        #expect(
            entry.assignments == [
                Assignment(field: "name", value: .null, flag: "missing"),
                Assignment(field: "zip", value: .text("63101")),
                Assignment(field: "state", value: .text("MO"), keyed: "mo"),
            ])
        #expect(entry.findings.map(\.code) == ["missing"])
    }

    @Test("a field that was keyed blank is null and a finding only when required")
    func blanks() throws {
        let entry = try Self.check(Self.address).check([("name", Keyed(text: " ")), ("zip", Keyed(text: ""))], received: nil)
        #expect(
            entry.assignments == [
                Assignment(field: "name", value: .null, flag: "missing"), Assignment(field: "zip", value: .null),
            ])
    }

    @Test("an unknown field and a second value of one field are errors and left out")
    func misdirected() throws {
        let check = try Self.check(Self.address)
        let entry = check.check(
            [("name", Keyed(text: "Ann")), ("nam", Keyed(text: "Bob")), ("name", Keyed(text: "Cy")), ("$batch", Keyed(text: "B"))],
            received: nil)
        #expect(entry.assignments == [Assignment(field: "name", value: .text("Ann"))])
        #expect(entry.findings.map(\.code) == ["unknown-field", "keyed-twice", "unknown-field"])
        #expect(entry.findings.allSatisfy { $0.severity == .error })
    }

    @Test("a retired field is never missing")
    func retired() throws {
        let check = try Self.check(#"{"id":"f","kind":"text","label":"F","required":true,"retired":true}"#)
        #expect(check.check([], received: nil).assignments.isEmpty)
        #expect(check.check([("f", Keyed(text: ""))], received: nil).findings.isEmpty)
    }

    @Test("the ZIP code is held against city and state")
    func addresses() throws {
        let check = try Self.check(Self.address)
        func findings(_ zip: String, _ city: String, _ state: String) -> [String] {
            Self.findings(check, ["name": "Ann", "zip": zip, "city": city, "state": state])
        }
        #expect(findings("63101", "st. louis", "Missouri") == [])
        #expect(findings("63101-4000", "Bay View", "mo") == [])
        #expect(findings("63101", "Chicago", "MO") == ["zip zip-city"])
        #expect(findings("63101", "Saint Louis", "IL") == ["zip zip-state"])
        #expect(findings("63199", "Saint Louis", "MO") == ["zip unknown-zip"])
        #expect(findings("63101", "", "") == [])
        #expect(findings("", "Chicago", "MO") == [])
        #expect(findings("6310", "Chicago", "MO") == ["zip impossible"])
        // A state that is none says nothing of the ZIP code.
        #expect(findings("63101", "Saint Louis", "Misery") == ["state impossible"])
    }

    @Test("two addresses of one form are each held against their own")
    func twoAddresses() throws {
        let check = try Self.check(
            #"""
            {"id":"z1","kind":"postalCode","label":"Z"},{"id":"c1","kind":"city","label":"C"},\#
            {"id":"z2","kind":"postalCode","label":"Z"},{"id":"c2","kind":"city","label":"C"}
            """#
        )
        #expect(Self.findings(check, ["z1": "63101", "c1": "Saint Louis", "z2": "00501", "c2": "Saint Louis"]) == ["z2 zip-city"])
    }

    @Test("days are held against the promotion's, each limit included")
    func dates() throws {
        let check = try Self.check(Self.address)
        func findings(_ postmark: String, _ received: String) -> [String] {
            Self.findings(check, ["name": "Ann", "postmark_date": postmark, "received_date": received])
        }
        #expect(findings("2026-06-01", "2026-06-01") == [])
        #expect(findings("2026-06-30", "2026-07-07") == [])
        #expect(findings("2026-07-01", "2026-07-08") == ["postmark_date late", "received_date late"])
        #expect(findings("2026-05-31", "2026-06-02") == ["postmark_date early"])
        #expect(findings("2026-05-30", "2026-05-31") == ["postmark_date early", "received_date early"])
        #expect(findings("2026-06-12", "2026-06-11") == ["postmark_date postmark-after-receipt"])
        #expect(findings("", "") == [])
    }

    @Test("the age counts on the day of receipt, or of the postmark when that is all there is")
    func ages() throws {
        let check = try Self.check(Self.address, more: #","minimumAge":18"#)
        #expect(Self.findings(check, ["name": "A", "birth_date": "2008-06-20"], received: "2026-06-20") == [])
        #expect(Self.findings(check, ["name": "A", "birth_date": "2008-06-21"], received: "2026-06-20") == ["birth_date under-age"])
        #expect(Self.findings(check, ["name": "A", "birth_date": "2008-06-21", "received_date": "2026-06-20"]) == ["birth_date under-age"])
        #expect(Self.findings(check, ["name": "A", "birth_date": "2008-06-21", "postmark_date": "2026-06-20"]) == ["birth_date under-age"])
        #expect(Self.findings(check, ["name": "A", "birth_date": "2026-06-21"], received: "2026-06-20") == ["birth_date future"])
        #expect(Self.findings(check, ["name": "A", "birth_date": "1906-06-20"], received: "2026-06-20") == [])
        #expect(Self.findings(check, ["name": "A", "birth_date": "1905-06-19"], received: "2026-06-20") == ["birth_date implausible"])
    }

    @Test("length, pattern and range are findings, and the value stays in its normal form")
    func bounds() throws {
        let check = try Self.check(
            #"""
            {"id":"t","kind":"text","label":"T","length":{"min":2,"max":4}},{"id":"p","kind":"text","label":"P","pattern":"[a-z]+[0-9]"},\#
            {"id":"n","kind":"integer","label":"N","range":{"min":1,"max":9}},\#
            {"id":"d","kind":"date","label":"D","range":{"min":"2026-06-02"}}
            """#)
        #expect(Self.findings(check, ["t": "ab", "p": "ab1", "n": "1", "d": "2026-06-02"]) == [])
        #expect(
            Self.findings(check, ["t": "a", "p": "ab12", "n": "0", "d": "6/1/26"]) == [
                "d out-of-range", "n out-of-range", "p pattern", "t too-short",
            ])
        // Four letters of two bytes each are four characters.
        #expect(Self.findings(check, ["t": "đđđđ", "n": "9"]) == [])
        #expect(Self.findings(check, ["t": "abcde", "n": "10"]) == ["n out-of-range", "t too-long"])
        let entry = check.check([("n", Keyed(text: "10")), ("d", Keyed(text: "6/1/26"))], received: nil)
        #expect(
            entry.assignments == [
                Assignment(field: "n", value: .integer(10)), Assignment(field: "d", value: .text("2026-06-01"), keyed: "6/1/26"),
            ])
    }

    @Test("a consent's answer names the words that were on the card, whatever was keyed for yes")
    func consents() throws {
        let check = try Self.check(#"{"id":"n","kind":"text","label":"N"}"#)
        let entry = check.check([("house", Keyed(text: "Y"))], received: nil)
        #expect(
            entry.assignments == [
                Assignment(field: "house", value: .bool(true), keyed: "Y", wording: Versioned(id: "house", version: 4))
            ])
        #expect(check.check([("house", Keyed(text: ""))], received: nil).assignments == [Assignment(field: "house", value: .null)])
        #expect(check.check([], received: nil).assignments.isEmpty)
    }

    @Test("a finding holds nothing of what was keyed")
    func privacy() throws {
        let check = try Self.check(Self.address, more: #","minimumAge":18"#)
        let entry = check.check(
            [
                ("zip", Keyed(text: "9z9z9")), ("state", Keyed(text: "Qyx")), ("birth_date", Keyed(text: "2/30/1984")),
                ("nobody", Keyed(text: "Zoe")),
            ],
            received: nil)
        #expect(entry.findings.count == 5)
        for finding in entry.findings {
            for text in ["9z9z9", "Qyx", "1984", "Zoe"] { #expect(!finding.message.contains(text)) }
        }
    }
}
